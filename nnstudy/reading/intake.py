"""Note files come in: read, matched with the cards the database knows, and kept.

A file whose bytes, and what reads them, are the same as last time is not read again.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from nnstudy.errors import StudyError
from nnstudy.lab.plugins import Laboratory
from nnstudy.notes.cards import DEFAULT, Card, make_cards
from nnstudy.notes.choice import Choice
from nnstudy.notes.identity import Corrections, Decision, Known, Matching, Reading, pair, pair_across
from nnstudy.notes.note import Note, Remark
from nnstudy.notes.schedule import Start, start_beside, start_of
from nnstudy.notes.source import Source
from nnstudy.reading.note_file import ReadFile, bytes_of, cards_of, read_note_file, reader, retention, section_id
from nnstudy.reading.seeding import Seeding
from nnstudy.store.notes import NewCard
from nnstudy.store.records import CardText, NoteRow, StoredCard
from nnstudy.store.store import Store

SAME_NOTE = 0.3  # a file that is new has the name of one that is gone, or so much of its text: it was renamed


@dataclass(frozen=True)
class NoteReport:
    """What reading a note found, and what became of its cards."""

    note: str
    path: str
    title: str
    matching: Matching
    register: tuple[date, ...]
    warnings: tuple[Remark, ...]
    added: bool = False  # for the first time
    unchanged: bool = False
    gone: bool = False  # the file is there no more
    starts: Mapping[str, Start] = field(default_factory=dict)  # of the cards that begin where a schedule left them
    went: tuple[Decision, ...] = ()  # cards that another note, read before, has now

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What became of each card."""
        return (*self.matching.decisions, *self.went)

    @property
    def cards(self) -> int:
        """How many cards the note has now."""
        return len(self.matching.decisions) - len(self.retired)

    @property
    def has_error(self) -> bool:
        """Whether something in the note could not be read as meant."""
        return any(remark.level == "error" for remark in self.warnings)

    @property
    def new(self) -> tuple[str, ...]:
        """The ids of the cards that were not known."""
        return self.matching.of("new")

    @property
    def kept(self) -> tuple[str, ...]:
        """The ids of the cards that stayed as they were."""
        return self.matching.of("kept")

    @property
    def edited(self) -> tuple[str, ...]:
        """The ids of the cards that read differently now."""
        return self.matching.of("edited")

    @property
    def moved(self) -> tuple[str, ...]:
        """The ids of the cards that stand elsewhere now."""
        return (*self.matching.of("moved"), *(found.id for found in self.went))

    @property
    def retired(self) -> tuple[str, ...]:
        """The ids of the cards that the note has no more."""
        return self.matching.of("retired")

    @property
    def revived(self) -> tuple[str, ...]:
        """The ids of the cards that had been retired and are back."""
        return self.matching.of("revived")


# --- taking files in -----------------------------------------------------------------------------------------------


@dataclass
class _Arrival:
    """One file on its way in: its place among the others, and what it was read and paired to."""

    place: int
    read: ReadFile
    fingerprint: str
    added: bool
    reading: Reading


