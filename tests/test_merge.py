"""Histories that come together: in any order, any number of times, every machine ends up with the same."""

import itertools
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from support import NOTE, Clock

from nnstudy import Study
from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating
from nnstudy.store import dump
from nnstudy.store.notes import MEMORY
from nnstudy.store.run_records import RunRow
from nnstudy.store.store import SCHEMA_VERSION

OWN = {"path", "first_seen_at", "first_used_at"}  # what is each machine's own
EDITS = (
    lambda text: text.replace("weighted inputs", "inputs, weighted,"),
    lambda text: text.replace("bias :: the part of the sum that depends on no input\n", ""),
    lambda text: text + "\n## More\n\nwidth :: how many units stand in a layer\n",
    lambda text: text,
)
DEEDS = (
    lambda study, cards: study.deeds().start_anew(cards),
    lambda study, cards: study.deeds().reschedule(cards, study.today() + timedelta(days=9)),
    lambda study, cards: study.deeds().aim(cards, 0.8),
    lambda study, cards: study.deeds().aim(cards, None),
    lambda study, cards: study.deeds().flag(cards, "green"),
    lambda study, cards: study.deeds().write(cards, "mnemonic", f"of {study.settings.device_name}"),
    lambda study, cards: study.deeds().suspend(cards, suspended=False),
)


def machine(home: Path, name: str, clock: Clock) -> Study:
    home.mkdir()
    (home / "settings.toml").write_text(f'device = "{name}"\n')
    return Study.open(home, now=clock, zone=UTC)


def lines_of(study: Study) -> list[str]:
    """All that a database holds for keeps, as text that does not depend on the order of arrival."""
    found = ({k: v for k, v in line.items() if k not in OWN} for line in dump.lines(study.store.connection))
    return sorted(json.dumps(line, sort_keys=True) for line in found)


def schedule_of(study: Study) -> list[tuple[object, ...]]:
    """What the schedule says; where the index of due days has a card is each machine's own, and follows later."""
    return study.store.connection.execute(
        f"SELECT card, {MEMORY}, suspended, buried_until FROM schedule ORDER BY card"
    ).fetchall()


@pytest.fixture
def two(tmp_path: Path):
    """Two machines with the same note, a minute apart."""
    clocks = Clock(), Clock()
    clocks[1].pass_by(minutes=1)
    note = tmp_path / "small.md"
    note.write_text(NOTE)
    both = [machine(tmp_path / name, name, clock) for name, clock in zip(("laptop", "desk"), clocks, strict=True)]
    for study in both:
        study.add(note)
    yield both
    for study in both:
        study.close()


def test_answers_of_the_same_day_on_two_machines_are_two_reviews(two, tmp_path):
    laptop, desk = two
    card = laptop.cards()[0].id
    laptop.answer(card, Rating.GOOD)
    desk.answer(card, Rating.AGAIN)
    desk.export("jsonl", tmp_path / "desk.jsonl")
    merged = laptop.take_in(tmp_path / "desk.jsonl")
    assert merged.news["review"] == 1
    assert not merged.troubles
    assert [(r.rating, r.device) for r in laptop.history(card)] == [(1, "desk"), (3, "laptop")]
    assert laptop.card(card).memory.reviews == 2
    again = laptop.take_in(tmp_path / "desk.jsonl")
    assert (again.news, again.cards) == ({}, [])
    assert laptop.rebuild() == 0


def test_another_database_is_only_read(two):
    laptop, desk = two
    desk.suspend(desk.cards()[1])
    desk.answer(desk.cards()[0], Rating.EASY)
    path = desk.store.path
    before = path.read_bytes()
    laptop.take_in(path)
    assert path.read_bytes() == before
    desk.take_in(laptop.store.path)
    assert lines_of(laptop) == lines_of(desk)
    assert laptop.cards()[1].suspended


def test_the_later_word_on_a_suspension_counts_though_the_clock_went_back(two):
    laptop, desk = two
    card = laptop.cards()[0]
    laptop.suspend(card)
    laptop.clock.read.pass_by(days=-2)
    laptop.undo()
    desk.take_in(laptop.store.path)
    assert not desk.card(card.id).suspended
    laptop.take_in(desk.store.path)
    assert not laptop.card(card.id).suspended


