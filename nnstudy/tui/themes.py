"""The colours of the screens: ours, dark and light, and one of each in which everything stands out."""

from textual.theme import Theme

DARK = Theme(
    name="nnstudy-dark",
    primary="#7aa2f7",
    secondary="#9aa5ce",
    accent="#e0af68",
    success="#9ece6a",
    warning="#ff9e64",
    error="#f7768e",
    foreground="#d5daf0",
    background="#16161e",
    surface="#1a1b26",
    panel="#24283b",
    dark=True,
)
LIGHT = Theme(
    name="nnstudy-light",
    primary="#2e59a8",
    secondary="#4c505e",
    accent="#8f5e15",
    success="#33635c",
    warning="#965027",
    error="#a3273d",
    foreground="#1f2335",
    background="#f7f6f2",
    surface="#ffffff",
    panel="#e8e6df",
    dark=False,
)
# Each colour of text has a contrast of 7:1 or more to background, surface and panel (WCAG 2.2, level AAA).
CONTRAST_DARK = Theme(
    name="nnstudy-contrast-dark",
    primary="#8ac6ff",
    secondary="#d0d0d0",
    accent="#ffd75f",
    success="#7dff7d",
    warning="#ffb35c",
    error="#ff9c9c",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={"text-muted": "#d8d8d8", "text-disabled": "#c0c0c0"},
)
CONTRAST_LIGHT = Theme(
    name="nnstudy-contrast-light",
    primary="#003a8c",
    secondary="#303030",
    accent="#6b3f00",
    success="#004d1a",
    warning="#7a2e00",
    error="#8a0016",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#ececec",
    dark=False,
    variables={"text-muted": "#303030", "text-disabled": "#404040"},
)
OURS = (DARK, LIGHT, CONTRAST_DARK, CONTRAST_LIGHT)