@dataclass
class Intake:
    """Takes note files in, all of one call together, so that what one note lost can be found in another.

    `settings` stand for all that is not in the file and yet decides how it is read; `laboratory` is asked only when a
    file has to be read. `own` is what the settings say of single notes, by id: it counts before what they say. With
    `seeding`, the cards of a note that was not known start from the schedule it gives itself.
    """

    store: Store
    laboratory: Callable[[], Laboratory]
    settings: str
    at: datetime
    seeding: Seeding | None = None
    dry_run: bool = False
    choice: Choice = DEFAULT
    own: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)  # note id -> path, of this call

    def take_in(
        self, paths: Sequence[Path], progress: Callable[[int, int], None] = lambda done, total: None
    ) -> list[NoteReport]:
        """Read files into the database, with the history of every card that is still there.

        `progress` hears how many files of how many are read, before any is written. A file that cannot be read raises
        StudyError when it is the only one, else its report says so.
        """
        reports: dict[int, NoteReport] = {}
        arrivals: list[_Arrival] = []
        for place, path in enumerate(paths):
            try:
                found = self._look(place, path)
            except StudyError as trouble:
                if len(paths) == 1:
                    raise
                found = unreadable(path, trouble)
            if isinstance(found, NoteReport):
                reports[place] = found
            else:
                arrivals.append(found)
            progress(place + 1, len(paths))
        self._pair_across(arrivals)
        for arrival in arrivals:
            reports[arrival.place] = self._settle(arrival)
        return [reports[place] for place in range(len(paths))]

    @cached_property
    def _rows(self) -> list[NoteRow]:
        return self.store.notes.all()

    @cached_property
    def _by_path(self) -> Mapping[str, NoteRow]:
        return {row.path: row for row in self._rows}

    @cached_property
    def _corrections(self) -> Corrections:
        return Corrections.of(self.store.notes.corrections())

    @cached_property
    def _corrected(self) -> Mapping[str, str]:
        return self.store.notes.corrected()

    def _look(self, place: int, path: Path) -> "_Arrival | NoteReport":
        data, row = bytes_of(path), self._by_path.get(str(path))
        said = self._corrected.get(row.id, "") if row else ""
        own = repr(self.own[row.id]) if row and row.id in self.own else ""
        fingerprint = hashlib.sha256(data + f"\0{reader()}\0{self.settings}{own}\0{said}".encode()).hexdigest()
        if row is not None and row.fingerprint == fingerprint:
            return _unchanged(row, self.store.notes.ids(row.id, in_use=True))
        path, source, note = read_note_file(path, data)
        note_id, known, added = self._known(path, source, note)
        read = cards_of((path, source, self._with_own(note_id, note)), self.laboratory(), note_id, self.choice)
        read = replace(read, note=replace(read.note, properties=note.properties))
        self.claimed[read.note.id] = str(path)
        return _Arrival(place, read, fingerprint, added, pair(known, read.cards, self._corrections))

    def _with_own(self, note_id: str, note: Note) -> Note:
        """The note as if it said itself what the settings say of it."""
        own = {
            name: ", ".join(words) or "all"
            for name, words in self.own.get(note_id, {}).items()
            if name in ("card_families", "derived_cards")
        }
        said = {name: value for name, value in note.properties.items() if _plain(name) not in own}
        return replace(note, properties={**said, **own}) if own else note

    # --- which note it is -----------------------------------------------------------------------------------------

    def _known(self, path: Path, source: Source, note: Note) -> tuple[str, list[Known], bool]:
        """The id under which this file is kept, the cards that are known of it, and whether it was not known at all."""
        if (row := self._by_path.get(str(path))) is not None:
            return row.id, self._cards(row.id), False
        vanished = {row.id: row for row in self._vanished if row.id not in self.claimed}
        if note.id in vanished:
            return note.id, self._cards(note.id), False
        if (renamed := self._renamed(vanished, source, note)) is not None:
            return renamed, self._cards(renamed), False
        taken = {row.id for row in self._rows} | self.claimed.keys()
        numbered = (f"{note.id}-{number}" for number in range(2, len(taken) + 3))
        return next(free for free in (note.id, *numbered) if free not in taken), [], True

    @cached_property
    def _vanished(self) -> list[NoteRow]:
        return [row for row in self._rows if not Path(row.path).exists()]

    def _renamed(self, vanished: Mapping[str, NoteRow], source: Source, note: Note) -> str | None:
        """The note whose file is gone and whose text this is, to a good part."""
        if not vanished:
            return None
        for row in vanished.values():
            if row.digest == source.digest:
                return row.id
        texts = {(card.kind, card.prompt, card.answer) for card in make_cards(note, self.choice)[0]}
        shares = {row: _share(texts, self._cards(row)) for row in vanished}
        best = max(shares, key=lambda row: shares[row])
        return best if shares[best] >= SAME_NOTE else None

    def _cards(self, note: str) -> list[Known]:
        return [known_card(card) for card in self.store.notes.texts(note)]

    # --- what one note lost and another found ---------------------------------------------------------------------

    def _pair_across(self, arrivals: Sequence[_Arrival]) -> None:
        readings = [arrival.reading for arrival in arrivals]
        if not any(reading.left for reading in readings) or not self._rows:
            return
        pair_across(readings, lambda: self._strangers(arrivals), self._corrections)

    def _strangers(self, arrivals: Sequence[_Arrival]) -> list[Known]:
        """Cards that another note may have now: those lost in this call, those whose file is gone, the retired ones."""
        lost = [card for arrival in arrivals for card in arrival.reading.gone]
        for row in self._vanished:
            if row.id not in self.claimed:
                lost += [card for card in self._cards(row.id) if not card.retired]
        mine = {card.id for card in lost}
        retired = map(known_card, self.store.notes.texts(retired=True))
        return [*lost, *(card for card in retired if card.id not in mine)]

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _settle(self, arrival: _Arrival) -> NoteReport:
        note = arrival.read.note.id
        matching = arrival.reading.matching(taken=self.store.notes.ids(note))
        twins = self._twins(matching)
        went = tuple(went_to(found, twins[found.id]) for found in matching.decisions if _is_gone(found, twins))
        matching = Matching(tuple(found for found in matching.decisions if not _is_gone(found, twins)))
        report = replace(_report(arrival.read, matching, arrival.added), went=went)
        if arrival.added and self.seeding is not None:
            report = _with_starts(report, arrival.read.note, self.seeding.today)
        if not self.dry_run:
            with self.store.transaction():
                self._keep(arrival, report)
                for card, twin in twins.items():
                    self.store.notes.take_the_place(card, twin.id)
        return report

    def _twins(self, matching: Matching) -> Mapping[str, StoredCard]:
        """For cards that this note lost the card of a note read before, to the letter the same, that is new there."""
        twins = self.store.notes.twins(matching.of("retired"))
        found = {card: self.store.notes.known(twin) for card, twin in twins.items()}
        return {card: twin for card, twin in found.items() if twin.note not in self.claimed}

    def _keep(self, arrival: _Arrival, report: NoteReport) -> None:
        read, note = arrival.read, arrival.read.note
        row = NoteRow(
            note.id, read.path, note.title, note.language, read.source.digest, note.properties,
            self.own.get(note.id, {}).get("desired_retention") or retention(note.properties)[0],
            arrival.fingerprint, tuple(map(asdict, report.warnings)), tuple(day.isoformat() for day in report.register),
        )  # fmt: skip
        cards = [
            NewCard(
                report.matching.ids[c.id], section_id(note.id, c.slugs), c.kind, c.prompt, c.answer, c.line, c.position,
                c.points,
            )
            for c in read.cards
        ]  # fmt: skip
        gone = (*report.retired, *(found.id for found in report.went))
        self.store.notes.save(row, read.sections, cards, gone, self.at)
        if self.seeding is not None and report.starts:
            self.seeding.sow(self.store, report.starts, row.desired_retention)


