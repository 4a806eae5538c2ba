"""Anki's archives, read with distrust: .apkg and .colpkg, from the first format to the present one.

An archive is a zip with a SQLite database in it: `collection.anki2` or `collection.anki21` with note types and decks as
JSON, or `collection.anki21b`, compressed with Zstandard, with tables of them. Everything else in it (media, `meta`) is
left alone: no path of the archive is ever used.
"""

import json
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from nnstudy.errors import StudyError

COLLECTIONS = ("collection.anki21b", "collection.anki21", "collection.anki2")  # the newest in an archive counts
LARGEST = 4 * 2**30  # bytes of an unpacked database
SMALL, DENSEST = 64 * 2**20, 100  # beyond so many bytes, no database is packed so many times smaller
LONGEST_VALUE = 32 * 2**20  # bytes in one cell
WINDOW = 2**27  # bytes that unpacking may hold in memory
CHUNK = 2**20
TABLES = {"col", "notes", "cards", "revlog"}


@dataclass(frozen=True)
class Template:
    """How a note type asks: the HTML of the question and the answer, with fields in double braces."""

    question: str
    answer: str


@dataclass(frozen=True)
class NoteType:
    """The fields of a kind of note by name, in order, and its templates by number."""

    fields: tuple[str, ...]
    templates: Mapping[int, Template]
    is_cloze: bool


@dataclass(frozen=True)
class Collection:
    """An unpacked collection: its database, opened read-only, its note types and the names of its decks."""

    db: sqlite3.Connection
    note_types: Mapping[int, NoteType]
    decks: Mapping[int, tuple[str, ...]]
    created: int  # seconds: the start of the day from which due days are counted


def is_archive(path: Path) -> bool:
    """Whether a file begins as a zip archive does, or is named as Anki names its own."""
    if path.suffix.lower() in (".apkg", ".colpkg"):
        return True
    with path.open("rb") as file:
        return file.read(4) == b"PK\x03\x04"


