"""The colours of the screens: ours, dark and light, and one of each in which everything stands out."""

from collections.abc import Mapping

from textual.theme import Theme

NAMES = (
    "primary", "secondary", "accent", "success", "warning", "error", "foreground", "background", "surface", "panel",
)  # fmt: skip


def _theme(name: str, dark: bool, colours: str, **variables: str) -> Theme:
    """A theme of ours; `colours` are those of `NAMES`, in their order."""
    named = dict(zip(NAMES, (f"#{colour}" for colour in colours.split()), strict=True))
    return Theme(name=f"nnstudy-{name}", dark=dark, variables=variables, **named)  # type: ignore[arg-type]


DARK = _theme("dark", True, "7aa2f7 9aa5ce e0af68 9ece6a ff9e64 f7768e d5daf0 16161e 1a1b26 24283b")
LIGHT = _theme("light", False, "2e59a8 4c505e 8f5e15 33635c 965027 a3273d 1f2335 f7f6f2 ffffff e8e6df")
# Each colour of text has a contrast of 7:1 or more to background, surface and panel (WCAG 2.2, level AAA).
CONTRAST_DARK = _theme(
    "contrast-dark", True, "8ac6ff d0d0d0 ffd75f 7dff7d ffb35c ff9c9c ffffff 000000 000000 1c1c1c",
    **{"text-muted": "#d8d8d8", "text-disabled": "#c0c0c0"},
)  # fmt: skip
CONTRAST_LIGHT = _theme(
    "contrast-light", False, "003a8c 303030 6b3f00 004d1a 7a2e00 8a0016 000000 ffffff ffffff ececec",
    **{"text-muted": "#303030", "text-disabled": "#404040"},
)  # fmt: skip
HIGH_CONTRAST = frozenset({CONTRAST_DARK.name, CONTRAST_LIGHT.name})
LEGIBLE = 0.8  # of the colour of words that are less important stays in high contrast: 7:1 and more
SIXTEEN = "ansi-dark"  # Textual's theme of the terminal's own colours, for one that shows no others
OURS = (DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT)


def of_the_terminal(variables: Mapping[str, str]) -> dict[str, str]:
    """What is to be other among a theme's variables where they name the terminal's own colours: else empty.

    A terminal has no shades of them: words would be red on red; and its blue is too dark for words.
    """
    if variables["background"] != "ansi_default":
        return {}
    shades = [name for name in variables if name.endswith("-muted") and not name.startswith("text")]
    return {**dict.fromkeys(shades, "ansi_default"), "text-primary": "ansi_bright_blue"}
