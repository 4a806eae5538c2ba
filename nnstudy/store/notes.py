"""Notes, their sections and cards."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from nnstudy.memory.scheduler import Memory
from nnstudy.store.records import (
    CardText,
    NoteRow,
    SectionRow,
    StoredCard,
    moment,
    stamp,
    stamp_after,
    unknown_card,
    uuid7,
)

MEMORY = """schedule.state, schedule.step, schedule.stability, schedule.difficulty, schedule.due_at, schedule.due_day,
    schedule.interval_days, schedule.first_day, schedule.last_day, schedule.last_at, schedule.reviews,
    schedule.lapses"""

CARD = f"""
SELECT {MEMORY}, schedule.suspended, schedule.buried_until, card.id, card.note, card.kind, card.wording, card.line,
    card.position, card.retired_at, wording.prompt, wording.answer, section.id, section.headings, section.experiment,
    section.overrides, note.title, note.path, note.language, note.desired_retention,
    card.points, card.settled_by IS NOT NULL,
    (SELECT json_group_object(name, value) FROM card_state WHERE card_state.card = card.id AND value IS NOT NULL
        AND name NOT IN ('suspended', 'buried_until'))
FROM card
JOIN schedule ON schedule.card = card.id
JOIN wording ON wording.digest = card.wording
JOIN section ON section.id = card.section
JOIN note ON note.id = card.note
"""

PLACE = "note, section, kind, wording, line, position, points, retired_at"
NEW_SCHEDULE = """INSERT INTO schedule (card, state, step, interval_days, reviews, lapses)
VALUES (?, 'new', 0, 0, 0, 0) ON CONFLICT DO NOTHING"""
OPEN = "(SELECT id FROM card WHERE kind = 'open' AND settled_by IS NULL)"  # questions that nobody has answered yet


def wording_digest(prompt: str, answer: str) -> str:
    """The name of a wording: the hash of its prompt and answer."""
    from hashlib import sha256  # OpenSSL takes some milliseconds to load

    return "sha256:" + sha256(f"{prompt}\0{answer}".encode()).hexdigest()


def memory_of(row: Sequence[object]) -> Memory:
    """The memory in the columns of MEMORY."""
    state, step, stability, difficulty, due_at, due_day, interval, first_day, last_day, last_at, reviews, lapses = row
    return Memory(
        state=str(state),
        step=_int(step),
        stability=stability if isinstance(stability, float) else None,
        difficulty=difficulty if isinstance(difficulty, float) else None,
        due_at=moment(due_at) if isinstance(due_at, str) else None,
        due_day=_day(due_day),
        interval=_int(interval),
        first_day=_day(first_day),
        last_day=_day(last_day),
        last_at=moment(last_at) if isinstance(last_at, str) else None,
        reviews=_int(reviews),
        lapses=_int(lapses),
    )


class NewCard(NamedTuple):
    """A card as a note gives it: where it stands and how it is worded; `id` is the one to keep it under."""

    id: str
    section: str
    kind: str
    prompt: str
    answer: str
    line: int
    position: int
    points: tuple[str, ...] = ()


class Notes:
    """The notes, sections and cards of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._last_id = ""

    def of_one_title(self) -> dict[str, dict[str, str]]:
        """Titles that several notes have; of each the notes' ids and paths."""
        found: dict[str, dict[str, str]] = {}
        for title, note, path in self._db.execute(
            """SELECT title, id, path FROM note
            WHERE title IN (SELECT title FROM note GROUP BY title HAVING count(*) > 1) ORDER BY position"""
        ):
            found.setdefault(title, {})[note] = path
        return found

    def all(self) -> list[NoteRow]:
        """Every note, in the order they were added."""
        rows = self._db.execute(
            """SELECT id, path, title, language, digest, properties, desired_retention, fingerprint, remarks, register
            FROM note ORDER BY position"""
        )
        return [
            NoteRow(
                note, path, title, language, digest, json.loads(properties), retention, fingerprint,
                tuple(json.loads(remarks)), tuple(json.loads(register)),
            )
            for note, path, title, language, digest, properties, retention, fingerprint, remarks, register in rows
        ]  # fmt: skip

    def save(
        self,
        note: NoteRow,
        sections: Iterable[SectionRow],
        cards: Iterable[NewCard],
        retired: Iterable[str],
        at: datetime,
    ) -> None:
        """Write a note as it reads now: sections, cards, and which cards it no longer has. Nothing is deleted."""
        row = self._db.execute("SELECT read_at FROM note WHERE id = ?", (note.id,)).fetchone()
        now = stamp_after(at, row[0] if row else "")
        self._db.execute(
            """INSERT INTO note (id, path, title, language, digest, properties, desired_retention, position, added_at,
                read_at, fingerprint, remarks, register)
            VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT count(*) FROM note), ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET path = excluded.path, title = excluded.title, language = excluded.language,
                digest = excluded.digest, properties = excluded.properties,
                desired_retention = excluded.desired_retention, read_at = excluded.read_at,
                fingerprint = excluded.fingerprint, remarks = excluded.remarks, register = excluded.register""",
            (note.id, note.path, note.title, note.language, note.digest, _json(note.properties), note.desired_retention)
            + (now, now, note.fingerprint, _json(note.remarks), _json(note.register)),
        )
        self._save_sections(note.id, sections, now)
        for card in cards:
            self._save_card(note.id, card, now)
        self._retire(retired, now)

    def retire(self, note: str, cards: Iterable[str], at: datetime) -> None:
        """Retire cards of a note that is gone; the next time that its file is there, it is read."""
        read = self._db.execute("SELECT read_at FROM note WHERE id = ?", (note,)).fetchone()
        now = stamp_after(at, read[0])
        self._db.execute("UPDATE note SET fingerprint = '', read_at = ? WHERE id = ?", (now, note))
        self._retire(cards, now)

    def _retire(self, cards: Iterable[str], now: str) -> None:
        self._db.executemany(
            "UPDATE card SET retired_at = ?1, read_at = ?1 WHERE id = ?2 AND retired_at IS NULL",
            [(now, card) for card in cards],
        )

    def _save_sections(self, note: str, sections: Iterable[SectionRow], now: str) -> None:
        self._db.execute(
            "UPDATE section SET retired_at = ?1, read_at = ?1 WHERE note = ?2 AND retired_at IS NULL", (now, note)
        )
        self._db.executemany(
            """INSERT INTO section (id, note, headings, level, line, position, experiment, overrides, read_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET headings = excluded.headings, level = excluded.level, line = excluded.line,
                position = excluded.position, experiment = excluded.experiment, overrides = excluded.overrides,
                read_at = excluded.read_at, retired_at = NULL""",
            [
                (s.id, s.note, _json(s.headings), s.level, s.line, s.position, s.experiment, _json(s.overrides), now)
                for s in sections
            ],
        )

    def _save_card(self, note: str, card: NewCard, now: str) -> None:
        answer = self._settled(card.id) if card.kind == "open" else card.answer
        digest = self._word(card.prompt, answer, now)
        self._db.execute(
            """INSERT INTO card (id, note, section, kind, wording, line, position, added_at, points, read_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET note = excluded.note, section = excluded.section, kind = excluded.kind,
                wording = excluded.wording, line = excluded.line, position = excluded.position,
                points = excluded.points, read_at = excluded.read_at, retired_at = NULL""",
            (card.id, note, card.section, card.kind, digest, card.line, card.position, now, _json(card.points), now),
        )
        self._db.execute(NEW_SCHEDULE, (card.id,))

    def _word(self, prompt: str, answer: str, now: str) -> str:
        digest = wording_digest(prompt, answer)
        self._db.execute(
            "INSERT INTO wording VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", (digest, prompt, answer, now)
        )
        return digest

    def _settled(self, card: str) -> str:
        """The answer that a learner settled an open question with; nothing while it is open."""
        row = self._db.execute(
            """SELECT draft.text FROM card JOIN settlement ON settlement.id = card.settled_by
            JOIN draft ON draft.id = settlement.draft WHERE card.id = ?""",
            (card,),
        ).fetchone()
        return str(row[0]) if row else ""

    def word_open(self, card: str, at: datetime) -> None:
        """Give an open question the answer that it was settled with, or none."""
        row = self._db.execute(
            "SELECT prompt FROM card JOIN wording ON wording.digest = card.wording WHERE card.id = ?", (card,)
        ).fetchone()
        self._db.execute(
            "UPDATE card SET wording = ? WHERE id = ?", (self._word(row[0], self._settled(card), stamp(at)), card)
        )

    def cards(self, note: str | None = None, *, retired: bool = False) -> list[StoredCard]:
        """The cards of a note (or of all), in order; with `retired`, those that no note has any more."""
        return list(self.each_card(note, retired=retired))

    def each_card(self, note: str | None = None, *, retired: bool = False) -> Iterator[StoredCard]:
        """`cards` one by one, however many there are."""
        rows = self._db.execute(
            f"{CARD} WHERE (:note IS NULL OR card.note = :note) AND (card.retired_at IS NOT NULL) = :retired "
            "ORDER BY note.position, card.position",
            {"note": note, "retired": int(retired)},
        )
        return map(_card, rows)

    def texts(self, note: str | None = None, *, retired: bool | None = None) -> list[CardText]:
        """How the cards of a note (or of all) read, in order; only those in use, or only the retired ones, if told."""
        rows = self._db.execute(
            """SELECT card.id, card.note, section.id, section.headings, card.kind, wording.prompt, wording.answer,
                card.retired_at IS NOT NULL
            FROM card JOIN wording ON wording.digest = card.wording JOIN section ON section.id = card.section
            WHERE (:note IS NULL OR card.note = :note)
                AND (:retired IS NULL OR (card.retired_at IS NOT NULL) = :retired)
            ORDER BY card.position, card.id""",
            {"note": note, "retired": retired},
        )
        return [
            CardText(card, of_note, section, tuple(json.loads(headings)), kind, prompt, answer, bool(gone))
            for card, of_note, section, headings, kind, prompt, answer, gone in rows
        ]

    def added_at(self, card: str) -> datetime:
        """When a card was added."""
        return moment(self._db.execute("SELECT added_at FROM card WHERE id = ?", (card,)).fetchone()[0])

    def wording_of(self, card: str) -> str:
        """The digest of a card's present wording."""
        return str(self._db.execute("SELECT wording FROM card WHERE id = ?", (card,)).fetchone()[0])

    def corrections(self) -> list[tuple[str, str, str, bool]]:
        """What a person has said, oldest first: card, prompt, answer, and whether the card is what reads so."""
        rows = self._db.execute(
            """SELECT card, prompt, answer, same FROM correction JOIN wording ON wording.digest = correction.wording
            ORDER BY correction.at, correction.id"""
        )
        return [(card, prompt, answer, bool(same)) for card, prompt, answer, same in rows]

    def correct(self, card: str, wording: str, same: bool, at: datetime, device: str) -> None:
        """Append what a person says: that this wording is this card, or is not."""
        self._last_id = uuid7(at, self._last_id)
        row = (self._last_id, card, stamp(at), device, wording, int(same))
        self._db.execute("INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?)", row)

    def corrected(self) -> dict[str, str]:
        """For each note with corrections, which of them there are."""
        rows = self._db.execute(
            """SELECT note, group_concat(id) FROM (SELECT card.note, correction.id FROM correction
                JOIN card ON card.id = correction.card ORDER BY correction.id) GROUP BY note"""
        )
        return dict(rows.fetchall())

    def change_places(self, one: str, other: str) -> None:
        """Give each of two cards the text and the place of the other."""
        query = f"SELECT {PLACE} FROM card WHERE id = ?"
        here, there = (self._db.execute(query, (card,)).fetchone() for card in (one, other))
        assign = ", ".join(f"{column} = ?" for column in PLACE.split(", "))
        self._db.executemany(f"UPDATE card SET {assign} WHERE id = ?", [(*there, one), (*here, other)])

    def twins(self, cards: Iterable[str]) -> dict[str, str]:
        """For cards with a history the card of another note that reads the same to the letter and has none.

        No two have one twin, and none one that a person said it is not.
        """
        rows = self._db.execute(
            """SELECT card.id, twin.id FROM card JOIN card AS twin ON twin.wording = card.wording
            JOIN schedule AS mine ON mine.card = card.id JOIN schedule AS its ON its.card = twin.id
            WHERE card.id IN (SELECT value FROM json_each(?)) AND twin.kind = card.kind AND twin.note != card.note
                AND twin.retired_at IS NULL AND its.reviews = 0
                AND NOT EXISTS (SELECT 1 FROM draft WHERE draft.card = twin.id)
                AND (mine.reviews > 0 OR EXISTS (SELECT 1 FROM draft WHERE draft.card = card.id))
                AND coalesce((SELECT same FROM correction WHERE correction.card = card.id
                    AND correction.wording = twin.wording ORDER BY at DESC, id DESC LIMIT 1), 1)
            ORDER BY twin.added_at DESC, card.id""",
            (json.dumps([*cards]),),
        )
        found: dict[str, str] = {}
        for card, twin in rows:
            if card not in found and twin not in found.values():
                found[card] = twin
        return found

    def take_the_place(self, card: str, twin: str) -> None:
        """Let a card that was just retired go on in the place of its twin, which is retired."""
        self.change_places(card, twin)
        now = self._db.execute("SELECT read_at FROM card WHERE id = ?", (card,)).fetchone()[0]
        self._db.execute("UPDATE card SET read_at = ? WHERE id = ?", (now, twin))

    def part(self, card: str, new: str, at: datetime) -> None:
        """Make a new card of a card's text and place; the old one is retired with the wording it last was asked in."""
        now = stamp(at)
        self._db.execute(
            f"INSERT INTO card (id, added_at, {PLACE}) SELECT ?, ?, {PLACE} FROM card WHERE id = ?", (new, now, card)
        )
        self._db.execute(NEW_SCHEDULE, (new,))
        self._db.execute(
            """UPDATE card SET retired_at = :now, wording = coalesce(
                (SELECT wording FROM review WHERE review.card = card.id AND review.wording != card.wording
                ORDER BY at DESC, id DESC LIMIT 1), wording)
            WHERE id = :card""",
            {"now": now, "card": card},
        )

    def ids(self, note: str, *, in_use: bool = False) -> list[str]:
        """The ids of a note's cards in use, in order; else all ids that begin with the note's id, wherever they are."""
        if in_use:
            query = "note = :note AND retired_at IS NULL ORDER BY position"
        else:
            query = "id > :note || '/' AND id < :note || '0'"  # 0 is the sign after the slash
        return [row[0] for row in self._db.execute(f"SELECT id FROM card WHERE {query}", {"note": note})]

    def card(self, card_id: str) -> StoredCard | None:
        """The card of this id, retired or not."""
        row = self._db.execute(f"{CARD} WHERE card.id = ?", (card_id,)).fetchone()
        return _card(row) if row else None

    def known(self, card_id: str) -> StoredCard:
        """The card of this id, retired or not; StudyError when there is none."""
        if (card := self.card(card_id)) is None:
            raise unknown_card(card_id)
        return card

    def some(self, cards: Iterable[str]) -> list[StoredCard]:
        """The cards of these ids, in no order."""
        rows = self._db.execute(f"{CARD} WHERE card.id IN (SELECT value FROM json_each(?))", (json.dumps([*cards]),))
        return [_card(row) for row in rows]

    def own_retention(self, card_id: str) -> float | None:
        """The desired retention of a card: its own, else its note's; None where the settings decide."""
        return found.desired_retention if (found := self.card(card_id)) else None

    def own_retentions(self) -> dict[str, float]:
        """The desired retention of each card that has one of its own, or whose note has."""
        rows = self._db.execute(
            """SELECT card.id, desired_retention FROM card JOIN note ON note.id = card.note
            WHERE desired_retention IS NOT NULL"""
        ).fetchall()
        of_cards = self._db.execute(
            "SELECT card, value FROM card_state WHERE name = 'desired_retention' AND value IS NOT NULL"
        )
        return dict(rows) | {card: float(value) for card, value in of_cards}

    def section_of(self, card: str) -> str | None:
        """The section of a card."""
        row = self._db.execute("SELECT section FROM card WHERE id = ?", (card,)).fetchone()
        return str(row[0]) if row else None

    def set_retention(self, note: str, retention: float | None) -> None:
        """Give a note a desired retention of its own; None: it has none."""
        self._db.execute("UPDATE note SET desired_retention = ? WHERE id = ?", (retention, note))


def _card(row: Sequence[object]) -> StoredCard:
    (suspended, buried, card_id, note, kind, wording, line, position, retired, prompt, answer) = row[12:23]
    section_id, headings, experiment, overrides, title, path, language, retention, points, settled, told = row[23:34]
    said = json.loads(str(told))
    if (own := said.get("experiment")) is not None:
        experiment, overrides = own or None, overrides if own == experiment else "{}"
    if "desired_retention" in said:
        retention = float(said["desired_retention"])
    return StoredCard(
        id=str(card_id),
        note=str(note),
        note_title=str(title),
        note_path=str(path),
        language=str(language),
        section_id=str(section_id),
        section=tuple(json.loads(str(headings))),
        kind=str(kind),
        prompt=str(prompt),
        answer=str(answer),
        wording=str(wording),
        line=_int(line),
        position=_int(position),
        experiment=None if experiment is None else str(experiment),
        overrides=json.loads(str(overrides)),
        memory=memory_of(row[:12]),
        suspended=bool(suspended),
        buried_until=_day(buried),
        retired=retired is not None,
        desired_retention=retention if isinstance(retention, float) else None,
        points=tuple(json.loads(str(points))),
        settled=bool(settled),
        said=said,
    )


def _day(value: object) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else None


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
