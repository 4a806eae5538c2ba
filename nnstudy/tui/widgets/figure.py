"""A figure that moves while its experiment runs, one panel at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from nnstudy.errors import StudyError

if TYPE_CHECKING:
    from nnstudy.lab.experiment import Experiment, Figure, Frame, Panel
    from nnstudy.tui.widgets.heatmap import HeatMapPlot
    from nnstudy.tui.widgets.plot import PanelPlot
    from nnstudy.tui.widgets.reading import Look

FRAME_SECONDS = 1 / 12
PAUSE_SECONDS = 0.02  # how soon a paused run hears that it goes on


class FigureView(Vertical):
    """Runs an experiment in a thread and draws its frames; panels are walked through with `turn`."""

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

    @dataclass
    class RunFailed(Message):
        """The present run broke off with an error."""

        reason: str

    @dataclass
    class _Arrived(Message):
        request: int
        frame: Frame

    @dataclass
    class _Ended(Message):
        request: int
        message: Message

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.running = False
        self.frame: Frame | None = None
        self._request = 0
        self._panel = 0
        self.paused = False
        self._stopping = False
        self._latest: Frame | None = None
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
        until: Callable[[Frame], bool] | None = None,
    ) -> None:
        """Run anew from the start, with a panel of one's choice; what still runs is overtaken.

        The run stops at the first frame of which `until` is true.
        """
        if panel is not None:
            self._panel = panel
        self._request += 1
        self.running, self.paused, self._stopping = True, False, False
        self._drive(self._request, experiment, parameters, seed, until, self._passing())

    def _passing(self) -> Callable[[Frame], None]:
        """What a run that begins calls, in its thread, with every frame that comes by, drawn or not."""
        return lambda frame: None

    def show(self, frame: Frame) -> None:
        """Draw a frame of a run that was made elsewhere."""
        self.frame = frame
        self._draw(frame.figure)

    def stop(self) -> None:
        """Stop after the present frame and keep what was measured."""
        self._stopping, self.paused = True, False

    def pause(self) -> None:
        """Let the run wait where it is, or go on."""
        self.paused = self.running and not self.paused
        self._title()

    def clear(self) -> None:
        """Forget the run and its figure."""
        self._request += 1
        self.running, self.paused, self.frame, self._panel = False, False, None, 0
        self._title()
        self._keep_plots(0)

    def turn(self, steps: int) -> None:
        """Show the next panel, or the one before."""
        if self.frame is not None:
            self._panel = (self._place(self.frame.figure) + steps) % len(self.frame.figure.panels)
            self._draw(self.frame.figure)

    @work(thread=True, group="run")
    def _drive(
        self, request: int, experiment: Experiment, parameters: Any, seed: int,
        until: Callable[[Frame], bool] | None, passed: Callable[[Frame], None],
    ) -> None:  # fmt: skip
        worker, started, shown, frame = get_current_worker(), time.perf_counter(), 0.0, None
        status = "finished"
        try:
            for frame in experiment.run(parameters, seed):
                if self.paused:
                    self._latest = frame
                    self.post_message(self._Arrived(request, frame))
                    started += self._wait(request)
                if worker.is_cancelled or request != self._request:
                    return
                passed(frame)
                if (self._stopping or (until is not None and until(frame))) and frame.step < frame.total:
                    status = "stopped"
                    break
                if (now := time.perf_counter()) - shown >= FRAME_SECONDS:
                    shown = now
                    self._latest = frame
                    self.post_message(self._Arrived(request, frame))
        except Exception as trouble:  # whatever an experiment does, the review goes on
            reason = str(trouble) if isinstance(trouble, StudyError) else f"{type(trouble).__name__}: {trouble}"
            self.post_message(self._Ended(request, self.RunFailed(reason)))
            return
        if frame is not None:
            seconds = time.perf_counter() - started
            self._latest = frame
            self.post_message(self._Arrived(request, frame))
            ended = self.RunFinished(experiment, parameters, seed, frame, seconds, status)
            self.post_message(self._Ended(request, ended))

    def _wait(self, request: int) -> float:
        """Wait as long as the run is paused; how many seconds that was."""
        began = time.perf_counter()
        while self.paused and request == self._request and self.is_attached:
            time.sleep(PAUSE_SECONDS)
        return time.perf_counter() - began

    def on_figure_view__arrived(self, message: _Arrived) -> None:
        message.stop()
        if message.request == self._request and message.frame is self._latest:  # or a newer one waits already
            self._arrive(message.frame)

    def _arrive(self, frame: Frame) -> None:
        self.show(frame)
        self.post_message(self.Progressed(frame))

    def on_figure_view__ended(self, message: _Ended) -> None:
        message.stop()
        if message.request == self._request:
            self.running = self.paused = False
            self._title()
            self.post_message(message.message)

    def _draw(self, figure: Figure) -> None:
        from nnstudy.tui.widgets.plot import panel_widget  # loads the plotting library: only when a first plot is drawn

        self._title()
        places = self._places(figure)
        self._keep_plots(len(places))
        panels = self.query_one("#panels")
        for index, place in enumerate(places):
            panel, look = self._seen(place, figure.panels[place])
            wanted = panel_widget(panel)
            if index == len(self._plots):
                self._plots.append(wanted)
                panels.mount(wanted)
            elif type(self._plots[index]) is not type(wanted):
                panels.mount(wanted, before=self._plots[index])
                self._plots[index].remove()
                self._plots[index] = wanted
            self._plots[index].show(panel, look)

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
            self.query_one("#panel-title", Static).update("")
            return
        panels, place = self.frame.figure.panels, self._place(self.frame.figure)
        title = Content.assemble((panels[place].title, "bold"))
        if len(panels) > 1:
            title += Content.assemble((f"   {place + 1}/{len(panels)}  [ ] turn", "dim"))
        if self.paused:
            title += Content.styled("   paused", "bold $text-warning")
        if self.running and self.frame.total:
            title += Content.assemble(
                (f"   {100 * self.frame.step // self.frame.total} %  {self.frame.stage}", "$text-accent")
            )
        self.query_one("#panel-title", Static).update(title)
