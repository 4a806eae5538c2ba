"""The steps of a run, kept in bounded memory, and the slider that goes back to any of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from textual.content import Content
from textual.events import MouseDown, MouseMove, MouseUp
from textual.message import Message
from textual.widget import Widget

from nnstudy.lab.experiment import Figure, Frame
from nnstudy.lab.layers import Parts, panels

MOST_FRAMES = 60
MOST_BYTES = 64 * 2**20  # of the arrays of all frames


class Timeline:
    """Frames of one run, one of each of its `Parts`, and the latest; every second goes where they are too many or big.

    A thread may add frames while the screen reads them.
    """

    def __init__(self) -> None:
        self.frames: tuple[Frame, ...] = ()
        self._latest_stays = True
        self._parts = Parts()
        self._sizes: dict[Frame, int] = {}

    def add(self, frame: Frame) -> None:
        """Take in the next frame of the run; one that was taken in already is not taken twice."""
        if self.frames and self.frames[-1] is frame:
            return
        kept = self.frames if self._latest_stays else self.frames[:-1]
        self._latest_stays = self._parts.begins(frame.step, frame.total)
        self.frames = (*kept, frame)
        while len(self.frames) > 2 and (len(self.frames) > MOST_FRAMES or self._bytes() > MOST_BYTES):
            self.frames = (*self.frames[:-1:2], frame)

    def _bytes(self) -> int:
        self._sizes = {frame: self._sizes.get(frame) or size(frame) for frame in self.frames}
        return sum(self._sizes.values())


def size(frame: Frame) -> int:
    """Bytes of the arrays that a frame's figure draws; its layers take little beside them."""
    marks = [mark for panel in frame.figure.panels for mark in panel.marks]
    return sum(value.nbytes for mark in marks for value in vars(mark).values() if isinstance(value, np.ndarray))


def with_layers(frame: Frame) -> Frame:
    """The frame with the layers of its network as panels after its own."""
    if frame.layers is None:
        return frame
    return replace(frame, figure=Figure(frame.figure.title, (*frame.figure.panels, *panels(frame.layers))))


class TimeSlider(Widget):
    """One row: a line with the present step on it, to be clicked on and dragged along, and arrows for one step."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    TimeSlider {
        height: 1;
        display: none;

        &.-some {
            display: block;
        }
    }
    """

    @dataclass
    class Moved(Message):
        """Another frame is wanted: its place in the timeline."""

        place: int

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._frames: tuple[Frame, ...] = ()
        self._place: int | None = None
        self._dragging = False

    def show(self, frames: tuple[Frame, ...], place: int | None) -> None:
        """Draw these frames with the one at `place` chosen, the latest without a place.

        The row stays where it is from run to run: else all around it would be arranged anew.
        """
        self._frames, self._place = frames, place
        if len(frames) > 1:
            self.add_class("-some")
        self.refresh()

    def clear(self) -> None:
        """Take the row away."""
        self._frames, self._place = (), None
        self.remove_class("-some")

    @property
    def _label(self) -> str:
        """The step that is shown, as wide as that of the last."""
        last = self._frames[-1]
        frame = last if self._place is None else self._frames[self._place]
        return f" step {frame.step} of {last.total}".rjust(len(f" step {last.total} of {last.total}"))

    @property
    def _room(self) -> int:
        """The cells of the line between the arrows."""
        return max(2, self.size.width - 4 - len(self._label))

    def render(self) -> Content:
        if len(self._frames) < 2:
            return Content()
        last = len(self._frames) - 1
        at = round((last if self._place is None else self._place) / max(1, last) * (self._room - 1))
        style = "$text-muted" if self._place is None else "bold $text-accent"
        return Content.assemble(
            ("◂ ", "bold"), ("━" * at, style), ("●", "bold $text-accent"), ("─" * (self._room - at - 1), "dim"),
            (" ▸", "bold"), (self._label, style),
        )  # fmt: skip

    # --- the mouse ------------------------------------------------------------------------------------------------

    def on_mouse_down(self, event: MouseDown) -> None:
        event.stop()
        if not self._frames:
            return
        last = len(self._frames) - 1
        here, line = last if self._place is None else self._place, event.x - 2
        if line < 0 or line > self._room:
            self.post_message(self.Moved(min(max(here + (-1 if line < 0 else 1), 0), last)))
            return
        self._dragging = True
        self.capture_mouse()
        self._go(line)

    def on_mouse_move(self, event: MouseMove) -> None:
        event.stop()
        if self._dragging and self._frames:
            self._go(event.x - 2)

    def on_mouse_up(self, event: MouseUp) -> None:
        event.stop()
        self._dragging = False
        self.release_mouse()

    def _go(self, cell: int) -> None:
        share = min(max(cell / max(1, self._room - 1), 0.0), 1.0)
        self.post_message(self.Moved(round(share * (len(self._frames) - 1))))
