"""In high contrast every word stands out, whatever says that it matters less."""

import pytest
from support import text, until
from textual.color import Color

from nnstudy.tui.app import StudyApp
from nnstudy.tui.themes import CONTRAST_DARK, CONTRAST_LIGHT, SIXTEEN

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


def hidden(pilot) -> set[str]:
    """The words on the screen that have the terminal's own colour of what is behind them, or its brighter sister."""
    return {
        segment.text.strip()
        for strip in pilot.app.screen._compositor.render_strips()
        for segment in strip
        if any(map(str.isalnum, segment.text)) and segment.style is not None and segment.style.color is not None
        and segment.style.bgcolor is not None and segment.style.color.number is not None
        and segment.style.bgcolor.number is not None
        and segment.style.color.number % 8 == segment.style.bgcolor.number % 8
    }  # fmt: skip


WALK = (  # keys, and what stands on the screen after them
    ("p", "Too few data"),
    ("q m", "The defaults count"),
    ("q b tab", "is:due"),
    ("enter", "1/4"),
    ("q q o", "Open questions"),
    ("q comma", "desired_retention"),
    ("q enter space", "4 Easy"),
)


@pytest.mark.parametrize(
    ("theme", "lost", "none"),
    [(CONTRAST_DARK.name, faint, {}), (CONTRAST_LIGHT.name, faint, {}), (SIXTEEN, hidden, set())],
)
async def test_no_word_is_faint_in_high_contrast_or_hidden_in_the_terminals_own_colours(study, theme, lost, none):
    object.__setattr__(study.settings, "theme", theme)
    async with StudyApp(study).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "A year of reviews" in text(pilot))
        assert lost(pilot) == none
        for keys, shown in WALK:
            for key in keys.split():
                await pilot.press(key)
                await pilot.app.workers.wait_for_complete()
                await pilot.pause()
            await until(pilot, lambda shown=shown: shown in text(pilot))
            assert lost(pilot) == none, shown


async def test_the_line_of_the_cursor_stands_out_in_the_terminals_own_colours(study):
    object.__setattr__(study.settings, "theme", SIXTEEN)
    async with StudyApp(study).run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "Everything" in text(pilot))
        assert stands_out(pilot, "Everything")
        await pilot.press("b", "tab")
        await until(pilot, lambda: "1 question" in text(pilot) and pilot.app.focused.id == "cards")
        await until(pilot, lambda: stands_out(pilot, pilot.app.focused.line.prompt[:20]))


def stands_out(pilot, shown: str) -> bool:
    """Whether what is behind a line is not what is behind all others."""
    line = next(strip for strip in pilot.app.screen._compositor.render_strips() if shown in strip.text)
    return any(part.style and part.style.bgcolor and not part.style.bgcolor.is_default for part in line)
