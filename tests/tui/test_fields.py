"""The form of an experiment: one widget that is walked through, typed in and clicked on like many."""

import pytest
from support import text
from textual.app import App, ComposeResult
from textual.events import Paste
from textual.widgets import Input

from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.figure_screen import FigureScreen
from nnstudy.tui.widgets.fields import Field, Fields

FIELDS = (
    Field("rate", "rate: a number", "number"),
    Field("kind", "kind: one of two", choices=("plain", "wide")),
    Field("depth", "depth: a whole number", "integer", unit="layers", mark=" ~"),
    Field("grid", "grid: text", empty="nothing"),
)
TEXTS = {"rate": "0.5", "kind": "plain", "depth": "30"}


class Form(App[None]):
    """A form between two lines to type in."""

    CSS = "Fields { height: 3; width: 22; }"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def get_default_screen(self) -> FigureScreen:
        class Around(FigureScreen):
            def compose(self) -> ComposeResult:
                yield Input(id="before")
                yield Fields()
                yield Input(id="after")

            def on_mount(self) -> None:
                self.query_one(Fields).set_fields(FIELDS)
                self.query_one(Fields).fill(TEXTS)

            def key_z(self) -> None:
                self.app.heard.append("z")

        return Around()

    def on_fields_described(self, message: Fields.Described) -> None:
        self.heard.append(message.text)

    def on_fields_confirmed(self) -> None:
        self.heard.append("confirmed")

    @property
    def form(self) -> Fields:
        return self.screen.query_one(Fields)


@pytest.fixture
async def pilot():
    app = Form()
    async with app.run_test(size=(30, 12)) as pilot:
        await pilot.pause()
        yield pilot


async def test_tab_walks_in_at_either_end_through_all_fields_and_out(pilot):
    app = pilot.app
    for key, other, places in (("tab", "after", [0, 1, 2, 3]), ("shift+tab", "before", [3, 2, 1, 0])):
        for place in places:
            await pilot.press(key)
            assert (app.focused, app.form.place) == (app.form, place)
        await pilot.press(key)
        assert app.focused is app.screen.query_one(f"#{other}")
    meanings = [field.meaning for field in FIELDS]
    assert app.heard == [*meanings, *reversed(meanings)]
    await pilot.press("tab", "down", "down", "down", "down", "up")
    assert (app.focused, app.form.place) == (app.form, 2)


async def test_what_is_typed_replaces_what_stood_there_and_is_of_the_fields_type(pilot):
    form = pilot.app.form
    await pilot.press(
        "tab", *"-1e", "tab", "z", "right", "right", "space", "x", "backspace", "tab", *"2.a5", "tab", *"a b"
    )
    assert form.texts() == {"rate": "-1e", "kind": "wide", "depth": "25", "grid": "a b"}
    assert pilot.app.heard.count("z") == 1  # where nothing is typed, a letter is a key of the screen
    form.post_message(Paste("\x1b[2J,c\nd"))
    await pilot.press("home", "delete", "enter")
    assert form.texts()["grid"] == " b[2J,c"
    assert pilot.app.heard[-1] == "confirmed"
    form.fill({"grid": "0"})
    await pilot.press("1")
    assert form.texts()["grid"] == "1"


async def test_the_mouse_goes_to_a_field_and_a_cell_and_turns_a_choice(pilot):
    form, y = pilot.app.form, pilot.app.form.region.y
    await pilot.click(offset=(9, y))  # behind "rate    0"
    await pilot.press("7")
    assert form.texts()["rate"] == "07.5"
    await pilot.click(offset=(9, y + 1))
    assert (form.place, form.texts()["kind"]) == (1, "wide")
    await pilot.click(offset=(2, y + 2))
    await pilot.press("1")
    assert form.texts()["depth"] == "130"
    await pilot.mouse_down(offset=(8, y))
    await pilot.hover(offset=(10, y))
    await pilot.mouse_up(offset=(10, y))
    assert form.selected_text == "07"


async def test_a_long_text_shows_its_cursor_and_once_left_its_beginning(pilot):
    form = pilot.app.form
    assert "nothing" not in text(pilot)  # the form is a line too low for it
    await pilot.press("tab", "tab", "tab", "tab")
    assert "nothing" in text(pilot)
    assert "rate" not in text(pilot)
    await pilot.press(*"1234567890abcdefghij")
    assert "90abcdefghij " in text(pilot)
    assert form.cursor_screen_offset == (form.region.right - 2, form.region.y + 2)
    await pilot.press("home")
    assert "1234567890abc" in text(pilot)
    await pilot.press("end", "shift+tab")
    assert "1234567890abc" in text(pilot)


async def test_the_field_that_was_pointed_out_or_has_no_sense_stands_out(pilot):
    form = pilot.app.form

    def colours(y: int) -> set[str]:
        return {part.style.color.name for part in form.render_line(y) if part.style.color and "." in part.text}

    plain = colours(0)
    form.point_out("rate")
    await pilot.pause()
    assert form.has_focus
    assert pilot.app.heard == []  # what was said of it stays
    assert colours(0) != plain
    form.point_out(None)
    await pilot.press("tab")
    assert colours(0) == plain
    form.fill({"rate": "1."})
    assert colours(0) == plain
    form.fill({"rate": "-."})
    assert colours(0) != plain


async def test_a_step_through_the_fields_draws_two_lines_anew_and_styles_nothing(study):
    app, drawn, styled = StudyApp(study, start="lab", experiment="dropout"), set(), []
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("tab")
        await pilot.pause()
        form = app.screen.query_one(Fields)
        render, form.app.stylesheet.apply = form.render_line, lambda node, **given: styled.append(node)
        form.render_line = lambda y: drawn.add(y) or render(y)
        await pilot.press("tab")
        await pilot.pause(0.2)
        assert (drawn, styled) == ({0, 1}, [])
        assert "pace: " in text(pilot)


SHOWN = {20: "‹ overfit mean ›", 14: "‹overfit mean›", 12: "overfit mean", 8: "overfi…›"}


@pytest.mark.parametrize("width", SHOWN)
async def test_a_choice_without_room_for_its_arrows_shows_its_value(width):
    class Form(App[None]):
        def compose(self):
            yield (form := Fields())
            form.set_fields([Field("r", "", choices=("overfit mean",))])
            form.fill({"r": "overfit mean"})
            form.styles.width = width + len("r ")

    app = Form()
    async with app.run_test(size=(40, 3)) as pilot:
        await pilot.pause()
        shown = "".join(part.text for part in app.screen._compositor.render_strips()[0])
        assert shown.removeprefix("r ").strip() == SHOWN[width]
