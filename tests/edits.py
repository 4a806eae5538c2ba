"""Notes that are edited for years, with the truth about every card: which one a person would say it is.

A note is made of sections, a section of units (a sentence with a bold term, a question, a ``front :: back`` line, a
list). Every unit and section has a number of its own that edits leave alone. The text is prose of Python's own
documentation.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path

from nnstudy import Study

SHORT = ("yes", "no", "0", "1", "never", "always", "0.5", "a tuple", "a string", "None")
ASKED = ("What is the type of", "When is", "What does one lose by", "How large may be", "What follows from")
NEVER = -1

Key = tuple[str, int, int]  # kind of card, number of its unit or section, place among the cards of that kind there


@cache
def sentences() -> tuple[tuple[str, ...], ...]:
    """Sentences of prose as words."""
    from pydoc_data.topics import topics

    found: dict[tuple[str, ...], None] = {}
    for name in sorted(topics):
        for paragraph in topics[name].split("\n\n"):
            text = re.sub(r"[*`_:=\\|\[\]{}]+", "", " ".join(paragraph.split()))
            if not paragraph.startswith(" ") and "   " not in paragraph and text[:1].isupper():
                for sentence in re.split(r"(?<=[.!?]) +(?=[A-Z])", text):
                    words = tuple(sentence.rstrip(".!?").split())
                    if 7 <= len(words) <= 24:
                        found[words] = None
    return tuple(found)


@cache
def vocabulary() -> tuple[str, ...]:
    return tuple(word for sentence in sentences() for word in sentence)


@dataclass
class Unit:
    """One or more texts as words; `fixed` are the words that make it this unit and no other."""

    number: int
    kind: str  # "sentence", "question", "pair" or "list"
    texts: list[list[str]]
    fixed: set[str] = field(default_factory=set)
    may_be: set[int] = field(default_factory=set)  # other units whose history it may have
    touched: bool = False
    reworded: bool = False


@dataclass
class Section:
    number: int
    heading: list[str]
    units: list[Unit]
    may_be: set[int] = field(default_factory=set)
    absorbed: set[int] = field(default_factory=set)  # sections that were merged into it, or split from it, ever
    touched: bool = False
    before: set[int] = field(default_factory=set)  # its units before this round

    @property
    def is_itself(self) -> bool:
        """Whether a person would still call it the same section: half of it is still there."""
        now = {unit.number for unit in self.units}
        return not self.may_be and 2 * len(now & self.before) >= max(1, len(self.before), len(now))


@dataclass
class Document:
    number: int
    name: str
    permalink: bool
    sections: list[Section]


class History:
    """A folder of notes under edit; every round of edits is written out and the truth is known."""

    def __init__(self, folder: Path, seed: int, notes: int = 2, sections: int = 4) -> None:
        self.folder = folder
        self.seed = seed
        self.chance = random.Random(f"edits {seed}")
        self.numbers = count(1)
        self.asked: set[tuple[str, ...]] = set()
        self.bin: list[Unit] = []
        self.unused = self.chance.sample(sentences(), len(sentences()))
        self.notes = [
            Document(
                next(self.numbers), f"note{n}", self.chance.random() < 0.5, [self.section() for _ in range(sections)]
            )
            for n in range(notes)
        ]
        self.begin_round()

    # --- text ------------------------------------------------------------------------------------------------------

    def words(self) -> list[str]:
        """A sentence that no other unit has: of two of the same words nobody could say which is which."""
        return list(self.unused.pop())

    def term(self) -> str:
        return next(w for w in iter(lambda: self.chance.choice(vocabulary()), "") if len(w) > 5 and w.isalpha())

    def section(self, _: int = 0) -> Section:
        units = [self.unit() for _ in range(self.chance.randint(2, 7))]
        if self.chance.random() < 0.4:
            units += self.family()
        return Section(next(self.numbers), [self.term().title() for _ in range(self.chance.randint(1, 3))], units)

    def unit(self) -> Unit:
        kind = self.chance.choice(["sentence", "sentence", "question", "question", "pair", "list"])
        number, first = next(self.numbers), self.words()
        if kind == "sentence":
            bold = next((w for w in first[1:-1] if len(w) > 4 and w.isalpha()), None)
            return Unit(number, kind, [first], {bold} if bold else set())
        if kind == "question":
            answer = [self.chance.choice(SHORT)] if self.chance.random() < 0.2 else self.words()
            return Unit(number, kind, [first[:12], answer])
        if kind == "pair":
            front = self.only([self.term() for _ in range(self.chance.randint(1, 2))])
            return Unit(number, kind, [front, first], set(front))
        items = [self.words()[: self.chance.randint(2, 8)] for _ in range(self.chance.randint(2, 6))]
        return Unit(number, kind, [first[:10], *items])

    def family(self) -> list[Unit]:
        """Questions that differ in one word, with answers of their own: each is another card."""
        asked, answers = self.chance.choice(ASKED).split(), self.chance.random() < 0.5
        return [self.sibling(asked, answers) for _ in range(self.chance.randint(2, 4))]

    def sibling(self, asked: list[str], short: bool) -> Unit:
        question = self.only([*asked, "the", self.term()])
        answer = [self.chance.choice(SHORT)] if short else self.words()
        return Unit(next(self.numbers), "question", [question, answer], {*asked, question[-1]})

    def only(self, asked: list[str]) -> list[str]:
        """What is asked, with another last word until no unit ever asked the same."""
        while tuple(asked) in self.asked:
            asked = [*asked[:-1], self.term()]
        self.asked.add(tuple(asked))
        return asked

    # --- edits -----------------------------------------------------------------------------------------------------

    def begin_round(self) -> None:
        for section in self.all_sections():
            section.touched, section.may_be, section.before = False, set(), {u.number for u in section.units}
            for unit in section.units:
                unit.touched, unit.reworded, unit.may_be = False, False, set()

    def all_sections(self) -> list[Section]:
        return [section for note in self.notes for section in note.sections]

    def edit(self) -> None:
        """One round: a few edits between two readings."""
        self.begin_round()
        for _ in range(self.chance.randint(1, 6)):
            self.chance.choice(EDITS)(self)

    def any_note(self) -> Document:
        return self.chance.choice([note for note in self.notes if note.sections])

    def any_section(self) -> Section:
        return self.chance.choice(self.any_note().sections)

    def any_unit(self) -> tuple[Section, Unit]:
        section = self.chance.choice([section for section in self.all_sections() if section.units])
        return section, self.chance.choice(section.units)

    def typo(self) -> None:
        section, unit = self.any_unit()
        text = self.chance.choice(unit.texts)
        places = [n for n, word in enumerate(text) if len(word) > 4 and word.isalpha() and word not in unit.fixed]
        if places:
            place = self.chance.choice(places)
            word, at = text[place], self.chance.randrange(1, len(text[place]) - 1)
            slips = [word[:at] + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :]]
            text[place] = self.chance.choice([*slips, word[:at] + self.chance.choice("aeilnrst") + word[at:]])
            section.touched = unit.touched = True

    def reword(self) -> None:
        section, unit = self.any_unit()
        if unit.reworded:
            return
        share = self.chance.uniform(0.05, 0.4)
        for text in unit.texts:
            free = [n for n, word in enumerate(text) if word not in unit.fixed]
            for place in sorted(self.chance.sample(free, min(len(free), int(share * len(text)))), reverse=True):
                how = self.chance.random()
                if how < 0.7:
                    text[place] = self.chance.choice(vocabulary())
                elif how < 0.85:
                    text.insert(place, self.chance.choice(vocabulary()))
                elif len(text) > 2:
                    del text[place]
        section.touched = unit.touched = unit.reworded = True

    def reword_section(self) -> None:
        for _ in range(3):
            self.reword()

    def lengthen_list(self) -> None:
        section, unit = self.any_unit()
        if unit.kind == "list":
            if len(unit.texts) > 4 and self.chance.random() < 0.5:
                del unit.texts[self.chance.randrange(1, len(unit.texts))]
            else:
                unit.texts.insert(self.chance.randrange(1, len(unit.texts) + 1), self.words()[:5])
            section.touched = unit.touched = True

    def delete(self) -> None:
        section, unit = self.any_unit()
        if len(section.units) > 1:
            section.units.remove(unit)
            section.touched = True
            self.bin.append(unit)

    def bring_back(self) -> None:
        if self.bin:
            section, unit = self.any_section(), self.bin.pop(self.chance.randrange(len(self.bin)))
            section.units.insert(self.chance.randrange(len(section.units) + 1), unit)
            section.touched = unit.touched = True

    def add(self) -> None:
        section = self.any_section()
        section.units.insert(self.chance.randrange(len(section.units) + 1), self.unit())
        section.touched = True

    def replace(self) -> None:
        """Another card in the place of one, of the same form."""
        section, unit = self.any_unit()
        place = section.units.index(unit)
        if unit.kind == "question" and unit.fixed:
            other = self.sibling(unit.texts[0][:-2], len(unit.texts[1]) < 3)
        else:
            other = self.unit()
        section.units[place] = other
        section.touched = True
        self.bin.append(unit)

    def reorder(self) -> None:
        section = self.any_section()
        self.chance.shuffle(section.units)
        section.touched = True
        for unit in section.units:
            unit.touched = True

    def move_unit(self) -> None:
        section, unit = self.any_unit()
        if len(section.units) > 1:
            section.units.remove(unit)
            other = self.any_section()
            other.units.append(unit)
            section.touched = other.touched = unit.touched = True

    def move_section(self) -> None:
        note, other = self.any_note(), self.any_note()
        section = self.chance.choice(note.sections)
        if note is other or len(note.sections) > 1:
            note.sections.remove(section)
            other.sections.insert(self.chance.randrange(len(other.sections) + 1), section)
            self.touch(section)

    def rename_section(self) -> None:
        section = self.any_section()
        section.heading = [self.term().title() for _ in range(self.chance.randint(1, 3))]
        self.touch(section)

    def split_section(self) -> None:
        note = self.any_note()
        section = self.chance.choice(note.sections)
        if len(section.units) > 3:
            cut = len(section.units) // 2
            section.may_be |= {section.number}
            part = Section(next(self.numbers), [self.term().title()], section.units[cut:], set(section.may_be))
            part.absorbed = {section.number} | section.absorbed
            section.absorbed.add(part.number)
            del section.units[cut:]
            note.sections.insert(note.sections.index(section) + 1, part)
            self.touch(section)
            self.touch(part)

    def merge_sections(self) -> None:
        note = self.any_note()
        if len(note.sections) > 2:
            place = self.chance.randrange(len(note.sections) - 1)
            into, gone = note.sections[place], note.sections.pop(place + 1)
            into.units += gone.units
            into.may_be |= {into.number, gone.number} | gone.may_be
            into.absorbed |= {gone.number} | gone.absorbed
            self.touch(into)

    def split_card(self) -> None:
        section, unit = self.any_unit()
        if unit.kind == "question" and not unit.fixed and len(unit.texts[1]) > 7:
            half = len(unit.texts[1]) // 2
            unit.may_be |= {unit.number}
            texts = [self.words()[:8], unit.texts[1][half:]]
            second = Unit(next(self.numbers), "question", texts, may_be=set(unit.may_be))
            unit.texts[1] = unit.texts[1][:half]
            section.units.insert(section.units.index(unit) + 1, second)
            section.touched = unit.touched = True

    def merge_cards(self) -> None:
        section, unit = self.any_unit()
        other = next((u for u in section.units if u.kind == unit.kind == "question" and u is not unit), None)
        if other is not None and not unit.fixed and not other.fixed:
            section.units.remove(other)
            unit.texts = [unit.texts[0] + other.texts[0], unit.texts[1] + other.texts[1]]
            unit.may_be |= {unit.number, other.number} | other.may_be
            section.touched = unit.touched = True

    def rename_note(self) -> None:
        note = self.any_note()
        (self.folder / f"{note.name}.md").unlink(missing_ok=True)
        note.name = f"note{next(self.numbers)}"
        for section in note.sections:
            self.touch(section)

    @staticmethod
    def touch(section: Section) -> None:
        section.touched = True
        for unit in section.units:
            unit.touched = True

    # --- writing out -----------------------------------------------------------------------------------------------

    def write(self) -> dict[str, dict[int, tuple[str, Unit | Section]]]:
        """Write the notes; what stands at each line of each file."""
        places = {}
        for note in self.notes:
            lines: list[str] = []
            at: dict[int, tuple[str, Unit | Section]] = {}
            if note.permalink:
                lines += ["---", f"permalink: notes/kept-{note.number}", "---", ""]
            lines += ["tags: english", "", "# Everything", ""]
            for section in note.sections:
                self._write_section(section, lines, at)
            path = self.folder / f"{note.name}.md"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            places[str(path.resolve())] = at
        return places

    def _write_section(self, section: Section, lines: list[str], at: dict[int, tuple[str, Unit | Section]]) -> None:
        lines += [f"## {' '.join(section.heading)}", ""]
        for unit in section.units:
            for line in _lines(unit):
                lines.append(line)
                at[len(lines)] = ("unit", unit)
            lines.append("")
        at[-len(lines)] = ("section", section)  # a section's recall card stands at its first line of text

    # --- the truth -------------------------------------------------------------------------------------------------

    def cards(self, study: Study) -> Iterator[tuple[str, Key, set[Key], bool, bool]]:
        """Each card's id, what it is, what else it may be taken for, whether it must go on, whether it changed."""
        seen: dict[tuple[str, str, int], int] = {}
        places = self.write()
        for card in study.cards():
            at = places[card.note_path]
            found: Unit | Section
            if card.kind == "recall":
                end = min(-line for line in at if line < 0 and -line >= card.line)
                found = at[-end][1]
                must, key = found.is_itself, ("recall", found.number, 0)
            else:
                found = at[card.line][1]
                place = (card.note_path, card.kind, found.number)
                seen[place] = seen.get(place, -1) + 1
                key, must = (card.kind, found.number, seen[place]), not found.may_be
            relatives = found.may_be | (found.absorbed if isinstance(found, Section) else set())
            others = {(key[0], number, key[2]) for number in relatives}
            yield card.id, key, others, must, found.touched


