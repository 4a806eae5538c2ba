"""The log, out and in: exports, merges with other machines and programs, and copies of the whole database."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudy import history
from nnstudy.clock import Clock
from nnstudy.history.shared_folder import Synced, sync
from nnstudy.reviewing.rebuilding import Progress, Rebuilding
from nnstudy.settings import Settings
from nnstudy.store import backup
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.history.report import Chapter
    from nnstudy.store.merge import Merged


class Exchange:
    """Carries one data folder's log out and others' in; after a merge the schedule follows from the whole log."""

    def __init__(
        self, store: Store, folder: Path, settings: Callable[[], Settings], clock: Clock, rebuilding: Rebuilding
    ) -> None:
        self._store, self._backups = store, folder / "backups"
        self._settings, self._clock, self._rebuilding = settings, clock, rebuilding

    def export(self, format: str, output: str | Path | None, note: str | None, progress: Progress) -> None:
        """Write the history (of the note with this id) into a file, or to standard output."""
        history.export(
            format, self._store, output, note, now=self._clock.now(), today=self._clock.today(),
            zone=self._clock.zone, scheduler=self._rebuilding.schedulers, progress=progress,
            report=lambda: self._report(note),
        )  # fmt: skip

    def _report(self, note: str | None) -> "tuple[str, list[Chapter]]":
        from nnstudy.insight.insight import Insight
        from nnstudy.insight.reporting import chapters

        with closing(Store(self._store.path)) as store:
            title = "nnstudy"
            if note is not None:
                title = next(row.title for row in store.notes.all() if row.id == note)
                store.look_at(note)
            insight = Insight(store, self._settings(), self._rebuilding.schedulers, self._clock.zone)
            return f"{title}: report", chapters(store, insight, self._clock.today())

    def take_in(self, path: Path, progress: Progress) -> "Merged":
        """Merge a history file of this or another program."""
        self._back_up_before_merge()
        with self._rebuilding.transaction():
            merged = history.take_in(self._store, path, self._clock.zone)
            self._rebuilding.derive(progress, merged.cards)
        self._complete_columns()
        return merged

    def sync(self, folder: Path, progress: Progress) -> Synced:
        """Write this machine's news into a folder that others share, and take in theirs."""
        with self._rebuilding.transaction():
            synced = sync(self._store, folder, self._settings().device_name, before=self._back_up_before_merge)
            self._rebuilding.derive(progress, synced.merged.cards)
        self._complete_columns()
        return synced

    def _complete_columns(self) -> None:
        from nnstudy.store.columns import complete

        complete(self._store.path)

    def _back_up_before_merge(self) -> None:
        backup.back_up_before(self._store.path, self._backups, "merge", self._clock.now())

    def back_up(self, file: str | Path | None) -> Path:
        """Write a whole copy of the database; returns where."""
        default = self._backups / f"nnstudy-{self._clock.now():%Y%m%d-%H%M%S}.db"
        return backup.back_up(self._store.path, Path(file) if file is not None else default)

    def back_up_daily(self) -> Path | None:
        """The first time of a day, keep a copy; None when today's is there already."""
        return backup.back_up_daily(self._store.path, self._backups, self._clock.today())
