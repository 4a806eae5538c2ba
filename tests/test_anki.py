"""Anki both ways: the real Anki takes in what we write, and we take in what it writes."""

import json
import random
import re
import sqlite3
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from support import NOTE, Clock

from nnstudy import Study
from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.history.anki_in import Entry, counted
from nnstudy.memory.scheduler import Rating
from nnstudy.notes.html import html_of, text_of

FORMULAS = r"""
## Sigmoid

Q: What is the sigmoid, for $z < 0$ & beyond?
A: It is $\sigma(z) = \frac{1}{1+e^{-z}}$:

C: The gradient is [$\nabla_{\theta_{i_{j}}} L$] of the loss.
"""


def anki():
    return pytest.importorskip("anki.collection", reason="the package anki is not installed")


@pytest.fixture
def study(tmp_path):
    """A note whose cards were reviewed for two months, up to now, with every rating; one answer was taken back."""
    now = datetime.now(UTC).replace(microsecond=0)
    clock = Clock(now - timedelta(days=60))
    note = tmp_path / "small.md"
    note.write_text(NOTE + FORMULAS)
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").write_text("fuzz = false\n")
    luck = random.Random(5)
    with Study.open(home, now=clock, zone=UTC) as study:
        study.add(note)
        for _ in range(58):
            for _ in range(30):
                if (card := study.next()) is None:
                    break
                if card.position == 0 and card.memory.state == "new":
                    study.suspend(card)
                    continue
                study.answer(card, luck.choices(list(Rating), (2, 1, 5, 1))[0], duration_ms=luck.randrange(500, 9000))
                clock.pass_by(minutes=3)
            clock.moment = clock.moment.replace(hour=(now - timedelta(hours=8)).hour) + timedelta(days=1)
        study.answer(study.cards()[1], Rating.EASY)
        study.undo()
        clock.moment = now
        yield study


@pytest.fixture
def collection(tmp_path):
    opened = anki().Collection(str(tmp_path / "anki.anki2"))
    opened.set_config("fsrs", True)
    opened.set_config("localOffset", 0)
    yield opened
    opened.close()


def take_into_anki(collection, path: Path) -> None:
    from anki.import_export_pb2 import ImportAnkiPackageOptions, ImportAnkiPackageRequest

    options = ImportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True)
    collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(path), options=options))


def revlog(collection) -> list[list[int]]:
    return collection.db.all("SELECT id, ease, ivl, time, type FROM revlog ORDER BY id")


def test_the_real_anki_takes_in_notes_cards_memories_and_the_whole_log(study, collection, tmp_path):
    study.export("anki", tmp_path / "out.apkg")
    take_into_anki(collection, tmp_path / "out.apkg")
    ours = {card.id: card for card in study.cards()}
    theirs = {
        collection.get_note(note)["nnstudy card"]: collection.get_card(card)
        for card, note in collection.db.all("SELECT id, nid FROM cards")
    }
    assert theirs.keys() == ours.keys()
    standing = sorted((r for r in study.history() if r.retracted_at is None), key=lambda r: r.at)
    assert len(standing) > 50
    logged = [(row[0], row[1], row[3]) for row in revlog(collection)]
    assert logged == [(round(r.at.timestamp() * 1000), r.rating, r.duration_ms) for r in standing]
    today = collection.sched.today
    for name, card in theirs.items():
        memory = ours[name].memory
        computed = collection._backend.compute_memory_state(card.id)
        assert computed.desired_retention == pytest.approx(0.9)
        if memory.stability is None:
            assert card.memory_state is None
            continue
        assert (computed.state.stability, computed.state.difficulty) == pytest.approx(
            (memory.stability, memory.difficulty), rel=1e-4
        )
        assert card.memory_state.stability == pytest.approx(memory.stability, abs=1e-3)
        assert card.memory_state.difficulty == pytest.approx(memory.difficulty, abs=1e-3)
        if memory.due_day is not None and not ours[name].suspended:
            assert card.due - today == (memory.due_day - study.today()).days
            assert card.ivl == memory.interval
        assert (card.reps, card.lapses) == (memory.reviews, memory.lapses)
    assert {c.queue for n, c in theirs.items() if ours[n].suspended} == {-1}
    assert collection.decks.by_name("Small note") is not None
    assert "Networks::Neurons" in collection.tags.all()
    rendered = " ".join(card.question() + card.answer() for card in theirs.values())
    assert r"\(\sigma(z) = \frac{1}{1+e^{-z}}\)" in rendered
    assert "z &lt; 0" in rendered
    count = len(theirs)
    take_into_anki(collection, tmp_path / "out.apkg")
    assert collection.card_count() == count
    assert len(revlog(collection)) == len(standing)
    assert collection.fix_integrity()[1]


