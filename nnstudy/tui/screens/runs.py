"""The runs that were kept: found again, starred, named, compared, run again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Input, Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.experimenting.kept import Repeated, assignments, changed_on_the_way, repeat
from nnstudy.lab.experiment import Experiment
from nnstudy.store.run_records import RunRow
from nnstudy.study import Study
from nnstudy.tui.bindings import key, named
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.overlay import MOST_RUNS
from nnstudy.words import percent, plural, shorten, visible

FIXED = (("", 2), ("when", 12), ("experiment", 14), ("hold", 5))  # columns whose width does not depend on the screen
GAPS = 2 * (len(FIXED) + 2) + 2  # between the columns, and for the scroll bar
NAME_SHARE = 0.35
MOST = 500  # rows that the table takes at once, so that a key is answered at once; older runs are found by their words


class RunsScreen(Screen[None]):
    """A list of runs, with what a person made of each."""

    CSS_PATH = "runs.tcss"
    BINDINGS = [
        Binding("enter", "open", "Open"),
        Binding("r", "again", "Again"),
        Binding("asterisk", "star", "Star", key_display="*"),
        Binding("n", "edit('name')", "Name", show=False),
        Binding("c", "edit('comment')", "Comment", show=False),
        Binding("d", "differences", "Diff"),
        Binding("space", "choose", "Mark", show=False),
        Binding("o", "overlay", "Over"),
        Binding("x", "delete", "Delete"),
        Binding("u", "restore", "Undo", show=False),
        Binding("slash", "edit('filter')", "Find", key_display="/"),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "leave", "Back", key_display="q"),
    ]

    @dataclass
    class Progressed(Message):
        """A run that runs again has come this far: a share from 0 to 1."""

        request: int
        share: float

    @dataclass
    class RanAgain(Message):
        """A run ran again: to its end, or not (`trouble` says why; None when it was stopped)."""

        request: int
        repeated: Repeated | None
        trouble: str | None = None

    def __init__(self, study: Study, filter: str = "") -> None:
        super().__init__()
        self.study = study
        self.filter = filter
        self.runs: list[RunRow] = []  # the runs that the table shows
        self.marked: RunRow | None = None
        self.chosen: list[RunRow] = []  # to be laid over each other, in the order in which they were marked
        self._all: list[RunRow] = []
        self._found = 0
        self._width = 0  # of the screen that the table was made for
        self._changed: dict[str, str] = {}
        self._editing = ""
        self._request = 0
        self._repeating = False

    def compose(self) -> ComposeResult:
        yield Static(id="runs-title")
        yield DataTable(id="runs", cursor_type="row", zebra_stripes=True)
        yield Static(id="run")
        with Horizontal(id="entry"):
            yield Static(id="entry-label")
            yield Input(id="entry-text", compact=True, select_on_focus=False)
        yield Static(id="message")
        yield KeyBar(RunsScreen)

    def on_mount(self) -> None:
        self.set_focus(self.query_one(DataTable))
        self._say(
            named(self, "{open} opens it in the laboratory, {again} runs it again, {edit-comment} writes a comment")
        )

    def on_screen_resume(self) -> None:
        self.call_after_refresh(self._read)  # in a turn of its own: the screen is arranged and painted in this one

    def on_resize(self) -> None:
        if self.size.width != self._width:
            self._tabulate()

    # --- the table ------------------------------------------------------------------------------------------------

    def _read(self, wanted: str | None = None) -> None:
        """Read the runs anew, and leave the cursor on the same run (or on the wanted one)."""
        here = self._here()
        self._all = self.study.runs.all()
        self._changed = {run.id: self.study.runs.settings(run) for run in self._all}
        self._tabulate(wanted or (here.id if here else None))

    def _here(self) -> RunRow | None:
        row = self.query_one(DataTable).cursor_row
        return self.runs[row] if 0 <= row < len(self.runs) else None

    def _tabulate(self, wanted: str | None = None) -> None:
        here = self._here()
        wanted = wanted or (here.id if here else None)
        words = self.filter.casefold().split()
        found = [run for run in self._all if all(word in self._searched(run) for word in words)]
        self._found, self.runs = len(found), found[:MOST]
        table = self.query_one(DataTable)
        column = table.cursor_column  # a second click on a cell opens its run, also where the table was drawn anew
        table.clear(columns=True)
        self._width = self.size.width
        room = max(20, self.size.width - GAPS - sum(width for _, width in FIXED))
        name_room = int(room * NAME_SHARE)
        columns = (*FIXED, ("name", name_room), ("changed parameters", room - name_room))
        for title, width in columns:
            table.add_column(title, width=width)
        for run in self.runs:
            table.add_row(*self._cells(run, [width for _, width in columns]))
        places = [place for place, run in enumerate(self.runs) if run.id == wanted]
        table.move_cursor(row=places[0] if places else 0, column=column)
        self._show()

    def _searched(self, run: RunRow) -> str:
        return " ".join((run.experiment, run.name, run.comment, run.status, self._changed[run.id], run.id)).casefold()

    def _cells(self, run: RunRow, widths: Sequence[int]) -> list[Content]:
        chosen = "+" if any(one.id == run.id for one in self.chosen) else " "
        marks = ("★" if run.starred else " ") + ("▸" if self.marked and self.marked.id == run.id else chosen)
        when = f"{run.at.astimezone():%y-%m-%d}" if self._is_old(run) else f"{run.at.astimezone():%d %b %H:%M}"
        holds, judged = run.holds
        stopped = "" if run.status == "finished" else f"{run.status}; "
        texts = (
            marks, when, run.experiment, f"{holds}/{judged}", visible(run.name),
            stopped + (visible(self._changed[run.id]) or "(defaults)"),
        )  # fmt: skip
        return [Content(shorten(text, width)) for text, width in zip(texts, widths, strict=True)]

    def _is_old(self, run: RunRow) -> bool:
        return (self.study.now() - run.at).days >= 300

    def on_data_table_row_highlighted(self) -> None:
        self._show()

    def _show(self) -> None:
        """Title, and below the table the run under the cursor in full."""
        total = plural(len(self._all), "run")
        found = f"{self._found} of {total}" if self.filter else total
        found += f", the newest {MOST} shown" if self._found > MOST else ""
        title: list[str | tuple[str, str]] = [("Runs", "bold $text-primary"), f"   {found}"]
        if self.filter:
            title += ["   with ", (visible(self.filter), "bold $text-accent"), ("   / changes it", "dim")]
        self.query_one("#runs-title", Static).update(Content.assemble(*title))
        run = self._here()
        self.query_one("#run", Static).update(self._in_full(run) if run else self._nothing())

    def _nothing(self) -> str:
        return (
            "No run has all these words."
            if self._all
            else "No run yet: every run in a review or the laboratory is kept."
        )

    def _in_full(self, run: RunRow) -> Content:
        head = f"   {run.at.astimezone():%Y-%m-%d %H:%M}   seed {run.seed}   {run.status} in {run.seconds:.2f} s"
        lines = [
            Content.assemble((visible(run.name or run.experiment), "bold"), head, (f"   {run.id[:13]}", "dim")),
            Content(visible("; ".join(filter(None, (assignments(run.parameters), changed_on_the_way(run)))))),
        ]
        if run.comment:
            lines.append(Content.assemble(("“", "dim"), visible(run.comment), ("”", "dim")))
        return Content("\n").join(lines)

    # --- a line to type in ----------------------------------------------------------------------------------------

    def action_edit(self, what: str) -> None:
        """Open the line for the filter, or for the name or the comment of the run under the cursor."""
        run = self._here()
        if run is None and what != "filter":
            return
        texts = {"filter": self.filter, "name": run.name if run else "", "comment": run.comment if run else ""}
        self._editing = what
        self.query_one("#entry-label", Static).update({"filter": "find "}.get(what, f"{what}: "))
        self.add_class("-editing")
        entry = self.query_one(Input)
        entry.value = texts[what]
        entry.cursor_position = len(entry.value)
        self.set_focus(entry)

    def on_input_changed(self, message: Input.Changed) -> None:
        if self._editing == "filter":
            self.filter = message.value
            self._tabulate()

    def on_input_submitted(self, message: Input.Submitted) -> None:
        run, what = self._here(), self._editing
        if run is not None and what != "filter":
            change = self.study.runs.rename if what == "name" else self.study.runs.comment
            try:
                self._put(change(run, message.value))
            except StudyError as trouble:
                self._say(str(trouble), "bold $text-error")
                return
            self._say(f"the {what} is kept" if message.value.strip() else f"it has no {what} any more")
        self._close_entry()
        self._tabulate()

    def _put(self, run: RunRow) -> None:
        self._all = [run if run.id == other.id else other for other in self._all]

    def _close_entry(self) -> None:
        self._editing = ""
        self.remove_class("-editing")
        self.set_focus(self.query_one(DataTable))

    # --- the other keys -------------------------------------------------------------------------------------------

    def action_star(self) -> None:
        if (run := self._here()) is not None:
            self._put(self.study.runs.star(run, not run.starred))
            self._tabulate()

    def action_delete(self) -> None:
        if (run := self._here()) is not None:
            row = self.query_one(DataTable).cursor_row
            self.study.runs.delete(run)
            below = self.runs[row + 1 : row + 2] or self.runs[max(0, row - 1) : row]
            self.marked = None if self.marked and self.marked.id == run.id else self.marked
            self.chosen = [one for one in self.chosen if one.id != run.id]
            self._all.remove(run)
            self._tabulate(below[0].id if below else None)
            self._say(named(self, "deleted: it is listed no more; {restore} takes it back"))

    def action_restore(self) -> None:
        run = self.study.runs.restore()
        self._say("no run is deleted" if run is None else "taken back")
        self._read(run)

    def action_differences(self) -> None:
        """Mark a run; with another one marked, show the two side by side."""
        run = self._here()
        if run is None:
            return
        if self.marked is None:
            self.marked = run
            self._say("marked ▸; d on another run shows what differs")
        elif self.marked.id == run.id:
            self.marked = None
            self._say("no run is marked")
        else:
            older, newer = sorted((self.marked, run), key=lambda r: (r.at, r.id))
            self.marked = None
            from nnstudy.tui.screens.comparison import ComparisonScreen

            self.app.push_screen(ComparisonScreen(older, newer))
            return
        self._tabulate()

    def action_choose(self) -> None:
        """Mark a run to be laid over others, or take the mark away, and go on to the next."""
        if (run := self._here()) is None:
            return
        here = [one for one in self.chosen if one.id == run.id]
        if not here and self.chosen and self.chosen[0].experiment != run.experiment:
            self._say(f"runs of {self.chosen[0].experiment} are marked: only those go into one figure")
            return
        if not here and len(self.chosen) > MOST_RUNS:
            self._say(f"{len(self.chosen)} runs are marked: no more go into one figure")
            return
        self.chosen = [one for one in self.chosen if one not in here] if here else [*self.chosen, run]
        self._tabulate()
        self.query_one(DataTable).action_cursor_down()
        self._say(f"{plural(len(self.chosen), 'run')} marked +; o lays them over each other in one figure")

    def action_overlay(self) -> None:
        """The laboratory with the marked runs in one figure, each made again: a kept run holds no arrays."""
        if not self.chosen:
            self._say(named(self, "{choose} marks the runs that are to stand in one figure; then {overlay}"))
            return
        try:
            again = [(run, *self.study.runs.ready(run)) for run in self.chosen]
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        from nnstudy.tui.screens.lab import LabScreen

        first, experiment, parameters = again[0]
        self.app.push_screen(LabScreen(self.study, experiment, parameters, first.seed, card=first.card, again=again))

    def on_data_table_row_selected(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The laboratory with this run's experiment, parameters and seed."""
        if (run := self._here()) is None:
            return
        try:
            experiment, parameters = self.study.runs.ready(run)
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        from nnstudy.tui.screens.lab import LabScreen

        self.app.push_screen(LabScreen(self.study, experiment, parameters, run.seed, card=run.card))

    def action_leave(self) -> None:
        if self._editing:
            if self._editing == "filter":
                self.filter = ""
            self._close_entry()
            self._tabulate()
        elif self.marked is not None or self.chosen:
            self.marked, self.chosen = None, []
            self._tabulate()
        else:
            self._request += 1
            self.app.pop_screen()

    # --- again ----------------------------------------------------------------------------------------------------

    def action_again(self) -> None:
        """Run the run under the cursor again; while one runs, stop it."""
        self._request += 1
        if self._repeating:
            self._repeating = False
            self._say("stopped; nothing of it is kept")
            return
        if (run := self._here()) is None:
            return
        try:
            experiment, parameters = self.study.runs.ready(run)
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        self._repeating = True
        self._say(named(self, "running again …  {again} stops it"), "$text-accent")
        self._repeat(self._request, run, experiment, parameters)

    @work(thread=True, group="again")
    def _repeat(self, request: int, run: RunRow, experiment: Experiment, parameters: Any) -> None:
        worker, percent = get_current_worker(), -1

        def watch(frame: Any) -> bool:
            nonlocal percent
            if (now := 100 * frame.step // max(1, frame.total)) > percent:
                percent = now
                self.post_message(self.Progressed(request, now / 100))
            return not worker.is_cancelled and request == self._request

        try:
            self.post_message(self.RanAgain(request, repeat(run, experiment, parameters, watch)))
        except Exception as trouble:  # whatever an experiment does, the list stays
            self.post_message(self.RanAgain(request, None, f"{type(trouble).__name__}: {trouble}"))

    def on_runs_screen_progressed(self, message: Progressed) -> None:
        if message.request == self._request and self._repeating:
            self._say(f"running again, {percent(message.share)} …  {key(self, 'again')} stops it", "$text-accent")

    def on_runs_screen_ran_again(self, message: RanAgain) -> None:
        if message.request != self._request:
            return
        self._repeating = False
        if message.repeated is None:
            self._say(f"the run failed: {message.trouble}", "bold $text-error")
            return
        again = self.study.runs.keep(message.repeated)
        self._read()
        sign, style = ("✓", "bold $text-success") if again.numbers_agree else ("✗", "bold $text-error")
        self._say(f"{sign} again: {again.verdict()}", style)

    def _say(self, text: str, style: str = "dim") -> None:
        self.query_one("#message", Static).update(Content.styled(visible(text), style))
