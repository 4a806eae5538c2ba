"""The library: notes as trees of sections, their cards in a table, found by words, and what can be done to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Input, Static, Tree

from nnstudy.errors import StudyError
from nnstudy.insight.shelf import Branch, Leaf
from nnstudy.store.library import CardLine, Scope
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store
from nnstudy.study import Study
from nnstudy.tui.bindings import named
from nnstudy.tui.screens.deeds import DEED_KEYS, DeedScreen
from nnstudy.tui.widgets.card import crumbs
from nnstudy.tui.widgets.cardtable import SORTED, CardTable
from nnstudy.tui.widgets.keys import KeyBar
from nnstudy.tui.widgets.prose import prose
from nnstudy.tui.widgets.shelftree import ShelfTree, key_of
from nnstudy.tui.widgets.sparing import SparingStatic
from nnstudy.words import plural, visible

SEARCH = "/  find by words of question, answer, section; is:due, is:retired, flag:red …"


class LibraryScreen(DeedScreen):
    """Tree, table and the card under the cursor; on a narrow screen one step after the other."""

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)  # what has it draws itself

    CSS_PATH = "library.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]
    BINDINGS = [
        Binding("enter", "open", "Open", show=False),
        Binding("tab", "other", "Tree or table", show=False, priority=True),
        Binding("slash", "find", "Find", key_display="/"),
        Binding("space", "mark", "Mark", show=False),
        Binding("a", "mark_all", "All", show=False),
        *[Binding(str(n + 1), f"sort('{name}')", f"Sort by {name}", show=False) for n, name in enumerate(SORTED)],
        Binding("0", "sort('place')", "The notes' order", show=False),
        *DEED_KEYS,
        Binding("n", "add", "Add"),
        Binding("E", "edit", "Note in the editor", show=False),
        Binding("o", "questions", "Open questions", show=False),
        Binding("question_mark", "app.help", "Help"),
        Binding("escape", "leave", "Back", show=False),
        Binding("q", "app.pop_screen", "Back"),
    ]

    @dataclass
    class Grown(Message):
        """The tree was read."""

        branches: tuple[Branch, ...]
        trouble: str = ""

    @dataclass
    class Found(Message):
        """The cards of a scope were found, and the first ones read; where there is none, how many elsewhere there are
        with its words."""

        request: int
        scope: Scope
        numbers: list[int]
        keep: int | None
        elsewhere: int
        lines: list[CardLine]
        leaf: Leaf | None

    @dataclass
    class Reading(Message):
        """So many notes of so many are read."""

        done: int
        total: int

    @dataclass
    class Read(Message):
        """Rows were read."""

        lines: list[CardLine]

    @dataclass
    class Leafed(Message):
        """The card under the cursor was read."""

        number: int
        leaf: Leaf | None

    def __init__(self, study: Study, words: str = "") -> None:
        super().__init__()
        self.study = study
        self.scope = Scope(words=words)
        self.leaf: Leaf | None = None
        self._request = 0
        self._whole = 0
        self._elsewhere = 0
        self._leafing = False

    def compose(self) -> ComposeResult:
        yield Static(id="library-title")
        with Horizontal(id="library"):
            yield ShelfTree(id="shelf")
            with Vertical(id="stack"):
                yield Input(self.scope.words, placeholder=SEARCH, compact=True, id="find", select_on_focus=False)
                yield CardTable(self.study.today(), self.study.retrievability, id="cards")
                with VerticalScroll(id="leaf", can_focus=False):
                    yield SparingStatic(id="leaf-text")
        yield Static(id="message")
        yield KeyBar(LibraryScreen)

    def on_mount(self) -> None:
        self.set_focus(self.shelf)
        self.say(named(self, "{open}: the cards of a section; on a card, all there is of it"))
        self._grow()
        self._seek()

    def cards_changed(self) -> None:
        self._grow()
        self._seek(keep=True)

    @property
    def shelf(self) -> ShelfTree:
        """The notes and their sections."""
        return self.query_one(ShelfTree)

    @property
    def table(self) -> CardTable:
        """The cards."""
        return self.query_one(CardTable)

    # --- the tree -------------------------------------------------------------------------------------------------

    @work(thread=True, group="grow", exclusive=True)
    def _grow(self) -> None:
        try:
            with closing(Store(self.study.store.path)) as store:
                self.post_message(self.Grown(self.study.shelf(store).branches()))
        except StudyError as trouble:
            self.post_message(self.Grown((), str(trouble)))

    def on_library_screen_grown(self, message: Grown) -> None:
        if message.trouble:
            self.say(message.trouble, "bold $text-error")
            return
        self._whole = self.shelf.grow(message.branches)
        self._title()
        if not message.branches:
            self.say(self._nothing())

    def on_tree_node_highlighted(self, message: Tree.NodeHighlighted[Branch]) -> None:
        branch = message.node.data
        here = self.scope.note or "", self.scope.sections, self.scope.retired
        if branch is not None and here != key_of(branch):
            note, sections, retired = key_of(branch)
            self.scope = replace(self.scope, note=note or None, sections=sections, retired=retired)
            self._seek()

    def on_tree_node_selected(self, message: Tree.NodeSelected[Branch]) -> None:
        self._to_table()

    # --- the table ------------------------------------------------------------------------------------------------

    def _seek(self, keep: bool = False) -> None:
        """Find the cards of the present scope; what an earlier request finds after that is dropped."""
        self._request += 1
        self._find(self._request, self.scope, self.table.number if keep else None, self.table.room)

    @work(thread=True, group="find", exit_on_error=False)
    def _find(self, request: int, scope: Scope, keep: int | None, room: int) -> None:
        if request != self._request:
            return
        try:
            with closing(Store(self.study.store.path)) as store:
                store.connection.set_progress_handler(lambda: request != self._request, 20_000)
                shelf, elsewhere = self.study.shelf(store), 0
                numbers = shelf.find(scope)
                if not numbers and scope.words and (scope.note or scope.sections is not None):
                    elsewhere = len(shelf.find(replace(scope, note=None, sections=None)))
                lines = shelf.lines(numbers[:room]) if keep is None else []
                leaf = shelf.leaf(lines[0].id, drawn=False) if lines else None
        except (sqlite3.OperationalError, StudyError):  # it was stopped by a newer request
            if request != self._request:
                return
            raise
        self.post_message(self.Found(request, scope, numbers, keep, elsewhere, lines, leaf))

    def on_library_screen_found(self, message: Found) -> None:
        if message.request == self._request:
            self._elsewhere = message.elsewhere
            scope = message.scope
            self.table.show(message.numbers, scope.order, scope.descending, message.keep, message.lines)
            self._title()
            if message.leaf is None:
                self.on_card_table_highlighted()
            else:
                self._show_leaf(message.leaf)

    def on_card_table_wanted(self, message: CardTable.Wanted) -> None:
        self._read(message.numbers)

    @work(thread=True, group="read", exit_on_error=False)
    def _read(self, numbers: Sequence[int]) -> None:
        with closing(Store(self.study.store.path)) as store:
            self.post_message(self.Read(self.study.shelf(store).lines(numbers)))

    def on_library_screen_read(self, message: Read) -> None:
        self.table.know(message.lines)

    def on_card_table_sorted(self, message: CardTable.Sorted) -> None:
        self.action_sort(message.order)

    def on_card_table_marks_changed(self) -> None:
        self._title()

    def on_card_table_opened(self) -> None:
        self.action_open()

    def on_card_table_highlighted(self) -> None:
        line = self.table.line
        if line is None:
            self.leaf = None
            self.query_one("#leaf-text", Static).update("" if self.table.numbers else self._nothing())
        elif not self._leafing:  # one at a time: while the cursor runs on, only where it comes to rest is read
            self._leafing = True
            self._leaf(line.number, line.id)

    @work(thread=True, group="leaf", exit_on_error=False)
    def _leaf(self, number: int, card: str) -> None:
        leaf = None
        try:
            with closing(Store(self.study.store.path)) as store:
                leaf = self.study.shelf(store).leaf(card, drawn=False)
        finally:
            self.post_message(self.Leafed(number, leaf))

    def on_library_screen_leafed(self, message: Leafed) -> None:
        self._leafing = False
        if message.number != self.table.number:
            self.on_card_table_highlighted()
            return
        if message.leaf is not None:
            self._show_leaf(message.leaf)

    def _show_leaf(self, leaf: Leaf) -> None:
        """What stands below the table of the card under the cursor."""
        self.leaf, card = leaf, leaf.card
        parts = [Content.assemble(*crumbs(card)), prose(card.prompt).stylize("bold")]
        parts += [prose(card.answer)] if card.answer else []
        parts += [Content.assemble((f"{what}: ", "dim"), visible(text)) for what, text in _noted(card)]
        parts.append(self.why(leaf).stylize("dim"))
        self.query_one("#leaf-text", Static).update(Content("\n").join(parts))
        if (sheet := self.query_one("#leaf")).scroll_y:
            sheet.scroll_home(animate=False)

    def _nothing(self) -> str:
        if self._elsewhere:
            return f"No card here has all these words, but {plural(self._elsewhere, 'other')}: Enter finds them."
        return (
            "No card has all these words." if self.scope.words else named(self, "No card here yet: {add} adds notes.")
        )

    def _title(self) -> None:
        found, marked = len(self.table.numbers), len(self.table.marked)
        node = self.shelf.cursor_node
        where = visible(node.data.title) if node is not None and node.data is not None else "All notes"
        parts: list[str | tuple[str, str]] = [("Library", "bold $text-primary"), "   ", (where, "bold")]
        is_part = self._whole > found and not self.scope.retired
        parts.append(f"   {plural(found, 'card')}" + (f" of {self._whole:,}" if is_part else ""))
        if marked:
            parts.append((f"   ● {marked:,} marked", "bold $text-accent"))
        self.query_one("#library-title", Static).update(Content.assemble(*parts), layout=False)

    # --- what is chosen -------------------------------------------------------------------------------------------

    def chosen(self) -> Callable[[Store], Sequence[str]] | None:
        """The marked cards; without marks the one under the cursor; in the tree all cards of the section."""
        if self.table.marked:
            numbers: Sequence[int] = tuple(self.table.marked)
        elif self.focused is self.shelf:
            numbers = self.table.numbers
        else:
            numbers = () if self.table.number is None else (self.table.number,)
        return (lambda store: store.library.ids(numbers)) if numbers else None

    def chosen_card(self) -> StoredCard | None:
        if self.table.marked or self.focused is self.shelf or self.leaf is None:
            return None
        return self.leaf.card if self.table.line is not None and self.table.line.id == self.leaf.card.id else None

    # --- the other keys -------------------------------------------------------------------------------------------

    def _to_table(self) -> None:
        self.add_class("-table")
        self.set_focus(self.table)

    def action_other(self) -> None:
        """From the tree to the table, and back."""
        if self.focused is self.shelf:
            self._to_table()
        else:
            self.remove_class("-table")
            self.set_focus(self.shelf)

    def action_find(self) -> None:
        self.add_class("-table")
        self.set_focus(self.query_one("#find"))

    def on_input_changed(self, message: Input.Changed) -> None:
        self.scope = replace(self.scope, words=message.value)
        self._seek()

    def on_input_submitted(self) -> None:
        if self._elsewhere:
            self.shelf.move_cursor(self.shelf.root)
        self._to_table()

    def action_leave(self) -> None:
        """Back by a step: out of the search, from marks, from the table to the tree, to where one came from."""
        find = self.query_one("#find", Input)
        if self.focused is find:
            self._to_table()
        elif self.table.marked:
            self.table.mark(())
        elif find.value:
            find.value = ""
        elif self.focused is self.table:
            self.action_other()
        else:
            self.app.pop_screen()

    def action_mark(self) -> None:
        self._to_table()
        self.table.action_mark()

    def action_mark_all(self) -> None:
        """Mark all cards that were found; again, none."""
        all_marked = bool(self.table.numbers) and len(self.table.marked) == len(self.table.numbers)
        self.table.mark(() if all_marked else self.table.numbers)

    def action_sort(self, order: str) -> None:
        """Sort by a column; again, the other way."""
        descending = order == self.scope.order and not self.scope.descending
        self.scope = replace(self.scope, order=order, descending=descending)
        self._seek(keep=True)

    def action_open(self) -> None:
        """All there is of the card under the cursor."""
        if self.focused is self.shelf:
            self._to_table()
        elif (line := self.table.line) is not None:
            from nnstudy.tui.screens.leaf import LeafScreen

            self.app.push_screen(LeafScreen(self.study, line.id), lambda _: self.cards_changed())

    def action_edit(self) -> None:
        from nnstudy.tui.editor import edit

        if self.leaf is not None and edit(self.app, self.study, self.leaf.card):
            self.study.notes_changed()
            self.cards_changed()

    def action_questions(self) -> None:
        from nnstudy.tui.screens.questions import QuestionsScreen

        self.app.push_screen(QuestionsScreen(self.study), lambda _: self.cards_changed())

    def action_add(self) -> None:
        from nnstudy.tui.screens.add import AddScreen

        self.app.push_screen(AddScreen(), self._add)

    def _add(self, path: Path | None) -> None:
        if path is not None:
            self.say(f"reading {path} …")
            self._take_in(path)

    def _heard(self, done: int, total: int) -> None:
        """In a thread: tell of about a hundred steps."""
        if done % max(1, total // 100) == 0:
            self.post_message(self.Reading(done, total))

    def on_library_screen_reading(self, message: Reading) -> None:
        self.say(f"{message.done:,} of {plural(message.total, 'note')} read …")

    @work(thread=True, group="deeds", exit_on_error=False)
    def _take_in(self, path: Path) -> None:
        try:
            with closing(Store(self.study.store.path)) as store:
                reports = self.study.add(path, store=store, progress=self._heard)
        except StudyError as trouble:
            self.post_message(self.Done("", str(trouble)))
            return
        cards = sum(report.cards for report in reports)
        wrong = sum(report.has_error for report in reports)
        remark = f"; {plural(wrong, 'note')} with errors: `nnstudy check` says which" if wrong else ""
        self.post_message(self.Done(f"{plural(len(reports), 'note')} read, {plural(cards, 'card')}{remark}"))


def _noted(card: StoredCard) -> Iterator[tuple[str, str]]:
    return ((what, card.said[what]) for what in ("mnemonic", "comment") if what in card.said)
