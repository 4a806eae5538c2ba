"""The figure of the laboratory: read at a cursor, zoomed, on other axes, side by side, over a run that was kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content
from textual.events import Leave, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.geometry import Offset
from textual.message import Message

from nnstudy.tui.widgets.figure import FigureView
from nnstudy.tui.widgets.timeline import Timeline, TimeSlider, with_layers
from nnstudy.words import number

if TYPE_CHECKING:
    from nnstudy.figures import Behind
    from nnstudy.lab.experiment import Figure, Frame, Panel
    from nnstudy.lab.layers import Snapshot
    from nnstudy.tui.widgets.heatmap import HeatMapPlot
    from nnstudy.tui.widgets.plot import PanelPlot
    from nnstudy.tui.widgets.reading import Look, Window

NEARER = 1.5  # one step of the zoom
PAN = 1 / 8  # of the window
MANY_PANELS = 6  # past which a wide screen sets them in three columns
LEAST_ROWS = 8  # of a panel beside others


class Inspector(FigureView, can_focus=True):
    """A `FigureView` that answers to keys and mouse, and goes back to any step of its run.

    `behind` are the runs whose marks stay behind the present ones; `past` is the frame of an earlier step while that is
    looked at, else None.
    """

    @dataclass
    class Read(Message):
        """The cursor was moved: what stands there, or nothing without a cursor."""

        text: Content

    @dataclass
    class Travelled(Message):
        """Another step of the run was gone to, by key or mouse."""

        frame: Frame

    class Left(Message):
        """Escape was pressed."""

    BINDINGS = [
        Binding("left", "walk(-1, 0)", "Cursor left", show=False, id="figure.left"),
        Binding("right", "walk(1, 0)", "Cursor right", show=False, id="figure.right"),
        Binding("up", "walk(0, -1)", "Cursor up", show=False, id="figure.up"),
        Binding("down", "walk(0, 1)", "Cursor down", show=False, id="figure.down"),
        Binding("shift+left", "pan(-1, 0)", "Pan left", show=False, id="figure.pan-left"),
        Binding("shift+right", "pan(1, 0)", "Pan right", show=False, id="figure.pan-right"),
        Binding("shift+up", "pan(0, 1)", "Pan up", show=False, id="figure.pan-up"),
        Binding("shift+down", "pan(0, -1)", "Pan down", show=False, id="figure.pan-down"),
        Binding("home", "travel_to(0)", "First step", show=False, id="figure.first-step"),
        Binding("end", "travel_to(-1)", "Last step", show=False, id="figure.last-step"),
        Binding("escape", "leave", "Leave the figure", show=False),
    ]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.behind: tuple[Behind, ...] = ()
        self.timeline = Timeline()
        self.past: Frame | None = None
        self._layers: Snapshot | None = None  # the latest of the run: frames between two snapshots have none
        self.cursor: tuple[float, float] | None = None
        self.side_by_side = False
        self._turned: dict[int, tuple[bool, bool]] = {}  # by panel: whether its x and y axes are of the other kind
        self._windows: dict[int, Window] = {}
        self._drag: Offset | None = None
        self._redrawing = False

    # --- what is drawn --------------------------------------------------------------------------------------------

    @property
    def panel(self) -> Panel | None:
        """The present panel, on the axes that it is shown on."""
        if self.frame is None:
            return None
        place = self._place(self.frame.figure)
        return self._on_axes(place, self.frame.figure.panels[place])

    @property
    def place(self) -> int:
        """The number, from 0, of the present panel."""
        return self._place(self.frame.figure) if self.frame is not None else 0

    @property
    def plot(self) -> PanelPlot | HeatMapPlot | None:
        """The widget that draws the present panel."""
        if self.frame is None or not self._plots:
            return None
        return self._plots[self._places(self.frame.figure).index(self._place(self.frame.figure))]

    def _on_axes(self, place: int, panel: Panel) -> Panel:
        x, y = self._turned.get(place, (False, False))
        return replace(panel, x_log=panel.x_log != x, y_log=panel.y_log != y) if x or y else panel

    def _places(self, figure: Figure) -> Sequence[int]:
        return range(len(figure.panels)) if self.side_by_side else super()._places(figure)

    def _seen(self, place: int, panel: Panel) -> tuple[Panel, Look]:
        from nnstudy.tui.widgets.reading import Look

        here = self.frame.figure if self.frame else None
        left = tuple(run.marks(panel, place) if run.figure is not here else () for run in self.behind)
        cursor = self.cursor if here is not None and place == self._place(here) else None
        return self._on_axes(place, panel), Look(self._windows.get(place), cursor, left)

    def _draw(self, figure: Figure, *, yields: bool = False) -> None:
        super()._draw(figure, yields=yields)
        self._lay_out(len(figure.panels))
        for place, plot in zip(self._places(figure), self._plots, strict=True):
            if self.side_by_side or plot.has_class("-tile"):  # a title that is set has the plot painted
                plot.border_title = Content(figure.panels[place].title) if self.side_by_side else None
            plot.set_class(self.side_by_side, "-tile")
            plot.set_class(place == self._place(figure), "-here")
        if self.cursor is not None:
            self._read()

    def _lay_out(self, count: int) -> None:
        """Side by side, panels share the height while each has enough of it; else they are scrolled through."""
        area = self.query_one("#panels")
        area.set_class(self.side_by_side, "-grid")
        area.set_class(many := count > MANY_PANELS, "-many")
        columns = 3 if many and self.screen.has_class("-wide") else 2
        low = self.side_by_side and area.size.height < LEAST_ROWS * -(-count // columns)
        area.set_class(low, "-low")
        if low and (plot := self.plot) is not None:
            self.call_after_refresh(plot.scroll_visible, animate=False)

    def redraw(self) -> None:
        """Draw once more, when what is asked for at once has all come in."""
        if not self._redrawing and self.frame is not None:
            self._redrawing = True
            self.call_later(self._redraw)

    def _redraw(self) -> None:
        self._redrawing = False
        if self.frame is not None:
            self._draw(self.frame.figure)

    def clear(self) -> None:
        self.behind, self.timeline, self.past, self._layers = (), Timeline(), None, None
        for slider in self.query(TimeSlider):
            slider.clear()
        self._turned.clear()
        self._windows.clear()
        self._point(None)
        super().clear()

    def turn(self, steps: int) -> None:
        self._point(None)
        super().turn(steps)

    # --- the steps of the run -------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield TimeSlider()

    def _passing(self) -> Callable[[Frame], None]:
        self.timeline, self.past, self._layers = Timeline(), None, None
        self._slide()
        return self.timeline.add

    def show(self, frame: Frame, *, yields: bool = False) -> None:
        if self.past is None:
            self._layers = frame.layers or self._layers
            if frame.layers is None and self._layers is not None:
                frame = replace(frame, layers=self._layers)
        super().show(with_layers(frame), yields=yields)

    def _arrive(self, frame: Frame, *, yields: bool = True) -> None:
        """A frame of the run that goes on: drawn, unless an earlier one is looked at."""
        if self.past is None:
            super()._arrive(frame, yields=yields)
        self._slide()

    def _slide(self) -> None:
        if sliders := self.query(TimeSlider):
            sliders.first().show(self.timeline.frames, self._at)

    def travel(self, steps: int) -> Frame | None:
        """Go so many frames on, or back; returns the frame that is shown then."""
        here = self._at
        return self._travel_to((len(self.timeline.frames) - 1 if here is None else here) + steps)

    @property
    def _at(self) -> int | None:
        """The place of the frame that is looked at; of its nearest neighbour where the timeline was thinned since."""
        frames, past = self.timeline.frames, self.past
        if past is None or not frames:
            return None
        return min(
            range(len(frames)), key=lambda place: (frames[place] is not past, abs(frames[place].step - past.step))
        )

    def action_travel_to(self, place: int) -> None:
        self._travel_to(place if place >= 0 else len(self.timeline.frames) - 1)

    def _travel_to(self, place: int) -> Frame | None:
        frames = self.timeline.frames
        if not frames:
            return None
        place = min(max(place, 0), len(frames) - 1)
        self.past = None if place == len(frames) - 1 else frames[place]
        self.show(frames[place])
        self._slide()
        self.post_message(self.Progressed(frames[place]))
        self.post_message(self.Travelled(frames[place]))
        return frames[place]

    def on_time_slider_moved(self, message: TimeSlider.Moved) -> None:
        message.stop()
        self._travel_to(message.place)

    # --- the cursor -----------------------------------------------------------------------------------------------

    def action_walk(self, across: int, down: int) -> None:
        plot = self.plot
        if plot is None or not plot.area:
            return
        columns, rows = plot.area.size
        if self.cursor is None:
            cell = Offset(columns // 2, rows // 2)
        else:
            x, y = plot.cell(*self.cursor)
            cell = Offset(min(max(x + across, 0), columns - 1), min(max(y + down, 0), rows - 1))
        self._point(plot.at(cell))

    def _point(self, cursor: tuple[float, float] | None) -> None:
        """Put the cursor somewhere, or take it away."""
        if cursor != self.cursor:
            self.cursor = cursor
            self.redraw()
            if cursor is None:
                self.post_message(self.Read(Content()))

    def _read(self) -> None:
        from nnstudy.tui.widgets.reading import readings

        panel, plot = self.panel, self.plot
        if panel is None or plot is None or self.cursor is None:
            return
        x, y = (10**at if log else at for at, log in zip(self.cursor, (panel.x_log, panel.y_log), strict=True))
        text = Content.assemble(
            (f"{panel.x_label or 'x'} {number(x)}", "bold $text-accent"),
            (f"  {panel.y_label or 'y'} {number(y)}", "dim"),
        )
        for label, value in readings(panel, *self.cursor, plot.look.window or plot.whole):
            text += Content.assemble(f"  {label}: ", (value, "bold"))
        self.post_message(self.Read(text))

    def action_leave(self) -> None:
        self._point(None)
        self.post_message(self.Left())

    # --- the window -----------------------------------------------------------------------------------------------

    def zoom(self, steps: int) -> None:
        """Show the panel nearer, or from farther off, about the cursor or else the middle."""
        from nnstudy.tui.widgets.reading import zoomed

        if self.frame is None or (plot := self.plot) is None:
            return
        window = plot.look.window or plot.whole
        middle = (window[0] + window[1]) / 2, (window[2] + window[3]) / 2
        self._look_at(zoomed(window, plot.whole, *(self.cursor or middle), NEARER**steps))

    def action_pan(self, across: float, up: float) -> None:
        self._pan(PAN * across, PAN * up)

    def _pan(self, across: float, up: float) -> None:
        from nnstudy.tui.widgets.reading import moved

        if (plot := self.plot) is not None:
            self._look_at(moved(plot.look.window or plot.whole, across, up))

    def show_all(self) -> None:
        """Show the whole panel on the axes that the experiment chose."""
        if self.frame is not None:
            self._windows.pop(place := self._place(self.frame.figure), None)
            if self._turned.pop(place, None) is not None:
                self._point(None)
            self.redraw()

    def _look_at(self, window: Window) -> None:
        if self.frame is not None:
            self._windows[self._place(self.frame.figure)] = window
            self.redraw()

    def toggle_log(self, axis: str) -> Panel | None:
        """Turn the present panel's axis "x" or "y" from linear to logarithmic, or back; returns the panel."""
        if self.frame is None:
            return None
        place = self._place(self.frame.figure)
        x, y = self._turned.get(place, (False, False))
        self._turned[place] = (not x, y) if axis == "x" else (x, not y)
        self._windows.pop(place, None)
        self._point(None)
        self.redraw()
        return self.panel

    def toggle_grid(self) -> None:
        """Show all panels side by side, or the present one alone."""
        self.side_by_side = not self.side_by_side
        self.redraw()

    # --- the mouse ------------------------------------------------------------------------------------------------

    def _under(self, place: Offset) -> Offset | None:
        """The cell of the plot under the mouse, whose panel becomes the present one."""
        for index, plot in enumerate(self._plots):
            if self.frame is not None and plot.area.contains_point(place):
                if (wanted := self._places(self.frame.figure)[index]) != self._place(self.frame.figure):
                    self._panel = wanted
                    self._point(None)
                return place - plot.area.offset
        return None

    def on_mouse_down(self, event: MouseDown) -> None:
        if self.query_one("#panel-title").region.contains_point(event.screen_offset):
            self.turn(-1 if event.button == 3 else 1)
            return
        if self._under(event.screen_offset) is not None:
            self._drag = event.screen_offset
            self.capture_mouse()

    def on_mouse_up(self, event: MouseUp) -> None:
        self._drag = None
        self.release_mouse()
        self.on_mouse_move(event)

    def on_mouse_move(self, event: MouseMove | MouseUp) -> None:
        plot = self.plot
        if plot is None:
            return
        if self._drag is not None:
            moved = event.screen_offset - self._drag
            self._drag = event.screen_offset
            if moved and plot.area:
                self._pan(-moved.x / plot.area.width, moved.y / plot.area.height)
        elif (cell := self._under(event.screen_offset)) is not None and (plot := self.plot) is not None:
            self._point(plot.at(cell))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        self._scroll(event, 1)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        self._scroll(event, -1)

    def _scroll(self, event: MouseScrollUp | MouseScrollDown, steps: int) -> None:
        if (cell := self._under(event.screen_offset)) is not None and (plot := self.plot) is not None:
            event.stop()
            self._point(plot.at(cell))
            self.zoom(steps)

    def on_leave(self, event: Leave) -> None:
        if not self.is_mouse_over and not self.has_focus:
            self._point(None)