def _is_gone(found: Decision, twins: Mapping[str, StoredCard]) -> bool:
    return found.now is None and found.id in twins


def went_to(found: Decision, to: StoredCard) -> Decision:
    """What became of a card that goes on in the place of another note's card."""
    slugs = tuple(to.section_id.split("/")[1:])
    now = Card(found.id, to.note, to.section, slugs, to.kind, to.prompt, to.answer, to.line, to.position, to.points)
    return Decision("moved", found.id, now, found.before)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.casefold())


def _share(texts: set[tuple[str, str, str]], known: Sequence[Known]) -> float:
    """How much of the shorter of two notes stands in the other."""
    theirs = {(card.kind, card.prompt, card.answer) for card in known if not card.retired}
    return len(texts & theirs) / max(1, min(len(texts), len(theirs)))


def known_card(card: CardText) -> Known:
    """A card of the database as the matching wants it."""
    slugs = tuple(card.section_id.split("/")[1:])
    return Known(card.id, card.prompt, card.answer, card.kind, slugs, card.retired, card.note, card.section)


# --- what is reported ----------------------------------------------------------------------------------------------


def report_only(read: ReadFile) -> NoteReport:
    """What there is to say of a note that is only looked at: all its cards are new."""
    return _report(read, Reading((), read.cards).matching(), added=True)


def _report(read: ReadFile, matching: Matching, added: bool) -> NoteReport:
    days = tuple(entry.day for entry in read.note.register)
    return NoteReport(read.note.id, read.path, read.note.title, matching, days, read.remarks, added)


def _with_starts(report: NoteReport, note: Note, today: date) -> NoteReport:
    """Which cards start from a schedule: the one that stands beside them, else the note's own."""
    start, remarks = start_of(note, today)
    starts = {
        found.id: begins
        for found in report.decisions
        if found.fate == "new"
        and found.now is not None
        and found.now.kind != "open"
        and (begins := start_beside(found.now, today) or start)
    }
    return replace(report, starts=starts, warnings=(*report.warnings, *remarks))


def _unchanged(row: NoteRow, cards: Sequence[str]) -> NoteReport:
    matching = Matching(tuple(Decision("kept", card, None, None) for card in cards))
    days = tuple(map(date.fromisoformat, row.register))
    remarks = tuple(Remark(**remark) for remark in row.remarks)  # type: ignore[arg-type]
    return NoteReport(row.id, row.path, row.title, matching, days, remarks, unchanged=True)


def unreadable(path: Path, trouble: StudyError) -> NoteReport:
    """What there is to say of a file that cannot be read: the note has no id, and nothing of it is known."""
    remark = Remark(1, "file", f"it was left out: {trouble}", "error")
    return NoteReport("", str(path), path.name, Matching(()), (), (remark,))
