"""The settings screen: changed at once, written with the file's comments, refused with the bounds, taken back."""

import pytest
from support import ask_for, text, until
from textual.widgets import Input, OptionList

from nnstudy.settings import load
from nnstudy.tui.app import StudyApp
from nnstudy.tui.bindings import refusal
from nnstudy.tui.screens.behind import BehindScreen
from nnstudy.tui.screens.settings import SettingsScreen
from nnstudy.tui.screens.today import TodayScreen


def app_for(study):
    return StudyApp(study)


async def walk_to(pilot, *place):
    screen = pilot.app.screen
    assert isinstance(screen, SettingsScreen)
    screen.query_one(OptionList).highlighted = screen.places.index(place)
    await pilot.pause()
    return screen


async def opened(pilot):
    await pilot.press("comma")
    await until(pilot, lambda: isinstance(pilot.app.screen, SettingsScreen) and pilot.app.screen.places)


async def type_in(pilot, value):
    await pilot.press("enter")
    pilot.app.screen.query_one(Input).value = value
    await pilot.press("enter")
    await pilot.pause()


async def test_a_value_counts_at_once_and_stands_in_the_file_beside_its_comments(study):
    path = study.folder / "settings.toml"
    path.write_text("# my own words\ndesired_retention = 0.85  # for the exam\n", encoding="utf-8")
    study.preferences.set(("fuzz",), None)  # takes up what was written by hand
    app = app_for(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "desired_retention")
        assert "0.7 to 0.97" in text(pilot)
        await type_in(pilot, "0.8")
        assert study.scheduler().policy.desired_retention == 0.8
        assert "b rebuilds" in text(pilot)
        assert path.read_text(encoding="utf-8") == "# my own words\ndesired_retention = 0.8  # for the exam\n"
        await pilot.press("u")
        assert study.settings.desired_retention == 0.85
        await pilot.press("d")
        assert study.settings.desired_retention == 0.9
        assert path.read_text(encoding="utf-8").startswith("# my own words\n")
        await pilot.press("u", "u")
        assert "Nothing to take back" in text(pilot) or study.settings.desired_retention == 0.85


WRONG = {
    "desired_retention": ("1.5", "0.7 to 0.97"),
    "new_per_day": ("many", "0 to 10000"),
    "learn_ahead": ("later", "20m"),
    "learning_steps": ("soon", "1m"),
    "card_families": ("quizlet", "unknown"),
}


async def test_a_wrong_value_is_refused_where_it_was_typed(study):
    before = study.settings
    async with app_for(study).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        for name, (typed, said) in WRONG.items():
            await walk_to(pilot, name)
            await type_in(pilot, typed)
            assert said in text(pilot)
            assert pilot.app.screen.query_one(Input).value == typed  # to be mended, not typed again
            assert study.settings == before
            assert not (study.folder / "settings.toml").exists()
            await pilot.press("escape")
        await pilot.press("q")
        assert isinstance(pilot.app.screen, TodayScreen)


async def test_a_theme_is_seen_while_it_is_chosen(study):
    app = app_for(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "theme")
        await pilot.press("right")
        assert app.theme == "nnstudy-light" == load(study.folder).theme
        await pilot.press("left", "left")
        assert app.theme == study.settings.theme != "nnstudy-light"


async def test_reduced_motion_stops_what_moves_by_itself(study):
    app = app_for(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "reduced_motion")
        await pilot.press("enter")
        assert app.animation_level == "none"
        await walk_to(pilot, "device")
        await pilot.press("enter")
        assert pilot.app.screen.query_one(Input).cursor_blink is False


async def test_another_key_does_it_at_once_and_is_named_in_footer_and_help(study):
    app = app_for(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "keys", "today", "progress")
        await pilot.press("enter", "z", "q")
        await until(pilot, lambda: isinstance(app.screen, TodayScreen))
        assert "z Progress" in text(pilot)
        await pilot.press("question_mark")
        await until(pilot, lambda: "z  progress:" in text(pilot))
        await pilot.press("escape")
        await pilot.press("p")
        assert isinstance(app.screen, TodayScreen)
        await pilot.press("z")
        await until(pilot, lambda: type(app.screen).__name__ == "ProgressScreen")
    async with StudyApp(study).run_test(size=(80, 24)) as pilot:  # also after the next start
        await pilot.press("z")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ProgressScreen")


