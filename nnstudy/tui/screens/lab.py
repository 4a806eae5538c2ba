"""The laboratory: an experiment's parameters as a form, its figure, and what it measured beside theory."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError
from nnstudy.experimenting.kept import Repeated, repeat
from nnstudy.figures import Behind
from nnstudy.lab.condition import Condition, unknown
from nnstudy.lab.experiment import Experiment, Frame, digest
from nnstudy.store.run_records import RunRow
from nnstudy.study import Study
from nnstudy.tui.bindings import key, named
from nnstudy.tui.screens.figure_screen import FIGURE_KEYS, FigureScreen
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.inspector import Inspector
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.lastlines import LastLines
from nnstudy.tui.widgets.measurements import MeasurementTable
from nnstudy.tui.widgets.overlay import MOST_RUNS, Setting, behind, labels, setting
from nnstudy.tui.widgets.parameters import ParameterForm
from nnstudy.tui.widgets.timeline import with_layers
from nnstudy.tui.widgets.until import UntilInput, outcome
from nnstudy.words import plural, shown

WIDE = 110


class LabScreen(FigureScreen):
    """One experiment in full: change it, run it, read it off, keep its figure, read its code."""

    @dataclass
    class MadeAgain(Message):
        """A kept run was made again, or not; `told` says how far they are."""

        repeated: Repeated | None
        told: str

    CSS_PATH = ["trial.tcss", "lab.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    BINDINGS = [
        Binding("r", "run", "Run"),
        Binding("w", "rewind", "Rewind", show=False),
        Binding("x", "reset", "Reset", show=False),
        Binding("n", "new_seed", "Seed"),
        Binding("f", "save_figure", "Figure"),
        Binding("t", "data", "Data"),
        Binding("v", "source", "Source"),
        Binding("s", "sweep", "Sweep"),
        Binding("o", "choose", "Other"),
        Binding("comma", "travel(-1)", "A step back", show=False),
        Binding("full_stop", "travel(1)", "A step on", show=False),
        Binding("less_than_sign", "first_step", "First step", show=False),
        Binding("greater_than_sign", "last_step", "Last step", show=False),
        Binding("space", "pause", "Pause", show=False),
        Binding("u", "until", "Until", show=False),
        *FIGURE_KEYS,
        Binding("g", "grid", "All panels", show=False),
        Binding("k", "keep_run", "Keep this run behind", show=False),
        Binding("b", "behind", "Runs behind", show=False),
        Binding("d", "differences", "Differences from the kept run", show=False),
        Binding("h", "runs", "Kept runs", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "leave", "Back", key_display="q"),
    ]

    def __init__(
        self,
        study: Study,
        experiment: Experiment | None = None,
        parameters: Any = None,
        seed: int = 0,
        frame: Frame | None = None,
        card: str | None = None,
        again: Sequence[tuple[RunRow, Experiment, Any]] = (),
    ) -> None:
        super().__init__()
        self.study = study
        self.experiment = experiment
        self.start_parameters = parameters
        self.start_seed = seed
        self.card = card
        self.again = again  # kept runs that are made again, to stand in one figure
        self.until: Condition | None = None
        self._first_frame = frame
        self._made: dict[str, object] = {}  # parameters and seed of the run on the screen
        self._began: tuple[Any, int] | None = None  # what the last run began with
        self._kept: list[Setting] = []  # the runs that stay behind

    def compose(self) -> ComposeResult:
        yield Static(id="lab-title")
        with Horizontal(id="bench"):
            yield ParameterForm(id="form")
            yield Inspector(id="figure")
        yield MeasurementTable(id="measurements")
        yield UntilInput(id="until")
        yield LastLines()
        yield KeyBar(LabScreen)

    def on_mount(self) -> None:
        if self.experiment is None:
            self.action_choose()
        else:
            self._set_up(self.experiment)

    def _set_up(self, experiment: Experiment) -> None:
        if experiment is not self.experiment or self.start_parameters is None:
            self.start_parameters, self._first_frame = experiment.make(), None
        self.experiment = experiment
        self.query_one("#lab-title", Static).update(
            Content.assemble((experiment.title, "bold $text-primary"), "   ", experiment.sentence)
        )
        form = self.query_one(ParameterForm)
        form.show(experiment.parameters, asdict(self.start_parameters), self.start_seed)
        figure = self.query_one(Inspector)
        figure.clear()
        self.until, self._kept, self._began = None, [], None
        self._table.clear()
        self._lines.read("")
        if self._first_frame is not None:
            self._made = {**asdict(self.start_parameters), "seed": self.start_seed}
            figure.show(self._first_frame)
            self._table.show(self._first_frame)
        self._say(named(self, "{run} runs it; tab walks into the form"))
        self.set_focus(self._table)
        if again := self.again:
            self.again = ()
            self._say(f"making {plural(len(again), 'run')} again …", "$text-accent")
            self._make_again(again)

    # --- kept runs in one figure ----------------------------------------------------------------------------------

    @work(thread=True, group="again")
    def _make_again(self, runs: Sequence[tuple[RunRow, Experiment, Any]]) -> None:
        worker, other = get_current_worker(), 0
        for done, (run, experiment, parameters) in enumerate(runs, 1):
            try:
                repeated = repeat(run, experiment, parameters, lambda frame: not worker.is_cancelled)
            except Exception as trouble:  # whatever an experiment does, the laboratory stays
                self.post_message(self.MadeAgain(None, f"a run failed: {trouble}"))
                continue
            if repeated is None:
                return
            other += digest(repeated.result) != run.digest
            told = f"{done} of {plural(len(runs), 'run')} made again, " + (
                f"{other} came out otherwise than kept: another version or machine" if other else "as they were kept"
            )
            self.post_message(self.MadeAgain(repeated, told))

    def on_lab_screen_made_again(self, message: MadeAgain) -> None:
        self._say(message.told)
        if (repeated := message.repeated) is None:
            return
        figure, values = self.query_one(Inspector), {**asdict(repeated.parameters), "seed": repeated.kept.seed}
        if figure.frame is None and not figure.running:
            self._made = values
            figure.show(repeated.result)
            self._table.show(repeated.result)
        elif len(self._kept) < MOST_RUNS:
            self.keep_behind(setting(values, with_layers(repeated.result)))

    # --- run ------------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        figure = self.query_one(Inspector)
        if figure.running:
            figure.stop()
            return
        if self.experiment is None:
            self.action_choose()
            return
        values = self.query_one(ParameterForm).values()
        try:
            seed = int(ParameterForm.SEED.parse(values.pop("seed")))
            parameters = self.experiment.make(values)
        except StudyError as trouble:
            self.query_one(ParameterForm).point_out(str(trouble).split(" ", 1)[0])
            self._say(str(trouble), "bold $text-error")
            return
        self._run(parameters, seed)

    def _run(self, parameters: Any, seed: int) -> None:
        assert self.experiment is not None
        figure, self._began = self.query_one(Inspector), (parameters, seed)
        self.query_one(ParameterForm).point_out(None)
        until = f" until {self.until}" if self.until else ""
        self._say(
            f"running{until}; {key(self, 'pause')} pauses, {key(self, 'run')} stops it and keeps what was measured"
        )
        self._made = {**asdict(parameters), "seed": seed}
        figure.start(self.experiment, parameters, seed, until=self.until)
        figure.behind = behind(self._kept, Setting(self._made, self._kept[0].frame) if self._kept else None)

    def action_rewind(self) -> None:
        """Run again from the parameters and the seed that the last run began with, whatever was changed since."""
        if self._began is None:
            self._say(named(self, "no run to begin again yet: {run} runs the experiment"))
            return
        parameters, seed = self._began
        self.query_one(ParameterForm).fill_in({**asdict(parameters), "seed": seed})
        self._run(parameters, seed)

    def on_fields_confirmed(self) -> None:
        if self.query_one(Inspector).running:
            self._change()
        else:
            self.action_run()

    def _change(self) -> None:
        """Let the run go on with what stands in the live fields."""
        assert self.experiment is not None
        values = self.query_one(ParameterForm).values()
        try:
            wanted = asdict(self.experiment.make({name: value for name, value in values.items() if name != "seed"}))
        except StudyError as trouble:
            self.query_one(ParameterForm).point_out(str(trouble).split(" ", 1)[0])
            self._say(str(trouble), "bold $text-error")
            return
        differing = {name: value for name, value in wanted.items() if value != self._made[name]}
        live = {p.name for p in self.experiment.parameters if p.live}
        self.query_one(Inspector).change({name: value for name, value in differing.items() if name in live})
        if later := ", ".join(name for name in differing if name not in live):
            self._say(f"{later}: with the next run; ~ marks what can be changed while one goes on")

    def on_figure_view_run_changed(self, message: FigureView.RunChanged) -> None:
        self._made |= {change.name: change.value for change in message.changes}
        if message.trouble:
            self._say(message.trouble, "bold $text-error")
        elif message.changes:
            said = ", ".join(f"{change.name} = {shown(change.value)}" for change in message.changes)
            self._say(f"{said} from step {message.changes[0].step} on; {key(self, 'rewind')} begins again as before")

    def on_fields_left(self) -> None:
        self.set_focus(self._table)

    def on_fields_described(self, message: ParameterForm.Described) -> None:
        self._say(message.text)

    def on_figure_view_progressed(self, message: FigureView.Progressed) -> None:
        figure = self.query_one(Inspector)
        if figure.running and figure.past is None:
            self._table.follow(message.frame)
        else:
            self._table.show(message.frame)

    def on_figure_view_run_finished(self, message: FigureView.RunFinished) -> None:
        self.study.keep(
            message.experiment, message.parameters, message.seed, message.result, seconds=message.seconds,
            status=message.status, card=self.card, changes=message.changes,
        )  # fmt: skip
        judged = [m.holds for m in message.result.measurements if m.holds is not None]
        said = f"{message.status} in {message.seconds:.2f} s: {sum(judged)} of {len(judged)} hold; the run is kept"
        self._say(said + (f"; {outcome(self.until, message.result)}" if self.until else ""))

    def on_figure_view_run_failed(self, message: FigureView.RunFailed) -> None:
        self._say(f"the run failed: {message.reason}", "bold $text-error")

    def action_pause(self) -> None:
        figure = self.query_one(Inspector)
        figure.pause()
        if figure.running:
            paused = named(self, "paused; {pause} goes on, {run} stops and keeps what was measured")
            self._say(paused if figure.paused else "running")

    def action_until(self) -> None:
        if self.experiment is not None:
            self.query_one(UntilInput).ask()

    def on_until_input_chosen(self, message: UntilInput.Chosen) -> None:
        if message.trouble:
            self._say(message.trouble, "bold $text-error")
            return
        figure, condition = self.query_one(Inspector), message.condition
        frame = None if figure.running else figure.frame
        ended = frame is not None and frame.step >= frame.total
        if condition and frame and ended and condition.meant(frame) is None:  # the next run would measure the same
            self._say(unknown(condition, frame), "bold $text-error")
            self.query_one(UntilInput).ask()
            return
        self.until = condition
        self.set_focus(self._table)
        if not figure.running:
            self.action_run()

    def on_until_input_left(self) -> None:
        self.set_focus(self._table)

    # --- the table ------------------------------------------------------------------------------------------------

    @property
    def _table(self) -> MeasurementTable:
        return self.query_one(MeasurementTable)

    def on_measurement_table_highlighted(self, message: MeasurementTable.Highlighted) -> None:
        """Below the table: the whole name of the row under the cursor, where its theory comes from, what to mind."""
        frame = self.query_one(Inspector).frame
        if frame is not None and message.row < len(frame.measurements):
            m = frame.measurements[message.row]
            reading = Content.assemble((m.name, "bold"), f"   {m.source}")
            if m.remark:
                reading += Content.styled(f"   {m.remark}", "$text-warning")
            self._lines.read(reading)

    # --- the figure -----------------------------------------------------------------------------------------------

    def action_grid(self) -> None:
        figure = self.query_one(Inspector)
        figure.toggle_grid()
        self.set_class(figure.side_by_side, "-grid")

    def action_travel(self, steps: int) -> None:
        """Show the figure, the measurements and the layers as they were a step before, or after."""
        self._travel(steps)

    def action_first_step(self) -> None:
        self._travel(-len(self.query_one(Inspector).timeline.frames))

    def action_last_step(self) -> None:
        self._travel(len(self.query_one(Inspector).timeline.frames))

    def _travel(self, steps: int) -> None:
        if self.query_one(Inspector).travel(steps) is None:
            self._say(named(self, "no step to go to yet: {run} runs the experiment"))

    def on_inspector_travelled(self, message: Inspector.Travelled) -> None:
        where = "as it was at" if self.query_one(Inspector).past else "the latest:"
        keys = named(self, "{travel-back} and {travel-1} go a step, {first-step} and {last-step} to the ends")
        self._say(f"{where} step {message.frame.step} of {message.frame.total}; {keys}")

    def action_keep_run(self) -> None:
        """Let the frame on the screen stay behind the next ones, or let it go again."""
        figure = self.query_one(Inspector)
        if figure.frame is None or (figure.running and figure.past is None):
            self._say("nothing to keep yet: a run that has ended, or a step before, stays behind the next ones")
            return
        present = setting(self._made, figure.frame)
        same = [place for place, one in enumerate(self._kept) if one.frame.figure is figure.frame.figure]
        if same:
            self.drop(same[0])
        elif len(self._kept) == MOST_RUNS:
            self._say(f"{MOST_RUNS} runs stay behind already: {key(self, 'behind')} drops one")
        else:
            self.keep_behind(present)
            self._say(named(self, "this run stays behind the next ones; {differences} compares, {behind} lists them"))

    def keep_behind(self, one: Setting) -> None:
        """Let a run stay behind the present one."""
        self._kept.append(one)
        self._overlay()

    def drop(self, place: int) -> None:
        """Let a run that stays behind go."""
        del self._kept[place]
        self._overlay()
        self._say(f"{len(self._kept)} stay behind" if self._kept else "no run stays behind")

    def _overlay(self) -> None:
        """Give the figure the runs behind it, each with what tells it from the others."""
        figure = self.query_one(Inspector)
        figure.behind = behind(self._kept, self._present())
        figure.redraw()

    def _present(self) -> Setting | None:
        frame = self.query_one(Inspector).frame
        return setting(self._made, frame) if frame is not None else None

    def action_behind(self) -> None:
        if not self._kept:
            self._say(named(self, "no run stays behind: {keep-run} keeps the present one there"))
            return
        from nnstudy.tui.screens.behind import BehindScreen

        self.app.push_screen(BehindScreen(labels(self._kept, self._present())), self._chosen_behind)

    def _chosen_behind(self, chosen: tuple[str, int] | None) -> None:
        if chosen is not None:
            act, place = chosen
            self.drop(place) if act == "drop" else self._compare(place)

    def action_differences(self) -> None:
        if not self._kept or self.query_one(Inspector).frame is None:
            self._say(named(self, "no run to compare with: {keep-run} keeps the present one behind the next"))
        else:
            self._compare(-1)

    def _compare(self, place: int) -> None:
        from nnstudy.tui.screens.data import BesideScreen

        if (present := self._present()) is not None:
            self.app.push_screen(BesideScreen(self._kept[place], present))

    def action_data(self) -> None:
        figure = self.query_one(Inspector)
        if figure.frame is None or figure.panel is None or self.experiment is None:
            self._say(named(self, "no data yet: {run} runs the experiment"))
            return
        from nnstudy.tui.screens.data import DataScreen

        self.app.push_screen(DataScreen(figure.panel, self._file(f"-panel{figure.place + 1}.csv")))

    def _file(self, end: str) -> Path:
        """Where something of the present experiment is saved."""
        name = self.experiment.name if self.experiment else ""
        return self.study.folder / "figures" / f"{name}-{self.study.now():%Y%m%d-%H%M%S}{end}"

    # --- the other keys -------------------------------------------------------------------------------------------

    def action_reset(self) -> None:
        if self.experiment is not None:
            self.query_one(ParameterForm).fill_in(asdict(self.start_parameters) | {"seed": self.start_seed})
            self._say("the parameters are where they were")

    def action_new_seed(self) -> None:
        if self.experiment is not None:
            self.query_one(ParameterForm).fill_in({"seed": secrets.randbelow(2**31)})
            self._say(named(self, "a new seed; {run} runs it"))

    def action_save_figure(self) -> None:
        frame = self.query_one(Inspector).frame
        if frame is None or self.experiment is None:
            self._say(named(self, "nothing to save yet: {run} runs the experiment"))
            return
        self._say("saving the figure …")
        self._save(frame, self._file(""), self.query_one(Inspector).behind)

    @work(thread=True, group="save")
    def _save(self, frame: Frame, stem: Path, left: Sequence[Behind]) -> None:
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".png", ".svg", ".pdf"):
                self.study.save_figure(frame, stem.with_name(stem.name + suffix), left)
        except (StudyError, OSError) as trouble:
            self.post_message(self.Told(f"the figure was not saved: {trouble}", "bold $text-error"))
            return
        self.post_message(self.Told(f"saved: {stem}.png, .svg and .pdf"))

    def action_source(self) -> None:
        if self.experiment is not None:
            from nnstudy.tui.screens.source import SourceScreen

            self.app.push_screen(SourceScreen(self.experiment))

    def action_sweep(self) -> None:
        """The screen for sweeps of this experiment, from the parameters of the form."""
        if self.experiment is None:
            self.action_choose()
            return
        from nnstudy.tui.screens.sweep import SweepScreen

        values = self.query_one(ParameterForm).values()
        values.pop("seed")
        try:
            parameters = self.experiment.make(values)
        except StudyError as trouble:
            self._say(str(trouble), "bold $text-error")
            return
        self.app.push_screen(SweepScreen(self.study, self.experiment, parameters))

    def action_runs(self) -> None:
        from nnstudy.tui.screens.runs import RunsScreen

        self.app.push_screen(RunsScreen(self.study, self.experiment.name if self.experiment else ""))

    def action_choose(self) -> None:
        from nnstudy.tui.screens.choose import ChooseScreen

        self.app.push_screen(ChooseScreen(self.study), self._chosen)

    def _chosen(self, name: str | None) -> None:
        if name is not None:
            self._set_up(self.study.experiments()[name])
        elif self.experiment is None:  # nothing was chosen: an empty laboratory is of no use
            self.action_leave()

    def action_leave(self) -> None:
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            from nnstudy.tui.screens.today import TodayScreen

            self.app.switch_screen(TodayScreen(self.study))
