"""The database's shape, as named steps in order; a step is never edited once released.

Imported only when a database is new or older than the program: importing `sqlite_utils` costs more
than painting a card.
"""

from typing import TYPE_CHECKING

from sqlite_utils import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("nnstudy")

LOGS = ("review", "retraction", "wording")


@migrations(name="0001_notes_cards_log")
def notes_cards_log(db: "Database") -> None:
    """Notes and their cards, the append-only log, what is derived from it, and the experiments that were run."""
    for statement in TABLES.split(";\n\n") + INDEXES.split(";\n") + VIEWS.split(";\n\n") + append_only(*LOGS):
        if statement.strip():
            db.execute(statement)
    db.execute("PRAGMA user_version = 1")


@migrations(name="0002_confidence")
def confidence(db: "Database") -> None:
    """How sure the learner was of a prediction."""
    db.execute(
        """ALTER TABLE prediction ADD COLUMN confidence TEXT NOT NULL DEFAULT 'think so'
        CHECK (confidence IN ('guess', 'think so', 'sure'))"""
    )
    db.execute("PRAGMA user_version = 2")


@migrations(name="0003_kept_runs")
def kept_runs(db: "Database") -> None:
    """What a person makes of a run: a star, a name, a comment, or its deletion; and how its questions came out."""
    for column in (
        "starred INTEGER NOT NULL DEFAULT 0 CHECK (starred IN (0, 1))",
        "name TEXT NOT NULL DEFAULT ''",
        "comment TEXT NOT NULL DEFAULT ''",
        "deleted_at TEXT",
        "answers TEXT NOT NULL DEFAULT '{}'",
    ):
        db.execute(f"ALTER TABLE run ADD COLUMN {column}")
    db.execute("CREATE INDEX run_by_moment ON run (at)")
    db.execute("PRAGMA user_version = 3")


