"""The log read in columns says what a plain walk through it says."""

import json
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudy.store import columns, kept
from nnstudy.store.records import LAST_SECOND, stamp, uuid7
from nnstudy.store.store import Store
from nnstudy.study import Study

START = datetime(2025, 10, 20, 6, tzinfo=UTC)  # summer time ends in these days
REVIEWS = st.lists(
    st.tuples(
        st.integers(0, 60 * 24 * 40), st.sampled_from("abc"), st.integers(1, 4),
        st.sampled_from(["learn", "review", "review", "relearn", "cram", "imported"]), st.integers(0, 300_000),
        st.none() | st.floats(0, 1), st.booleans(),
    ),
    max_size=40, unique_by=lambda row: row[0],
)  # fmt: skip


def written(path, rows):
    """A database with these reviews, each (minutes from the start, card, rating, kind, ms, predicted, taken back)."""
    path.unlink(missing_ok=True)
    with closing(Store(path)) as store, store.transaction():
        db, at = store.connection, stamp(START)
        db.execute("""INSERT INTO note (id, path, title, language, digest, properties, position, added_at, read_at)
            VALUES ('n', '/n', 'n', 'en', '', '{}', 0, ?, ?)""", (at, at))  # fmt: skip
        db.execute("""INSERT INTO section (id, note, headings, level, line, position, overrides)
            VALUES ('n/s', 'n', ?, 1, 1, 0, '{}')""", (json.dumps(["s"]),))  # fmt: skip
        db.execute("INSERT INTO wording VALUES ('w', 'p', 'a', ?)", (at,))
        db.execute("INSERT INTO scheduler VALUES ('f', 'test', '[]', ?)", (at,))
        db.executemany("""INSERT INTO card (id, note, section, kind, wording, line, position, added_at)
            VALUES (?, 'n', 'n/s', 'written', 'w', 1, 1, ?)""", [(card, at) for card in "abc"])  # fmt: skip
        for minutes, card, rating, kind, spent, predicted, back in rows:
            moment = START + timedelta(minutes=minutes)
            key, day = uuid7(moment), (moment - timedelta(hours=4)).date()
            db.execute(
                "INSERT INTO review VALUES (?, ?, ?, ?, ?, ?, ?, 'w', ?, 'd', 'f', NULL, NULL)",
                (key, card, stamp(moment), day.isoformat(), rating, spent, kind, predicted),
            )
            if back:
                db.execute("INSERT INTO retraction VALUES (?, ?, 'd')", (key, at))
    return columns.read(path)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REVIEWS)