def test_what_is_said_of_a_card_elsewhere_moves_its_schedule_here(two):
    laptop, desk = two
    cards = [card.id for card in laptop.cards()[:2]]
    for study in two:
        study.answer(cards[0], Rating.EASY)
    laptop.take_in(desk.store.path)
    desk.take_in(laptop.store.path)
    laptop.clock.read.pass_by(hours=1)
    laptop.deeds().start_anew(cards[:1])
    laptop.deeds().write(cards, "comment", "from the laptop")
    desk.deeds().write(cards, "comment", "from the desk, an hour earlier")
    merged = desk.take_in(laptop.store.path)
    assert merged.cards == cards[:1]
    assert desk.card(cards[0]).memory.state == "new"
    assert desk.card(cards[1]).said["comment"] == "from the laptop"
    laptop.take_in(desk.store.path)
    assert lines_of(laptop) == lines_of(desk)
    assert schedule_of(laptop) == schedule_of(desk)


def test_a_database_of_a_newer_program_is_named_and_left_alone(two):
    laptop, desk = two
    desk.answer(desk.cards()[0], Rating.EASY)
    desk.store.connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StudyError, match=r"desk.nnstudy\.db was written by a newer nnstudy"):
        laptop.take_in(desk.store.path)
    assert laptop.store.log.size() == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("desired_retention", "much"), ("due", "2026-03-02"), ("anew_since", "soon"), ("flag", "puce"), ("mood", "good")],
)
def test_what_no_register_can_hold_is_told_and_left_out(two, tmp_path, name, value):
    laptop, desk = two
    card = desk.cards()[0].id
    line = {"type": "card_state", "card": card, "name": name, "value": value, "at": "2026-03-02T09:00:00.000Z"}
    (tmp_path / "wrong.jsonl").write_text(json.dumps(line | {"device": "desk"}))
    merged = laptop.take_in(tmp_path / "wrong.jsonl")
    assert "cannot be kept" in merged.troubles[0].reason
    assert laptop.card(card).said == {}


def test_a_line_that_cannot_be_taken_in_is_told_and_the_others_are(two, tmp_path):
    laptop, desk = two
    desk.answer(desk.cards()[0], Rating.GOOD)
    desk.answer(desk.cards()[1], Rating.GOOD)
    desk.export("jsonl", tmp_path / "desk.jsonl")
    lines = (tmp_path / "desk.jsonl").read_text().splitlines()
    reviews = [place for place, line in enumerate(lines) if '"type": "review"' in line]
    broken = json.loads(lines[reviews[0]])
    wrong = [
        {**broken, "rating": 7}, {**broken, "card": "nowhere/card"}, {**broken, "at": "yesterday"},
        {**broken, "rating": "good"}, {k: v for k, v in broken.items() if k != "day"}, {"type": "sermon"}, [1],
    ]  # fmt: skip
    lines[reviews[0] : reviews[0] + 1] = [json.dumps(line) for line in wrong] + ["{cut off"]
    (tmp_path / "broken.jsonl").write_text("\n".join(lines))
    merged = laptop.take_in(tmp_path / "broken.jsonl")
    assert [trouble.line for trouble in merged.troubles] == [reviews[0] + 1 + n for n in range(len(wrong) + 1)]
    assert "not here" in merged.troubles[1].reason
    assert merged.news["review"] == 1
    assert laptop.store.integrity() == []
    call = CliRunner().invoke(main, ["import", str(tmp_path / "broken.jsonl")])
    assert call.exit_code == 1
    assert "2026-11-23T08:15:00.000Z" in call.stderr


def test_a_file_that_is_no_history_is_refused(two, tmp_path):
    other = tmp_path / "other.db"
    import sqlite3

    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE shopping (list TEXT)")
    db.close()
    with pytest.raises(StudyError, match="not one of nnstudy"):
        two[0].take_in(other)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff\xfe")
    assert two[0].take_in(tmp_path / "photo.png").troubles


