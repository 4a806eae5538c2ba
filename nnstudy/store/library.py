"""Cards as a library lists them: by section, found by words, in an order; a page at a time, however many there are."""

import json
import sqlite3
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nnstudy.memory.scheduler import Memory
from nnstudy.store.notes import MEMORY, OPEN, memory_of
from nnstudy.store.records import moment

PLACE = "note.position, card.position, card.id"
# What the cards can be sorted by. What is not known comes last, whichever way.
ORDERS = {
    "place": PLACE,
    "question": "wording.prompt COLLATE NOCASE",
    "section": "note.position, section.position",
    "state": "schedule.state",
    "due": "coalesce(schedule.due_day, schedule.due_at)",
    "recall": "-(julianday(:today) - julianday(schedule.last_day)) / schedule.stability",  # the same order at any decay
    "stability": "schedule.stability",
    "difficulty": "schedule.difficulty",
    "reviews": "schedule.reviews",
    "lapses": "schedule.lapses",
    "flag": "(SELECT value FROM card_state WHERE card = card.id AND name = 'flag')",
}
# Words of a search that are no words of a card.
FILTERS = {
    "is:new": f"schedule.state = 'new' AND card.id NOT IN {OPEN}",
    "is:learning": "schedule.state IN ('learning', 'relearning')",
    "is:due": """(schedule.due_day <= :today OR schedule.due_at <= :now) AND schedule.suspended = 0
        AND coalesce(schedule.buried_until, '') <= :today""",
    "is:suspended": "schedule.suspended = 1",
    "is:buried": "schedule.buried_until > :today",
    "is:open": f"card.id IN {OPEN}",
    "is:retired": "card.retired_at IS NOT NULL",
}
SAID = "card.id IN (SELECT card FROM card_state WHERE name = '{}' AND value IS NOT NULL)"
FILTERS |= {
    f"has:{word}": SAID.format(name)
    for word, name in (("flag", "flag"), ("mnemonic", "mnemonic"), ("comment", "comment"), ("aim", "desired_retention"))
}


@dataclass(frozen=True)
class Scope:
    """Which cards: of a note, of these sections, or of all; with these words, in this order.

    They are those in use, unless `retired`, or the word is:retired, asks for those that no note has any more.
    """

    note: str | None = None
    sections: tuple[str, ...] | None = None
    words: str = ""
    retired: bool = False
    order: str = "place"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class CardLine:
    """A card in a list; `number` is its place in the database."""

    number: int
    id: str
    prompt: str
    kind: str
    note: str
    section: tuple[str, ...]
    memory: Memory
    suspended: bool
    buried_until: date | None
    flag: str
    noted: bool  # a mnemonic or a comment stands beside it
    retired: bool


@dataclass(frozen=True, slots=True)
class SectionSum:
    """A section with its cards: how many, due and new, and the mean recall on a day to come."""

    note: str
    note_title: str
    id: str
    headings: tuple[str, ...]
    cards: int
    due: int
    new: int
    mastery: float


@dataclass(frozen=True, slots=True)
class WordingRow:
    """A wording of a card: since when it is known, how often it was reviewed and when last."""

    digest: str
    prompt: str
    answer: str
    since: datetime
    reviews: int
    last: datetime | None


def terms(words: str) -> list[str]:
    """What a person typed as full-text queries, one a word: each is quoted, so that nothing in it is syntax."""
    kept = (word.replace("\0", " ").encode("utf-8", "replace").decode() for word in words.split())
    return ['"' + word.replace('"', '""') + '"*' for word in kept if any(map(_is_found, word))]


def _is_found(letter: str) -> bool:
    category = unicodedata.category(letter)
    return category[0] in "LN" or category == "Co"