def test_a_gap_with_a_formula_is_a_cloze_of_anki(study, collection, tmp_path):
    study.export("anki", tmp_path / "out.apkg")
    take_into_anki(collection, tmp_path / "out.apkg")
    cloze = next(c for c in study.cards() if "nabla" in c.answer)
    [number] = collection.find_cards('note:"nnstudy cloze" nabla')
    card = collection.get_card(number)
    assert card.note()["nnstudy card"] == cloze.id
    assert "nabla" not in re.sub("<[^<>]*>", "", card.question())
    assert "[...]" in card.question()
    assert r"\(\nabla_{\theta_{i_{j} } } L\)" in card.answer()


def test_what_was_reviewed_in_anki_comes_home(study, collection, tmp_path):
    study.export("anki", tmp_path / "out.apkg")
    take_into_anki(collection, tmp_path / "out.apkg")
    chosen = next(c for c in study.cards() if c.memory.state == "review")
    [number] = collection.find_notes(f'"nnstudy card:{chosen.id}"')
    [card] = collection.get_note(number).card_ids()
    answer_in_anki(collection, card, 3)
    export_from_anki(collection, tmp_path / "home.apkg", legacy=False)
    before = len(list(study.history()))
    study.clock.read.pass_by(minutes=5)
    merged = study.take_in(tmp_path / "home.apkg")
    assert merged.news["review"] == 1
    assert not merged.troubles
    assert len(list(study.history())) == before + 1
    assert next((r.card, r.rating, r.device) for r in study.history()) == (chosen.id, 3, "anki")
    assert study.card(chosen.id).memory.reviews == chosen.memory.reviews + 1
    assert len(study.notes()) == 1
    assert study.take_in(tmp_path / "home.apkg").news == {}


# --- in from the real Anki -------------------------------------------------------------------------------------------


def answer_in_anki(collection, card: int, rating: int) -> None:
    from anki.scheduler_pb2 import CardAnswer

    found = collection.get_card(card)
    found.start_timer()
    states = collection._backend.get_scheduling_states(card)
    answer = collection.sched.build_answer(card=found, states=states, rating=CardAnswer.Rating.ValueType(rating - 1))
    collection.sched.answer_card(answer)


def export_from_anki(collection, path: Path, *, legacy: bool) -> None:
    from anki.import_export_pb2 import ExportAnkiPackageOptions

    if path.suffix == ".colpkg":
        collection.export_collection_package(str(path), include_media=False, legacy=legacy)
        collection.reopen()
        return
    options = ExportAnkiPackageOptions(with_scheduling=True, with_deck_configs=True, legacy=legacy)
    collection.export_anki_package(out_path=str(path), options=options, limit=None)


def backwards(collection, days: int) -> None:
    """Let some days pass: everything that happened is that much longer ago."""
    collection.db.execute("UPDATE revlog SET id = id - ?", days * 86_400_000)
    collection.db.execute("UPDATE cards SET due = due - ? WHERE queue = 2", days)
    for card, data in collection.db.all("SELECT id, data FROM cards WHERE data LIKE '%lrt%'"):
        changed = json.loads(data)
        changed["lrt"] -= days * 86_400
        collection.db.execute("UPDATE cards SET data = ? WHERE id = ?", json.dumps(changed), card)


