"""What screens share that ask for a prediction: letters choose, digits begin a number, the same again is surer."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.binding import Binding
from textual.events import Key
from textual.screen import Screen

from nnstudy.errors import StudyError
from nnstudy.study import Study
from nnstudy.tui.bindings import LETTERS

if TYPE_CHECKING:
    from nnstudy.experimenting.trials import Prediction, Trial
    from nnstudy.tui.widgets.trial import TrialView

PREDICT_KEYS = (
    *[Binding(letter, f"predict({place})", "Predict", show=False) for place, letter in enumerate(LETTERS)],
    Binding("p", "answer", "Predict", show=False),
    Binding("enter", "surer", "Surer", show=False),
)
BEGINS_A_NUMBER = frozenset("0123456789.,-")


class PredictScreen(Screen[None]):
    """Keeps what is predicted in the `TrialView`; a subclass says when that is possible."""

    study: Study
    trial: Trial | None
    prediction: Prediction | None
    _view: TrialView | None = None  # it is asked for several times a key

    @property
    def view(self) -> TrialView | None:
        """The place where the trial stands, once there is one."""
        if self._view is None:
            found = next(iter(self.query("TrialView")), None)  # its module is loaded after the first card
            self._view = cast("TrialView | None", found)
        return self._view

    @property
    def predicting(self) -> bool:
        """Whether the question stands on the screen and can be answered."""
        return self.view is not None and self.view.predicting

    def rest(self) -> None:
        """Give the focus back to where it is when nothing is typed."""
        self.set_focus(None)

    @property
    def takes_keys(self) -> bool:
        """Whether a number is asked for: the keys write it."""
        return self.predicting and self.view is not None and self.view.estimate is not None

    def on_key(self, event: Key) -> None:
        """A digit begins a number where one is asked for; elsewhere it is left to grade."""
        view = self.view
        if view is None or not self.takes_keys:
            return
        if view.reaching and event.key == "enter":
            view.enter()
        elif event.character in BEGINS_A_NUMBER or (view.reaching and event.is_printable):
            view.write(event.character or "")
        else:
            return
        event.stop()
        event.prevent_default()

    def action_predict(self, choice: int) -> None:
        if self.predicting and self.trial is not None and choice < len(self.trial.question.choices):
            self.keep_prediction(choice)

    def action_answer(self) -> None:
        if self.view is not None and self.predicting:
            self.view.answer()

    def action_surer(self) -> None:
        if self.prediction is not None and self.predicting:
            self.keep_prediction(self.prediction.given)

    def on_trial_view_predicted(self, message: TrialView.Predicted) -> None:
        if message.given is None:
            self.action_surer()
        else:
            self.keep_prediction(message.given)

    def on_trial_view_left(self) -> None:
        self.rest()

    def keep_prediction(self, given: float | str) -> None:
        """Keep an answer; the same one again says how sure the learner is."""
        if self.trial is None or self.view is None:
            return
        before = self.prediction
        try:
            same = before is not None and before.given == self.trial.question.parse(given)
            confidence = before.surer() if before and same else "think so"
            self.prediction = self.study.predict(self.trial, given, confidence)
        except StudyError as trouble:
            self.view.refuse(str(trouble))
            return
        self.view.choose(self.prediction)
        if self.trial.question.estimate is not None:
            self.rest()
