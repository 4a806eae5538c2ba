"""Knows again which rules hold for what stands in the same place in the same state.

Textual tries all rules that could hold on every widget that gets or loses the focus, and on a made-up widget for each
of its component classes. Here what came of it is kept, until the rules change.
"""

from typing import Any

from textual.cache import LRUCache
from textual.css.model import RuleSet
from textual.css.styles import RenderStyles, RulesMap
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

MOST = 10_000  # places and states that are kept; style sheets, of which there are some dozens

Place = tuple[Any, ...]  # the widgets from the program down, each with all that a selector can ask for


class SparingStylesheet(Stylesheet):
    """Textual's, which works out the rules of a place and a state once."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._rules_by_place: dict[Place, tuple[RulesMap, bool]] = {}
        self._kept_of: list[RuleSet] = []
        self._parse_cache = LRUCache(MOST)

    def reparse(self) -> None:
        """Take in what was added: Textual would read all anew, also what it has read with the same variables."""
        self.parse()

    def apply(self, node: DOMNode, *, animate: bool = False, cache: dict[Place, RulesMap] | None = None) -> None:
        """Give a widget the styles that the rules say."""
        if self.rules is not self._kept_of or len(self._rules_by_place) > MOST:
            self._kept_of, self._rules_by_place = self.rules, {}
        place = self._place(node)
        if (kept := self._rules_by_place.get(place)) is None:
            found: dict[Place, RulesMap] = {}
            super().apply(node, animate=animate, cache=found)
            for rules in found.values():
                self._rules_by_place[place] = rules, node._has_hover_style
        else:
            rules, node._has_hover_style = kept
            node._has_focus_within = node._has_order_style = node._has_odd_or_even = False
            self.replace_rules(node, rules, animate=animate)
            self._process_component_classes(node)

    def _process_component_classes(self, node: DOMNode) -> None:
        if not node._get_component_classes():
            return
        of, styles_by_place = vars(node).get("_component_styles_by_place", (None, {}))
        if of is not self._kept_of:
            styles_by_place = {}
            vars(node)["_component_styles_by_place"] = self._kept_of, styles_by_place
        place = self._place(node)
        if (kept := styles_by_place.get(place)) is None:
            super()._process_component_classes(node)
            if not any(_depends_on_others(styles) for styles in node._component_styles.values()):
                styles_by_place[place] = node._component_styles.copy()
        else:
            changed = any(node._component_styles.get(name) != styles for name, styles in kept.items())
            node._component_styles.update(kept)
            if changed:
                node.refresh()

    def _place(self, node: DOMNode) -> Place:
        return tuple(
            (
                type(one),
                one._id,
                one.classes,
                getattr(one, "can_focus", None),
                one._pseudo_classes_cache_key or one.pseudo_classes,
            )
            for one in node.css_path_nodes
        )


def _depends_on_others(styles: RenderStyles) -> bool:
    """Whether rules were tried that ask for what stands beside or below a widget."""
    node = styles.node
    return node is None or node._has_focus_within or node._has_order_style or node._has_odd_or_even
