"""The experiment that a card brings: predict, run, look, and what came of the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nnstudy.tui.bindings import LETTERS, key, named, turning
from nnstudy.tui.widgets.estimate import Committed, NumberView
from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.prose import prose
from nnstudy.tui.widgets.sparing import SparingList
from nnstudy.words import number, shorten, shown, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nnstudy.experimenting.trials import Prediction, Run, Trial
    from nnstudy.lab.experiment import Estimate, Measurement, Question

NAME_WIDTH = 34  # of a measurement, so that its line fits the narrowest place for an experiment
VERDICTS = {True: ("✓ ", "bold $text-success"), False: ("✗ ", "bold $text-error")}
SAID = {"guess": "a guess", "think so": "I think so", "sure": "I am sure"}


class TrialView(Vertical):
    """Shows a trial in three stages: the question to predict, the moving figure, the outcome with its reason."""

    @dataclass
    class Predicted(Message):
        """The learner gave an answer: the index of a choice, a number as typed; None: the same again."""

        given: int | str | None

    class Left(Message):
        """The learner went away from the line for a number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.trial: Trial | None = None
        self.prediction: Prediction | None = None
        self.figure: FigureView | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="trial-question")
        yield SparingList(id="choices", markup=False, compact=True)
        yield NumberView(id="number")
        with VerticalScroll(id="outcome"):
            yield Static()
        yield Static(id="trial-hint")

    def offer(self, trial: Trial | None, prediction: Prediction | None) -> None:
        """Show the experiment of the next card, with the prediction that was made for it already."""
        self.trial, self.prediction = trial, prediction
        if self.is_mounted:
            self._show()

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        trial = self.trial
        self.set_class(trial is None, "-none")
        self.remove_class("-running", "-ran", "-asked")
        if self.figure is not None:
            self.figure.clear()
        if trial is None:
            return
        again = " · once more" if trial.returns else ""
        self._entitle(Content.assemble("Experiment: ", (trial.experiment.title, "bold"), again), _settings(trial))
        self.query_one("#trial-question", Static).update(prose(trial.question.text))
        for part, left_out in (("#choices", self.estimate is not None), ("#number", self.estimate is None)):
            self.query_one(part).styles.display = "none" if left_out else None  # a class would style all widgets anew
        self.query_one(NumberView).offer(self.estimate)
        self._show_answer()

    def _entitle(self, title: Content, below: str) -> None:
        """Write into the frame; its first and its last line are drawn anew, where Textual would draw all of them."""
        self._border_title, self._border_subtitle = title, Content(below)
        width, height = self.outer_size
        edges = (Region(0, y, width, 1).translate(-self.content_offset) for y in (0, height - 1))
        self.refresh(*edges if height else ())

    @property
    def estimate(self) -> Estimate | None:
        """What number is asked for, if one is."""
        return self.trial.question.estimate if self.trial else None

    def _show_answer(self) -> None:
        if self.estimate is None:
            self._list_choices()
        elif self.prediction is None:
            self.hint(f"type your number, Enter keeps it · {self._run_or_inspect}")
        else:
            self.query_one(NumberView).keep(self.prediction.given, SAID[self.prediction.confidence])
            change = named(self.screen, "digits or {answer} change it")
            sure = f"{key(self.screen, 'surer')}: {SAID[self.prediction.surer()]}"
            self.hint(f"{sure} · {change} · {self._run_or_inspect}")

    def _list_choices(self) -> None:
        choices = self.query_one(OptionList)
        choices.clear_options()
        for index, choice in enumerate(self.trial.question.choices if self.trial else ()):
            chosen = self.prediction is not None and self.prediction.choice == index
            mark = "●" if chosen else " "
            line = Content.assemble(
                (f"{mark} {self._letter(index)}  ", "bold"), (choice.text, "bold" if chosen else "")
            )
            if chosen and self.prediction is not None:
                line += Content.styled(f"   {SAID[self.prediction.confidence]}", "$text-accent")
            choices.add_option(Option(line))
        choices.highlighted = None
        if self.prediction is None or self.prediction.choice is None:
            self.hint(f"{self.ways} predict · {self._run_or_inspect}")
        else:
            again = self._letter(self.prediction.choice)
            sure = SAID[self.prediction.surer()]
            self.hint(f"{again} again: {sure} · {self.ways} change · {self._run_or_inspect}")

    @property
    def predicting(self) -> bool:
        """Whether the question stands on the screen, to be answered."""
        return self.trial is not None and not (self.has_class("-running") or self.has_class("-ran"))

    def choose(self, prediction: Prediction) -> None:
        """Mark what was predicted."""
        self.prediction = prediction
        self._show_answer()

    def answer(self) -> None:
        """Walk into the choices, or into the line for the number."""
        if self.estimate is not None:
            self.query_one(NumberView).write("")
            return
        choices = self.query_one(OptionList)
        choices.focus()
        choices.highlighted = self.prediction.choice if self.prediction else 0

    def write(self, character: str) -> None:
        """Begin the number with this character."""
        self.query_one(NumberView).write(character)

    @property
    def reaching(self) -> bool:
        """Whether a number was begun whose line has not yet got the focus: keys belong to it already."""
        return self.estimate is not None and self.query_one(NumberView).reaching

    def enter(self) -> None:
        """Enter the number that was begun."""
        self.query_one(NumberView).enter()

    def refuse(self, reason: str) -> None:
        """Say why an answer was not taken."""
        self.query_one(NumberView).refuse(reason)

    @property
    def ways(self) -> str:
        """How one predicts here."""
        if self.estimate is not None:
            return "type your number"
        first, *others = (self._letter(place) for place in range(len(LETTERS)))
        return f"{first}–{others[-1]}" if (first, *others) == tuple(LETTERS) else " ".join((first, *others))

    def _letter(self, choice: int) -> str:
        """The key of a choice."""
        return key(self.screen, f"predict-{choice}")

    @property
    def _run_or_inspect(self) -> str:
        return named(self.screen, "{run} run · {inspect} inspect")

    def run(self) -> None:
        """Start the run: the figure takes the place of the choices."""
        if self.trial is not None:
            self.remove_class("-ran").add_class("-running")
            self.hint(named(self.screen, "running · {run} stops it · {inspect} inspect"))
            if self.figure is None:
                self.figure = FigureView(id="figure")
                self.mount(self.figure, before="#outcome")
            trial = self.trial
            self.figure.start(trial.experiment, trial.parameters, trial.seed, trial.question.panel)

    def settle(self, outcome: Content) -> None:
        """Show how the prediction turned out below the figure."""
        self.query_one("#outcome Static", Static).update(outcome)
        place = self.query_one("#outcome")
        place.scroll_home(animate=False)
        self.remove_class("-running").add_class("-ran")
        place.focus(scroll_visible=False)
        what_now = named(self.screen, "↑ ↓ read on · {inspect} inspect · {run} again")
        self.hint(f"{what_now} · {turning(self.screen)} panels")

    def hint(self, text: str) -> None:
        """Say what to do next."""
        self.query_one("#trial-hint", Static).update(Content.styled(text, "dim"))

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.post_message(self.Predicted(message.option_index))

    def on_number_view_entered(self, message: NumberView.Entered) -> None:
        message.stop()
        self.post_message(self.Predicted(message.typed))

    def on_committed_clicked(self, message: Committed.Clicked) -> None:
        message.stop()
        self.post_message(self.Predicted(None))

    def on_number_view_left(self, message: NumberView.Left) -> None:
        message.stop()
        self.post_message(self.Left())