class Library:
    """Lists the cards in use of one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    def sections(self, recall: Callable[[float, int], float], then: date, day: date, now: str) -> list[SectionSum]:
        """The sections that are in use, in order; `recall` takes a stability and days since a review, up to `then`."""
        self._db.create_function("recall", 2, recall, deterministic=True)
        rows = self._db.execute(
            f"""SELECT note.id, note.title, section.id, section.headings, count(card.id),
                coalesce(sum({FILTERS["is:due"]}), 0), coalesce(sum({FILTERS["is:new"]}), 0),
                coalesce(sum(CASE WHEN stability IS NULL THEN 0.0 ELSE
                    recall(stability, cast(max(0, julianday(:then) - julianday(last_day)) AS INTEGER)) END), 0.0)
            FROM section JOIN note ON note.id = section.note
            LEFT JOIN card ON card.section = section.id AND card.retired_at IS NULL
            LEFT JOIN schedule ON schedule.card = card.id
            WHERE section.retired_at IS NULL OR card.id IS NOT NULL
            GROUP BY section.id ORDER BY note.position, section.position""",
            {"then": then.isoformat(), "today": day.isoformat(), "now": now},
        )
        return [
            SectionSum(note, title, section, tuple(json.loads(headings)), cards, due, new, known / max(1, cards))
            for note, title, section, headings, cards, due, new, known in rows
        ]

    def find(self, scope: Scope, day: date, now: str) -> list[int]:
        """The numbers of the cards that a scope holds, in its order."""
        conditions, given = self._conditions(scope)
        retired = scope.retired or "is:retired" in scope.words.casefold().split()
        order, way = ORDERS[scope.order], "DESC" if scope.descending else "ASC"
        keys = f"{PLACE}" if scope.order == "place" else f"({order}) IS NULL, {order} {way}, {PLACE}"
        if scope.order == "place" and scope.descending:
            keys = "note.position DESC, card.position DESC, card.id"
        # one row, for which SQLite works beside other threads: with each of many rows it would have to wait for them
        (found,) = self._db.execute(
            f"""SELECT group_concat(number) FROM (
                SELECT card.rowid AS number FROM card JOIN note ON note.id = card.note {_joins(conditions + keys)}
                WHERE card.retired_at IS {"NOT" if retired else ""} NULL {conditions} ORDER BY {keys})""",
            given | {"today": day.isoformat(), "now": now},
        ).fetchone()
        return [int(number) for number in found.split(",")] if found else []

    def retired(self) -> int:
        """How many cards no note has any more."""
        (count,) = self._db.execute("SELECT count(*) FROM card WHERE retired_at IS NOT NULL").fetchone()
        return int(count)

    def _conditions(self, scope: Scope) -> tuple[str, dict[str, object]]:
        found: list[str] = []
        given: dict[str, object] = {}
        if scope.sections is not None:
            found.append("card.section IN (SELECT value FROM json_each(:sections))")
            given["sections"] = json.dumps(scope.sections)
        elif scope.note is not None:
            found.append("card.note = :note")
            given["note"] = scope.note
        plain = []
        for word in scope.words.split():
            if word.casefold() in FILTERS:
                found.append(FILTERS[word.casefold()])
            elif word.casefold().startswith("flag:"):
                name = f"flag{len(given)}"
                found.append(f"({ORDERS['flag']}) LIKE :{name}")
                given[name] = word[5:].casefold().encode("utf-8", "replace").decode() + "%"
            else:
                plain.append(word)
        for place, term in enumerate(terms(" ".join(plain))):
            found.append(WITH_TERM.format(place))
            given[f"term{place}"] = term
        return "".join(f" AND ({condition})" for condition in found), given

    def lines(self, numbers: Sequence[int]) -> list[CardLine]:
        """These cards as they are listed, in this order; one that is gone is left out."""
        rows = self._db.execute(
            f"""SELECT {MEMORY}, card.rowid, card.id, prompt, card.kind, note.title, headings, suspended, buried_until,
                coalesce({ORDERS["flag"]}, ''),
                EXISTS (SELECT 1 FROM card_state WHERE card = card.id AND name IN ('mnemonic', 'comment')
                    AND value IS NOT NULL), card.retired_at IS NOT NULL
            FROM card JOIN schedule ON schedule.card = card.id JOIN note ON note.id = card.note
            JOIN section ON section.id = card.section JOIN wording ON wording.digest = card.wording
            WHERE card.rowid IN (SELECT value FROM json_each(?))""",
            (json.dumps(list(numbers)),),
        )
        found = {row[12]: _line(row) for row in rows}
        return [found[number] for number in numbers if number in found]

    def ids(self, numbers: Sequence[int]) -> list[str]:
        """The ids of the cards with these numbers."""
        rows = self._db.execute(
            "SELECT id FROM card WHERE rowid IN (SELECT value FROM json_each(?))", (json.dumps(list(numbers)),)
        )
        return [row[0] for row in rows]

    def wordings(self, card: str) -> list[WordingRow]:
        """How a card reads and was reviewed, the oldest wording first, the present one last."""
        rows = self._db.execute(
            """SELECT wording.digest, prompt, answer, first_seen_at, count(review.id), max(review.at) FROM wording
            LEFT JOIN review ON review.card = :card AND review.wording = wording.digest
            WHERE wording.digest IN (SELECT wording FROM review WHERE card = :card
                UNION SELECT wording FROM card WHERE id = :card)
            GROUP BY wording.digest
            ORDER BY wording.digest = (SELECT wording FROM card WHERE id = :card), coalesce(min(review.at), '')""",
            {"card": card},
        )
        return [
            WordingRow(digest, prompt, answer, moment(since), reviews, moment(last) if last else None)
            for digest, prompt, answer, since, reviews, last in rows
        ]


def _joins(text: str) -> str:
    """The tables that a query speaks of, and no other: with a hundred thousand cards each costs a moment."""
    ways = {"schedule": "schedule.card = card.id", "section": "section.id = card.section"}
    ways["wording"] = "wording.digest = card.wording"
    return " ".join(f"JOIN {table} ON {way}" for table, way in ways.items() if f"{table}." in text)


WITH_TERM = """wording.rowid IN (SELECT rowid FROM wording_search WHERE wording_search MATCH :term{0})
    OR card.section IN (SELECT id FROM section WHERE rowid IN
        (SELECT rowid FROM section_search WHERE section_search MATCH :term{0}))"""


def _line(row: Sequence[object]) -> CardLine:
    number, card, prompt, kind, note, headings, suspended, buried, flag, noted, retired = row[12:]
    until = date.fromisoformat(buried) if isinstance(buried, str) else None
    return CardLine(
        int(str(number)), str(card), str(prompt), str(kind), str(note), tuple(json.loads(str(headings))),
        memory_of(row[:12]), bool(suspended), until, str(flag), bool(noted), bool(retired),
    )  # fmt: skip
