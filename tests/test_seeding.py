"""Cards start from the schedule that their note gives itself."""

from datetime import UTC, date, timedelta

import pytest
from support import NOTE, Clock
from test_merge import lines_of, schedule_of

from nnstudy import Rating, Study
from nnstudy.notes.note import read_note
from nnstudy.notes.schedule import Start, start_of
from nnstudy.notes.source import read_source

TODAY = date(2026, 3, 2)
REGISTER = "\n# Registro ripassi\n\n| 01/04/23 | letto |\n| --- | --- |\n| 20/02/26 | di nuovo |\n"


def start(text: str) -> Start | None:
    return start_of(read_note(read_source(text.encode()), "n.md"), TODAY)[0]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ripasso Prox: 10\n\n# N\n" + REGISTER, Start(date(2026, 2, 20), 10)),
        ("Ripasso Prox: 10\nUltima modifica: May 6, 2023 5:55 PM\n\n# N\n", Start(date(2023, 5, 6), 10)),
        ("Ripasso Prox: 10\nUltima modifica: May 6, 2024 5:55 PM\n\n# N\n" + REGISTER, Start(date(2026, 2, 20), 10)),
        ("---\nnext_review: 2026-03-20\nlast_review: 2026-02-28\n---\n# N\n", Start(date(2026, 2, 28), 20)),
        ("---\nsr-due: 2026-03-10\nsr-interval: 15\nsr-ease: 230\n---\n# N\n", Start(date(2026, 2, 23), 15, 2.3)),
        ("---\nsr-due: 2026-03-20\nsr-interval: 15\nsr-ease: 230\n---\n# N\n", Start(TODAY, 18, 2.3)),
        ("Ripasso Prox: 10\n\n# N\n", None),
        ("# N\n" + REGISTER, None),
        ("Ripasso Prox: soon\n\n# N\n" + REGISTER, None),
        ("Ripasso Prox: 0\n\n# N\n" + REGISTER, None),
        ("Ripasso Prox: 99999\n\n# N\n" + REGISTER, None),
        ("Ripasso Prox: 5\n\n# N\n\n# Registro ripassi\n\n| 01/04/27 | not yet |\n", None),
    ],
)
def test_where_a_note_says_that_its_cards_start(text, expected):
    assert start(text) == expected


def test_a_next_review_that_cannot_be_used_is_said():
    note = read_note(read_source(("Ripasso Prox: soon\n\n# N\n" + REGISTER).encode()), "n.md")
    (remark,) = start_of(note, TODAY)[1]
    assert "soon" in remark.message


@pytest.fixture
def scheduled(tmp_path):
    path = tmp_path / "scheduled.md"
    path.write_text("Ripasso Prox: 10\n\n" + NOTE.split("---\n")[2] + REGISTER)
    return path


def test_cards_start_where_the_note_says_and_a_rebuild_gives_it_back(tmp_path, scheduled, clock):
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        (report,) = study.add(scheduled)
        assert len(report.starts) == report.cards == len(study.cards())
        for card in study.cards():
            assert card.memory.due_day == date(2026, 3, 2)
            assert (card.memory.state, card.memory.last_day, card.memory.interval) == ("review", date(2026, 2, 20), 10)
            assert card.memory.stability == pytest.approx(10, rel=1e-6)
        assert {(r.kind, r.interval_days, r.day) for r in study.history()} == {("imported", 10, date(2026, 2, 20))}
        assert study.rebuild() == 0
        assert study.undo() is None, "what was not done here is not taken back here"
        assert study.due().due == report.cards
        study.answer(study.next(), Rating.GOOD)
        assert study.rebuild() == 0
        assert study.summary(clock() - timedelta(hours=1)).answers == 1


def test_fresh_starts_anew(tmp_path, scheduled, clock):
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        assert study.add(scheduled, fresh=True)[0].starts == {}
        assert {card.memory.state for card in study.cards()} == {"new"}


def test_machines_that_read_the_same_note_have_each_start_once(tmp_path, scheduled):
    studies = []
    for number, name in enumerate(("laptop", "desk")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "settings.toml").write_text(f'device = "{name}"\nnew_per_day = {number}\nfuzz = false\n')
        studies.append(Study.open(tmp_path / name, now=Clock(), zone=UTC))
        studies[-1].add(scheduled)
        studies[-1].clock.read.pass_by(minutes=1 + number)
        studies[-1].answer(studies[-1].cards()[number], Rating.GOOD)
    laptop, desk = studies
    laptop.take_in(desk.store.path)
    desk.take_in(laptop.store.path)
    assert lines_of(laptop) == lines_of(desk)
    assert schedule_of(laptop) == schedule_of(desk)
    assert laptop.store.log.size() == len(laptop.cards()) + 2
    for study in studies:
        study.close()


def test_only_the_first_adding_starts_cards(tmp_path, scheduled, clock):
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        study.add(scheduled)
        scheduled.write_text(scheduled.read_text().replace("## Dropout", "## Dropout\n\nlater :: on"))
        (report,) = study.add(scheduled)
        (later,) = report.new
        assert (report.starts, study.card(later).memory.state) == ({}, "new")


def test_a_dry_run_says_it_and_keeps_nothing(tmp_path, scheduled):
    with Study.open(tmp_path / "home", now=Clock(), zone=UTC) as study:
        assert study.add(scheduled, dry_run=True)[0].starts
        assert study.cards() == []


def test_the_shipped_note_is_new_to_everybody(tmp_path, clock):
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        study.add_shipped_note()
        assert {card.memory.state for card in study.cards()} == {"new"}


def test_the_real_note_starts_on_the_day_of_its_register(tmp_path, clock, real_note):
    path = tmp_path / "real.md"
    path.write_bytes(real_note.read_bytes())
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        study.add(path)
        graded = [card for card in study.cards() if card.kind != "open"]
        assert {(card.memory.last_day, card.memory.due_day) for card in graded} == {
            (date(2023, 4, 1), date(2023, 4, 11))
        }
