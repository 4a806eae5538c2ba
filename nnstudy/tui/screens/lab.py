"""The laboratory: an experiment's parameters as a form, its figure, and what it measured beside theory."""

import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.coordinate import Coordinate
from textual.screen import ModalScreen, Screen
from textual.widgets import DataTable, OptionList, Static
from textual.widgets.option_list import Option

from nnstudy.errors import StudyError
from nnstudy.lab.experiment import Experiment, Frame
from nnstudy.study import Study
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.parameters import ParameterForm
from nnstudy.words import number, shorten, verdict

COLUMNS = (("measured", 10), ("expected", 10), ("difference", 10), ("tolerance", 9), ("", 7))
NAME_WIDTH = {False: 19, True: 46}  # on a narrow and on a wide screen
WIDE = 110


class LabScreen(Screen[None]):
    """One experiment in full: change it, run it, read it off, keep its figure, read its code."""

    CSS_PATH = "lab.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
    BINDINGS = [
        Binding("r", "run", "Run/stop"),
        Binding("x", "reset", "Reset"),
        Binding("n", "new_seed", "New seed"),
        Binding("f", "save_figure", "Figure"),
        Binding("v", "source", "Source"),
        Binding("o", "choose", "Other"),
        Binding("left_square_bracket", "turn(-1)", "Panel before", show=False),
        Binding("right_square_bracket", "turn(1)", "Next panel", show=False),
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
    ) -> None:
        super().__init__()
        self.study = study
        self.experiment = experiment
        self.start_parameters = parameters
        self.start_seed = seed
        self.card = card
        self._first_frame = frame

    def compose(self) -> ComposeResult:
        yield Static(id="lab-title")
        with Horizontal(id="bench"):
            yield ParameterForm(id="form")
            yield FigureView(id="figure")
        yield DataTable(id="measurements", cursor_type="row", zebra_stripes=True)
        yield Static(id="reading")
        yield Static(id="message")
        yield KeyBar(LabScreen)

    async def on_mount(self) -> None:
        if self.experiment is None:
            self.action_choose()
        else:
            await self._set_up(self.experiment)

    async def _set_up(self, experiment: Experiment) -> None:
        if experiment is not self.experiment or self.start_parameters is None:
            self.start_parameters, self._first_frame = experiment.make(), None
        self.experiment = experiment
        self.query_one("#lab-title", Static).update(
            Content.assemble((experiment.title, "bold $text-primary"), "   ", experiment.sentence)
        )
        form = self.query_one(ParameterForm)
        await form.show(experiment.parameters, asdict(self.start_parameters), self.start_seed)
        figure = self.query_one(FigureView)
        figure.clear()
        self._rule_table()
        if self._first_frame is not None:
            figure.show(self._first_frame)
            self._tabulate(self._first_frame)
        self._say("r runs it; tab walks into the form")
        self.set_focus(self.query_one(DataTable))

    # --- run ------------------------------------------------------------------------------------------------------

    def action_run(self) -> None:
        figure = self.query_one(FigureView)
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
        self.query_one(ParameterForm).point_out(None)
        self._say("running; r stops it and keeps what was measured")
        figure.start(self.experiment, parameters, seed)

    def on_parameter_form_submitted(self) -> None:
        self.action_run()

    def on_parameter_form_left(self) -> None:
        self.set_focus(self.query_one(DataTable))

    def on_parameter_form_described(self, message: ParameterForm.Described) -> None:
        self._say(message.text)

    def on_figure_view_progressed(self, message: FigureView.Progressed) -> None:
        self._tabulate(message.frame)

    def on_figure_view_run_finished(self, message: FigureView.RunFinished) -> None:
        self.study.keep(
            message.experiment, message.parameters, message.seed, message.result, seconds=message.seconds,
            status=message.status, card=self.card,
        )  # fmt: skip
        judged = [m.holds for m in message.result.measurements if m.holds is not None]
        self._say(f"{message.status} in {message.seconds:.2f} s: {sum(judged)} of {len(judged)} hold; the run is kept")

    def on_figure_view_run_failed(self, message: FigureView.RunFailed) -> None:
        self._say(f"the run failed: {message.reason}", "bold $text-error")

    # --- the table ------------------------------------------------------------------------------------------------

    def _rule_table(self) -> None:
        """Columns as wide as the screen allows, and no row."""
        table = self.query_one(DataTable)
        table.clear(columns=True)
        table.add_column("measurement", width=NAME_WIDTH[self.size.width >= WIDE])
        for name, width in COLUMNS:
            table.add_column(name, width=width)
        self.query_one("#reading", Static).update("")

    def on_resize(self) -> None:
        if (frame := self.query_one(FigureView).frame) is not None:
            self._rule_table()
            self._tabulate(frame)

    def _tabulate(self, frame: Frame) -> None:
        table = self.query_one(DataTable)
        room = table.ordered_columns[0].width
        rows = [
            (shorten(m.name, room), *map(number, (m.measured, m.expected, m.difference, m.tolerance)), verdict(m.holds))
            for m in frame.measurements
        ]
        if len(rows) != table.row_count:
            table.clear()
            for row in rows:
                table.add_row(*map(Content, row))
            return
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                table.update_cell_at(Coordinate(place, column), Content(text))

    def on_data_table_row_highlighted(self, message: DataTable.RowHighlighted) -> None:
        """Below the table: the whole name of the row under the cursor, where its theory comes from, what to mind."""
        frame = self.query_one(FigureView).frame
        if frame is not None and message.cursor_row < len(frame.measurements):
            m = frame.measurements[message.cursor_row]
            reading = Content.assemble((m.name, "bold"), f"   {m.source}")
            if m.remark:
                reading += Content.styled(f"   {m.remark}", "$text-warning")
            self.query_one("#reading", Static).update(reading)

    # --- the other keys -------------------------------------------------------------------------------------------

    def action_reset(self) -> None:
        if self.experiment is not None:
            self.query_one(ParameterForm).fill(asdict(self.start_parameters) | {"seed": self.start_seed})
            self._say("the parameters are where they were")

    def action_new_seed(self) -> None:
        if self.experiment is not None:
            self.query_one(ParameterForm).fill({"seed": secrets.randbelow(2**31)})
            self._say("a new seed; r runs it")

    def action_turn(self, steps: int) -> None:
        self.query_one(FigureView).turn(steps)

    def action_save_figure(self) -> None:
        frame = self.query_one(FigureView).frame
        if frame is None or self.experiment is None:
            self._say("nothing to save yet: r runs the experiment")
            return
        stem = f"{self.experiment.name}-{self.study.now():%Y%m%d-%H%M%S}"
        self._say("saving the figure …")
        self._save(frame, self.study.folder / "figures" / stem)

    @work(thread=True, group="save")
    def _save(self, frame: Frame, stem: Path) -> None:
        try:
            stem.parent.mkdir(parents=True, exist_ok=True)
            for suffix in (".png", ".svg", ".pdf"):
                self.study.save_figure(frame, stem.with_name(stem.name + suffix))
        except (StudyError, OSError) as trouble:
            self.app.call_from_thread(self._say, f"the figure was not saved: {trouble}", "bold $text-error")
            return
        self.app.call_from_thread(self._say, f"saved: {stem}.png, .svg and .pdf")

    def action_source(self) -> None:
        if self.experiment is not None:
            from nnstudy.tui.screens.source import SourceScreen

            self.app.push_screen(SourceScreen(self.experiment))

    def action_choose(self) -> None:
        self.app.push_screen(ChooseScreen(self.study), self._chosen)

    async def _chosen(self, name: str | None) -> None:
        if name is not None:
            await self._set_up(self.study.experiments()[name])

    def action_leave(self) -> None:
        if len(self.app.screen_stack) > 1:
            self.app.pop_screen()
        else:
            from nnstudy.tui.screens.today import TodayScreen

            self.app.switch_screen(TodayScreen(self.study))

    def _say(self, text: str, style: str = "dim") -> None:
        self.query_one("#message", Static).update(Content.styled(text, style))


class ChooseScreen(ModalScreen[str]):
    """All experiments, to choose one."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape,q", "dismiss", "Close")]

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.experiments = list(study.experiments().values())

    def compose(self) -> ComposeResult:
        lines = [Content.assemble((e.title, "bold"), "\n", (e.sentence, "dim")) for e in self.experiments]
        choices = OptionList(*(Option(line) for line in lines), id="experiments", markup=False)
        choices.border_title = "Experiments"
        yield choices

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self.experiments[message.option_index].name)
