"""The keys of the screen below, with a word on what each does."""

from itertools import zip_longest
from textwrap import wrap
from typing import Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from nnstudy.tui.bindings import NAMES, Keymap, told

READ = (  # of a figure
    ("{turn-back} {turn-1}", "the figure's panel before, the next one"),
    ("{cursor}", "read the figure at a cursor: arrows or mouse"),
    ("{zoom-1} {zoom-back} {show-all}", "zoom in, zoom out (or the wheel), show all"),
    ("{figure.pan-left} {figure.pan-right} {figure.pan-up} {figure.pan-down}", "pan, in the figure (or drag)"),
    ("{toggle-log-y} {toggle-log-x}", "logarithmic or linear y axis, x axis"),
)
PREDICT = (
    (
        "{predict-0} {predict-1} {predict-2} {predict-3}",
        "predict, while the choices stand there; the same letter again says how sure you are",
    ),
    ("0 to 9", "begin the number, where one is asked for, such as 1e-4, 30 %, x 2.5 or 1/4"),
    ("{surer}", "keep the number; again, it says how sure you are"),
    ("{answer}", "walk the choices with the arrows, or into the line for the number; escape leaves it"),
    ("{run}", "run the experiment; {run} again stops it"),
    ("{turn-back} {turn-1}", "the figure's panel before, the next one"),
    ("{inspect}", "inspect the experiment in full screen"),
)
DEEDS = (
    ("{suspend}", "suspend, or ask again: the marked cards, else this one"),
    ("", "(in the tree, all of the section); so do the keys below"),
    ("{bury}", "bury until tomorrow, or take that back"),
    ("{anew}", "reset: new again; the log stays"),
    ("{due}", "set the due date; it counts until the next review"),
    ("{aim}", "set the desired retention"),
    ("{experiment}", "choose the experiment, or none"),
    ("{flag}", "flag: ▲ red, ◆ orange, ● green, ■ blue, ✚ violet"),
    ("{write-mnemonic} {write-comment}", "write a mnemonic, a comment, for the reveal"),
    ("{relink}", "link a retired card: a card in use goes on with its history"),
    ("{undo}", "undo the latest deed, all of it; also tomorrow"),
)
KEYS = {
    "TodayScreen": (
        ("{begin}", "begin with the line under the cursor: everything, a note, or a section with those below it"),
        ("{minutes}", "only what fits into the minutes that you have"),
        ("{cram}", "cram: all cards of the line, weakest first; logged, but the schedule stays as it is"),
        ("{fold}", "fold a note's sections, or unfold them"),
        ("tab", "to the figures, which the arrows then scroll, and back"),
        ("{lab}", "the laboratory: all experiments"),
        ("{runs}", "the runs that were kept"),
        ("{progress}", "progress: how well you recall, and what to do about it"),
        ("{memory}", "memory: how you forget, what comes, what a year costs at each retention"),
        ("{library}", "the library: browse notes, sections and cards, and change them"),
        ("{questions}", "the open questions, with your drafts"),
        ("{undo}", "take back the latest answer or deed"),
        ("{settings}", "settings: schedule, colours, motion, keys"),
        ("ctrl+p", "commands, the way to every screen, and themes; a theme stays"),
        ("{quit}", "quit"),
    ),
    "ReviewScreen": (
        *PREDICT,
        ("up down", "once it ran: read on below the figure, to the last measurement"),
        ("{reveal}", "reveal the answer"),
        ("up down", "walk through what is to be ticked at the reveal; {points.select} ticks it, or a click"),
        ("{grade-1} {grade-2} {grade-3} {grade-4}", "once revealed, grade: again, hard, good, easy"),
        ("{undo}", "undo, as often as you like, also tomorrow"),
        ("{suspend}", "suspend the card"),
        ("{bury}", "bury it until tomorrow (with shift where it would predict)"),
        ("{source}", "formulas as they are written, or readable again"),
        ("{images}", "formulas as images, where the terminal shows them"),
        ("{draft}", "write a draft of an answer to an open question"),
        ("{edit}", "open the note at this line in $EDITOR"),
        ("{leave}", "leave; every answer is kept already"),
    ),
    "LabScreen": (
        ("{run}", "run with the parameters of the form; {run} again stops it"),
        ("{rewind}", "rewind: run again as the last run began, whatever was changed since"),
        ("{reset}", "reset the parameters to where they were"),
        ("{new-seed}", "a new seed"),
        ("tab", "walk through form and table, up and down the form; Enter there runs, or changes ~ while it runs"),
        ("left right", "change a choice, when its field is walked to"),
        ("{pause}", "pause the run; again, it goes on"),
        ("{until}", "until: run until a condition, such as loss below 0.1"),
        *READ,
        ("{grid}", "all panels side by side, or one"),
        (
            "{travel-back} {travel-1} {first-step} {last-step}",
            "the step before, next, first, last (or drag the slider)",
        ),
        ("{keep-run}", "keep this run (or step) behind; again lets it go"),
        ("{behind}", "the runs behind: drop one ({behind.give-drop}), compare with one ({behind.give-compare})"),
        ("{differences}", "how this run differs from the one kept last"),
        ("{data}", "the panel's data as a table, to copy ({data.copy}) or save ({data.save})"),
        ("{save-figure}", "save the figure as PNG, SVG and PDF"),
        ("{source}", "the experiment's source, as a textbook page"),
        ("{sweep}", "sweep: every combination of many values, with many seeds"),
        ("{choose}", "choose another experiment"),
        ("{runs}", "the kept runs of this experiment"),
        ("{leave}", "back"),
    ),
    "SweepScreen": (
        ("tab", "walk into the form: 0.2,0.5,0.8 or 0.1..0.9x5 or 1e-4..1x5 log sweeps a number, * all choices"),
        ("{run}", "run; {run} again stops, keeps what is done, and goes on from there"),
        ("{measure}", "choose what is shown: a measurement, a quantity, the answers to a question"),
        ("{earlier}", "earlier sweeps of this experiment"),
        ("{save-runs}", "save one line a run as CSV"),
        ("{data}", "the figure's data as a table, to copy ({data.copy}) or save ({data.save})"),
        ("{save-figure}", "save the figure as PNG, SVG and PDF"),
        *READ,
        ("{leave}", "back; what is done of a sweep that runs is kept"),
    ),
    "RunsScreen": (
        ("{open}", "open the run in the laboratory, with its parameters and seed"),
        ("{again}", "run it again: does the same come out? {again} again stops it"),
        ("{star}", "give it a star, or take it away"),
        ("{edit-name}", "name it; `nnstudy run --again NAME` finds it"),
        ("{edit-comment}", "write a comment beside it"),
        ("{differences}", "mark it; {differences} on another run shows what differs"),
        ("{choose} {overlay}", "mark several; lay them over each other in one figure"),
        ("{delete}", "delete it: it is listed no more"),
        ("{restore}", "take back the latest deletion, as often as you like"),
        ("{edit-filter}", "find by words: experiment, name, comment, parameters"),
        ("{leave}", "back"),
    ),
    "ComparisonScreen": (("{toggle-equal}", "show what is equal too, or leave it out"), ("{pop-screen}", "back")),
    "SurpriseScreen": (*PREDICT, ("{another}", "another question"), ("{pop-screen}", "back")),
    "FinishedScreen": (
        ("{today}", "back to Today"),
        ("{undo}", "take back the latest answer"),
        ("{lab}", "the laboratory"),
    ),
    "LibraryScreen": (
        ("{open}", "a section's cards; on a card, all there is of it"),
        ("{other}", "from the tree to the table, and back"),
        ("{tree.fold} {tree.unfold}", "close and open a section"),
        ("{find}", "find by words of question, answer, section"),
        ("", "is:due, is:new, is:learning, is:suspended, is:open"),
        ("", "is:buried, is:retired, has:flag, has:comment, has:aim, flag:red"),
        (
            "{sort-question} {sort-section} {sort-state} {sort-due} {sort-recall} {sort-stability} {sort-lapses}",
            "sort by a column (or click it); again: back to front",
        ),
        ("{sort-place}", "the order of the notes"),
        ("{mark} {mark-all}", "mark a card, all of them; escape: none"),
        *DEEDS,
        ("{add}", "add notes: type a path, or pick a file or folder"),
        ("{edit}", "open the note at this card in $EDITOR"),
        ("{questions}", "the open questions"),
        ("escape", "a step back"),
        ("{pop-screen}", "back"),
    ),
    "LeafScreen": (
        ("{turn-back} {turn-1}", "the page before, the next: as it is asked, recall, reviews, wordings"),
        *DEEDS,
        ("{edit}", "open the note at this card in $EDITOR"),
        ("{dismiss}", "back"),
    ),
    "QuestionsScreen": (
        ("{draft}", "write a draft (or Enter), from the latest one on; the older ones stay"),
        ("", "{draft.attach} there ticks runs that speak for it, {draft.settle} settles it at once"),
        ("{settle}", "settle: a draft becomes the answer, and the question is graded"),
        ("{reopen}", "reopen: take the answer back"),
        ("tab", "to the drafts, which the arrows then scroll, and back"),
        ("{dismiss}", "back"),
    ),
    "ProgressScreen": (
        ("{turn-back} {turn-1}", "the figure before, the next one (or left and right)"),
        ("{choose}", "all figures by name, to go to one"),
        ("up down", "scroll, where it is a list"),
        ("{save-figure}", "save the figures as PNG, SVG and PDF"),
        ("{pop-screen}", "back"),
    ),
    "SettingsScreen": (
        ("{edit}", "change it: type a value, or press the new key; escape leaves it as it is"),
        ("{turn-back} {turn-1}", "the value before, the next one, where there are few"),
        ("{reset}", "back to the default"),
        ("{undo}", "take back the latest change, as often as you like"),
        ("{rebuild}", "rebuild: let what you changed move the cards that wait already"),
        ("{leave}", "back; every change is kept already"),
    ),
    "MemoryScreen": (
        ("{turn-back} {turn-1}", "the figure before, the next one (or left and right)"),
        ("{choose}", "all figures by name, to go to one"),
        (
            "{optimize}",
            "optimize: fit FSRS's parameters to your log, keep them if they foretell held-out reviews better",
        ),
        (
            "{plan-spread}",
            "spread what is due over some days, evenly, what would be forgotten first before the rest; shown first",
        ),
        ("{default}", "let the default parameters of FSRS count again"),
        ("{plan-move}", "move all due days, as before a holiday; shown first"),
        ("{undo}", "take back the latest spread or move, or the latest answer"),
        ("{save-figure}", "save the figures as PNG, SVG and PDF"),
        ("{pop-screen}", "back"),
    ),
    "DataScreen": (
        ("arrows", "walk through the table"),
        ("{copy}", "copy all of it as CSV"),
        ("{save}", "save it as CSV beside the figures"),
        ("{pop-screen}", "back"),
    ),
    "BesideScreen": (("up down", "walk through the table"), ("q", "back")),
    "SourceScreen": (("up down", "scroll"), ("q", "back")),
}
ROOM = 67  # cells of a line, as the style sheet has it


def sheet(screen: str, keymap: Keymap) -> list[tuple[str, str]]:
    """The keys of a screen as they are now, each with what it does."""
    place = NAMES.get(screen, "")
    return [(told(keys, place, keymap), told(what, place, keymap)) for keys, what in KEYS.get(screen, ())]


class HelpScreen(ModalScreen[None]):
    """A sheet over the screen; any of its keys closes it."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q,question_mark,enter,space", "dismiss", "Close")]

    def __init__(self, screen: type[Screen[Any]], keymap: Keymap) -> None:
        super().__init__()
        self.keys = sheet(screen.__name__, keymap)

    def compose(self) -> ComposeResult:
        width = max((len(keys) for keys, _ in self.keys), default=0)
        lines = [
            Content.assemble((named.rjust(width), "bold $text-accent"), f"  {words}")
            for keys, what in self.keys
            for named, words in zip_longest([keys], wrap(what, ROOM - width - 2), fillvalue="")
        ]
        with VerticalScroll(id="help") as page:
            page.border_title = "Keys"
            page.border_subtitle = "escape closes"
            yield Static(Content("\n").join(lines))
