"""The end of a session: what was done, what comes, and which predictions were wrong and why."""

from datetime import datetime

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from nnstudy.insight.summary import Summary
from nnstudy.memory.scheduler import Rating
from nnstudy.store.run_records import OutcomeRow
from nnstudy.study import Study
from nnstudy.tui.widgets.grades import NAMES
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.words import plural, span, until, visible


class FinishedScreen(Screen[None]):
    """Nothing is left to ask for now."""

    CSS_PATH = "today.tcss"
    BINDINGS = [
        Binding("enter,escape,q", "today", "Today"),
        Binding("u", "undo", "Undo"),
        Binding("l", "lab", "Lab"),
        Binding("question_mark", "app.help", "Help"),
    ]

    def __init__(self, study: Study, since: datetime) -> None:
        super().__init__()
        self.study = study
        self.since = since

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="summary"):
            yield Static(id="done")
        yield KeyBar(FinishedScreen)

    def on_mount(self) -> None:
        summary = self.study.summary(self.since)
        self.query_one("#done", Static).update(Content("\n\n").join(self._paragraphs(summary)))

    def _paragraphs(self, summary: Summary) -> list[Content]:
        paragraphs = [Content.assemble((self._done(summary), "bold $text-success")), Content(self._coming(summary))]
        if summary.answers:
            counts = "   ".join(f"{NAMES[rating]} {summary.ratings.get(rating, 0)}" for rating in Rating)
            paragraphs.insert(1, Content(counts))
        wrong = [outcome for outcome in summary.predictions if not outcome.correct]
        if summary.predictions:
            right = len(summary.predictions) - len(wrong)
            said = f"Predictions: {right} of {len(summary.predictions)} right."
            paragraphs.append(Content("\n").join([Content(said), *map(self._number, self._numbers(summary))]))
        return paragraphs + [self._lesson(outcome) for outcome in wrong]

    def _numbers(self, summary: Summary) -> list[OutcomeRow]:
        return [outcome for outcome in summary.predictions if outcome.correct and outcome.number is not None]

    def _number(self, outcome: OutcomeRow) -> Content:
        """A number that was right, beside what came out."""
        return Content.assemble(
            ("✓ ", "bold $text-success"), visible(outcome.question_text), "\n  you predicted ",
            visible(outcome.choice_text), ", it was ", (visible(outcome.answer_text), "bold"), self._apart(outcome),
        )  # fmt: skip

    def _apart(self, outcome: OutcomeRow) -> tuple[str, str]:
        """How far off a number was, behind what it was."""
        apart = self.study.apart(outcome)
        return (f"  ({apart})" if apart else "", "dim")

    def _done(self, summary: Summary) -> str:
        if not summary.answers:
            return "Nothing is due now."
        return f"Done: {plural(summary.answers, 'answer')} in {span(summary.seconds)}."

    def _coming(self, summary: Summary) -> str:
        due = self.study.due()
        coming = f"The next card is due {until(due.next, self.study.now())}. " if due.next else ""
        return coming + f"Tomorrow: {plural(summary.tomorrow, 'card')} due."

    def _lesson(self, outcome: OutcomeRow) -> Content:
        lines = [
            Content.assemble(("✗ ", "bold $text-error"), (visible(outcome.question_text), "bold")),
            Content.assemble("  you predicted: ", visible(outcome.choice_text), (f" ({outcome.confidence})", "dim")),
            Content.assemble("  it was:        ", (visible(outcome.answer_text), "bold"), self._apart(outcome)),
        ]
        if outcome.misconception:
            lines.append(Content.assemble("  behind it:     ", visible(outcome.misconception)))
        lines.append(Content.styled(f"  {visible(outcome.explanation)}", "dim"))
        return Content("\n").join(lines)

    def action_today(self) -> None:
        from nnstudy.tui.screens.today import TodayScreen

        self.app.switch_screen(TodayScreen(self.study))

    def action_undo(self) -> None:
        from nnstudy.tui.screens.review import ReviewScreen

        if self.study.undo() is None:
            self.notify("Nothing to undo.", timeout=2)
        else:
            self.app.switch_screen(ReviewScreen(self.study))

    def action_lab(self) -> None:
        from nnstudy.tui.screens.lab import LabScreen

        self.app.push_screen(LabScreen(self.study))
