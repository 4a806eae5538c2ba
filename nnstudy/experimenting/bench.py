"""Where a card meets its experiment: drawn for its next review, predicted, run, and kept."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from numpy.random import default_rng

from nnstudy.clock import Clock
from nnstudy.experimenting import trials
from nnstudy.experimenting.trials import Prediction, Run, Trial
from nnstudy.lab.experiment import Experiment, Frame
from nnstudy.lab.plugins import Laboratory
from nnstudy.settings import Settings
from nnstudy.store.records import StoredCard
from nnstudy.store.store import Store


class Bench:
    """The experiments of one study, and what its database knows of their questions, predictions and runs."""

    def __init__(self, store: Store, settings: Callable[[], Settings], clock: Clock, laboratory: Laboratory) -> None:
        self._store, self._settings, self._clock, self._laboratory = store, settings, clock, laboratory

    def trial(self, card: StoredCard) -> Trial | None:
        """The experiment that belongs to a card, drawn for its next review."""
        name, runs = card.experiment, self._store.runs
        own = self._laboratory.experiments.get(name) if name else None
        asked = own is not None and runs.predicted_outside(own.name)  # else every section need not be looked at
        loose = name if asked and own and trials.home(own, runs.bringing(own.name)) == card.section_id else None
        answered = runs.answered(card.section_id, loose)
        heard = runs.heard(name) if name else ()
        clock = self._clock
        return trials.trial_for(card, self._laboratory, answered, clock.zone, today=clock.today(), heard=heard)

    def surprise(self, seed: int) -> Trial:
        """A question to predict outside of a review."""
        asked = {name: explored.asked for name, explored in self._store.runs.explored().items()}
        return trials.surprise(self._laboratory, asked, default_rng(seed))

    def predict(self, trial: Trial, choice: float | str, confidence: str) -> Prediction:
        """Keep a prediction."""
        return trials.keep_prediction(self._store, trial, choice, confidence, *self._here_and_now())

    def prediction(self, trial: Trial) -> Prediction | None:
        """The prediction made for a trial that no run has settled yet."""
        found = self._store.runs.unsettled(trial.card, trial.seed, trial.question.name) if trial.card else None
        return Prediction(*found) if found else None

    def run(self, experiment: str, parameters: Mapping[str, object], seed: int, figure: Path | None) -> Run:
        """Run an experiment to its end, write its `figure` into a file, and keep the run."""
        found = self._laboratory.find(experiment)
        made = found.make(parameters)
        result, seconds = trials.complete(found, made, seed)
        if figure is not None:
            from nnstudy.figures import save

            save(result.figure, figure)
        return self.keep(found, made, seed, result, seconds=seconds)

    def keep(self, experiment: Experiment, parameters: Any, seed: int, result: Frame, **what: Any) -> Run:
        """Keep a run; see `nnstudy.experimenting.trials.keep_run`."""
        at, device = self._here_and_now()
        return trials.keep_run(self._store, experiment, parameters, seed, result, at=at, device=device, **what)

    def _here_and_now(self) -> tuple[datetime, str]:
        return self._clock.now(), self._settings().device_name
