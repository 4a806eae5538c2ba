"""A folder that several machines share: each writes its own file of history there and takes in the others'.

`nnstudy-DEVICE.jsonl` is written by one machine alone and only ever grows, so that whatever carries the folder from
machine to machine (Syncthing, Dropbox, git, a stick) never has two versions of a file to choose from. It holds the same
lines as a `jsonl` export. Of a file that is still being carried, the whole lines are taken in; the rest waits for the
next time. Data folders whose device has the same name, as several of one machine have by themselves, share a file.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from nnstudy.errors import StudyError
from nnstudy.history.incoming import json_lines
from nnstudy.store.dump import QUERIES
from nnstudy.store.merge import Line, Merge, Merged, Trouble
from nnstudy.store.store import Store

PATTERN = "nnstudy-*.jsonl"
TAIL = 4096  # bytes by which a file is known again


@dataclass
class Synced:
    """What a meeting in a shared folder did.

    `waiting` are files with lines that refer to what no file here holds yet; they are read again the next time.
    """

    written: int = 0
    files: list[str] = field(default_factory=list)
    merged: Merged = field(default_factory=Merged)
    troubles: list[tuple[str, Trouble]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)


@dataclass
class _Arrival:
    """What a file has new, up to its last whole line, which ends at the byte `end`."""

    path: Path
    end: int
    lines: list[tuple[int, Line]]


def sync(store: Store, folder: Path, device: str, before: Callable[[], None] = lambda: None) -> Synced:
    """Write this machine's news and take in the others', inside a transaction; StudyError when that cannot be done.

    What is written is on the disk before it counts as written: after a crash it is written again, which does no harm.
    `before` is called when there is something to take in.
    """
    if not folder.is_dir():
        raise StudyError(f"{folder} is no folder; make it, or name the one that your machines share")
    own = folder / f"nnstudy-{_file_name(device)}.jsonl"
    place, synced = str(folder.resolve()), Synced()
    try:
        length = own.stat().st_size if own.exists() else 0
        arrivals = [found for path in sorted(folder.glob(PATTERN)) if (found := _read(store, place, path, synced))]
        synced.written = _write(store, place, own, length, arrivals)
        if arrivals:
            before()
            _take(store, place, arrivals, synced)
    except OSError as trouble:
        where = trouble.filename or folder
        raise StudyError(f"{where} cannot be read or written: {trouble.strerror}; nothing was changed") from trouble
    store.shared.mark_written(place)
    return synced


def _file_name(device: str) -> str:
    """The device's name where a file's name may hold it, else with a hash that keeps it apart from others."""
    plain = re.sub(r"[^A-Za-z0-9_.-]", "_", device)[:60]
    return plain if plain == device else f"{plain}-{hashlib.sha256(device.encode()).hexdigest()[:8]}"


def _write(store: Store, place: str, own: Path, length: int, arrivals: Sequence[_Arrival]) -> int:
    """Append this machine's news to its file; all it knows where the file is gone or another than it was left.

    What others have written there, who have the same name, arrives as from any file; `length` is what was there before.
    """
    if not length or _left(store, place, own) is None:
        store.shared.forget(place)
    news = list(store.shared.news(place))
    if not news:
        return 0
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in news).encode()
    if length and not _ends_whole(own):
        text = b"\n" + text  # a line that a crash cut short stays one broken line
    end = _append(own, text, length)
    if end == length + len(text):  # else another has written just now: all of it is read the next time
        arrived = next((one for one in arrivals if one.path == own), None)
        if arrived is None:
            _mark(store, place, own, end)
        else:
            arrived.end = end
    store.shared.remember(place, news)
    return len(news)


def _append(own: Path, text: bytes, length: int) -> int:
    """Write behind what is there, onto the disk; returns where the file ends. What a full disk cuts short is gone."""
    try:
        with own.open("ab") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            return file.tell()
    except OSError:
        with suppress(OSError):
            os.truncate(own, length) if length else own.unlink()
        raise


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _left(store: Store, place: str, path: Path) -> int | None:
    """Up to which byte a file is known; None where something else stands before that: it was lost and written anew."""
    end, tail = store.shared.position(place, path.name), store.shared.position(place, _tail_of(path))
    return end if path.stat().st_size >= end and tail == _tail(path, end) else None


def _mark(store: Store, place: str, path: Path, end: int) -> None:
    """Remember up to which byte a file is known, and what stands before that."""
    store.shared.set_position(place, path.name, end)
    store.shared.set_position(place, _tail_of(path), _tail(path, end))


def _tail_of(path: Path) -> str:
    return f"{path.name} (its tail)"


def _tail(path: Path, end: int) -> int:
    """A hash of the bytes before a place in a file."""
    with path.open("rb") as file:
        file.seek(max(0, end - TAIL))
        return int.from_bytes(hashlib.sha256(file.read(min(end, TAIL))).digest()[:6], "big")


def _read(store: Store, place: str, path: Path, synced: Synced) -> _Arrival | None:
    """What a file has new since the last time; None where it has nothing."""
    begin = _left(store, place, path) or 0
    with path.open("rb") as file:
        file.seek(begin)
        data = file.read()
    whole = data[: data.rfind(b"\n") + 1]
    if not whole:
        return None
    unread: list[Trouble] = []
    lines = list(json_lines(whole.splitlines(), unread))
    synced.troubles += [(path.name, trouble) for trouble in unread]
    return _Arrival(path, begin + len(whole), lines)


def _take(store: Store, place: str, arrivals: Sequence[_Arrival], synced: Synced) -> None:
    """Take in the lines of all files together: one may speak of what another brings."""
    order = {kind: number for number, kind in enumerate(QUERIES)}
    lines = [(arrival, number, line) for arrival in arrivals for number, line in arrival.lines]
    lines.sort(key=lambda one: order.get(str(one[2]["type"]), len(order)))
    synced.merged = Merge(store.connection).take(enumerate(line for _, _, line in lines))
    for trouble in synced.merged.troubles:
        arrival, number, _ = lines[trouble.line]
        if trouble.waits:
            synced.waiting.append(arrival.path.name)
        synced.troubles.append((arrival.path.name, Trouble(number, trouble.reason, trouble.waits)))
    synced.waiting = sorted(set(synced.waiting))
    for arrival in arrivals:
        synced.files.append(arrival.path.name)
        if arrival.path.name not in synced.waiting:
            _mark(store, place, arrival.path, arrival.end)
            store.shared.remember(place, [line for _, line in arrival.lines])
