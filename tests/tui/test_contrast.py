"""In high contrast every word stands out, whatever says that it matters less."""

import pytest
from support import text, until
from textual.color import Color

from nnstudy.tui.app import StudyApp
from nnstudy.tui.themes import CONTRAST_DARK, CONTRAST_LIGHT

ENHANCED = 7.0  # WCAG 2.2, level AAA


def luminance(colour: Color) -> float:
    """How bright a colour is (WCAG 2.2)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def faint(pilot) -> dict[str, float]:
    """The words on the screen whose contrast to what is behind them is too little, or up to the terminal."""
    found = {}
    for strip in pilot.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is None or not any(map(str.isalnum, segment.text)):
                continue
            colours = (Color.from_rich_color(segment.style.color), Color.from_rich_color(segment.style.bgcolor))
            dark, bright = sorted(map(luminance, colours))
            contrast = (bright + 0.05) / (dark + 0.05)
            if segment.style.dim or contrast < ENHANCED:
                found[segment.text.strip()] = round(contrast, 1)
    return found


@pytest.mark.parametrize("theme", [CONTRAST_DARK.name, CONTRAST_LIGHT.name])
@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("", "A year of reviews"),
        ("p", "Too few data"),
        ("m", "The defaults count"),
        ("b tab", "is:due"),
        ("b tab enter ]", "recall"),
        ("o", "Open questions"),
        ("comma", "desired_retention"),
        ("enter space", "4 Easy"),
    ],
)
async def test_no_word_is_faint_in_high_contrast(study, theme, keys, shown):
    object.__setattr__(study.settings, "theme", theme)
    async with StudyApp(study).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "A year of reviews" in text(pilot))
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause(0.1)
        await until(pilot, lambda: shown in text(pilot))
        assert faint(pilot) == {}