class Machines(RuleBasedStateMachine):
    """Three machines answer, undo, suspend, bury, edit, keep runs, with wrong clocks, and hear of each other."""

    folder: Path

    def __init__(self) -> None:
        super().__init__()
        self.home = self.folder / str(len(list(self.folder.iterdir())))
        self.home.mkdir()
        self.clocks = [Clock(datetime(2026, 3, 2, 9, n, tzinfo=UTC)) for n in range(3)]
        self.studies = [machine(self.home / name, name, clock) for name, clock in zip("abc", self.clocks, strict=True)]
        for n, study in enumerate(self.studies):
            (self.home / f"{n}.md").write_text(NOTE)
            study.add(self.home / f"{n}.md")

    machines = st.integers(0, 2)
    places = st.integers(0, 30)

    @rule(who=machines, place=places, rating=st.sampled_from(list(Rating)))
    def answer(self, who: int, place: int, rating: Rating) -> None:
        cards = self.studies[who].cards()
        self.studies[who].answer(cards[place % len(cards)], rating)

    @rule(who=machines)
    def undo(self, who: int) -> None:
        self.studies[who].undo()

    @rule(who=machines, place=places, bury=st.booleans())
    def hold(self, who: int, place: int, bury: bool) -> None:
        study, cards = self.studies[who], self.studies[who].cards()
        (study.bury if bury else study.suspend)(cards[place % len(cards)])

    @rule(who=machines, first=places, count=st.integers(1, 3), deed=st.sampled_from(DEEDS))
    def do(self, who: int, first: int, count: int, deed: Callable[[Study, list[str]], object]) -> None:
        study = self.studies[who]
        cards = [card.id for card in study.cards()]
        deed(study, [cards[(first + n) % len(cards)] for n in range(count)])
        study.notes_changed()

    @rule(who=machines, edit=st.integers(0, len(EDITS) - 1))
    def edit(self, who: int, edit: int) -> None:
        path = self.home / f"{who}.md"
        path.write_text(EDITS[edit](NOTE))
        self.studies[who].add(path)

    @rule(who=machines)
    def keep_a_run(self, who: int) -> None:
        study = self.studies[who]
        made_by = 0.1, "finished", "digest", "version", "0", "0", "platform", study.settings.device_name
        with study.store.transaction():
            study.store.runs.add(RunRow("dropout", {"p": 0.5}, 1, None, study.now(), *made_by))

    @rule(who=machines, place=places, deed=st.sampled_from(["star", "comment", "delete", "restore"]))
    def speak_of_a_run(self, who: int, place: int, deed: str) -> None:
        kept = self.studies[who].runs
        if deed == "restore":
            kept.restore()
        elif runs := kept.all():
            run = runs[place % len(runs)]
            {"star": lambda: kept.star(run, not run.starred), "delete": lambda: kept.delete(run)}.get(
                deed, lambda: kept.comment(run, f"seen by {who}")
            )()

    @rule(who=machines, minutes=st.sampled_from([-3000, -5, 1, 700, 1440]))
    def time_passes(self, who: int, minutes: int) -> None:
        self.clocks[who].pass_by(minutes=minutes)

    @rule(who=machines, whom=machines)
    def hear(self, who: int, whom: int) -> None:
        self.studies[who].take_in(self.studies[whom].store.path)

    def teardown(self) -> None:
        exports = []
        for n, study in enumerate(self.studies):
            exports.append(self.home / f"{n}.jsonl")
            study.export("jsonl", exports[-1])
        for study, order in zip(self.studies, itertools.permutations(exports), strict=False):
            for export in (*order, order[0]):
                assert not study.take_in(export).troubles
        first = self.studies[0]
        for study in self.studies:
            assert lines_of(study) == lines_of(first)
            assert schedule_of(study) == schedule_of(first)
            assert study.rebuild() == 0
            assert study.store.integrity() == []
        for study in self.studies:
            study.close()
        shutil.rmtree(self.home)
        self.home.mkdir()


def test_three_machines_agree_whatever_happened_and_in_whatever_order(tmp_path):
    Machines.folder = tmp_path
    run_state_machine_as_test(
        Machines,
        settings=settings(
            max_examples=12, stateful_step_count=14, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_merging_does_not_depend_on_how_far_the_clocks_are_apart(two):
    laptop, desk = two
    desk.clock.read.pass_by(days=3650)
    card = desk.cards()[0]
    desk.answer(card, Rating.GOOD)
    laptop.answer(card.id, Rating.GOOD)
    laptop.take_in(desk.store.path)
    desk.take_in(laptop.store.path)
    assert schedule_of(laptop) == schedule_of(desk)
    assert laptop.card(card.id).memory.last_at - laptop.now() > timedelta(days=3000)