@pytest.fixture
def reviewed(collection):
    """A collection with cards of three kinds, answered with every rating over simulated days; one was reset."""
    deck = collection.decks.id("Math::Linear algebra")
    contents = [
        ("Basic", {"Front": r"What is <b>rank</b>?<br>\(A x = b\)", "Back": "the number of <i>pivots</i> &lt; n"}),
        ("Basic (and reversed card)", {"Front": "kernel", "Back": "Ax = 0<ul><li>one</li><li>two</li></ul>"}),
        ("Cloze", {"Text": r"{{c1::det::short}} is {{c2::\(\lambda_1 \lambda_2\)}}", "Back Extra": "for 2 x 2"}),
        *(("Basic", {"Front": f"card {n}", "Back": f"back {n}"}) for n in range(6)),
    ]
    for model, fields in contents:
        note = collection.new_note(collection.models.by_name(model))
        for name, value in fields.items():
            note[name] = value
        collection.add_note(note, deck)
    luck = random.Random(2)
    cards = list(collection.find_cards(""))
    for day in range(14):
        for card in cards:
            found = collection.get_card(card)
            if found.queue in (0, 1) or (found.queue == 2 and found.due <= collection.sched.today):
                answer_in_anki(collection, card, luck.choice((1, 2, 3, 3, 3, 4)))
        if day == 7:
            collection.sched.schedule_cards_as_new(cards[-2:-1])
            collection.sched.set_due_date([cards[0]], "3")
        backwards(collection, 1 + day % 3)
    return collection


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("new.apkg", "anki21b"), ("old.apkg", "anki21"), ("oldest.apkg", "anki2"),
        ("new.colpkg", "anki21b"), ("old.colpkg", "anki21"), ("oldest.colpkg", "anki2"),
    ],
)  # fmt: skip
def test_a_collection_that_anki_made_and_reviewed_comes_in(reviewed, tmp_path, name, form):
    export_from_anki(reviewed, tmp_path / name, legacy=form != "anki21b")
    if form == "anki2":  # as Anki wrote before 2.1, in the same tables
        with zipfile.ZipFile(tmp_path / name) as archive:
            data = archive.read("collection.anki21")
        packed(tmp_path / name, "collection.anki2", data)
    logged = reviewed.db.all("SELECT id, cid, ease, time FROM revlog WHERE ease > 0 ORDER BY id")
    states = {card: reviewed._backend.compute_memory_state(card).state for card in reviewed.find_cards("")}
    with zipfile.ZipFile(tmp_path / name) as archive:
        assert max(name for name in archive.namelist() if "collection" in name) == f"collection.{form}"
    with Study.open(tmp_path / "home", zone=UTC) as study:
        merged = study.take_in(tmp_path / name)
        assert not merged.troubles
        [note] = study.notes()
        assert note.note.title == "Math::Linear algebra"
        assert note.cards == reviewed.card_count() == 11
        history = sorted(study.history(), key=lambda r: r.at)
        assert [(round(r.at.timestamp() * 1000), r.rating, r.duration_ms) for r in history] == [
            (at, ease, took) for at, _, ease, took in logged
        ]
        assert {r.rating for r in history} == {1, 2, 3, 4}
        guids = dict(reviewed.db.all("SELECT cards.id, guid || '/' || ord FROM cards JOIN notes ON notes.id = nid"))
        ids = {card.id: card for card in study.cards()}
        found = 0
        for number, state in states.items():
            card = ids.get(f"anki/{guids[number]}")
            if card is None:
                continue  # its guid is kept as a hash
            found += 1
            if state.stability:
                assert (card.memory.stability, card.memory.difficulty) == pytest.approx(
                    (state.stability, state.difficulty), rel=1e-4
                )
            else:
                assert card.memory.stability is None
        assert found
        prompts = {card.prompt: card for card in study.cards()}
        assert prompts["What is **rank**?\n\\(A x = b\\)"].answer == "the number of *pivots* < n"
        assert prompts["kernel"].answer == "Ax = 0\n- one\n- two"
        gap = prompts[r"[…] (short) is \(\lambda_1 \lambda_2\)"]
        assert (gap.kind, gap.answer) == ("cloze", "det\nfor 2 x 2")
        assert any(r.retracted_at for r in history), "what a reset took back"
        assert study.rebuild() == 0
        again = study.take_in(tmp_path / name)
        assert (again.news, again.cards, again.troubles) == ({}, [], [])
        assert study.store.integrity() == []


