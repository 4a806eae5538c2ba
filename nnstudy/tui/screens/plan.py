"""A sheet that shows other due days before they are kept: a backlog spread over days, or everything moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from nnstudy.errors import StudyError
from nnstudy.study import Study
from nnstudy.tui.bindings import named
from nnstudy.words import plural, visible

if TYPE_CHECKING:
    from nnstudy.reviewing.plans import Plan

SPREAD, MOVE = "spread", "move"
TITLES = {SPREAD: "Spread what is due over days", MOVE: "Move all due days (a minus: back)"}
START = {SPREAD: "7", MOVE: "7"}
ROWS, BAR = 14, 22


class PlanScreen(ModalScreen[int]):
    """Gives how many cards were moved; what a plan would do is counted in a thread as the number is typed."""

    CSS_PATH = "sheets.tcss"
    BINDINGS = [Binding("escape", "dismiss", "Close")]

    @dataclass
    class Planned(Message):
        """What a number of days would do; or why it cannot be."""

        asked: int
        plan: Plan | None
        trouble: str = ""

    @dataclass
    class Kept(Message):
        """The plan is done: so many cards were moved; or why not."""

        moved: int
        trouble: str = ""

    def __init__(self, study: Study, what: str) -> None:
        super().__init__()
        self.study, self.what = study, what
        self.plan: Plan | None = None
        self._asked = 0
        self._keeping = False

    def compose(self) -> ComposeResult:
        with Vertical(id="plan") as sheet:
            sheet.border_title = TITLES[self.what]
            sheet.border_subtitle = named(self, "Enter does it; {memory.undo} takes it back · escape closes")
            yield Input(START[self.what], restrict=r"-?[0-9]{0,4}", compact=True, id="plan-days")
            yield Static("Counting …", id="plan-told")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_changed(self, message: Input.Changed) -> None:
        self._asked, self.plan = self._asked + 1, None
        try:
            days = int(message.value)
        except ValueError:
            self._say(Content("How many days?"))
        else:
            self._count(self._asked, days)

    @work(thread=True, group="plan")
    def _count(self, asked: int, days: int) -> None:
        try:
            with self.study.beside() as study:
                plan = study.plans.spread(days) if self.what == SPREAD else study.plans.move(days)
        except StudyError as trouble:
            self.post_message(self.Planned(asked, None, str(trouble)))
        else:
            self.post_message(self.Planned(asked, plan))

    def on_plan_screen_planned(self, message: Planned) -> None:
        if message.asked != self._asked or self._keeping:
            return
        self.plan = message.plan
        self._say(told(message.plan) if message.plan else Content.styled(visible(message.trouble), "$text-error"))

    def on_input_submitted(self) -> None:
        if self.plan is not None and not self._keeping:
            self._keeping = True
            self._say(Content(f"Moving {plural(self.plan.moved, 'card')} …"))
            self._keep(self.plan)

    @work(thread=True, group="keep")
    def _keep(self, plan: Plan) -> None:
        try:
            with self.study.beside() as study:
                moved = study.plans.keep(plan)
        except StudyError as trouble:
            self.post_message(self.Kept(0, str(trouble)))
        else:
            self.post_message(self.Kept(moved))

    def on_plan_screen_kept(self, message: Kept) -> None:
        self._keeping = False
        if message.trouble:
            self._say(Content.styled(visible(message.trouble), "$text-error"))
            return
        self.study.take_up()
        self.dismiss(message.moved)

    def _say(self, words: Content) -> None:
        self.query_one("#plan-told", Static).update(words)


def told(plan: Plan) -> Content:
    """The days with what is due on them now and then; long spans a part at a time."""
    size = -(-len(plan.counts) // ROWS)
    parts = [plan.counts[at : at + size] for at in range(0, len(plan.counts), size)]
    most = max((max(map(sum, zip(*part, strict=True))) for part in parts), default=0)
    lines = [Content.styled(f"{'':14}{'now':>6}{'':{BAR}}{'then':>6}", "dim")]
    for place, part in enumerate(parts):
        day = plan.first.fromordinal(plan.first.toordinal() + place * size)
        before, after = map(sum, zip(*part, strict=True))
        name = f"{day:%a %d %b}" + (" +" if size > 1 else "")
        lines.append(Content(f"{name:14}{before:>6} {_bar(before, most)}{after:>5} {_bar(after, most)}".rstrip()))
    span = f", {size} days a line" if size > 1 else ""
    lines.append(Content.styled(f"{plural(plan.moved, 'card')} would get another due day{span}.", "bold"))
    return Content("\n").join(lines + ([Content.styled(plan.remark, "dim")] if plan.remark else []))


def _bar(count: int, most: int) -> str:
    return ("█" * (-(-count * (BAR - 2) // most) if most else 0)).ljust(BAR)
