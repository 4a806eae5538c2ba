"""Notes whose file is gone: said whenever their folder is read, and retired when asked, with their history."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from nnstudy.notes.identity import Decision, Matching
from nnstudy.notes.remark import Remark
from nnstudy.reading.intake import NoteReport, known_card, went_to
from nnstudy.store.records import NoteRow
from nnstudy.store.store import Store
from nnstudy.words import plural


def gone_below(paths: Iterable[Path | str], rows: Iterable[NoteRow]) -> list[NoteRow]:
    """The notes that are one of the paths, or stand below one, and whose file is there no more."""
    places = [Path(path).resolve() for path in paths]
    below = (row for row in rows if any(Path(row.path).is_relative_to(place) for place in places))
    return [row for row in below if not Path(row.path).exists()]


def look_for(
    store: Store, gone: Iterable[NoteRow], reports: Sequence[NoteReport], prune: datetime | None, dry_run: bool
) -> list[NoteReport]:
    """What there is to say of each note that is gone, but for the cards that the reports found in other notes.

    With a moment to `prune` at, its cards are retired; each keeps its history, and comes back with its text.
    """
    renamed = {report.note for report in reports}
    moved = {found.before.id for report in reports for found in report.decisions if found.now and found.before}
    found = []
    for row in gone:
        cards = [card for card in store.notes.ids(row.id, in_use=True) if card not in moved]
        if not cards or row.id in renamed:
            continue
        if prune is None:
            found.append(_report(row, cards))
            continue
        twins = store.notes.twins(cards)
        found.append(_pruned(row, cards, twins, store))
        if not dry_run:
            with store.transaction():
                store.notes.retire(row.id, cards, prune)
                for card, twin in twins.items():
                    store.notes.take_the_place(card, twin)
    return found


def _pruned(row: NoteRow, cards: Sequence[str], twins: Mapping[str, str], store: Store) -> NoteReport:
    known = {card.id: known_card(card) for card in store.notes.texts(row.id)}
    fates = [Decision("retired", card, None, known[card]) for card in cards]
    went = tuple(went_to(fate, store.notes.known(twins[fate.id])) for fate in fates if fate.id in twins)
    left = tuple(fate for fate in fates if fate.id not in twins)
    said = f"the file is gone: {_count(left)} retired with all history, to come back when the text does"
    if not left:
        said = "the file is gone, and other notes have its cards"
    remarks = (Remark(1, "file", said, "info"),)
    return NoteReport(row.id, row.path, row.title, Matching(left), (), remarks, gone=True, went=went)


def _report(row: NoteRow, cards: Sequence[str]) -> NoteReport:
    said = (
        f"the file is gone; {_count(cards)} still asked: put the file back, or retire them with their history by "
        "`nnstudy add --prune` on the folder"
    )
    matching = Matching(tuple(Decision("kept", card, None, None) for card in cards))
    return NoteReport(row.id, row.path, row.title, matching, (), (Remark(1, "file", said, "warning"),), gone=True)


def _count(cards: Sequence[object]) -> str:
    return f"{plural(len(cards), 'card')} {'is' if len(cards) == 1 else 'are'}"