def _lines(unit: Unit) -> list[str]:
    texts = [" ".join(f"**{w}**" if unit.kind == "sentence" and w in unit.fixed else w for w in t) for t in unit.texts]
    if unit.kind == "sentence":
        return [f"{texts[0]}."]
    if unit.kind == "question":
        return [f"Q: {texts[0]}?", f"A: {texts[1]}."]
    if unit.kind == "pair":
        return [f"{texts[0]} :: {texts[1]}"]
    return [f"{texts[0]}:", "", *(f"- {item}" for item in texts[1:])]


EDITS: tuple[Callable[[History], None], ...] = (
    *[History.typo] * 4, *[History.reword] * 4, History.reword_section, History.lengthen_list, History.delete,
    History.bring_back, *[History.add] * 2, *[History.replace] * 2, History.reorder, History.move_unit,
    History.move_section, History.rename_section, History.split_section, History.merge_sections, History.split_card,
    History.merge_cards, History.rename_note,
)  # fmt: skip


@dataclass
class Score:
    """How many of the cards that are the same kept their history, and how many histories went astray."""

    same: int = 0
    kept: int = 0
    changed: int = 0
    changed_kept: int = 0
    histories: int = 0
    astray: int = 0
    trouble: list[str] = field(default_factory=list)

    def count(self, history: History, study: Study, owner: dict[str, Key], expected: dict[Key, str]) -> None:
        """Compare what the database says after a reading with the truth."""
        taken = []
        for card, key, others, must, touched in history.cards(study):
            before = expected.get(key)
            if must and before is not None:
                self.same += 1
                self.kept += card == before
                self.changed += touched
                self.changed_kept += touched and card == before
                if card != before:
                    self.trouble.append(f"{history.seed}: lost: {key} was {before}, is {card}")
            if card in owner:
                self.histories += 1
                if owner[card] != key and owner[card] not in others:
                    self.astray += 1
                    self.trouble.append(f"{history.seed}: astray: {key} has {card} of {owner[card]}")
            taken.append((card, key))
        for card, key in taken:
            owner[card], expected[key] = key, card


def follow(folder: Path, seed: int, rounds: int, score: Score) -> None:
    """One folder edited and read again `rounds` times."""
    history = History(folder / "notes", seed)
    history.folder.mkdir(parents=True)
    owner: dict[str, Key] = {}
    expected: dict[Key, str] = {}
    with Study.open(folder / "home") as study:
        for _ in range(rounds + 1):
            history.write()
            study.add(history.folder)
            score.count(history, study, owner, expected)
            history.edit()