# --- archives that nobody should trust -------------------------------------------------------------------------------


def packed(path: Path, name: str, data: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return path


def other_database(tmp_path: Path, sql: str) -> bytes:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.executescript(sql)
    db.close()
    return path.read_bytes()


def truncated(tmp_path: Path, whole: Path) -> Path:
    path = tmp_path / "cut.apkg"
    path.write_bytes(whole.read_bytes()[:-900])
    return path


def bomb(tmp_path: Path, whole: Path) -> Path:
    return packed(tmp_path / "bomb.apkg", "collection.anki2", bytes(80 * 2**20))


def packed_bomb(tmp_path: Path, whole: Path) -> Path:
    zstandard = pytest.importorskip("zstandard")
    return packed(tmp_path / "bomb.colpkg", "collection.anki21b", zstandard.compress(bytes(80 * 2**20)))


def no_zstandard(tmp_path: Path, whole: Path) -> Path:
    return packed(tmp_path / "no.colpkg", "collection.anki21b", b"not packed at all" * 50)


def no_collection(tmp_path: Path, whole: Path) -> Path:
    return packed(tmp_path / "empty.apkg", "../../collection.anki2", b"SQLite format 3\0")


def no_sqlite(tmp_path: Path, whole: Path) -> Path:
    return packed(tmp_path / "text.apkg", "collection.anki2", b"a shopping list" * 100)


def wrong_sqlite(tmp_path: Path, whole: Path) -> Path:
    return packed(tmp_path / "list.apkg", "collection.anki2", other_database(tmp_path, "CREATE TABLE col (list)"))


def views(tmp_path: Path, whole: Path) -> Path:
    sql = "".join(f"CREATE VIEW {name} AS SELECT 1 AS id;" for name in ("col", "notes", "cards", "revlog"))
    return packed(tmp_path / "views.apkg", "collection.anki2", other_database(tmp_path, sql))


def flipped(tmp_path: Path, whole: Path) -> Path:
    with zipfile.ZipFile(whole) as archive:
        data = bytearray(archive.read("collection.anki2"))
    data[4096:12000] = bytes(7904)
    return packed(tmp_path / "flipped.apkg", "collection.anki2", bytes(data))


def no_json(tmp_path: Path, whole: Path) -> Path:
    return changed(tmp_path, whole, 'UPDATE col SET models = \'{"1": {"flds": 7}}\'')


def odd_cards(tmp_path: Path, whole: Path) -> Path:
    return changed(tmp_path, whole, "UPDATE cards SET ivl = 'long'")


def changed(tmp_path: Path, whole: Path, sql: str) -> Path:
    with zipfile.ZipFile(whole) as archive:
        (tmp_path / "changed.db").write_bytes(archive.read("collection.anki2"))
    db = sqlite3.connect(tmp_path / "changed.db")
    db.executescript(sql)
    db.close()
    return packed(tmp_path / "changed.apkg", "collection.anki2", (tmp_path / "changed.db").read_bytes())


@pytest.mark.parametrize(
    "break_it",
    [
        truncated, bomb, packed_bomb, no_zstandard, no_collection, no_sqlite, wrong_sqlite, views, flipped, no_json,
        odd_cards,
    ],
)  # fmt: skip
def test_a_broken_archive_is_refused_in_a_sentence_and_nothing_is_changed(study, tmp_path, break_it):
    study.export("anki", tmp_path / "out.apkg")
    path = break_it(tmp_path, tmp_path / "out.apkg")
    before = list(study.store.connection.iterdump())
    with pytest.raises(StudyError, match=path.name if "bomb" not in path.name else "left alone") as told:
        study.take_in(path)
    assert "Traceback" not in str(told.value)
    assert list(study.store.connection.iterdump()) == before


def test_absurd_rows_are_told_and_the_others_come_in(study, tmp_path):
    study.export("anki", tmp_path / "out.apkg")
    strange = changed(
        tmp_path, tmp_path / "out.apkg",
        """UPDATE notes SET flds = substr(flds, 1, length(flds) - 3);
        INSERT INTO revlog SELECT -id, cid, usn, ease, ivl, lastIvl, factor, time, type FROM revlog LIMIT 1;
        INSERT INTO revlog SELECT 9000000000000000000, cid, 0, ease, ivl, 0, factor, time, type FROM revlog LIMIT 1;
        UPDATE notes SET mid = 5 WHERE id = (SELECT min(id) FROM notes);
        UPDATE notes SET mod = 9000000000000 WHERE id = (SELECT max(id) FROM notes)""",
    )  # fmt: skip
    with Study.open(tmp_path / "other", zone=UTC) as other:
        merged = other.take_in(strange)
        assert len(merged.troubles) == 4
        assert len(other.cards()) == len(study.cards()) - 2
        assert merged.news["review"] > 50
        assert other.store.integrity() == []
        assert other.take_in(strange).news == {}


# --- without Anki ----------------------------------------------------------------------------------------------------


def test_an_archive_of_ours_comes_into_another_study_as_it_was(study, tmp_path):
    """Its cards are not known there: they are cards of a deck, with the same reviews and the same memory."""
    output = tmp_path / "out.apkg"
    call = CliRunner().invoke(
        main, ["export", "anki", "--output", str(output)], env={"NNSTUDY_HOME": str(study.folder)}
    )
    assert call.exit_code == 0, call.output
    with Study.open(tmp_path / "other", zone=UTC) as other:
        (other.folder / "settings.toml").write_text("fuzz = false\n")
    with Study.open(tmp_path / "other", zone=UTC) as other:
        assert not other.take_in(output).troubles
        ours = sorted((c for c in study.cards()), key=lambda c: c.position)
        theirs = sorted((c for c in other.cards()), key=lambda c: c.position)
        for mine, yours in zip(ours, theirs, strict=True):
            assert (mine.suspended, mine.memory) == (yours.suspended, yours.memory)
        assert "$" not in "".join(c.prompt + c.answer for c in theirs)
        [sigmoid] = [c for c in theirs if "sigmoid, for" in c.prompt]
        assert sigmoid.prompt == r"What is the sigmoid, for \(z < 0\) & beyond?"
        assert sigmoid.answer == r"It is \(\sigma(z) = \frac{1}{1+e^{-z}}\):"
    assert study.take_in(output).news == {}, "here they are known, and so is their history"


def test_a_card_that_was_started_anew_is_reset_in_the_archive_and_new_where_it_comes_in(study, tmp_path):
    reviewed = [card for card in study.cards() if card.memory.state == "review"][:2]
    study.deeds().start_anew([card.id for card in reviewed])
    study.export("anki", tmp_path / "out.apkg")
    with Study.open(tmp_path / "other", now=study.now, zone=UTC) as other:
        merged = other.take_in(tmp_path / "out.apkg")
        assert not merged.troubles
        theirs = sorted(other.cards(), key=lambda card: card.position)
        for mine, yours in zip(sorted(study.cards(), key=lambda card: card.position), theirs, strict=True):
            assert yours.memory.reviews == study.card(mine.id).memory.reviews
            if mine.id in {card.id for card in reviewed}:
                assert yours.memory.state == "new"
                assert all(review.retracted_at is not None for review in other.history(yours.id))


def test_a_card_begins_with_the_interval_that_anki_gave_it_where_its_history_is_missing(study, tmp_path):
    study.export("anki", tmp_path / "out.apkg")
    changed(
        tmp_path, tmp_path / "out.apkg", "UPDATE notes SET flds = substr(flds, 1, length(flds) - 3); DELETE FROM revlog"
    )
    with Study.open(tmp_path / "other", zone=UTC) as other:
        other.take_in(tmp_path / "changed.apkg")
        due = [card.memory for card in other.cards() if card.memory.state == "review"]
        assert sorted((m.interval, m.last_day) for m in due) == sorted(
            (c.memory.interval, c.memory.due_day - timedelta(days=c.memory.interval))
            for c in study.cards()
            if c.memory.state == "review"
        )
        assert {r.kind for r in other.history()} == {"imported"}


def test_what_filtered_decks_only_showed_moves_nothing():
    entries = [
        Entry(1_000, 3, 1, 500, 9, 0), Entry(2_000, 1, 1, 0, 9, 3), Entry(3_000, 0, 4, 2_500, 0, 4),
        Entry(4_000, 3, 9, 500, 9, 1),
    ]  # fmt: skip
    assert [entry.kind for entry in counted(entries)] == ["learn", "cram", "review"]


def test_a_reset_takes_back_what_was_before_it_and_a_new_learning_step_too():
    learn, review, reset = (
        (lambda at: Entry(at, 3, 1, 500, 9, 0)),
        (lambda at: Entry(at, 3, 5, 500, 9, 1)),
        Entry(30, 0, 0, 0, 0, 4),
    )
    found = counted([learn(10), review(20), reset, learn(40), review(50), learn(60)])
    assert [(e.at, e.reset_at) for e in found] == [(10, 30), (20, 30), (40, 60), (50, 60), (60, None)]
    assert not any(entry.starts for entry in found)
    [*_, last] = counted([learn(10), reset, review(40)])
    assert (last.kind, last.starts) == ("imported", True)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt;b&gt; c &amp; d", r"a \<b> c & d"),
        ("2 * 3 * 4 and snake_case and _it_", r"2 \* 3 \* 4 and snake_case and \_it\_"),
        (r"<div>one</div><div>\(x_1<br> * y\)</div>", "one\n\\(x_1 * y\\)"),
        ("[$]a_1[/$] costs $5", r"\(a_1\) costs \$5"),
        ("[latex]$$x^2$$[/latex]", r"\(x^2\)"),
        ('<img src="../../etc/passwd"> [sound:a.mp3]', "[image: passwd] [sound: a.mp3]"),
        ("<ol><li>one</li><li>two<ul><li>in</li></ul></li></ol>after", "1. one\n2. two\n  - in\nafter"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a | b"),
        ("<script>alert(1)</script><style>x</style>seen", "seen"),
        ("# no heading", r"\# no heading"),
        ("<b>open <i>ends", "**open *ends"),
    ],
)
def test_html_reads_as_markdown(html, text):
    assert text_of(html) == text


def test_markdown_becomes_html_with_mathjax():
    assert html_of("**a** < $x_1 < y_2$\n\n- `$no$`") == (
        "<p><strong>a</strong> &lt; \\(x_1 &lt; y_2\\)</p>\n<ul>\n<li><code>$no$</code></li>\n</ul>"
    )
    assert html_of("one $$x$$ two") == r"one \(x\) two"
    assert html_of("sum:\n$$\nx\n$$") == "sum:\n\\[x\\]"
    assert "<script" not in html_of("<script>alert(1)</script>")
