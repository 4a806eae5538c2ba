"""A folder that machines share: whoever comes by, in whatever order, whatever was carried half."""

import json
import shutil
from pathlib import Path

import pytest
from support import NOTE, Clock
from test_merge import lines_of, machine, schedule_of

from nnstudy.errors import StudyError
from nnstudy.memory.scheduler import Rating


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def three(tmp_path: Path):
    """Three machines, a minute apart; the first two have the note."""
    studies = []
    for minutes, name in enumerate(("laptop", "desk", "phone")):
        clock = Clock()
        clock.pass_by(minutes=minutes)
        studies.append(machine(tmp_path / name, name, clock))
    note = tmp_path / "small.md"
    note.write_text(NOTE)
    for study in studies[:2]:
        study.add(note)
    yield studies
    for study in studies:
        study.close()


def test_machines_that_come_by_end_up_with_the_same(three, shared):
    laptop, desk, phone = three
    laptop.answer(laptop.cards()[0], Rating.GOOD)
    assert laptop.sync(shared).written > 0
    desk.answer(desk.cards()[0], Rating.AGAIN)
    desk.suspend(desk.cards()[1])
    desk.sync(shared)
    desk.undo()
    phone.sync(shared)
    phone.answer(phone.cards()[2], Rating.EASY)
    for study in (phone, laptop, desk, phone, laptop):
        assert not study.sync(shared).troubles
    assert lines_of(laptop) == lines_of(desk) == lines_of(phone)
    assert schedule_of(laptop) == schedule_of(desk) == schedule_of(phone)
    assert {path.name for path in shared.iterdir()} == {f"nnstudy-{name}.jsonl" for name in ("laptop", "desk", "phone")}
    for study in three:
        synced = study.sync(shared)
        assert (synced.written, synced.merged.news) == (0, {}), "nothing is said twice"


def test_what_was_written_is_never_changed(three, shared):
    laptop, desk, _ = three
    own = shared / "nnstudy-laptop.jsonl"
    laptop.sync(shared)
    before = own.read_bytes()
    desk.answer(desk.cards()[0], Rating.GOOD)
    desk.sync(shared)
    laptop.answer(laptop.cards()[1], Rating.HARD)
    laptop.sync(shared)
    assert own.read_bytes().startswith(before)
    added = [json.loads(line) for line in own.read_bytes()[len(before) :].splitlines()]
    assert {line["device"] for line in added if line["type"] == "review"} == {"laptop"}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_that_is_carried_half_is_taken_up_again_later(three, shared, tmp_path, share):
    laptop, desk, _ = three
    for card in laptop.cards()[:3]:
        laptop.answer(card, Rating.GOOD)
    laptop.sync(shared)
    whole = (shared / "nnstudy-laptop.jsonl").read_bytes()
    (shared / "nnstudy-laptop.jsonl").write_bytes(whole[: int(share * len(whole))])
    desk.sync(shared)
    assert desk.store.integrity() == []
    (shared / "nnstudy-laptop.jsonl").write_bytes(whole)
    desk.sync(shared)
    laptop.sync(shared)
    assert lines_of(laptop) == lines_of(desk)


def test_what_speaks_of_a_file_that_has_not_arrived_waits_for_it(three, shared):
    laptop, desk, phone = three
    desk.sync(shared)
    laptop.sync(shared)
    laptop.answer(laptop.cards()[0], Rating.GOOD)
    laptop.sync(shared)
    hidden = shared / "away"
    (shared / "nnstudy-desk.jsonl").rename(hidden)
    phone.sync(shared)
    hidden.rename(shared / "nnstudy-desk.jsonl")
    phone.sync(shared)
    assert [review.device for review in phone.history()] == ["laptop"]


def test_a_file_that_was_lost_is_written_again(three, shared):
    laptop, _, phone = three
    laptop.answer(laptop.cards()[0], Rating.GOOD)
    laptop.sync(shared)
    shutil.rmtree(shared)
    shared.mkdir()
    laptop.sync(shared)
    phone.sync(shared)
    assert len(list(phone.history())) == 1


def test_a_file_that_was_lost_and_written_anew_is_read_anew(three, shared, tmp_path):
    laptop, desk, _ = three
    laptop.answer(laptop.cards()[0], Rating.GOOD)
    laptop.sync(shared)
    desk.sync(shared)
    (shared / "nnstudy-laptop.jsonl").unlink()
    (tmp_path / "other.md").write_text(
        "# Other\n\n" + "".join(f"Q: question {n}?\nA: answer {n}\n\n" for n in range(20))
    )
    laptop.add(tmp_path / "other.md")
    laptop.answer(laptop.cards()[-1], Rating.HARD)
    laptop.sync(shared)
    synced = desk.sync(shared)
    assert (synced.troubles, synced.waiting) == ([], [])
    laptop.sync(shared)
    assert lines_of(laptop) == lines_of(desk)


@pytest.mark.parametrize("cut", [0, 40])
def test_machines_of_the_same_name_share_a_file_and_hear_of_each_other(tmp_path, shared, cut):
    """As data folders of one machine do where nobody gives them names; after a crash the file ends in half a line."""
    (tmp_path / "small.md").write_text(NOTE)
    studies = [machine(tmp_path / name, "vm", Clock()) for name in "abc"]
    for number, study in enumerate(studies):
        study.add(tmp_path / "small.md")
        study.clock.read.pass_by(minutes=number)
        study.answer(study.cards()[number], Rating(number + 2))
        study.sync(shared)
    [file] = shared.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - cut])
    for study in (*studies, *studies):
        study.sync(shared)
    for study in studies:
        assert lines_of(study) == lines_of(studies[0])
        assert schedule_of(study) == schedule_of(studies[0])
        assert study.store.log.size() == 3
        synced = study.sync(shared)
        assert (synced.written, synced.merged.read, synced.troubles) == (0, 0, [])
    for study in studies:
        study.close()


def test_a_folder_that_is_none_is_refused(three, shared):
    with pytest.raises(StudyError, match="is no folder"):
        three[0].sync(shared / "nowhere")


def test_a_broken_line_of_another_machine_is_told_and_stops_nothing(three, shared):
    laptop, desk, _ = three
    desk.answer(desk.cards()[0], Rating.GOOD)
    desk.sync(shared)
    path = shared / "nnstudy-desk.jsonl"
    path.write_bytes(b'{"type": "review"\n\xff\xfe\n' + path.read_bytes())
    synced = laptop.sync(shared)
    assert [(name, trouble.line) for name, trouble in synced.troubles] == [(path.name, 1), (path.name, 2)]
    assert len(list(laptop.history())) == 1