@contextmanager
def open_collection(path: Path) -> Iterator[Collection]:
    """The collection in an archive; StudyError in words when it is broken, too large or none."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        unpacked = Path(folder, "collection.db")
        try:
            _unpack(path, unpacked)
        except (zipfile.BadZipFile, EOFError, zlib.error) as trouble:
            raise StudyError(
                f"{path} is damaged, or no Anki archive: {trouble}; export it from Anki again"
            ) from trouble
        except (NotImplementedError, RuntimeError) as trouble:
            raise StudyError(f"{path} is packed in a way that Anki never uses: {trouble}") from trouble
        except OSError as trouble:
            raise StudyError(f"{path} cannot be unpacked: {trouble}") from trouble
        db = sqlite3.connect(unpacked.as_uri() + "?mode=ro&immutable=1", uri=True)
        with closing(db):
            with in_words(path):
                _check(db)
                created = int(db.execute("SELECT crt FROM col").fetchone()[0])
                collection = Collection(db, _note_types(db), _decks(db), created)
            yield collection


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """What goes wrong while a foreign collection is read is told in a sentence."""
    try:
        yield
    except (sqlite3.Error, TypeError, KeyError, ValueError, AttributeError, RecursionError) as trouble:
        raise StudyError(f"the collection in {path} is damaged or none of Anki's: {trouble}") from trouble


# --- unpacking -----------------------------------------------------------------------------------------------------


def _unpack(path: Path, target: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        found = next((name for name in COLLECTIONS if name in names), None)
        if found is None:
            raise StudyError(f"{path} holds no Anki collection")
        entry = archive.getinfo(found)
        _bound(entry.file_size, entry.compress_size)
        with archive.open(entry) as packed, target.open("wb") as out:
            if not found.endswith("b"):
                _copy(packed, out, entry.compress_size)
                return
            import zstandard

            try:
                reader = zstandard.ZstdDecompressor(max_window_size=WINDOW).stream_reader(packed)
                _copy(reader, out, entry.compress_size)
            except zstandard.ZstdError as trouble:
                raise zipfile.BadZipFile(str(trouble)) from trouble


def _copy(source: IO[bytes], target: IO[bytes], packed: int) -> None:
    size = 0
    while chunk := source.read(CHUNK):
        size += len(chunk)
        _bound(size, packed)
        if size > SMALL and shutil.disk_usage(tempfile.gettempdir()).free < CHUNK:
            raise StudyError(f"the disk of {tempfile.gettempdir()} is too full to unpack the collection")
        target.write(chunk)


def _bound(size: int, packed: int) -> None:
    if size > LARGEST or (size > SMALL and size > packed * DENSEST):
        raise StudyError(
            f"the collection unpacks to {size:,} bytes or more from {packed:,}: that is no collection of cards, "
            "and it was left alone"
        )


def _check(db: sqlite3.Connection) -> None:
    """Nothing of the file is trusted: it is checked whole, and what is read must be tables. Raises ValueError."""
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    db.create_collation("unicase", _without_case)
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    kinds = dict(db.execute("SELECT name, type FROM sqlite_master"))
    if missing := {name for name in TABLES if kinds.get(name) != "table"}:
        raise ValueError(f"it has no table {', '.join(sorted(missing))}")
    for table in sorted(TABLES):  # the others have an order of Anki's own, which SQLite alone cannot check
        if wrong := [row[0] for row in db.execute(f"PRAGMA quick_check({table})") if row[0] != "ok"]:
            raise ValueError(wrong[0])
    if db.execute("SELECT count(*) FROM col").fetchone()[0] != 1:
        raise ValueError("its table col has not one row")


def _without_case(one: str, other: str) -> int:
    first, second = one.casefold(), other.casefold()
    return (first > second) - (first < second)


# --- note types and decks, in both formats ---------------------------------------------------------------------------


def _note_types(db: sqlite3.Connection) -> dict[int, NoteType]:
    if models := db.execute("SELECT models FROM col").fetchone()[0]:
        return {int(number): _of_model(model) for number, model in json.loads(models).items()}
    found = {}
    for number, config in db.execute("SELECT id, config FROM notetypes").fetchall():
        fields = db.execute("SELECT name FROM fields WHERE ntid = ? ORDER BY ord", (number,))
        names = tuple(str(row[0]) for row in fields)
        templates = {
            int(place): Template(_text(config, 1), _text(config, 2))
            for place, config in db.execute("SELECT ord, config FROM templates WHERE ntid = ?", (number,))
        }
        found[int(number)] = NoteType(names, templates, _message(config).get(1) == 1)
    return found


def _of_model(model: Mapping[str, Any]) -> NoteType:
    fields = sorted(model["flds"], key=lambda field: int(field["ord"]))
    templates = {int(t["ord"]): Template(str(t["qfmt"]), str(t["afmt"])) for t in model["tmpls"]}
    return NoteType(tuple(str(field["name"]) for field in fields), templates, int(model.get("type", 0)) == 1)


def _decks(db: sqlite3.Connection) -> dict[int, tuple[str, ...]]:
    """The name of each deck, from the outermost deck inwards."""
    if decks := db.execute("SELECT decks FROM col").fetchone()[0]:
        return {int(number): tuple(str(deck["name"]).split("::")) for number, deck in json.loads(decks).items()}
    return {int(number): tuple(str(name).split("\x1f")) for number, name in db.execute("SELECT id, name FROM decks")}


def _message(data: bytes) -> dict[int, int | bytes]:
    """The numbers and byte strings of a Protocol Buffers message by field, the last of each; ValueError otherwise.

    See https://protobuf.dev/programming-guides/encoding.
    """
    found: dict[int, int | bytes] = {}
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        field, wire = key >> 3, key & 7
        if wire == 0:
            found[field], place = _varint(data, place)
            continue
        if wire == 2:
            size, place = _varint(data, place)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError("a setting of a note type cannot be read")
        if place + size > len(data):
            raise ValueError("a setting of a note type is cut off")
        found[field], place = data[place : place + size], place + size
    return found


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            break
        byte = data[place]
        value, place = value | (byte & 0x7F) << shift, place + 1
        if byte < 0x80:
            return value, place
    raise ValueError("a number in a setting of a note type is cut off")


def _text(config: bytes, field: int) -> str:
    value = _message(config).get(field, b"")
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