async def test_a_key_that_does_something_else_is_refused(study):
    app = app_for(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        for key, said in (("l", "Lab on this screen already"), ("up", "walks")):
            await walk_to(pilot, "keys", "today", "progress")
            await pilot.press("enter", key)
            assert said in text(pilot)
        assert not study.settings.keys


async def test_rebuild_moves_what_waits(reviewed_study):
    study, card = reviewed_study
    app = app_for(study)
    before = study.card(card).memory.due_day
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "desired_retention")
        await type_in(pilot, "0.97")
        assert study.card(card).memory.due_day == before
        await pilot.press("b")
        await until(pilot, lambda: "1 card moved" in text(pilot))
        assert study.card(card).memory.due_day < before


@pytest.fixture
def reviewed_study(study):
    card = next(card for card in study.cards() if not card.is_open)
    study.answer(card, 4)
    return study, card.id


async def test_keys_of_the_file_that_cannot_be_are_told_and_the_usual_ones_stay(study):
    (study.folder / "settings.toml").write_text('[keys.today]\nlab = "p"\nfly = "f"\n', encoding="utf-8")
    study.preferences.set(("fuzz",), False)
    async with StudyApp(study).run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        assert "keys.today.lab: p is Progress" in text(pilot)
        await pilot.press("q", "p")
        await until(pilot, lambda: type(pilot.app.screen).__name__ == "ProgressScreen")


OTHERS = {
    "today": {"begin": "g", "progress": "y"}, "review": {"reveal": "v", "run": "j", "predict-0": "k", "grade-3": "7"},
    "points": {"select": "x"}, "progress": {"turn-1": "n"}, "cards": {"down": "f2"}, "draft": {"keep": "f3"},
}  # fmt: skip


@pytest.fixture
def other_keys(study):
    for place, keys in OTHERS.items():
        for action, pressed in keys.items():
            study.preferences.set(("keys", place, action), pressed)
    return study


async def test_every_text_names_the_keys_as_they_are_now(other_keys, monkeypatch):
    ask_for(monkeypatch, number=False)
    app = StudyApp(other_keys)
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: "g begins" in text(pilot))
        await pilot.press("y")
        await until(pilot, lambda: "[ n turn" in text(pilot))
        await pilot.press("q", "g")
        await until(pilot, lambda: "k b c d predict · j run" in text(pilot))
        assert "v reveals the answer" in text(pilot)
        await pilot.press("k")
        await until(pilot, lambda: "k again" in text(pilot))
        await pilot.press("v")
        await until(pilot, lambda: "7 Good" in text(pilot))
        await pilot.press("question_mark")
        await until(pilot, lambda: "v  reveal the answer" in text(pilot))
        assert "; x ticks" in text(pilot)


async def test_what_stands_on_a_screen_has_other_keys_too(other_keys):
    app = StudyApp(other_keys)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("b", "tab")
        table = app.screen.table
        await until(pilot, lambda: len(table.numbers) > 1)
        await pilot.press("down")
        assert table.cursor == 0
        await pilot.press("f2", "j")
        assert table.cursor == 2


@pytest.mark.parametrize(
    ("name", "key", "said"),
    [("draft.keep", "k", "is text there"), ("figure.left", "h", "is Kept runs on lab"), 
     ("lab.run", "home", "on figure"), ("points.select", "space", None), ("cards.down", "down", None)],
)  # fmt: skip
def test_a_key_is_refused_where_it_means_something_else_at_the_same_time(name, key, said):
    found = refusal(name, key, {})
    assert found is None if said is None else said in found


async def test_a_bracket_for_a_key_is_no_markup(study):
    study.preferences.set(("keys", "experiments", "surprise"), "left_square_bracket")
    study.preferences.set(("keys", "behind", "give-drop"), "left_square_bracket")
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: "· [ surprise me ·" in text(pilot))
        app.push_screen(BehindScreen(["a run"]))
        await until(pilot, lambda: "[ drops · d or Enter compares" in text(pilot))


async def test_a_long_refusal_is_read_whole_and_a_rebuild_says_how_far_it_is(study, monkeypatch):
    app, said = app_for(study), []
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot)
        await walk_to(pilot, "derived_cards")
        await type_in(pilot, "0.85")
        assert "formula, list, open, recall" in " ".join(text(pilot).split())
        await pilot.press("escape")
        say = app.screen._say
        monkeypatch.setattr(app.screen, "_say", lambda words, style="": (said.append(words), say(words, style)))
        await pilot.press("b")
        await until(pilot, lambda: "0 cards moved" in text(pilot))
    cards = len(study.cards())
    assert f"Rebuilding: {cards} of {cards} cards" in said
