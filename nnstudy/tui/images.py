"""Whether this terminal shows images, asked when one is first wanted: never while the program starts."""

import logging
from importlib.util import find_spec
from typing import Any

from textual.app import App, SuspendNotSupported
from textual.widget import Widget

from nnstudy.errors import StudyError

_known: list[type[Widget]] = []  # what the terminal has once said; what it did not say in time can be asked again


def image_widget(app: App[Any]) -> type[Widget]:
    """The widget that shows an image on this terminal, by kitty's protocol or as sixels.

    StudyError when the terminal has neither, or the extra that draws them is not installed.
    """
    if find_spec("textual_image") is None:
        raise StudyError("images need the extra `image`: python3 -m pip install 'nnstudy[image]'")
    if not _known:
        try:
            with app.suspend():  # Textual must not read what the terminal answers
                _known.extend(_asked())
        except SuspendNotSupported:
            pass
    if not _known:
        raise StudyError("this terminal shows no images (neither kitty's protocol nor sixels); m shows the source")
    return _known[0]


def _asked() -> list[type[Widget]]:
    logging.getLogger("textual_image").addHandler(logging.NullHandler())  # what it warns of would stand on the screen
    from textual_image import widget
    from textual_image.renderable import sixel, tgp

    if tgp.query_terminal_support():
        return [widget.TGPImage]
    return [widget.SixelImage] if sixel.query_terminal_support() else []
