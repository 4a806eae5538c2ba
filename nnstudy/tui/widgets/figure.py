"""A figure that moves while its experiment runs: one panel at a time, or as many as there is room for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

if TYPE_CHECKING:
    from nnstudy.lab.experiment import Experiment, Figure, Frame

FRAME_SECONDS = 1 / 12


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
        self._stopping = False
        self._plot: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="panel-title")
        yield Horizontal(id="panels")

    def start(self, experiment: Experiment, parameters: Any, seed: int, panel: int | None = None) -> None:
        """Run anew from the start, with a panel of one's choice; what still runs is overtaken."""
        if panel is not None:
            self._panel = panel
        self._request += 1
        self.running, self._stopping = True, False
        self._drive(self._request, experiment, parameters, seed)

    def show(self, frame: Frame) -> None:
        """Draw a frame of a run that was made elsewhere."""
        self.frame = frame
        self._draw(frame.figure)

    def stop(self) -> None:
        """Stop after the present frame and keep what was measured."""
        self._stopping = True

    def clear(self) -> None:
        """Forget the run and its figure."""
        self._request += 1
        self.running, self.frame, self._panel = False, None, 0
        self._title()
        self._remove_plot()

    def turn(self, steps: int) -> None:
        """Show the next panel, or the one before."""
        if self.frame is not None:
            self._panel = (self._place(self.frame.figure) + steps) % len(self.frame.figure.panels)
            self._draw(self.frame.figure)

    @work(thread=True, group="run")
    def _drive(self, request: int, experiment: Experiment, parameters: Any, seed: int) -> None:
        worker, started, shown, frame = get_current_worker(), time.perf_counter(), 0.0, None
        status = "finished"
        try:
            for frame in experiment.run(parameters, seed):
                if worker.is_cancelled or request != self._request:
                    return
                if self._stopping and frame.step < frame.total:
                    status = "stopped"
                    break
                if (now := time.perf_counter()) - shown >= FRAME_SECONDS:
                    shown = now
                    self.post_message(self._Arrived(request, frame))
        except Exception as trouble:  # whatever an experiment does, the review goes on
            self.post_message(self._Ended(request, self.RunFailed(f"{type(trouble).__name__}: {trouble}")))
            return
        if frame is not None:
            seconds = time.perf_counter() - started
            self.post_message(self._Arrived(request, frame))
            ended = self.RunFinished(experiment, parameters, seed, frame, seconds, status)
            self.post_message(self._Ended(request, ended))

    def on_figure_view__arrived(self, message: _Arrived) -> None:
        message.stop()
        if message.request == self._request:
            self.show(message.frame)
            self.post_message(self.Progressed(message.frame))

    def on_figure_view__ended(self, message: _Ended) -> None:
        message.stop()
        if message.request == self._request:
            self.running = False
            self._title()
            self.post_message(message.message)

    def _draw(self, figure: Figure) -> None:
        from nnstudy.tui.widgets.plot import panel_widget  # loads the plotting library: only when a first plot is drawn

        panel = figure.panels[self._place(figure)]
        self._title()
        fresh = panel_widget(panel) if self._plot is None else None
        if fresh is None and type(self._plot) is not type(wanted := panel_widget(panel)):
            fresh = wanted
        if fresh is not None:
            self._remove_plot()
            self._plot = fresh
            self.query_one("#panels").mount(fresh)
        else:
            self._plot.show(panel)  # type: ignore[union-attr]

    def _place(self, figure: Figure) -> int:
        """The panel to show: the wanted one, once the run has come to it."""
        return min(self._panel, len(figure.panels) - 1)

    def _remove_plot(self) -> None:
        if self._plot is not None:
            self._plot.remove()
            self._plot = None

    def _title(self) -> None:
        if self.frame is None:
            self.query_one("#panel-title", Static).update("")
            return
        panels, place = self.frame.figure.panels, self._place(self.frame.figure)
        title = Content.assemble((panels[place].title, "bold"))
        if len(panels) > 1:
            title += Content.assemble((f"   {place + 1}/{len(panels)}  [ ] turn", "dim"))
        if self.running and self.frame.total:
            title += Content.assemble(
                (f"   {100 * self.frame.step // self.frame.total} %  {self.frame.stage}", "$text-accent")
            )
        self.query_one("#panel-title", Static).update(title)
