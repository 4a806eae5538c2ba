"""The notes of one study: added, read again when they are saved, checked.

What reads notes takes long to import, and is needed only once there is something to read.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from nnstudy.clock import Clock
from nnstudy.memory.scheduler import Scheduler
from nnstudy.settings import Settings
from nnstudy.store.store import Store

if TYPE_CHECKING:
    from nnstudy.lab.plugins import Laboratory
    from nnstudy.notes.choice import Choice
    from nnstudy.reading.intake import Intake, NoteReport
    from nnstudy.reading.seeding import Seeding


class Notebook:
    """Reads note files into a database, by the settings and with the experiments of one data folder."""

    def __init__(
        self, folder: Path, settings: Callable[[], Settings], clock: Clock,
        laboratory: Callable[[], "Laboratory"], scheduler: Callable[[float | None], Scheduler],
    ) -> None:  # fmt: skip
        self._folder, self._settings, self._clock = folder, settings, clock
        self._laboratory, self._scheduler = laboratory, scheduler

    def add(
        self,
        store: Store,
        paths: Sequence[str | Path],
        *,
        fresh: bool,
        dry_run: bool,
        prune: bool,
        progress: Callable[[int, int], None],
    ) -> "list[NoteReport]":
        """Add or re-read notes; see `nnstudy.Study.add`."""
        from nnstudy.reading.gone import gone_below, look_for
        from nnstudy.reading.note_file import note_files
        from nnstudy.reading.seeding import Seeding

        rows = store.notes.all()
        seeding = None if fresh else Seeding(self._scheduler, self._clock.today(), self._clock.zone)
        files = note_files(paths, lambda path: gone_below([path], rows))
        reports = self._intake(store, seeding, dry_run).take_in(files, progress)
        pruned_at = self._clock.now() if prune else None
        return reports + look_for(store, gone_below(paths, rows), reports, pruned_at, dry_run)

    def watch(self, database: Path, stop: Event, tell: "Callable[[Sequence[NoteReport]], None]") -> None:
        """Read notes again when they are saved, until told to stop."""
        from nnstudy.reading.watch import follow

        follow(database, self._intake, stop, tell)

    def check(self, store: Store, paths: Sequence[str | Path], ignore: Iterable[str]) -> "list[NoteReport]":
        """Say what was found in notes, and what could be better, but for the rules to ignore."""
        from nnstudy.reading.checking import check
        from nnstudy.reading.note_file import note_files

        left_out = [*self._settings().lint_ignore, *ignore]
        return check(note_files(paths), self._laboratory(), self._choice(), left_out, store.notes.all())

    def give_retentions(self, store: Store) -> None:
        """Let notes have the desired retention of the settings before that which they ask for themselves."""
        from nnstudy.reading.note_file import retention

        said = self._settings().notes
        wanted = {
            note.id: own
            for note in store.notes.all()
            if (own := said.get(note.id, {}).get("desired_retention") or retention(note.properties)[0])
            != note.desired_retention
        }
        if wanted:  # a start writes nothing as a rule, and need not wait for who writes
            with store.transaction():
                for note_id, own in wanted.items():
                    store.notes.set_retention(note_id, own)

    def _intake(self, store: Store, seeding: "Seeding | None" = None, dry_run: bool = False) -> "Intake":
        from nnstudy.reading.intake import Intake

        now, own = self._clock.now(), self._settings().notes
        return Intake(store, self._laboratory, self._reading(), now, seeding, dry_run, self._choice(), own)

    def _choice(self) -> "Choice":
        from nnstudy.notes.choice import by_settings

        return by_settings(self._settings().card_families, self._settings().derived_cards)

    def _reading(self) -> str:
        """What decides how a note is read, besides its text: the settings, and which experiments there are."""
        from nnstudy.lab.plugins import files_in, packaged

        settings = self._settings()
        files = files_in(self._folder / "lab") if settings.allow_own_experiments else []
        own = [(file.name, _changed_at(file)) for file in files]
        packages = [(point.name, point.value) for point in packaged()]
        chosen = settings.card_families, settings.derived_cards, settings.allow_own_experiments
        return repr((chosen, own, packages))


def _changed_at(file: Path) -> int | None:
    try:
        return file.stat().st_mtime_ns
    except OSError:  # it went away this moment
        return None