def test_sums_are_those_of_a_walk(tmp_path, rows):
    log, zone = written(tmp_path / "nnstudy.db", rows), ZoneInfo("Europe/Rome")
    counted = [row for row in rows if row[3] not in ("cram", "imported") and not row[6]]
    moments = [START + timedelta(minutes=row[0]) for row in counted]
    days = [(moment - timedelta(hours=4)).date() for moment in moments]
    assert {day: of[0] for day, of in log.by_day(60_000).items()} == Counter(days)
    assert sum(of[1] for of in log.by_day(60_000).values()) == pytest.approx(
        sum(min(r[4], 60_000) for r in counted) / 1000
    )
    recalled, asked = Counter(), Counter()
    for moment, row in zip(moments, counted, strict=True):
        hour = moment.astimezone(zone).hour
        asked[hour] += row[3] == "review"
        recalled[hour] += row[3] == "review" and row[2] > 1
    assert log.by_hour(zone) == {hour: (recalled[hour], asked[hour]) for hour in asked}
    spent = Counter((row[2], min(row[4] // 1000, LAST_SECOND)) for row in counted if row[4] > 0)
    assert {(rating, second): count for rating, second, count in log.by_seconds()} == spent
    predicted = [row for row in counted if row[3] == "review" and row[5] is not None]
    assert sum(group[0] for group in log.predictions()) == len(predicted)
    assert sum(group[2] for group in log.predictions()) == pytest.approx(sum(row[5] for row in predicted), abs=1e-6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(REVIEWS)
def test_a_card_is_mature_by_the_days_since_its_review_before(tmp_path, rows):
    log = written(tmp_path / "nnstudy.db", rows)
    found, before = {}, {}
    for minutes, card, rating, kind, _, _, back in sorted(rows):
        if kind == "cram" or back:
            continue
        day = (START + timedelta(minutes=minutes, hours=-4)).date()
        if kind == "review":
            mature = (day - before.get(card, day)).days >= 10
            right, of = found.get(mature, (0, 0))
            found[mature] = right + (rating > 1), of + 1
        before[card] = day
    assert log.by_maturity(10) == found


def test_pieces_make_the_same_as_one(tmp_path, monkeypatch):
    rows = [(60 * n, "abc"[n % 3], 1 + n % 4, "review", n, n / 100, n % 7 == 0) for n in range(90)]
    whole = written(tmp_path / "nnstudy.db", rows)
    monkeypatch.setattr(columns, "SPAN", 7)
    parts = columns.read(tmp_path / "nnstudy.db")
    for name in ("day", "quarter", "rating", "kind", "duration", "predicted", "retracted", "order", "of_each"):
        assert list(getattr(whole, name)) == list(getattr(parts, name))
    assert whole.by_day(1000).keys() == {date(2025, 10, 20) + timedelta(days=n) for n in range(4)}


def test_a_folder_of_any_name_is_read_and_no_other_file_is_made(tmp_path):
    home = tmp_path / "a#b 50%25 c"
    home.mkdir()
    log = written(home / "nnstudy.db", [(0, "a", 3, "review", 1000, None, False)])
    assert list(log.rating) == [3]
    assert list(tmp_path.iterdir()) == [home]


# --- columns that are kept ----------------------------------------------------------------------------------------

FIELDS = ("day", "quarter", "rating", "kind", "duration", "predicted", "retracted", "order", "of_each")
MANY = [(7 * n % 90, "abc"[n % 3], 1 + n % 4, "review", n, n / 100, n % 7 == 0) for n in range(90)]


@pytest.fixture
def kept_log(tmp_path, monkeypatch):
    """The path of a database of ninety reviews of which eighty, in blocks of eight, are kept as columns."""
    monkeypatch.setattr(kept, "BLOCK", 8)
    path = tmp_path / "nnstudy.db"
    columns.keep(path, written(path, MANY[:85]))
    return path


def same(one, other):
    return all(list(getattr(one, name)) == list(getattr(other, name)) for name in FIELDS)


def unkept(path):
    """The log as it is read where no column of it is kept."""
    with closing(sqlite3.connect(path)) as db, db:
        rows = db.execute("SELECT * FROM log_columns").fetchall()
        db.execute("DELETE FROM log_columns")
    found = columns.read(path)
    assert found.kept == 0
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany("INSERT INTO log_columns VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    return found


def changed(path, *statements):
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_what_is_kept_says_what_the_log_says(kept_log):
    assert columns.read(kept_log).kept == 10
    assert same(columns.read(kept_log), unkept(kept_log))
    changed(
        kept_log,
        """INSERT INTO review SELECT 'later', card, '2025-10-21T00:00:00.000Z', day, 4, 1, 'review', wording, NULL,
            device, scheduler, NULL, NULL FROM review LIMIT 1""",
        "INSERT OR IGNORE INTO retraction SELECT id, at, 'd' FROM review WHERE rowid IN (5, 84, 86)",
    )
    log = columns.read(kept_log)
    assert (log.kept, len(log.day)) == (10, 86)
    assert list(log.retracted[[4, 83, 85]]) == [True] * 3
    assert same(log, unkept(kept_log))
    columns.keep(kept_log, log)
    assert columns.read(kept_log).kept == 10, "the eleventh block is not whole"


WITHOUT_TRIGGERS = ("DROP TRIGGER review_refuses_update", "DROP TRIGGER review_refuses_delete")


@pytest.mark.parametrize(
    ("statements", "left"),
    [
        (("UPDATE log_columns SET day = zeroblob(32) WHERE number = 3",), 3),
        (("UPDATE log_columns SET card = x'00' WHERE number = 0",), 0),
        (("DELETE FROM log_columns WHERE number = 6",), 6),
        ((*WITHOUT_TRIGGERS, "UPDATE review SET rating = 5 - rating, day = '2025-10-01'"), 0),
        ((*WITHOUT_TRIGGERS, "DELETE FROM review WHERE rowid = 20", "VACUUM"), 0),
        (("PRAGMA recursive_triggers = OFF", "REPLACE INTO review SELECT * FROM review WHERE rowid = 20",), 0),
    ],
)  # fmt: skip
def test_what_is_kept_counts_only_while_it_is_surely_the_log(kept_log, statements, left):
    changed(kept_log, *statements)
    log = columns.read(kept_log)
    assert log.kept == left
    assert same(log, unkept(kept_log))
    columns.keep(kept_log, log)
    assert same(columns.read(kept_log), log)


def test_who_writes_many_reviews_leaves_their_columns_behind(study, tmp_path, monkeypatch, call):
    monkeypatch.setattr(kept, "BLOCK", 2)
    for _ in range(5):
        study.answer(study.next(), 3)
    study.export("jsonl", tmp_path / "log.jsonl")
    copy = study.back_up(tmp_path / "copy.db")
    with Study.open(tmp_path / "other") as other:
        other.take_in(tmp_path / "log.jsonl")
        assert columns.read(other.store.path).kept == 2
    home = tmp_path / "third"
    monkeypatch.setenv("NNSTUDY_HOME", str(home))
    assert call("restore", copy)[0] == 0
    assert columns.read(home / "nnstudy.db").kept == 2
    changed(home / "nnstudy.db", "DELETE FROM log_columns", "PRAGMA user_version = 11")
    Store(home / "nnstudy.db").close()  # an upgrade
    assert columns.read(home / "nnstudy.db").kept == 2


def test_columns_are_kept_after_the_figures_are_told_and_need_not_be(study, monkeypatch):
    monkeypatch.setattr(kept, "BLOCK", 2)
    for _ in range(5):
        study.answer(study.next(), 3)
    steps = study.stats_in_steps()
    *_, (figures, counted) = (next(steps) for _ in range(3))
    assert "retention" in counted
    assert columns.read(study.store.path).kept == 0
    with study.store.transaction():  # another program writes: then they are kept another time
        monkeypatch.setattr(kept, "PATIENCE", 0)
        assert next(steps, None) is None
    assert columns.read(study.store.path).kept == 0
    assert study.stats() == figures
    assert columns.read(study.store.path).kept == 2
    assert study.stats() == figures
    assert study.rebuild() == 0
