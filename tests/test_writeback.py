"""A note's own lines are written when asked for; every other byte stays."""

import codecs
import os
from datetime import UTC, date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import Clock

from nnstudy import Rating, Study, StudyError
from nnstudy.notes.note import read_note
from nnstudy.notes.rewrite import Wanted, rewrite
from nnstudy.notes.source import read_source

DAY = date(2026, 3, 2)
WANTED = Wanted(date(2026, 3, 9), 7, "🌕🌕🌗🌑🌑", (DAY, "3 ripassi di 2 carte: 3 bene."))
TEXT = "# Nota\n\nIl testo della nota che non si tocca, perché è dell'autore.\n"
REGISTER = "\n# Registro ripassi\n\n| 01/04/23 | letto |\n| --- | --- |\n|  |  |\n|  |  |\n"
FULL = "Ripasso Prox: 10\nUltima modifica: May 6, 2023\nStato: 🌕🌕🌕🌕🌗\nStudi Personali: No\n\n" + TEXT + REGISTER


def written(data: bytes, wanted: Wanted = WANTED) -> bytes:
    return rewrite(data, read_note(read_source(data), "n.md"), wanted).data


def test_three_lines_are_others_and_the_rest_is_the_same():
    now = written(FULL.encode()).decode()
    assert now == FULL.replace("Prox: 10", "Prox: 7").replace("🌕🌕🌕🌕🌗", "🌕🌕🌗🌑🌑").replace(
        "|  |  |", "| 02/03/26 | 3 ripassi di 2 carte: 3 bene. |", 1
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_encoding_and_line_ends_stay(end, encoding):
    bom = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}.get(encoding, b"")
    before = bom + FULL.replace("\n", end).encode(encoding)
    after = bom + written(FULL.encode()).decode().replace("\n", end).encode(encoding)
    assert written(before) == after


def test_what_windows_1252_cannot_hold_is_said_and_left():
    data = FULL.replace("🌕🌕🌕🌕🌗", "").encode("cp1252")
    found = rewrite(data, read_note(read_source(data), "n.md"), WANTED)
    assert b"Prox: 7" in found.data
    assert "perché".encode("cp1252") in found.data
    assert "Windows-1252" in found.remarks[0]


def test_damage_and_a_stale_tail_stay():
    damaged = FULL.encode().decode("cp1252", errors="ignore").encode()
    tail = "testo della nota che non si tocca, perchÃ© Ã¨ dell'autore.".encode()
    now = written(damaged + tail)
    assert now.endswith(b"|\n|  |  |\n" + tail)
    assert "Stato: 🌕🌕🌗🌑🌑\n".encode() in now
    assert "perchÃ©".encode() in now


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\nlang: en\n---\n# N\n\ntext\n", "---\nlang: en\nNext review: 7\nStatus: 🌕🌕🌗🌑🌑\n---\n# N\n\ntext\n"),
        ("lang: en\n\n# N\n\ntext\n", "lang: en\nNext review: 7\nStatus: 🌕🌕🌗🌑🌑\n\n# N\n\ntext\n"),
        ("# N\n\nthe text of the note\n", "Next review: 7\nStatus: 🌕🌕🌗🌑🌑\n\n# N\n\nthe text of the note\n"),
        (
            "---\nnext_review: 2026-01-01\nstatus: '🌕'\n---\n# N\n",
            "---\nnext_review: 2026-03-09\nstatus: '🌕🌕🌗🌑🌑'\n---\n# N\n",
        ),
        ("---\nstatus: draft\nnext_review:\n---\n# N\n", "---\nstatus: draft\nnext_review: 7\n---\n# N\n"),
    ],
)  # fmt: skip
def test_where_the_properties_go(before, after):
    assert written(before.encode(), Wanted(date(2026, 3, 9), 7, "🌕🌕🌗🌑🌑")).decode() == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# Review log\n\n| 01.04.2025 | read |\n", "# Review log\n\n| 01.04.2025 | read |\n| 02.03.2026 | x |\n"),
        ("# Review log\n\n- 2025-04-01: read\n", "# Review log\n\n- 2025-04-01: read\n- 2026-03-02: x\n"),
        ("# Review log\n\n- 01/04/25 read\n\n# N\n", "# Review log\n\n- 01/04/25 read\n- 02/03/26 x\n\n# N\n"),
        ("# Review log\n\n| 01/04/2025 | read |\n", "# Review log\n\n| 01/04/2025 | read |\n| 02/03/2026 | x |\n"),
        ("# Review log\n\n|  |  |\n|---|---|\n|  |  |\n", "# Review log\n\n|  |  |\n|---|---|\n| 02/03/2026 | x |\n"),
        ("# N\n\nthe text", "# N\n\nthe text\n\n# Review register\n\n| 02/03/2026 | x |\n| --- | --- |\n"),
        (
            "# Review log\n\n| 01/04/25 | read |\n| 02/03/26 | 1 review of 1 card: 1 good. |\n",
            "# Review log\n\n| 01/04/25 | read |\n| 02/03/26 | x |\n",
        ),
        (
            "# Review log\n\n| 01/04/25 | read |\n| 02/03/26 | my own words |\n",
            "# Review log\n\n| 01/04/25 | read |\n| 02/03/26 | my own words |\n| 02/03/26 | x |\n",
        ),
    ],
)
def test_where_the_row_goes(before, after):
    assert written(("lang: en\n\n" + before).encode(), Wanted(row=(DAY, "x"))).decode() == "lang: en\n\n" + after


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(FULL.split("\n")) | st.text(max_size=12), max_size=12), st.sampled_from(["\n", "\r\n"]))
def test_every_other_line_stays_and_twice_is_once(lines, end):
    data = end.join(lines).encode()
    try:
        found = rewrite(data, read_note(read_source(data), "n.md"), WANTED)
    except StudyError:
        return
    before, after = data.splitlines(), iter(found.data.splitlines())
    replaced = {change.line for change in found.changes if change.old is not None}
    assert len(replaced) <= 3
    assert all(line in after for number, line in enumerate(before, 1) if number not in replaced)
    again = rewrite(found.data, read_note(read_source(found.data), "n.md"), WANTED)
    assert again.changes == () or again.data.count(b"3 ripassi") > found.data.count(b"3 ripassi")


