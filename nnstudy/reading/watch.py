"""Notes that are saved while the program runs are read again, in a thread with its own connection to the database.

Polling asks the system for each note's time and size once a second; that works on every system and file system, costs a
few microseconds a note, and needs no library.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import DatabaseError
from threading import Event
from typing import TYPE_CHECKING

from nnstudy.errors import StudyError
from nnstudy.store.store import Store, in_words

if TYPE_CHECKING:
    from nnstudy.reading.intake import Intake, NoteReport

EVERY = 1.0  # seconds between two looks

Look = tuple[int, int]  # time of the last change in nanoseconds, size in bytes


@dataclass
class Watch:
    """What is known of the files of all notes; each `look` gives those that were saved and have come to rest.

    A file counts as saved when it looks the same twice in a row: one that an editor is still writing does not, nor one
    that is empty or gone for the moment, as while an editor puts a new file in its place.
    """

    seen: dict[str, Look] = field(default_factory=dict)
    restless: dict[str, Look] = field(default_factory=dict)

    def look(self, notes: Mapping[str, str]) -> list[Path]:
        """Look once at the files of these paths, given with the digest of what was read of each."""
        saved = []
        for path, digest in notes.items():
            now = _look(path)
            if now is None or now[1] == 0:
                continue
            if path not in self.seen:
                self.seen[path] = now
                if _digest(path) != digest:  # it was saved while no program was looking
                    self.restless[path] = now
            elif now != self.seen[path] and self.restless.get(path) != now:
                self.restless[path] = now
            elif self.restless.pop(path, None) == now:
                self.seen[path] = now
                saved.append(Path(path))
        return saved


def follow(
    store_path: Path, intake: "Callable[[Store], Intake]", stop: Event, tell: "Callable[[Sequence[NoteReport]], None]"
) -> None:
    """Watch until told to stop; `tell` hears, in this thread, of every note that reads differently now."""
    watch = Watch()
    store = Store(store_path)
    try:
        while not stop.wait(EVERY):
            if saved := watch.look({row.path: row.digest for row in store.notes.all()}):
                _read_again(intake(store), saved, tell)
    except DatabaseError as trouble:
        if (said := in_words(trouble)) is None:
            raise
        raise StudyError(said) from trouble
    finally:
        store.close()


def _read_again(intake: "Intake", saved: Sequence[Path], tell: "Callable[[Sequence[NoteReport]], None]") -> None:
    try:
        reports = intake.take_in(saved)
    except StudyError:
        return  # it cannot be read now; the next time it is saved it is tried again
    if changed := [report for report in reports if report.note and not report.unchanged]:
        tell(changed)


def told(reports: "Iterable[NoteReport]") -> str:
    """What became of the cards, in a line."""
    fates = [decision.fate for report in reports for decision in report.decisions]
    counts = {word: fates.count(word) for word in ("new", "edited", "moved", "retired", "revived")}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "no card changed"


def _look(path: str) -> Look | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _digest(path: str) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return ""
