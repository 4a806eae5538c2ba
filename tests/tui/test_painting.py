"""What is painted line by line is what a screen painted whole would show: characters, colours and styles."""

import pyte
import pytest
from rich.segment import Segment
from support import until
from textual._compositor import Compositor, LayoutUpdate
from textual.app import App
from textual.containers import Horizontal
from textual.css.stylesheet import Stylesheet
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import OptionList, Static

from nnstudy.study import Study
from nnstudy.tui.app import StudyApp
from nnstudy.tui.compositor import SparingCompositor, runs
from nnstudy.tui.stylesheet import SparingStylesheet
from nnstudy.tui.widgets.sparing import SparingStatic

NOTE = "# Many\n" + "\n".join(
    f"\n## Dropout, part {n}\n\nQ: What is fact {n}?\nA: It is answer {n}.\n" for n in range(60)
)
WALKS = {
    "today": ("down", "down", "up", "pagedown", "end", "up", "space", "home"),
    "settings": ("comma", "down", "down", "pagedown", "right", "end", "up", "d"),
    "library": ("b", "down", "right", "down", "tab", "down", "down", "space", "pagedown", "up", "end", "home", "2"),
    "review": ("space", "3", "space", "1", "u"),
    "lab": ("tab", "tab", "1", "tab", "right", "shift+tab", "backspace", "escape", "tab", "enter", "shift+tab"),
    "progress": ("p", "right_square_bracket", "right_square_bracket", "left_square_bracket"),
}


class Terminal:
    """Shows what an app paints, update after update."""

    def __init__(self, app: StudyApp, width: int, height: int) -> None:
        self.app, self.size = app, (width, height)
        self.shown = pyte.Screen(width, height)
        self.paints = 0
        stream, display = pyte.Stream(self.shown), app._display

        def painted(screen, update) -> None:
            display(screen, update)
            if update is not None:
                self.paints += 1
                stream.feed(update.render_segments(app.console))

        app._display = painted

    def whole(self) -> pyte.Screen:
        """The present screen, painted at once."""
        found = pyte.Screen(*self.size)
        compositor = self.app.screen._compositor
        held = compositor._dirty_regions.copy()
        for widget in compositor.visible_widgets:
            widget._styles_cache.clear()  # lines that were drawn before are not taken for what is there now
            for kept in ("_rows", "_drawn"):
                if isinstance(lines := getattr(widget, kept, None), dict):
                    lines.clear()
        region = compositor.size.region
        chops = Compositor._render_chops(compositor, region, lambda y: True)  # Textual's own way
        whole = LayoutUpdate([chop.values() for chop in chops], region)
        pyte.Stream(found).feed(whole.render_segments(self.app.console))
        compositor._dirty_regions |= held
        return found


def cells(screen: pyte.Screen) -> list[list[pyte.screens.Char]]:
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def assert_styles_are_what_all_rules_say(app: StudyApp, parsed: dict[tuple[object, ...], Stylesheet]) -> None:
    sources = tuple(app.stylesheet.source)
    if sources not in parsed:  # a screen brings its own when it is opened
        parsed[sources] = app.stylesheet.copy()
        parsed[sources].parse()
    plain = parsed[sources]
    assert type(plain) is Stylesheet
    assert type(app.stylesheet) is SparingStylesheet
    for node in app.screen.walk_children(with_self=True):
        of_parts = {part: dict(styles.base.get_rules()) for part, styles in node._component_styles.items()}
        rules = dict(node.styles.base.get_rules())
        plain.apply(node)
        assert rules == node.styles.base.get_rules(), node
        assert of_parts == {part: styles.base.get_rules() for part, styles in node._component_styles.items()}, node


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("name", WALKS)
async def test_lines_painted_anew_show_what_the_whole_screen_shows(tmp_path, name, size):
    note = tmp_path / "many.md"
    note.write_text(NOTE, encoding="utf-8")
    with Study.open(tmp_path / "home") as study:
        study.add(note)
        app = StudyApp(study, start=name if name in ("review", "lab") else "today", experiment="dropout")
        terminal = Terminal(app, *size)
        async with app.run_test(size=size) as pilot:
            assert isinstance(app.screen._compositor, SparingCompositor)
            await until(pilot, lambda: terminal.paints)
            parsed: dict[tuple[object, ...], Stylesheet] = {}
            for key in WALKS[name]:
                await pilot.press(key)
                assert_styles_are_what_all_rules_say(app, parsed)
                await until(pilot, lambda: cells(terminal.shown) == cells(terminal.whole()))
            assert terminal.paints > len(WALKS[name]) / 2


