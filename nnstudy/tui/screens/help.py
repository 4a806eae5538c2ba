"""The keys of the screen below, with a word on what each does."""

from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from nnstudy.tui.bindings import renamed

DEED_HELP = (
    ("s", "suspend, or ask again: the marked cards, else this one"),
    ("", "(in the tree, all of the section); so do the keys below"),
    ("b", "bury until tomorrow, or take that back"),
    ("x", "reset: new again; the log stays"),
    ("d", "set the due date; it counts until the next review"),
    ("t", "set the desired retention"),
    ("e", "choose the experiment, or none"),
    ("f", "flag: ▲ red, ◆ orange, ● green, ■ blue, ✚ violet"),
    ("m c", "write a mnemonic, a comment, for the reveal"),
    ("u", "undo the latest deed, all of it; also tomorrow"),
)
KEYS = {
    "TodayScreen": (
        ("Enter", "begin with the line under the cursor: everything, a note, or a section with those below it"),
        ("t", "only what fits into the minutes that you have"),
        ("c", "cram: all cards of the line, weakest first; logged, but the schedule stays as it is"),
        ("space", "fold a note's sections, or unfold them"),
        ("tab", "to the figures, which the arrows then scroll, and back"),
        ("l", "the laboratory: all experiments"),
        ("h", "the runs that were kept"),
        ("p", "progress: how well you recall, and what to do about it"),
        ("m", "memory: how you forget, what comes, what a year costs at each retention"),
        ("b", "the library: browse notes, sections and cards, and change them"),
        ("o", "the open questions, with your drafts"),
        ("u", "take back the latest answer or deed"),
        (",", "settings: schedule, colours, motion, keys"),
        ("ctrl+p", "commands and themes"),
        ("q", "quit"),
    ),
    "ReviewScreen": (
        ("a b c d", "predict, while the choices stand there; the same letter again says how sure you are"),
        ("0 to 9", "begin the number, where one is asked for, such as 1e-4, 30 %, x 2.5 or 1/4"),
        ("Enter", "keep the number; Enter again says how sure you are"),
        ("p", "walk the choices with the arrows, or into the line for the number; escape leaves it"),
        ("r", "run the experiment; r again stops it"),
        ("up down", "once it ran: read on below the figure, to the last measurement"),
        ("[ ]", "the figure's panel before, the next one"),
        ("i", "inspect the experiment in full screen"),
        ("space", "reveal the answer"),
        ("up down", "walk through what is to be ticked at the reveal; space ticks it, or a click"),
        ("1 2 3 4", "once revealed, grade: again, hard, good, easy"),
        ("u", "undo, as often as you like, also tomorrow"),
        ("s", "suspend the card"),
        ("b", "bury it until tomorrow (B while the choices stand there)"),
        ("m", "formulas as they are written, or readable again"),
        ("M", "formulas as images, where the terminal shows them"),
        ("w", "write a draft of an answer to an open question"),
        ("e", "open the note at this line in $EDITOR"),
        ("q", "leave; every answer is kept already"),
    ),
    "LabScreen": (
        ("r", "run with the parameters of the form; r again stops it"),
        ("w", "rewind: run again as the last run began, whatever was changed since"),
        ("x", "reset the parameters to where they were"),
        ("n", "a new seed"),
        ("tab", "walk through form and table; Enter in a field runs, or changes ~ while it runs"),
        ("left right", "change a choice, when its field is walked to"),
        ("[ ]", "the figure's panel before, the next one"),
        ("space", "pause the run; again, it goes on"),
        ("u", "until: run until a condition, such as loss below 0.1"),
        ("c", "read the figure at a cursor: arrows or mouse"),
        ("+ - 0", "zoom in, zoom out (or the wheel), show all"),
        ("shift+arrows", "pan, in the figure (or drag)"),
        ("L K", "logarithmic or linear y axis, x axis"),
        ("g", "all panels side by side, or one"),
        (", . < >", "the step before, next, first, last (or drag the slider)"),
        ("k", "keep this run (or step) behind; again lets it go"),
        ("b", "the runs behind: drop one (x), compare with one (d)"),
        ("d", "how this run differs from the one kept last"),
        ("t", "the panel's data as a table, to copy (y) or save (w)"),
        ("f", "save the figure as PNG, SVG and PDF"),
        ("v", "the experiment's source, as a textbook page"),
        ("s", "sweep: every combination of many values, with many seeds"),
        ("o", "choose another experiment"),
        ("h", "the kept runs of this experiment"),
        ("q", "back"),
    ),
    "SweepScreen": (
        ("tab", "walk into the form: 0.2,0.5,0.8 or 0.1..0.9x5 or 1e-4..1x5 log sweeps a number, * all choices"),
        ("r", "run; r again stops, keeps what is done, and goes on from there"),
        ("m", "choose what is shown: a measurement, a quantity, the answers to a question"),
        ("[ ]", "the figure's panel before, the next one"),
        ("e", "earlier sweeps of this experiment"),
        ("w", "save one line a run as CSV"),
        ("t", "the figure's data as a table, to copy (y) or save (w)"),
        ("f", "save the figure as PNG, SVG and PDF"),
        ("c", "read the figure at a cursor: arrows or mouse"),
        ("+ - 0", "zoom in, zoom out (or the wheel), show all"),
        ("L K", "logarithmic or linear y axis, x axis"),
        ("q", "back; what is done of a sweep that runs is kept"),
    ),
    "RunsScreen": (
        ("Enter", "open the run in the laboratory, with its parameters and seed"),
        ("r", "run it again: does the same come out? r again stops it"),
        ("*", "give it a star, or take it away"),
        ("n", "name it; `nnstudy run --again NAME` finds it"),
        ("c", "write a comment beside it"),
        ("d", "mark it; d on another run shows what differs"),
        ("space o", "mark several; lay them over each other in one figure"),
        ("x", "delete it: it is listed no more"),
        ("u", "take back the latest deletion, as often as you like"),
        ("/", "find by words: experiment, name, comment, parameters"),
        ("q", "back"),
    ),
    "ComparisonScreen": (("e", "show what is equal too, or leave it out"), ("q", "back")),
    "SurpriseScreen": (
        ("a b c d", "predict; the same letter again says how sure you are"),
        ("0 to 9", "begin the number, where one is asked for, such as 1e-4, 30 %, x 2.5 or 1/4"),
        ("Enter", "keep the number; Enter again says how sure you are"),
        ("r", "run the experiment; r again stops it"),
        ("n", "another question"),
        ("i", "inspect the experiment in full screen"),
        ("[ ]", "the figure's panel before, the next one"),
        ("q", "back"),
    ),
    "FinishedScreen": (("Enter", "back to Today"), ("u", "take back the latest answer"), ("l", "the laboratory")),
    "LibraryScreen": (
        ("Enter", "a section's cards; on a card, all there is of it"),
        ("tab", "from the tree to the table, and back"),
        ("left right", "close and open a section"),
        ("/", "find by words of question, answer, section"),
        ("", "is:due, is:new, is:learning, is:suspended, is:open"),
        ("", "is:buried, has:flag, has:comment, has:aim, flag:red"),
        ("1 2 3 4 5 6 7", "sort by a column (or click it); again: back to front"),
        ("0", "the order of the notes"),
        ("space a", "mark a card, all of them; escape: none"),
        *DEED_HELP,
        ("n", "add notes: type a path, or pick a file or folder"),
        ("E", "open the note at this card in $EDITOR"),
        ("o", "the open questions"),
        ("escape", "a step back"),
        ("q", "back"),
    ),
    "LeafScreen": (
        ("[ ]", "the page before, the next: as it is asked, recall, reviews, wordings"),
        *DEED_HELP,
        ("E", "open the note at this card in $EDITOR"),
        ("q", "back"),
    ),
    "QuestionsScreen": (
        ("w", "write a draft (or Enter); ctrl+t there settles it at once"),
        ("t", "settle: a draft becomes the answer, and the question is graded"),
        ("r", "reopen: take the answer back"),
        ("q", "back"),
    ),
    "ProgressScreen": (
        ("[ ]", "the figure before, the next one (or left and right)"),
        ("up down", "scroll, where it is a list"),
        ("f", "save the figures as PNG, SVG and PDF"),
        ("q", "back"),
    ),
    "SettingsScreen": (
        ("Enter", "change it: type a value, or press the new key; escape leaves it as it is"),
        ("left right", "the value before, the next one, where there are few"),
        ("d", "back to the default"),
        ("u", "take back the latest change, as often as you like"),
        ("b", "rebuild: let what you changed move the cards that wait already"),
        ("q", "back; every change is kept already"),
    ),
    "MemoryScreen": (
        ("[ ]", "the figure before, the next one (or left and right)"),
        ("o", "optimize: fit FSRS's parameters to your log, keep them if they foretell held-out reviews better"),
        ("s", "spread what is due over some days, evenly, what would be forgotten first before the rest; shown first"),
        ("v", "move all due days, as before a holiday; shown first"),
        ("u", "take the latest of these, or the latest answer, back"),
        ("f", "save the figures as PNG, SVG and PDF"),
        ("q", "back"),
    ),
    "DataScreen": (
        ("arrows", "walk through the table"),
        ("y", "copy all of it as CSV"),
        ("w", "save it as CSV beside the figures"),
        ("q", "back"),
    ),
    "BesideScreen": (("up down", "walk through the table"), ("q", "back")),
    "SourceScreen": (("up down", "scroll"), ("q", "back")),
}


class HelpScreen(ModalScreen[None]):
    """A sheet over the screen; any of its keys closes it."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q,question_mark,enter,space", "dismiss", "Close")]

    def __init__(self, screen: type[Screen[Any]], chosen: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__()
        self.keys = [(renamed(screen, keys, chosen), what) for keys, what in KEYS.get(screen.__name__, ())]

    def compose(self) -> ComposeResult:
        width = max((len(key) for key, _ in self.keys), default=0)
        lines = [Content.assemble((key.rjust(width), "bold $text-accent"), f"  {what}") for key, what in self.keys]
        with VerticalScroll(id="help") as sheet:
            sheet.border_title = "Keys"
            sheet.border_subtitle = "escape closes"
            yield Static(Content("\n").join(lines))