# --- the file ------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "nota.md"
    path.write_text(FULL.replace("# Nota", "# Nota\n\nPrima :: dopo\n"))
    return path


@pytest.fixture
def opened(tmp_path, file):
    with Study.open(tmp_path / "home", now=Clock(), zone=UTC) as study:
        study.add(file, fresh=True)
        while card := study.next():
            study.answer(card, Rating.EASY)
        yield study


def test_the_note_says_what_was_learned_and_is_read_again(opened, file):
    before, names = file.read_bytes(), set(os.listdir(file.parent))
    planned = opened.write_back("nota", dry_run=True)
    assert (file.read_bytes(), set(os.listdir(file.parent)), planned.backup) == (before, names, None)
    done = opened.write_back("nota")
    assert done.changes == planned.changes
    assert done.backup.read_bytes() == before
    assert "| 02/03/26 | 2 ripassi di 2 carte (Nota): 2 facile. |" in file.read_text()
    assert f"Ripasso Prox: {min(c.memory.interval for c in opened.cards())}\n" in file.read_text()
    assert "Stato: 🌕" in file.read_text()
    assert opened.add(file)[0].unchanged
    assert opened.write_back("nota").changes == ()


def test_a_file_that_changed_is_refused(opened, file):
    file.write_text(file.read_text() + "\nmore\n")
    before = file.read_bytes()
    with pytest.raises(StudyError, match="changed since it was read"):
        opened.write_back("nota")
    assert file.read_bytes() == before


def test_the_mode_stays_and_nothing_is_left_where_writing_fails(opened, file, monkeypatch):
    file.chmod(0o640)
    opened.write_back("nota")
    assert file.stat().st_mode & 0o777 == 0o640

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    file.write_text(file.read_text().replace("Studi Personali: No", "Studi Personali: Si").replace("Prox: ", "Prox: 9"))
    opened.add(file)
    before, names = file.read_bytes(), set(os.listdir(file.parent))
    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(StudyError, match="No space left"):
        opened.write_back("nota")
    assert file.read_bytes() == before
    assert {name for name in set(os.listdir(file.parent)) - names if not name.endswith(".bak")} == set()


def test_the_note_of_the_program_is_not_written(tmp_path, clock):
    with Study.open(tmp_path / "home", now=clock, zone=UTC) as study:
        study.add_shipped_note()
        study.answer(study.next(), Rating.GOOD)
        with pytest.raises(StudyError, match="belongs to the program"):
            study.write_back("neural-networks")
