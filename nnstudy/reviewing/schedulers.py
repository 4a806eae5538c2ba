"""The schedulers that the settings and the fitted parameters make, one for each desired retention."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from nnstudy import settings as _settings
from nnstudy.memory.scheduler import DEFAULT_PARAMETERS, Policy, Scheduler
from nnstudy.settings import Settings
from nnstudy.store.parameters import Parameters


class _Made(NamedTuple):
    """A policy with the schedulers that were made by it."""

    policy: Policy
    by_retention: dict[float, Scheduler]


class Schedulers:
    """Called with a note's or card's own desired retention, or none, gives its scheduler; any thread may call it.

    The database is read at the start and in `take_up` only: by the thread that it belongs to.
    """

    def __init__(self, parameters: Parameters, settings: Callable[[], Settings]) -> None:
        self._parameters, self._settings = parameters, settings
        self._made = _Made(self._policy(), {})

    def __call__(self, desired_retention: float | None = None) -> Scheduler:
        """The scheduler for a desired retention; None: that of the settings."""
        made = self._made  # it may be replaced meanwhile: what is made belongs to the policy that it was made by
        wanted = desired_retention or self._settings().desired_retention
        if wanted not in made.by_retention:
            made.by_retention[wanted] = Scheduler(replace(made.policy, desired_retention=wanted))
        return made.by_retention[wanted]

    def take_up(self) -> bool:
        """Schedule by what the settings and the database say now; whether that is another policy than before."""
        policy = self._policy()
        if policy == self._made.policy:
            return False
        self._made = _Made(policy, {})
        return True

    @contextmanager
    def as_before_if_it_fails(self) -> Iterator[None]:
        """What a block takes up counts only when the block ends well."""
        before = self._made
        try:
            yield
        except BaseException:
            self._made = before
            raise

    def _policy(self) -> Policy:
        fitted, settings = self._parameters.latest(), self._settings()
        return Policy(
            parameters=fitted.parameters if fitted else DEFAULT_PARAMETERS,
            learning_steps=tuple(map(_settings.seconds, settings.learning_steps)),
            relearning_steps=tuple(map(_settings.seconds, settings.relearning_steps)),
            maximum_interval=settings.maximum_interval,
            fuzz=settings.fuzz,
            easy_days=_settings.weekdays(settings.easy_days),
        )