@migrations(name="0004_living_notes")
def living_notes(db: "Database") -> None:
    """Schedules from elsewhere, what a reading found, corrections of identities, and answers to open questions."""
    for statement in LIVING_NOTES.split(";\n\n") + append_only("draft", "draft_run", "settlement", "correction"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 4")


@migrations(name="0005_predicted_numbers")
def predicted_numbers(db: "Database") -> None:
    """A prediction is a choice or a number; choice_text says either as it is read."""
    for statement in (
        "ALTER TABLE prediction RENAME COLUMN choice TO former_choice",
        "ALTER TABLE prediction ADD COLUMN choice INTEGER",
        "UPDATE prediction SET choice = former_choice",
        "ALTER TABLE prediction DROP COLUMN former_choice",
        "ALTER TABLE prediction ADD COLUMN number REAL CHECK ((number IS NULL) <> (choice IS NULL))",
        "PRAGMA user_version = 5",
    ):
        db.execute(statement)


@migrations(name="0006_points")
def points(db: "Database") -> None:
    """What a card shows at the reveal to be ticked, as a JSON list."""
    db.execute("ALTER TABLE card ADD COLUMN points TEXT NOT NULL DEFAULT '[]'")
    db.execute("PRAGMA user_version = 6")


@migrations(name="0007_merging")
def merging(db: "Database") -> None:
    """When a card or a section was read last, and who said last what of a run: the later word counts in a merge."""
    for statement in MERGING.split(";\n\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 7")


@migrations(name="0008_changed_runs")
def changed_runs(db: "Database") -> None:
    """Parameters that were changed while a run went on: a list of step, name and value."""
    db.execute("ALTER TABLE run ADD COLUMN changes TEXT NOT NULL DEFAULT '[]'")
    db.execute("PRAGMA user_version = 8")


@migrations(name="0009_fitted_parameters")
def fitted_parameters(db: "Database") -> None:
    """The parameters of FSRS that were fitted to the log; the latest count."""
    for statement in [PARAMETERS, *append_only("parameters")]:
        db.execute(statement)
    db.execute("PRAGMA user_version = 9")


@migrations(name="0010_library")
def library(db: "Database") -> None:
    """What a person says of a card, several at once as one deed; and words by which cards are found."""
    for statement in LIBRARY.split(";\n\n"):
        db.execute(statement)
    db.execute("PRAGMA user_version = 10")


@migrations(name="0011_answers_speak_for_themselves")
def answers_speak_for_themselves(db: "Database") -> None:
    """A review is its own entry of what was done: the journal tells other deeds, and after which review each was."""
    db.execute("ALTER TABLE journal ADD COLUMN after_review TEXT")
    db.execute(
        """UPDATE journal SET after_review = (SELECT review FROM journal AS answer WHERE answer.rowid = before.answer)
        FROM (SELECT rowid AS entry, max(rowid) FILTER (WHERE action = 'answer') OVER (ORDER BY rowid) AS answer
            FROM journal) AS before
        WHERE before.entry = journal.rowid AND action != 'answer'"""
    )
    db.execute("PRAGMA user_version = 11")


@migrations(name="0012_what_an_answer_writes")
def what_an_answer_writes(db: "Database") -> None:
    """An answer need not move its card in the index of due days at once; columns of the log are kept beside it."""
    for statement in DUE_FROM.split(";\n\n"):
        db.execute(statement)
    db.execute(LOG_COLUMNS)
    db.execute("PRAGMA user_version = 12")


TABLES = """
CREATE TABLE note (
    id TEXT PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    digest TEXT NOT NULL,
    properties TEXT NOT NULL,
    desired_retention REAL CHECK (desired_retention BETWEEN 0.5 AND 0.995),
    position INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    read_at TEXT NOT NULL
) STRICT;

CREATE TABLE section (
    id TEXT PRIMARY KEY,
    note TEXT NOT NULL REFERENCES note (id),
    headings TEXT NOT NULL,
    level INTEGER NOT NULL,
    line INTEGER NOT NULL,
    position INTEGER NOT NULL,
    experiment TEXT,
    overrides TEXT NOT NULL,
    retired_at TEXT
) STRICT;

CREATE TABLE wording (
    digest TEXT PRIMARY KEY,
    prompt TEXT NOT NULL,
    answer TEXT NOT NULL,
    first_seen_at TEXT NOT NULL
) STRICT;

CREATE TABLE card (
    id TEXT PRIMARY KEY,
    note TEXT NOT NULL REFERENCES note (id),
    section TEXT NOT NULL REFERENCES section (id),
    kind TEXT NOT NULL,
    wording TEXT NOT NULL REFERENCES wording (digest),
    line INTEGER NOT NULL,
    position INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    retired_at TEXT
) STRICT;

CREATE TABLE scheduler (
    id TEXT PRIMARY KEY,
    library TEXT NOT NULL,
    parameters TEXT NOT NULL,
    first_used_at TEXT NOT NULL
) STRICT;

CREATE TABLE review (
    id TEXT PRIMARY KEY,
    card TEXT NOT NULL REFERENCES card (id),
    at TEXT NOT NULL,
    day TEXT NOT NULL,
    rating INTEGER NOT NULL CHECK (rating BETWEEN 1 AND 4),
    duration_ms INTEGER NOT NULL CHECK (duration_ms >= 0),
    kind TEXT NOT NULL CHECK (kind IN ('learn', 'review', 'relearn', 'cram', 'imported')),
    wording TEXT NOT NULL REFERENCES wording (digest),
    predicted REAL,
    device TEXT NOT NULL,
    scheduler TEXT NOT NULL REFERENCES scheduler (id)
) STRICT;

CREATE TABLE retraction (
    review TEXT PRIMARY KEY REFERENCES review (id),
    at TEXT NOT NULL,
    device TEXT NOT NULL
) STRICT;

CREATE TABLE card_state (
    card TEXT NOT NULL REFERENCES card (id),
    name TEXT NOT NULL CHECK (name IN ('suspended', 'buried_until')),
    value TEXT,
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (card, name)
) STRICT;

CREATE TABLE journal (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('answer', 'suspend', 'bury', 'undo')),
    card TEXT NOT NULL REFERENCES card (id),
    review TEXT REFERENCES review (id),
    previous TEXT,
    undoes TEXT UNIQUE REFERENCES journal (id)
) STRICT;

CREATE TABLE schedule (
    card TEXT PRIMARY KEY REFERENCES card (id),
    state TEXT NOT NULL CHECK (state IN ('new', 'learning', 'review', 'relearning')),
    step INTEGER NOT NULL,
    stability REAL,
    difficulty REAL,
    due_at TEXT,
    due_day TEXT,
    interval_days INTEGER NOT NULL,
    first_day TEXT,
    last_day TEXT,
    last_at TEXT,
    reviews INTEGER NOT NULL,
    lapses INTEGER NOT NULL,
    suspended INTEGER NOT NULL DEFAULT 0,
    buried_until TEXT
) STRICT;

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    experiment TEXT NOT NULL,
    parameters TEXT NOT NULL,
    seed INTEGER NOT NULL,
    card TEXT REFERENCES card (id),
    at TEXT NOT NULL,
    seconds REAL NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('finished', 'stopped', 'failed')),
    digest TEXT NOT NULL,
    experiment_version TEXT NOT NULL,
    program_version TEXT NOT NULL,
    numpy_version TEXT NOT NULL,
    platform TEXT NOT NULL,
    device TEXT NOT NULL
) STRICT;

CREATE TABLE measurement (
    run TEXT NOT NULL REFERENCES run (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    measured REAL,
    expected REAL,
    tolerance REAL,
    holds INTEGER,
    source TEXT NOT NULL,
    remark TEXT NOT NULL,
    PRIMARY KEY (run, position)
) STRICT;

CREATE TABLE prediction (
    id TEXT PRIMARY KEY,
    card TEXT REFERENCES card (id),
    experiment TEXT NOT NULL,
    parameters TEXT NOT NULL,
    seed INTEGER NOT NULL,
    question TEXT NOT NULL,
    question_text TEXT NOT NULL,
    choice INTEGER NOT NULL,
    choice_text TEXT NOT NULL,
    at TEXT NOT NULL,
    device TEXT NOT NULL
) STRICT;

CREATE TABLE prediction_outcome (
    prediction TEXT PRIMARY KEY REFERENCES prediction (id),
    run TEXT NOT NULL REFERENCES run (id),
    answer_text TEXT NOT NULL,
    correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
    misconception TEXT NOT NULL,
    explanation TEXT NOT NULL
) STRICT;

CREATE TABLE review_run (
    review TEXT NOT NULL REFERENCES review (id),
    run TEXT NOT NULL REFERENCES run (id),
    PRIMARY KEY (review, run)
) STRICT
"""

INDEXES = """
CREATE INDEX section_of_note ON section (note, position);
CREATE INDEX card_of_note ON card (note, position);
CREATE INDEX card_of_section ON card (section);
CREATE INDEX review_of_card ON review (card, at);
CREATE INDEX review_by_moment ON review (at);
CREATE INDEX schedule_due_day ON schedule (due_day) WHERE state = 'review';
CREATE INDEX schedule_due_at ON schedule (due_at) WHERE state IN ('learning', 'relearning');
CREATE INDEX schedule_first_day ON schedule (first_day);
CREATE INDEX note_in_order ON note (position);
CREATE INDEX run_of_experiment ON run (experiment, at);
CREATE INDEX prediction_of_card ON prediction (card, at)
"""

VIEWS = """
CREATE VIEW review_history AS
SELECT review.id AS review, review.at, review.day, note.title AS note, section.headings AS section, review.card,
    wording.prompt, review.rating,
    CASE review.rating WHEN 1 THEN 'again' WHEN 2 THEN 'hard' WHEN 3 THEN 'good' ELSE 'easy' END AS rating_word,
    review.kind, review.duration_ms / 1000.0 AS seconds, review.predicted AS predicted_recall, review.device,
    retraction.at AS retracted_at
FROM review
JOIN card ON card.id = review.card
JOIN note ON note.id = card.note
JOIN section ON section.id = card.section
JOIN wording ON wording.digest = review.wording
LEFT JOIN retraction ON retraction.review = review.id
ORDER BY review.at DESC, review.id DESC;

CREATE VIEW due_cards AS
SELECT card.id AS card, note.title AS note, section.headings AS section, wording.prompt, schedule.state,
    coalesce(schedule.due_at, schedule.due_day) AS due, schedule.stability, schedule.difficulty, schedule.reviews,
    schedule.lapses
FROM schedule
JOIN card ON card.id = schedule.card
JOIN note ON note.id = card.note
JOIN section ON section.id = card.section
JOIN wording ON wording.digest = card.wording
WHERE card.retired_at IS NULL AND schedule.suspended = 0
    AND coalesce(schedule.buried_until, '') <= date('now', 'localtime', '-4 hours')
    AND (schedule.due_day <= date('now', 'localtime', '-4 hours')
        OR schedule.due_at <= strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
ORDER BY due
"""


LIVING_NOTES = """
ALTER TABLE review ADD COLUMN interval_days INTEGER CHECK (interval_days BETWEEN 1 AND 36500);

ALTER TABLE review ADD COLUMN ease REAL CHECK (ease > 0);

ALTER TABLE note ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '';

ALTER TABLE note ADD COLUMN remarks TEXT NOT NULL DEFAULT '[]';

ALTER TABLE note ADD COLUMN register TEXT NOT NULL DEFAULT '[]';

CREATE TABLE draft (
    id TEXT PRIMARY KEY,
    card TEXT NOT NULL REFERENCES card (id),
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

CREATE TABLE draft_run (
    draft TEXT NOT NULL REFERENCES draft (id),
    run TEXT NOT NULL REFERENCES run (id),
    PRIMARY KEY (draft, run)
) STRICT;

CREATE TABLE settlement (
    id TEXT PRIMARY KEY,
    card TEXT NOT NULL REFERENCES card (id),
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    draft TEXT REFERENCES draft (id)
) STRICT;

CREATE TABLE correction (
    id TEXT PRIMARY KEY,
    card TEXT NOT NULL REFERENCES card (id),
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    wording TEXT NOT NULL REFERENCES wording (digest),
    same INTEGER NOT NULL CHECK (same IN (0, 1))
) STRICT;

ALTER TABLE card ADD COLUMN settled_by TEXT REFERENCES settlement (id);

CREATE INDEX draft_of_card ON draft (card, at);

CREATE INDEX settlement_of_card ON settlement (card, at);

CREATE INDEX open_question ON card (id) WHERE kind = 'open' AND settled_by IS NULL;

CREATE INDEX retired_card ON card (id) WHERE retired_at IS NOT NULL;

CREATE INDEX card_by_wording ON card (wording)"""


MERGING = """
ALTER TABLE card ADD COLUMN read_at TEXT NOT NULL DEFAULT '';

ALTER TABLE section ADD COLUMN read_at TEXT NOT NULL DEFAULT '';

UPDATE card SET read_at = coalesce(retired_at, (SELECT read_at FROM note WHERE note.id = card.note));

UPDATE section SET read_at = coalesce(retired_at, (SELECT read_at FROM note WHERE note.id = section.note));

ALTER TABLE run ADD COLUMN described_at TEXT NOT NULL DEFAULT '';

ALTER TABLE run ADD COLUMN described_by TEXT NOT NULL DEFAULT '';

CREATE TABLE sync_mark (
    folder TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (folder, name)
) STRICT;

CREATE TABLE sync_line (
    folder TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (folder, digest)
) STRICT, WITHOUT ROWID"""


PARAMETERS = """
CREATE TABLE parameters (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    parameters TEXT NOT NULL,
    fitted_to INTEGER NOT NULL,
    log_loss_before REAL,
    log_loss_after REAL
) STRICT"""


LIBRARY = """
CREATE TABLE new_card_state (
    card TEXT NOT NULL REFERENCES card (id),
    name TEXT NOT NULL CHECK (name IN ('suspended', 'buried_until', 'anew_since', 'due', 'desired_retention',
        'experiment', 'flag', 'mnemonic', 'comment')),
    value TEXT,
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    PRIMARY KEY (card, name)
) STRICT;

INSERT INTO new_card_state (rowid, card, name, value, at, device)
SELECT rowid, card, name, value, at, device FROM card_state;

DROP TABLE card_state;

ALTER TABLE new_card_state RENAME TO card_state;

CREATE INDEX card_state_by_name ON card_state (name) WHERE value IS NOT NULL;

CREATE TABLE new_journal (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL,
    device TEXT NOT NULL,
    action TEXT NOT NULL CHECK (action IN ('answer', 'suspend', 'bury', 'set', 'undo')),
    card TEXT NOT NULL REFERENCES card (id),
    review TEXT REFERENCES review (id),
    previous TEXT,
    undoes TEXT UNIQUE REFERENCES new_journal (id),
    state TEXT,
    deed TEXT
) STRICT;

INSERT INTO new_journal (rowid, id, at, device, action, card, review, previous, undoes)
SELECT rowid, id, at, device, action, card, review, previous, undoes FROM journal ORDER BY rowid;

DROP TABLE journal;

ALTER TABLE new_journal RENAME TO journal;

CREATE INDEX journal_of_deed ON journal (deed) WHERE deed IS NOT NULL;

CREATE VIRTUAL TABLE wording_search USING fts5 (prompt, answer, content='wording', columnsize=0,
    tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER wording_is_found AFTER INSERT ON wording BEGIN
    INSERT INTO wording_search (rowid, prompt, answer) VALUES (new.rowid, new.prompt, new.answer);
END;

CREATE VIRTUAL TABLE section_search USING fts5 (headings, content='section', columnsize=0,
    tokenize='unicode61 remove_diacritics 2');

CREATE TRIGGER section_is_found AFTER INSERT ON section BEGIN
    INSERT INTO section_search (rowid, headings) VALUES (new.rowid, new.headings);
END;

CREATE TRIGGER section_is_found_anew AFTER UPDATE OF headings ON section WHEN old.headings <> new.headings BEGIN
    INSERT INTO section_search (section_search, rowid, headings) VALUES ('delete', old.rowid, old.headings);
    INSERT INTO section_search (rowid, headings) VALUES (new.rowid, new.headings);
END;

INSERT INTO wording_search (wording_search) VALUES ('rebuild');

INSERT INTO section_search (section_search) VALUES ('rebuild')"""


# The index of due days is of `due_from`, which may lag behind: never beyond the due day, whoever writes that.
DUE_FROM = """
ALTER TABLE schedule ADD COLUMN due_from TEXT;

UPDATE schedule SET due_from = due_day WHERE state = 'review';

DROP INDEX IF EXISTS schedule_due_day;

CREATE INDEX schedule_due_from ON schedule (due_from) WHERE due_from IS NOT NULL;

CREATE TRIGGER schedule_is_due_sooner AFTER UPDATE OF state, due_day, due_from ON schedule
WHEN new.state = 'review' AND new.due_day IS NOT NULL
    AND (new.due_from IS NULL OR new.due_from > new.due_day) BEGIN
    UPDATE schedule SET due_from = new.due_day WHERE rowid = new.rowid;
END;

CREATE TRIGGER schedule_begins_due AFTER INSERT ON schedule WHEN new.state = 'review' BEGIN
    UPDATE schedule SET due_from = new.due_day WHERE rowid = new.rowid;
END"""


LOG_COLUMNS = """
CREATE TABLE log_columns (
    number INTEGER PRIMARY KEY,
    schema INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    day BLOB NOT NULL,
    at BLOB NOT NULL,
    mark BLOB NOT NULL,
    duration BLOB NOT NULL,
    predicted BLOB NOT NULL,
    card BLOB NOT NULL
) STRICT"""


def append_only(*tables: str) -> list[str]:
    """Triggers that refuse to change or delete what was logged: an undo adds a line, it never takes one away."""
    return [
        f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT raise(ABORT, '{table} is an append-only log'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    ]
