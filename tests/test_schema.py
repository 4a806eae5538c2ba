"""The database as a person meets it: every table and view is described, and the README's queries run."""

import re
from pathlib import Path

import pytest

from nnstudy.history.fsrs_log import COLUMNS
from nnstudy.memory.scheduler import Rating
from nnstudy.store.dump import QUERIES

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
INDEXES = ("wording_search", "section_search")  # SQLite keeps tables of its own beside them
CHAPTER = README.split("## Your data")[1].split("\n## ")[0]


def described(study):
    names = study.store.connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'"
    )
    found = {name for (name,) in names}
    return {name for name in found if not any(name.startswith(f"{index}_") for index in INDEXES)}


def test_every_table_and_view_is_described_and_no_other(study):
    lines = CHAPTER.split("| table | a row is |")[1].split("\n\n")[0].splitlines()
    told = {name for line in lines for name in re.findall(r"`(\w+)`", line.split("|")[1] if "|" in line else "")}
    assert told == described(study)


def names(text):
    return re.findall(r"`(\w+)`", text)


def test_every_field_of_the_exports_is_described_and_no_other(study, tmp_path):
    fields = CHAPTER.split("### The exports, field by field")[1].split("### ")[0]
    of_csv, rest = fields.split("A `csv` has")[1].split("Text\n", 1)
    study.answer(study.cards()[0], Rating.GOOD)
    study.export("csv", tmp_path / "log.csv")
    columns = (tmp_path / "log.csv").read_text().splitlines()[0].split(",")
    assert names(of_csv) == columns
    told = {}
    for line in rest.split("| type | fields |\n|---|---|\n")[1].split("\n\n")[0].splitlines():
        _, kind, of_kind, _ = line.split("|")
        told[names(kind)[0]] = set(names(re.sub(r"\(`[^)]*\)", "", of_kind)))
    cursors = {kind: study.store.connection.execute(query, {"note": None}) for kind, query in QUERIES.items()}
    assert told == {kind: {column[0] for column in cursor.description} for kind, cursor in cursors.items()}
    assert told["review"] - {"id", "at"} <= set(columns), "a table of reviews has all there is of them"
    assert names(rest.split("`fsrs` has")[1]) == list(COLUMNS)


def test_the_queries_of_the_readme_run(study):
    study.answer(study.cards()[0], Rating.AGAIN)
    queries = re.search(r"```sql\n(.*?)```", CHAPTER, re.DOTALL)[1].split(";\n")
    found = [study.store.connection.execute(query).fetchall() for query in queries if query.strip()]
    assert len(found) == 3
    assert found[0] == [("2026-03-02", 1, 0.0)]
    assert found[1] == [(study.cards()[0].prompt, 1)]


async def test_datasette_shows_every_table_and_view(study):
    app = pytest.importorskip("datasette.app", reason="Datasette is not installed here")
    study.answer(study.cards()[0], Rating.GOOD)
    shown = app.Datasette([str(study.store.path)]).client
    for name in described(study):
        assert (await shown.get(f"/nnstudy/{name}")).status_code == 200, name
        assert (await shown.get(f"/nnstudy/{name}.json")).json()["rows"] or name not in ("review", "review_history"), (
            name
        )
