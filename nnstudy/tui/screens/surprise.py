"""Surprise me: a question that was not answered yet, to predict and run outside of a review."""

import secrets

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from nnstudy.experimenting.trials import Prediction, Trial
from nnstudy.study import Study
from nnstudy.tui.screens.predict import PREDICT_KEYS, PredictScreen
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.topline import TopLine
from nnstudy.tui.widgets.trial import TrialView, told


class SurpriseScreen(PredictScreen):
    """One question after the other; each prediction and run is kept as in a review, but no card is moved."""

    CSS_PATH = "trial.tcss"
    BINDINGS = [
        *PREDICT_KEYS,
        Binding("r", "run", "Run"),
        Binding("n", "another", "Another"),
        Binding("i", "inspect", "Inspect"),
        Binding("left_square_bracket", "turn(-1)", "Panel before", show=False),
        Binding("right_square_bracket", "turn(1)", "Next panel", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "app.pop_screen", "Back", key_display="q"),
    ]

    def __init__(self, study: Study) -> None:
        super().__init__()
        self.study = study
        self.trial: Trial = study.surprise(secrets.randbits(32))
        self.prediction: Prediction | None = None

    def compose(self) -> ComposeResult:
        yield TopLine()
        yield TrialView(id="trial")
        yield KeyBar(SurpriseScreen)

    def on_mount(self) -> None:
        self.query_one(TopLine).write((("Surprise me", "bold"),), (("no card is moved", "dim"),))
        self._ask()

    def _ask(self) -> None:
        self.prediction = None
        self.view.offer(self.trial, None)

    def action_another(self) -> None:
        self.trial = self.study.surprise(secrets.randbits(32))
        self._ask()

    @property
    def view(self) -> TrialView:
        return self.query_one(TrialView)

    def action_run(self) -> None:
        view = self.view
        if view.figure is not None and view.figure.running:
            view.figure.stop()
        elif self.prediction is None and view.predicting:
            view.hint(f"predict first: {view.ways}")
        else:
            view.run()

    def on_figure_view_run_finished(self, message: FigureView.RunFinished) -> None:
        prediction, question = self.prediction, self.trial.question
        run = self.study.keep(
            message.experiment, message.parameters, message.seed, message.result, seconds=message.seconds,
            status=message.status, prediction=prediction, question=question,
        )  # fmt: skip
        view = self.view
        if message.status == "stopped":
            view.settle(Content("stopped: what was measured so far is kept"))
            return
        self.prediction = None
        view.settle(told(run, question, prediction))

    def on_figure_view_run_failed(self, message: FigureView.RunFailed) -> None:
        self.view.settle(Content.assemble(("The run failed: ", "bold $text-error"), message.reason))

    def action_turn(self, steps: int) -> None:
        if (figure := self.view.figure) is not None:
            figure.turn(steps)

    def action_inspect(self) -> None:
        from nnstudy.tui.screens.lab import LabScreen

        figure, trial = self.view.figure, self.trial
        frame = figure.frame if figure else None
        self.app.push_screen(LabScreen(self.study, trial.experiment, trial.parameters, trial.seed, frame))
