"""Notes and sections as a tree, each with its moons and what waits in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.style import Style
from rich.text import Text
from textual.binding import Binding
from textual.strip import Strip
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from nnstudy.insight.shelf import Branch
from nnstudy.tui.widgets.sparing import SparingLines
from nnstudy.words import moons, shorten, visible

Key = tuple[str, tuple[str, ...] | None, bool]  # of a branch
ALL = "All notes"
MOONS = 11  # cells of the moons and of the space behind them
MOST_KEPT = 1000  # lines, with the cursor or without it
LEAST = 24  # cells from which on a name is cut for what stands behind it


class ShelfTree(SparingLines, Tree[Branch]):
    """Notes and sections: right opens one, left closes it or goes to the one above."""

    auto_expand = False
    BINDINGS = [
        Binding("right", "fold(False)", "Unfold", show=False, id="tree.unfold"),
        Binding("left", "fold(True)", "Fold", show=False, id="tree.fold"),
    ]

    _stepping = False

    def __init__(self, *, id: str) -> None:
        super().__init__(Text(ALL), _sum_of(()), id=id)
        self.guide_depth = 2
        self._drawn: dict[tuple[Any, ...], Strip] = {}  # the cursor comes back to lines, and leaves them as they were

    def watch_cursor_line(self, previous_line: int, line: int) -> None:
        self._stepping = True
        super().watch_cursor_line(previous_line, line)
        self._stepping = False

    def _refresh_node(self, node: TreeNode[Branch]) -> None:
        """The cursor came to a node, or left it: its line is drawn anew, those below it look the same."""
        if self._stepping:
            self.refresh_line(node.line)
        else:
            self._drawn.clear()
            super()._refresh_node(node)

    def render_line(self, y: int) -> Strip:
        line, self._pseudo_class_state = y + self.scroll_offset.y, self.get_pseudo_class_state()
        looks = self.size.width, self._updates, self._pseudo_class_state, self.hover_line
        state = line, line == self.cursor_line, *looks
        if (strip := self._drawn.get(state)) is None:
            if len(self._drawn) > MOST_KEPT:
                self._drawn.clear()
            strip = self._drawn[state] = super().render_line(y)
        return strip

    def render_label(self, node: TreeNode[Branch], base_style: Style, style: Style) -> Text:
        """The label as it is; of one that is too long for the tree the name is cut, not what waits behind it."""
        found = super().render_label(node, base_style, style)
        room = self.size.width - self.guide_depth * _depth(node)
        if found.cell_len <= room or room < LEAST or node.data is None:
            return found
        icon = found[: len(found.plain) - len(node.label)]
        label = _label(node.data, room - icon.cell_len)
        label.stylize(style)
        return Text.assemble(icon, label, no_wrap=True)

    def action_fold(self, fold: bool) -> None:
        node = self.cursor_node
        if node is None:
            return
        if fold and not node.is_expanded and node.parent is not None:
            self.move_cursor(node.parent)
        elif node.allow_expand:
            node.collapse() if fold else node.expand()

    def grow(self, branches: Sequence[Branch]) -> int:
        """Show these, what was open stays open and the cursor where it was; returns how many cards all notes have."""
        opened = {key_of(node.data) for node in _walk(self.root) if node.is_expanded and node.data is not None}
        here = _at(self.cursor_node)
        first = not self.root.children
        notes = [branch for branch in branches if not branch.retired]
        self.root.remove_children()
        self.root.data = _sum_of(notes)
        self.root.set_label(_label(self.root.data))
        for branch in branches:
            self._plant(self.root, branch, opened, all_open=first and len(notes) == 1)
        self.root.expand()
        if found := next((node for node in _walk(self.root) if _at(node) == here), None):
            self.call_after_refresh(self.move_cursor, found)
        return self.root.data.cards

    def _plant(self, above: TreeNode[Branch], branch: Branch, opened: set[Key], all_open: bool = False) -> None:
        node = above.add(_label(branch), branch, allow_expand=bool(branch.below))
        if all_open or key_of(branch) in opened:
            self._unfold(node, opened, all_open)
            node.expand()

    def _unfold(self, node: TreeNode[Branch], opened: set[Key] | None = None, all_open: bool = False) -> None:
        """The sections below a note or a section become nodes when it is opened."""
        if node.data is not None and not node.children:
            for branch in node.data.below:
                self._plant(node, branch, opened or set(), all_open)

    def on_tree_node_expanded(self, message: Tree.NodeExpanded[Branch]) -> None:
        if message.node is not self.root:
            self._unfold(message.node)


def key_of(branch: Branch) -> Key:
    """What a branch is known by, however often it is read."""
    return branch.note, branch.sections, branch.retired


def _at(node: TreeNode[Branch] | None) -> Key | None:
    return None if node is None or node.data is None else key_of(node.data)


def _walk(node: TreeNode[Branch]) -> Iterator[TreeNode[Branch]]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _depth(node: TreeNode[Branch]) -> int:
    return 0 if node.parent is None else 1 + _depth(node.parent)


def _label(branch: Branch, room: int | None = None) -> Text:
    """Moons, the name as far as there is room, and how many are due; of the retired cards, how many there are."""
    if branch.retired:
        return Text.assemble((f"{branch.title} {branch.cards:,}", "dim"))
    due = f" {branch.due:,} due" if branch.due else f" {branch.new:,} new" if branch.new else ""
    style, name = "bold" if branch.sections is None else "", visible(branch.title)
    if room is not None:
        name = shorten(name, max(1, room - MOONS - len(due)))
    label = Text.assemble((moons(branch.mastery), ""), " ", (name, style), (due, "dim"))
    label.no_wrap = True
    return label


def _sum_of(branches: Sequence[Branch]) -> Branch:
    cards = sum(branch.cards for branch in branches)
    known = sum(branch.mastery * branch.cards for branch in branches)
    due, new = sum(branch.due for branch in branches), sum(branch.new for branch in branches)
    return Branch(ALL, "", None, cards, due, new, known / cards if cards else 0.0)
