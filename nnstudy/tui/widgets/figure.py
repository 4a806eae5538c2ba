"""A figure that moves while its experiment runs, one panel at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from nnstudy.tui.bindings import turning
from nnstudy.words import shorten

if TYPE_CHECKING:
    from nnstudy.experimenting.conductor import Event
    from nnstudy.experimenting.engine import Drive
    from nnstudy.lab.condition import Condition
    from nnstudy.lab.experiment import Experiment, Figure, Frame, Panel
    from nnstudy.lab.running import Change
    from nnstudy.tui.widgets.heatmap import HeatMapPlot
    from nnstudy.tui.widgets.plot import PanelPlot
    from nnstudy.tui.widgets.reading import Look


FRAME_SECONDS = 1 / 12  # between two frames that are drawn, of a run that goes on
CALM_SECONDS = 0.5  # the same where motion is reduced
KEPT = 6  # drawings of one plot: panels and steps that are turned back to
LEAST_TITLE = 12  # cells of a panel's title, however much is said of the run beside it


class FigureView(Vertical):
    """Has an experiment run and draws its frames; panels are walked through with `turn`."""

    @dataclass
    class Progressed(Message):
        """A frame of the present run was drawn."""

        frame: Frame

    @dataclass
    class RunFinished(Message):
        """The present run came to its end, or was stopped: `status` is "finished" or "stopped"."""

        experiment: Experiment
        parameters: Any
        seed: int
        result: Frame
        seconds: float
        status: str
        changes: tuple[Change, ...] = ()

    @dataclass
    class RunChanged(Message):
        """Parameters of the present run were changed, or not: `trouble` says why."""

        changes: tuple[Change, ...]
        trouble: str

    @dataclass
    class RunFailed(Message):
        """The present run broke off with an error."""

        reason: str

    @dataclass
    class _Heard(Message):
        request: int
        event: Event

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.running = False
        self.frame: Frame | None = None
        self._request = 0
        self._panel = 0
        self.paused = False
        self._run: Drive | None = None
        self._latest: Frame | None = None
        self._told = 0  # the request of which a message says already that there is a later frame
        self._drawn_at = 0.0
        self._held: Frame | None = None  # a frame that waits for its turn
        self._titled = Content()
        self._plots: list[PanelPlot | HeatMapPlot] = []

    def compose(self) -> ComposeResult:
        yield Static(id="panel-title")
        yield Horizontal(id="panels")

    def start(
        self,
        experiment: Experiment,
        parameters: Any,
        seed: int,
        panel: int | None = None,
        until: Condition | None = None,
    ) -> None:
        """Run anew from the start, with a panel of one's choice; what still runs is overtaken.

        The run stops at the first frame of which `until` is true.
        """
        from nnstudy.experimenting.conductor import Arrived
        from nnstudy.experimenting.engine import shared

        if panel is not None:
            self._panel = panel
        self._request += 1
        self.running, self.paused, self._latest, self._held, self._drawn_at = True, False, None, None, 0.0
        request, passed = self._request, self._passing()

        def hear(event: Event) -> None:  # in another thread
            if request == self._request:
                if isinstance(event, Arrived):
                    self._latest = event.frame
                    passed(event.frame)
                    if self._told == request:
                        return  # whoever takes that message will find the latest frame
                    self._told = request
                self.post_message(self._Heard(request, event))

        self._run = shared().start(experiment, parameters, seed, hear, until)

    def _passing(self) -> Callable[[Frame], None]:
        """What a run that begins calls, in its thread, with every frame that comes by, drawn or not."""
        return lambda frame: None

    def show(self, frame: Frame, *, yields: bool = False) -> None:
        """Draw a frame; where it `yields`, a key that comes meanwhile is answered first."""
        self.frame = frame
        self._draw(frame.figure, yields=yields)

    def stop(self) -> None:
        """Stop after the present frame and keep what was measured."""
        if self._run is not None and self.running:
            self.paused = False
            self._run.stop()

    def pause(self) -> None:
        """Let the run wait where it is, or go on."""
        if self._run is not None and self.running:
            self.paused = not self.paused
            (self._run.pause if self.paused else self._run.go_on)()
            self._title()

    def change(self, values: Mapping[str, object]) -> None:
        """Let the run go on with other values of its live parameters."""
        if self._run is not None and self.running:
            self._run.change(values)

    def on_unmount(self) -> None:
        self._give_up()

    def _give_up(self) -> None:
        self._request += 1
        if self._run is not None and self.running:
            self._run.abandon()

    def clear(self) -> None:
        """Forget the run and its figure."""
        self._give_up()
        self.running, self.paused, self.frame, self._panel = False, False, None, 0
        self._title()
        self._keep_plots(0)

    def turn(self, steps: int) -> None:
        """Show the next panel, or the one before."""
        if self.frame is not None:
            self._panel = (self._place(self.frame.figure) + steps) % len(self.frame.figure.panels)
            self._draw(self.frame.figure)

    def on_figure_view__heard(self, message: _Heard) -> None:
        from nnstudy.experimenting.conductor import Arrived, Changed, Ended, Failed

        message.stop()
        run = self._run
        if message.request != self._request or run is None:
            return
        match message.event:
            case Arrived():
                self._told = 0
                assert self._latest is not None
                self._draw_soon(self._latest)
            case Changed(changes, trouble):
                self.post_message(self.RunChanged(changes, trouble))
            case Ended(seconds, status, changes):
                assert self._latest is not None
                self._release()
                given = run.experiment, run.parameters, run.seed
                self._end(self.RunFinished(*given, self._latest, seconds, status, changes))
            case Failed(reason):
                self._end(self.RunFailed(reason))

    def _draw_soon(self, frame: Frame) -> None:
        """Draw a frame of the run in its turn: no oftener than an eye follows, and after what answers a key."""
        if self._held is not None:
            self._held = frame
        elif (wait := self._wait()) > 0:
            self._held = frame
            self.set_timer(wait, self._take_turn)
        else:
            self._arrive(frame)

    def _wait(self) -> float:
        """Seconds until the next frame has its turn."""
        apart = CALM_SECONDS if getattr(self.app, "calm", False) else FRAME_SECONDS
        return max(self._drawn_at + apart - monotonic(), getattr(self.app, "rest_in", 0.0))

    def _take_turn(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._draw_soon(held)

    def _release(self) -> None:
        """Draw at once what waits."""
        held, self._held = self._held, None
        if held is not None:
            self._arrive(held, yields=False)

    def _end(self, told: Message) -> None:
        self.running = self.paused = False
        self._title()
        self.post_message(told)

    def _arrive(self, frame: Frame, *, yields: bool = True) -> None:
        self._drawn_at = monotonic()
        self.show(frame, yields=yields)
        self.post_message(self.Progressed(frame))

    def _draw(self, figure: Figure, *, yields: bool = False) -> None:
        from nnstudy.tui.widgets.plot import plot_of  # loads NumPy: only when a first plot is drawn

        self._title()
        places = self._places(figure)
        self._keep_plots(len(places))
        panels = self.query_one("#panels")
        for index, place in enumerate(places):
            panel, look = self._seen(place, figure.panels[place])
            wanted = plot_of(panel)
            if index == len(self._plots):
                self._plots.append(wanted(panel, keeps=KEPT))
                panels.mount(self._plots[index])
            elif type(self._plots[index]) is not wanted:
                before, self._plots[index] = self._plots[index], wanted(panel, keeps=KEPT)
                panels.mount(self._plots[index], before=before)
                before.remove()
            self._plots[index].show(panel, look, yields=yields)

    def _places(self, figure: Figure) -> Sequence[int]:
        """The panels that stand on the screen."""
        return (self._place(figure),)

    def _seen(self, place: int, panel: Panel) -> tuple[Panel, Look]:
        """A panel as it is to be drawn."""
        from nnstudy.tui.widgets.reading import PLAIN

        return panel, PLAIN

    def _place(self, figure: Figure) -> int:
        """The panel to show: the wanted one, once the run has come to it."""
        return min(self._panel, len(figure.panels) - 1)

    def _keep_plots(self, count: int) -> None:
        for plot in self._plots[count:]:
            plot.remove()
        del self._plots[count:]

    def _title(self) -> None:
        if self.frame is None:
            self._show_title(Content())
            return
        panels, place = self.frame.figure.panels, self._place(self.frame.figure)
        number, turn = (f"   {place + 1}/{len(panels)}", f"  {turning(self.screen)}") if len(panels) > 1 else ("", "")
        state = Content.styled("   paused" if self.paused else "", "bold $text-warning")
        if self.running and self.frame.total:
            share = f"   {100 * self.frame.step // self.frame.total} %  {self.frame.stage}"
            state += Content.styled(share, "$text-accent")
        line, name = self.query_one("#panel-title", Static), panels[place].title
        room = line.size.width or 1000  # what is said of the run stays: first the hint goes, then the title is cut
        over = cell_len(name + number + turn) + state.cell_length - room
        turn = "" if over > 0 else turn
        name = shorten(name, max(LEAST_TITLE, room - cell_len(number + turn) - state.cell_length))
        self._show_title(Content.assemble((name, "bold"), (number + turn, "dim"), state))

    def _show_title(self, title: Content) -> None:
        if not title.is_same(self._titled):  # a cursor is moved below the same title
            self._titled = title
            self.query_one("#panel-title", Static).update(title, layout=False)

    def on_resize(self) -> None:
        self._title()
