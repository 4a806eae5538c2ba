"""The command palette: the way to every screen from every other, and themes that stay."""

from support import text, until

from nnstudy.settings import load
from nnstudy.tui.app import StudyApp
from nnstudy.tui.palette import WAYS, commands
from nnstudy.tui.screens.library import LibraryScreen
from nnstudy.tui.screens.progress import ProgressScreen
from nnstudy.tui.screens.settings import SettingsScreen


async def test_every_screen_is_reached_from_another_one_and_led_back_from(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: type(app.screen) is ProgressScreen)
        offered = [command.title for command in commands(app.screen)]
        assert "Next figure" in offered
        assert set(offered) & set(WAYS.values()) == set(WAYS.values()) - {"Progress"}
        for title in set(WAYS.values()) - {"Progress"}:
            next(command for command in commands(app.screen) if command.title == title).callback()
            await until(pilot, lambda: type(app.screen) is not ProgressScreen)
            await pilot.press("q")
            await until(pilot, lambda: type(app.screen) is ProgressScreen)
        await pilot.press("ctrl+p", *"the library")
        await until(pilot, lambda: "opens above this screen" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))


async def test_a_theme_of_the_palette_is_kept_and_shown_in_the_settings(study):
    app = StudyApp(study)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("comma")
        await until(pilot, lambda: isinstance(app.screen, SettingsScreen))
        app.search_themes()
        await pilot.press(*"contrast-light")
        await until(pilot, lambda: "nnstudy-contrast-light" in text(pilot))
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "nnstudy-contrast-light")
        await until(pilot, lambda: "• theme" in text(pilot))
        assert load(study.folder).theme == app.theme
        app.keep_theme("nnstudy-dark")
        assert "theme" not in (study.folder / "settings.toml").read_text(encoding="utf-8")
