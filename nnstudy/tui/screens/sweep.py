"""A sweep of one experiment: its grid as a form, how far it is, its table and its figure."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import DataTable, Static

from nnstudy.errors import StudyError
from nnstudy.experimenting.kept_sweeps import KeptSweep
from nnstudy.experimenting.sweep_figure import ANSWERS, figure, measures
from nnstudy.experimenting.sweep_table import Row, rows, write_csv
from nnstudy.experimenting.sweeps import Plan, StoppedError, Sweep, SweepResult, values_of
from nnstudy.lab.experiment import Experiment, Frame, Value
from nnstudy.study import Study
from nnstudy.tui.bindings import key, named
from nnstudy.tui.screens.figure_screen import FIGURE_KEYS, FigureScreen
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.lastlines import LastLines
from nnstudy.tui.widgets.sweep_form import CLUSTER, SEEDS, SweepForm
from nnstudy.words import Pace, number, percent, plural, shorten, shown, visible

TICK_SECONDS = 0.2
PATIENCE = 10  # drawing what came takes at most this part of the time
MOST_SEEDS = 10_000
WIDE = 110
HOW = "Give a parameter several values: 0.2,0.5,0.8, or 0.1..0.9x5, or 1e-4..1x5 log; * means all choices."


class SweepScreen(FigureScreen):
    """Every combination of the values in the form, with many seeds, in worker processes."""

    CSS_PATH = ["trial.tcss", "lab.tcss", "sweep.tcss"]
    AUTO_FOCUS = "#measurements"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    BINDINGS = [
        Binding("r", "run", "Run"),
        Binding("m", "measure", "Measure"),
        Binding("e", "earlier", "Earlier"),
        Binding("w", "save_runs", "Save CSV"),
        Binding("t", "data", "Data"),
        Binding("f", "save_figure", "Figure"),
        *FIGURE_KEYS,
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "leave", "Back", key_display="q"),
    ]

    @dataclass
    class Ended(Message):
        """The sweep of this number came to its end, was stopped, or broke off."""

        request: int
        sweep: Sweep | None
        trouble: str = ""
        stopped: bool = False

    def __init__(self, study: Study, experiment: Experiment, parameters: Any) -> None:
        super().__init__()
        self.study, self.experiment, self.parameters = study, experiment, parameters
        self.plan: Plan | None = None
        self.results: dict[tuple[str, int], SweepResult] = {}
        self.measure = ""
        self.running = False
        self._rows: tuple[Row, ...] = ()
        self._request = 0
        self._stop = threading.Event()
        self._arrived: deque[SweepResult] = deque()
        self._began, self._pace = 0.0, Pace(0.0, 0)
        self._next_drawing = 0.0

    def compose(self) -> ComposeResult:
        yield Static(
            Content.assemble(
                (f"Sweep: {self.experiment.title}", "bold $text-primary"), "   every combination, many seeds"
            ),
            id="lab-title",
        )
        with Horizontal(id="bench"):
            yield SweepForm(self.experiment.parameters, asdict(self.parameters), id="form")
            yield Inspector(id="figure")
        yield Static(id="progress")
        yield DataTable(id="measurements", cursor_type="row", zebra_stripes=True)
        yield LastLines()
        yield KeyBar(SweepScreen)

    def on_mount(self) -> None:
        self.set_interval(TICK_SECONDS, self._tick)
        kept = len(self.study.sweeps.all(self.experiment.name))
        self._say(
            named(self, "tab walks into the form; {run} runs")
            + (f"; {key(self, 'earlier')}: {plural(kept, 'earlier sweep')}" if kept else "")
        )
        self._lines.read(HOW)

    def on_unmount(self) -> None:
        self._stop.set()

    # --- run ------------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run what the form says, go on where it was stopped, or stop it."""
        if self.running:
            self._stop.set()
            self._say("stopping: the runs under way come to their end first …", "$text-accent")
            return
        try:
            plan, cluster = self._read_form()
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        self._show_kept(plan)
        if len(self.results) == plan.total:
            self._say(f"all {plural(plan.total, 'run')} are done already: here they are")
            return
        self.running, self._stop = True, threading.Event()
        self._request += 1
        self._began = time.monotonic()
        self._pace = Pace(self._began, len(self.results))
        old = self.study.sweeps.outdated(plan)
        said = named(self, "running in worker processes; {run} stops, and what is done is kept")
        self._say(old.set_aside() if old else said, "$text-warning" if old else "dim")
        self._carry_out(self._request, plan, cluster, self._stop)

    def _read_form(self) -> tuple[Plan, str | None]:
        """The plan and the cluster's address; StudyError, with the field pointed out, for what is not allowed."""
        form = self.query_one(SweepForm)
        texts, name, found = form.texts(), "", dict[str, tuple[Value, ...]]()
        try:
            for name in form.parameters:
                found[name] = values_of(self.experiment, name, form.given(name))
            name = SEEDS
            seeds = _seeds(texts[SEEDS])
        except StudyError:
            form.point_out(name)
            raise
        form.point_out(None)
        defaults = asdict(self.experiment.make())
        swept = {name: values for name, values in found.items() if len(values) > 1}
        fixed = {n: values[0] for n, values in found.items() if n not in swept and values[0] != defaults[n]}
        return self.study.sweeps.plan(self.experiment.name, swept, fixed, seeds), texts[CLUSTER] or None

    def on_fields_confirmed(self) -> None:
        if not self.running:
            self.action_run()
        if self.query_one(SweepForm).wrong is None:
            self.set_focus(self.query_one(DataTable))  # where the keys of the screen are heard

    def on_fields_left(self) -> None:
        self.set_focus(self.query_one(DataTable))

    def on_fields_described(self, message: SweepForm.Described) -> None:
        self._say(message.text)

    @work(thread=True, group="sweep")
    def _carry_out(self, request: int, plan: Plan, cluster: str | None, stop: threading.Event) -> None:
        try:
            done = self.study.sweeps.run(
                plan, cluster=cluster, watch=lambda result: self._arrived.append(result), stopped=stop.is_set
            )
            self.post_message(self.Ended(request, done))
        except StoppedError:
            self.post_message(self.Ended(request, None, stopped=True))
        except Exception as trouble:  # whatever happens there, the screen stays
            reason = str(trouble) if isinstance(trouble, StudyError) else f"{type(trouble).__name__}: {trouble}"
            self.post_message(self.Ended(request, None, reason))

    def _tick(self) -> None:
        """Take in what the workers have done since, and draw it if drawing does not take too much of the time."""
        new = False
        while self._arrived:
            result = self._arrived.popleft()
            self.results[result.key] = result
            new = True
        self._tell_progress()
        if new and (begun := time.monotonic()) >= self._next_drawing:
            self._draw()
            self._next_drawing = time.monotonic() + PATIENCE * (time.monotonic() - begun)

    def on_sweep_screen_ended(self, message: Ended) -> None:
        if message.request != self._request:
            return
        self.running = False
        self._tick()
        if message.sweep is not None:
            self.results = {result.key: result for result in message.sweep.results}
        self._draw()
        self._tell_progress()
        failed = message.sweep.failures if message.sweep else ()
        if message.trouble:
            self._say(message.trouble, "bold $text-error")
        elif message.stopped:
            self._say(f"stopped; {plural(len(self.results), 'run')} are kept: {key(self, 'run')} goes on from there")
        elif failed:
            self._say(f"{plural(len(failed), 'run')} failed; the first: {failed[0].trouble}", "bold $text-error")
        else:
            seconds = time.monotonic() - self._began
            what_now = named(self, "{measure}: another measure, {save-runs}: one line a run as CSV")
            self._say(f"done in {seconds:.1f} s; {what_now}")

    def _tell_progress(self) -> None:
        line = self.query_one("#progress", Static)
        if self.plan is None:
            line.update("")
            return
        done, total = len(self.results), self.plan.total
        room = 30 if self.size.width >= WIDE else 20
        full = room * done // max(1, total)
        said = f"  {done:,} of {total:,} runs"
        if self.running:
            said += f"  {self._pace.left(time.monotonic(), done, total) or 'the workers start …'}"
        shown_of = f"   {self.measure}   {key(self, 'measure')} another" if self.measure else ""
        line.update(
            Content.assemble(
                ("━" * full, "$text-accent"), ("─" * (room - full), "dim"), said, (visible(shown_of), "dim")
            )
        )

    # --- what is shown --------------------------------------------------------------------------------------------

    def _show_kept(self, plan: Plan) -> None:
        """What is done already of a plan."""
        if self.plan is None or plan.name != self.plan.name:
            self.query_one(Inspector).clear()
        self.plan = plan
        self.results = {result.key: result for result in self.study.sweeps.so_far(plan).results}
        self._draw()
        self._tell_progress()

    def _sweep(self) -> Sweep | None:
        """What is done, in the order of the plan."""
        if self.plan is None:
            return None
        return Sweep(self.plan, tuple(self.results[t.key] for t in self.plan.tasks() if t.key in self.results))

    def _draw(self) -> None:
        """Table and figure of the present measure."""
        sweep = self._sweep()
        if sweep is None or not sweep.results:
            self._rows = ()
            self.query_one(DataTable).clear(columns=True)
            return
        known = measures(sweep)
        if known and self.measure not in known:
            measured = [name for result in sweep.results for name in result.measurements]
            self.measure = measured[-1] if measured else known[0]
        self._rows = rows(sweep, () if self.measure.startswith(ANSWERS) or not known else (self.measure,))
        self._tabulate(sweep.plan)
        drawn = figure(sweep.plan, self._rows, self.measure)
        self.query_one(Inspector).show(Frame(len(sweep.results), sweep.plan.total, drawn))

    def _tabulate(self, plan: Plan) -> None:
        table = self.query_one(DataTable)
        here, column = table.cursor_row, table.cursor_column
        table.clear(columns=True)
        swept = list(plan.grid)
        columns, cells = (
            _answer_cells(self._rows, self.measure)
            if self.measure.startswith(ANSWERS)
            else _cells(self._rows, self.measure)
        )
        for name in (*swept, "runs", *columns):
            table.add_column(Text(shorten(visible(name), 24)), width=min(24, max(8, len(name))))
        for row, rest in zip(self._rows, cells, strict=True):
            place = [visible(shown(row.parameters[name])) for name in swept]
            table.add_row(*map(Content, (*place, str(row.runs), *rest)))
        table.move_cursor(row=here, column=column)

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Below the table: the row under the cursor in words, nothing cut off but by the screen."""
        if self.plan is None or message.cursor_row >= len(self._rows):
            return
        row = self._rows[message.cursor_row]
        place = ", ".join(f"{name} {shown(row.parameters[name])}" for name in self.plan.grid) or "all"
        failed = f"; {plural(row.failed, 'run')} failed" if row.failed else ""
        won = "; ".join(
            f"{question}: " + ", ".join(f"{percent(share)} {choice}" for choice, share in shares.items())
            for question, shares in row.answers.items()
        )
        held = f"{row.held} of {row.judged} measurements held{failed}"
        told = Content.assemble((visible(place), "bold"), f"   {held}   ", visible(won))
        self._lines.read(told)

    def action_measure(self) -> None:
        """Choose what the table and the figure show."""
        sweep = self._sweep()
        if sweep is None or not (known := measures(sweep)):
            self._say(named(self, "no measure yet: {run} runs the sweep"))
            return
        from nnstudy.tui.screens.pick import PickScreen

        def chosen(place: int | None) -> None:
            if place is not None:
                self.measure = known[place]
                self.query_one(Inspector).clear()
                self._draw()
                self._tell_progress()

        self.app.push_screen(PickScreen("Show", known, known.index(self.measure)), chosen)

    def action_earlier(self) -> None:
        """Choose one of the sweeps of this experiment that were begun before."""
        if self.running:
            self._say(named(self, "a sweep runs: {run} stops it first"))
            return
        kept = self.study.sweeps.all(self.experiment.name)
        if not kept:
            self._say("no earlier sweep of this experiment is kept")
            return
        from nnstudy.tui.screens.pick import PickScreen

        def chosen(place: int | None) -> None:
            if place is not None:
                self._open(kept[place].plan)

        self.app.push_screen(PickScreen("Earlier sweeps", [_told(one) for one in kept]), chosen)

    def _open(self, plan: Plan) -> None:
        values = asdict(self.experiment.make()) | dict(plan.fixed)
        form = self.query_one(SweepForm)
        form.fill_in({name: plan.grid.get(name, (value,)) for name, value in values.items()})
        form.fill({SEEDS: str(plan.seeds)})
        self._show_kept(plan)
        if not self.study.sweeps.is_present(plan):
            self._say(named(self, "made by another version of the experiment: {run} starts it anew"), "$text-warning")
        elif len(self.results) < plan.total:
            self._say(f"{plural(plan.total - len(self.results), 'run')} are missing: {key(self, 'run')} goes on")
        else:
            self._say(named(self, "all runs are done; {measure} another measure, {save-runs} saves"))

    # --- the other keys -------------------------------------------------------------------------------------------

    def action_data(self) -> None:
        panel = self.query_one(Inspector).panel
        if panel is None:
            self._say(named(self, "no data yet: {run} runs the sweep"))
            return
        from nnstudy.tui.screens.data import DataScreen

        self.app.push_screen(DataScreen(panel, self._file("-data.csv")))

    def action_save_runs(self) -> None:
        """One line a run into a CSV file."""
        if (sweep := self._sweep()) is None or not sweep.results:
            self._say(named(self, "nothing to save yet: {run} runs the sweep"))
            return
        path = self._file(".csv")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_csv(sweep, path)
        except (StudyError, OSError) as trouble:
            self._say(f"the runs were not saved: {trouble}", "bold $text-error")
            return
        self._say(f"saved: {path}")

    def action_save_figure(self) -> None:
        frame = self.query_one(Inspector).frame
        if frame is None:
            self._say(named(self, "nothing to save yet: {run} runs the sweep"))
            return
        self._say("saving the figure …")
        self._save(frame, self._file(""))

    @work(thread=True, group="save")
    def _save(self, frame: Frame, stem: Path) -> None:
        try:
            for suffix in (".png", ".svg", ".pdf"):
                self.study.save_figure(frame, stem.with_name(stem.name + suffix))
        except StudyError as trouble:
            self.post_message(self.Told(str(trouble), "bold $text-error"))
            return
        self.post_message(self.Told(f"saved: {stem}.png, .svg and .pdf"))

    def _file(self, end: str) -> Path:
        return self.study.folder / "figures" / f"{self.experiment.name}-sweep-{self.study.now():%Y%m%d-%H%M%S}{end}"

    def action_leave(self) -> None:
        """Back; a sweep that runs is stopped, and what is done of it is kept."""
        if self.running:
            self._stop.set()
            kept = f"the sweep was stopped, {len(self.results)} of its runs are kept: {key(self, 'run')} goes on there"
            self.app.notify(kept, timeout=4)
        self.app.pop_screen()


def _seeds(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_SEEDS:
        raise StudyError(f"seeds = {text} is not allowed: it takes a whole number from 1 to {MOST_SEEDS:,}")
    return int(text)


def _told(kept: KeptSweep) -> str:
    """A sweep in two lines."""
    grid = "  ".join(f"{name}={','.join(map(shown, values))}" for name, values in kept.plan.grid.items())
    fixed = "  ".join(f"{name}={shown(value)}" for name, value in kept.plan.fixed.items())
    when = f"{kept.at.astimezone():%d %b %Y %H:%M}"
    return f"{grid or 'seeds only'}\n{when}   {kept.done} of {plural(kept.plan.total, 'run')}   {fixed}"


def _cells(found: Sequence[Row], measure: str) -> tuple[list[str], list[list[str]]]:
    cells = []
    for row in found:
        spread = row.measurements.get(measure)
        texts = [number(spread.mean), number(spread.sd), number(spread.expected)] if spread else ["-", "-", "-"]
        cells.append([*texts, f"{row.held}/{row.judged}"])
    return ["mean", "sd", "expected", "held"], cells


def _answer_cells(found: Sequence[Row], measure: str) -> tuple[list[str], list[list[str]]]:
    """The share of the seeds in which each answer won."""
    shares = [row.answers.get(measure.removeprefix(ANSWERS), {}) for row in found]
    choices = list(dict.fromkeys(choice for won in shares for choice in won))
    return choices, [[f"{percent(won.get(choice, 0))}" if won else "-" for choice in choices] for won in shares]