async def test_a_step_of_the_cursor_draws_two_lines_anew(tmp_path):
    note = tmp_path / "many.md"
    note.write_text(NOTE, encoding="utf-8")
    with Study.open(tmp_path / "home") as study:
        study.add(note)
        async with StudyApp(study).run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda: len(pilot.app.screen.rows) > 30)
            await pilot.press("down")
            await pilot.pause(0.2)
            listed, drawn = pilot.app.screen.query_one("#notes", OptionList), set()
            render = listed.render_line
            listed.render_line = lambda y: drawn.add(y) or render(y)
            await pilot.press("down")
            await pilot.pause(0.2)
            assert drawn == {1, 2}


def test_runs_of_lines_are_whole_and_apart():
    assert list(runs([1, 2, 5, 6, 7, 8, 12])) == [range(1, 3), range(5, 9), range(12, 13)]
    assert list(runs([])) == []


async def test_what_stands_beside_or_behind_a_change_is_not_drawn_again():
    drawn = []

    class Side(Static):
        def render_lines(self, crop):
            drawn.append((self.id, crop))
            return super().render_lines(crop)

    class Show(App):
        CSS = "Horizontal { height: 4; } Side { width: 1fr; height: 4; }"

        def compose(self):
            yield Horizontal(Side("left", id="left"), Side("right", id="right"))

        def _register(self, parent, *widgets, **where):
            for widget in widgets:
                if isinstance(widget, Screen):
                    widget._compositor = SparingCompositor()
            return super()._register(parent, *widgets, **where)

    app = Show()
    async with app.run_test(size=(20, 8)) as pilot:
        await pilot.pause()
        drawn.clear()
        app.query_one("#right").refresh(Region(2, 1, 5, 2))
        await pilot.pause()
        assert drawn == [("right", Region(0, 1, 10, 2))]


class Picture(Widget):
    """Draws all its lines from the last one, as images in sixels are drawn."""

    def render_lines(self, crop: Region) -> list[Strip]:
        return [Strip([])] * (crop.height - 1) + [Strip([Segment("=" * crop.width)], crop.width)]


class Gallery(App[None]):
    CSS = "Picture { width: 10; height: 5; }"

    def _register(self, parent, *widgets, **where):
        for widget in widgets:
            if isinstance(widget, Screen):
                widget._compositor = SparingCompositor()
        return super()._register(parent, *widgets, **where)

    def compose(self):
        yield Picture()


async def test_lines_are_written_from_above_so_that_nothing_covers_a_picture_drawn_from_its_last_one():
    async with (app := Gallery()).run_test(size=(40, 12)) as pilot:
        written = []
        app._display = lambda screen, update: written.append(update)
        app.query_one(Picture).refresh()
        await pilot.pause()
        update = next(one for one in written if one is not None)
        assert [piece.y for piece in update.pieces] == sorted(piece.y for piece in update.pieces)
        assert "=" in update.pieces[-1].strip.text


async def test_text_arranges_the_screen_anew_only_when_its_height_changes():
    class Show(App):
        CSS = "SparingStatic { height: auto; min-height: 2; max-height: 4; padding: 0 1; border-top: solid red; }"

        def compose(self):
            yield SparingStatic("one line", id="first")
            yield Static("below", id="below")

    app = Show()
    async with app.run_test(size=(20, 12)) as pilot:
        await pilot.pause()
        arranged, reflow = [], app.screen._compositor.reflow
        app.screen._compositor.reflow = lambda *given: arranged.append(1) or reflow(*given)
        for text, height, anew in (
            ("2\nnow", 3, True),
            ("2\nothers", 3, False),
            ("3\n4\n5", 4, True),
            ("6\n" * 8, 4, False),
        ):
            arranged.clear()
            app.query_one("#first", SparingStatic).update(text)
            await pilot.pause()
            assert (app.query_one("#below").region.y, bool(arranged)) == (height, anew)
            assert text.split()[1] in "".join(s.text for strip in app.screen._compositor.render_strips() for s in strip)
