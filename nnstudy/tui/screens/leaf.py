"""All there is of one card: as it is asked, its recall past and to come, why it is due, its wordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nnstudy.insight.shelf import Leaf
from nnstudy.memory.explanation import Explained
from nnstudy.memory.intervals import interval_words
from nnstudy.memory.scheduler import Rating
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store
from nnstudy.study import Study
from nnstudy.tui.bindings import turning
from nnstudy.tui.screens.deeds import DEED_KEYS, DeedScreen
from nnstudy.tui.widgets.card import CardView, crumbs
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.prose import prose
from nnstudy.words import percent, plural

if TYPE_CHECKING:
    from nnstudy.tui.widgets.plot import PanelPlot

PAGES = ("as it is asked", "recall", "reviews", "wordings")


class LeafScreen(DeedScreen):
    """One page at a time; the keys of the library do to this card what they do there."""

    CSS_PATH = "library.tcss"
    BINDINGS = [
        Binding("left_square_bracket,left", "turn(-1)", "Page before", show=False),
        Binding("right_square_bracket,right", "turn(1)", "Next page", show=False),
        *DEED_KEYS,
        Binding("E", "edit", "Note in the editor", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("q,escape", "dismiss", "Back", key_display="q"),
    ]

    @dataclass
    class Read(Message):
        """The card was read."""

        leaf: Leaf | None

    def __init__(self, study: Study, card: str) -> None:
        super().__init__()
        self.study = study
        self.card = card
        self.leaf: Leaf | None = None
        self._place = 0
        self._plot: PanelPlot | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="leaf-title")
        yield CardView(id="leaf-card")
        yield Vertical(id="leaf-plot")
        with VerticalScroll(id="leaf-list"):
            yield Static(id="leaf-lines")
        yield Static(id="leaf-why")
        yield Static(id="message")
        yield KeyBar(LeafScreen)

    def on_mount(self) -> None:
        for name in ("#leaf-plot", "#leaf-list"):
            self.query_one(name).display = False
        self.cards_changed()

    def cards_changed(self) -> None:
        self._read()

    @work(thread=True, group="leaf", exclusive=True, exit_on_error=False)
    def _read(self) -> None:
        with closing(Store(self.study.store.path)) as store:
            self.post_message(self.Read(self.study.shelf(store).leaf(self.card)))

    def on_leaf_screen_read(self, message: Read) -> None:
        self.leaf = message.leaf
        if self.leaf is not None:
            self._draw(self.leaf)

    def chosen(self) -> Callable[[Store], Sequence[str]]:
        return lambda store: (self.card,)

    def chosen_card(self) -> StoredCard | None:
        return self.leaf.card if self.leaf else None

    # --- the pages ------------------------------------------------------------------------------------------------

    def _draw(self, leaf: Leaf) -> None:
        page = Content.assemble(
            (PAGES[self._place], "bold"), (f"  {self._place + 1}/{len(PAGES)}  {turning(self)}", "dim")
        )
        self.query_one("#leaf-title", Static).update(Content.assemble(page, "   ", *crumbs(leaf.card)))
        self.query_one("#leaf-why", Static).update(self.why(leaf))
        view, plot, listed = (self.query_one(name) for name in ("#leaf-card", "#leaf-plot", "#leaf-list"))
        is_curve = self._place == 1 and leaf.curve is not None
        view.display, plot.display, listed.display = self._place == 0, is_curve, self._place > 0 and not is_curve
        if self._place == 0:
            assert isinstance(view, CardView)
            view.ask(leaf.card)
            view.reveal(leaf.card)
            view.focus()
        elif is_curve:
            self._draw_curve(leaf)
        else:
            lines = (_nothing, _nothing, _reviews, _wordings)[self._place](leaf)
            self.query_one("#leaf-lines", Static).update(Content("\n").join(list(lines)))
            listed.scroll_home(animate=False)
            listed.focus()

    def _draw_curve(self, leaf: Leaf) -> None:
        from nnstudy.tui.widgets.plot import PanelPlot  # loads the plotting library: only when a first plot is drawn

        assert leaf.curve is not None
        if self._plot is None:
            self._plot = PanelPlot(leaf.curve)
            self.query_one("#leaf-plot").mount(self._plot)
        self._plot.show(leaf.curve)

    def action_turn(self, steps: int) -> None:
        if self.leaf is not None:
            self._place = (self._place + steps) % len(PAGES)
            self._draw(self.leaf)

    def action_edit(self) -> None:
        from nnstudy.tui.editor import edit

        if self.leaf is not None and edit(self.app, self.study, self.leaf.card):
            self.study.notes_changed()
            self.cards_changed()


def _nothing(leaf: Leaf) -> Iterator[Content]:
    yield Content("No curve yet: it begins with the first review.")


def _reviews(leaf: Leaf) -> Iterator[Content]:
    """Every review that counts, the newest first, with what it made and what other ratings would have; then others."""
    counted = {one.step.at for one in leaf.reviews}
    for one in reversed(leaf.reviews):
        yield from _review(one)
    rest = [review for review in leaf.history if review.at not in counted or review.retracted_at is not None]
    if rest:
        yield Content.styled("In the log, and not counted:", "bold")
    for review in rest:
        why = "taken back" if review.retracted_at else "cram" if review.kind == "cram" else "before it was started anew"
        yield Content(f"  {review.at.astimezone():%Y-%m-%d %H:%M}  {Rating(review.rating).name.lower():6} {why}")
    if not leaf.history:
        yield Content("It has never been reviewed.")


def _review(one: Explained) -> Iterator[Content]:
    step, after = one.step, one.after
    rating = "imported" if step.interval is not None else step.rating.name.lower()
    recall = (
        "new"
        if one.retrievability is None
        else f"recall {percent(one.retrievability)} after {plural(one.elapsed, 'day')}"
    )
    yield Content.assemble((f"{step.day}  {rating:8}", "bold"), f"  {recall}; stability {after.stability:.1f} d")
    words = [f"difficulty {after.difficulty:.1f}"]
    waits = {r: interval_words(memory, step.at, step.day) for r, memory in one.otherwise.items()}
    if waits:
        others = ", ".join(f"{r.name.lower()} {wait}" for r, wait in waits.items() if r != step.rating)
        words += [f"next in {waits[step.rating]}", f"else {others}"]
    yield Content.styled(f"    {'; '.join(words)}", "dim")


def _wordings(leaf: Leaf) -> Iterator[Content]:
    """The present wording first, then the ones before it."""
    for place, wording in enumerate(reversed(leaf.wordings)):
        asked = f", reviewed {plural(wording.reviews, 'time')}" if wording.reviews else ", not reviewed yet"
        last = f", last {wording.last.astimezone():%Y-%m-%d}" if wording.last else ""
        head = "now" if place == 0 else "before"
        since = f"since {wording.since.astimezone():%Y-%m-%d}{asked}{last}"
        yield Content.assemble((head, "bold $text-accent"), (f"   {since}", "dim"))
        yield prose(wording.prompt)
        yield Content.styled("—", "dim")
        yield prose(wording.answer)
        yield Content("")