def told(run: Run, question: Question, prediction: Prediction | None) -> Content:
    """What came of a prediction, why, and what was measured beside theory."""
    answer = question.answer(run.result)
    result = Content.assemble(("Result: ", "bold"), question.say(answer))
    lines = [result]
    if prediction is not None:
        right = question.right(prediction.given, answer)
        said = f"you predicted {question.say(prediction.given)} ({prediction.confidence})"
        if question.estimate is not None:
            said += f": {question.estimate.apart(prediction.given, answer)}"
        lines = [Content.assemble(VERDICTS[right], (said, "bold"))]
        if question.estimate is not None or not right:
            lines.append(result)
        if misconception := question.misconception(prediction.given, answer):
            lines.append(Content.assemble(("Behind it: ", "bold"), misconception))
    lines.append(Content(question.explain(run.result)))
    return Content("\n").join([*lines, Content(""), *measured_lines(run.measurements)])


def measured_lines(measurements: Sequence[Measurement]) -> list[Content]:
    """What a run measured beside what theory expects, a line each."""
    name_width = min(NAME_WIDTH, max((len(m.name) for m in measurements), default=0))
    lines = [Content.styled(f"{'':{name_width + 4}}{'measured':>10}  {'theory':>10}", "dim")]
    for m in measurements:
        sign = verdict(m.holds)[0]
        style = {"✓": "$text-success", "✗": "bold $text-error"}.get(sign, "dim")
        numbers = f"{number(m.measured):>10}  {number(m.expected):>10}"
        lines.append(Content.assemble((f"{sign} ", style), f"{shorten(m.name, name_width):{name_width}}  {numbers}"))
    return lines


def _settings(trial: Trial) -> str:
    """The parameters that differ from the defaults, else the first few."""
    names = [name for name in trial.values if name in trial.changed] or list(trial.values)[:3]
    return " · ".join(f"{name} = {shown(trial.values[name])}" for name in names[:4])
