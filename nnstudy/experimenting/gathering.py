"""The experiments are gathered once, when they are first asked for."""

from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from nnstudy.settings import Settings

if TYPE_CHECKING:
    from nnstudy.lab.plugins import Laboratory


class Gathering:
    """The experiments of this program, of packages and of one's own folder; any thread may ask for them."""

    def __init__(self, folder: Path, settings: Callable[[], Settings]) -> None:
        self._folder, self._settings = folder, settings
        self._found: Laboratory | None = None
        self._lock = Lock()  # the first card is asked while a thread gathers

    def laboratory(self) -> "Laboratory":
        """All of them, and the broken ones."""
        from nnstudy.lab.plugins import gather

        with self._lock:
            if self._found is None:
                self._found = gather(self._folder, self._settings().allow_own_experiments)
            return self._found
