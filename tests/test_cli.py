"""The commands: what they print, in words and as JSON, and how they fail."""

import csv
import io
import json
import re

import pytest
from click import Context
from support import NOTE

from nnstudy.cli import main


@pytest.fixture
def read(call):
    """Run a command with --json that succeeds; the document."""

    def run(*words):
        status, out, err = call(*words, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return run


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_every_command_has_help_with_an_example(call):
    for name in main.list_commands(Context(main)):
        status, out, _ = call(name, "--help")
        assert status == 0
        assert "Example:" in out
        assert f"nnstudy {name}" in out


def test_add_reports_and_adds_once(read, note_file):
    (first,) = read("add", note_file)
    (second,) = read("add", note_file)
    assert first["new"] == first["cards"] == second["kept"] == 8
    assert second["new"] == second["edited"] == second["moved"] == second["retired"] == 0


def test_cards_have_the_fixed_names(read, note_file):
    read("add", note_file)
    cards = read("cards", "--note", "small")
    names = {"id", "note", "section", "kind", "prompt", "answer", "experiment", "line", "state", "due", "stability",
             "difficulty", "retrievability"}  # fmt: skip
    assert names <= set(cards[0])
    assert cards[0]["note"] == str(note_file)
    assert all(isinstance(card["section"], list) for card in cards)
    assert {card["kind"] for card in cards} == {"written", "recall", "cloze", "list"}


def test_due_is_for_shell_prompts(read, call, note_file, tmp_path):
    assert read("due") == {"due": 0, "new": 0, "next": None}
    read("add", note_file)
    now = read("due")
    assert now["due"] == 0
    assert now["new"] == 8
    (tmp_path / "home/settings.toml").write_text("nonsense = 1\n")
    status, _, err = call("due")
    assert status == 0
    assert "nonsense" in err


def test_experiments_describe_their_parameters(read):
    found = {e["name"]: e for e in read("experiments")}
    assert {"dropout", "initialization", "divergence", "momentum"} <= set(found)
    for experiment in found.values():
        for p in experiment["parameters"]:
            assert set(p) == {"name", "type", "default", "low", "high", "choices", "unit", "help", "live"}
            assert (p["choices"] is None) == (p["low"] is not None)


def test_run_measures_beside_theory(read, tmp_path):
    figure = tmp_path / "figure.svg"
    done = read("run", "divergence", "--seed", "3", "--figure", figure)
    assert figure.read_text().lstrip().startswith("<?xml")
    assert done["seed"] == 3
    assert {"name", "measured", "expected", "tolerance", "holds", "source"} <= set(done["measurements"][0])
    assert all(m["holds"] is not False for m in done["measurements"])
    chosen = [q for q in done["questions"] if q["choices"]]
    counted = [q for q in done["questions"] if not q["choices"]]
    assert chosen
    assert counted
    for q in chosen:
        assert q["answer"] in q["choices"]
        assert set(q["misconceptions"]) <= set(q["choices"])
    for q in counted:
        assert q["low"] <= q["answer"] <= q["high"]
        assert q["unit"] in ("decade", "factor", "percentage", "number")
        assert q["tolerance"] >= 0
        assert q["misconceptions"]
    assert read("run", "divergence", "--seed", "3")["digest"] == done["digest"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "dropuot"], "did you mean 'dropout'"),
        (["run", "dropout", "--set", "q=1"], "no parameter 'q'"),
        (["run", "momentum", "--set", "beta=nan"], "beta = nan is not allowed"),
        (["add", "nowhere.md"], "nowhere.md does not exist"),
        (["cards", "--note", "nothing"], "note 'nothing' is unknown"),
        (["history", "--card", "none"], "card 'none' is unknown"),
        (["review"], "no terminal"),
    ],
)
def test_trouble_is_one_sentence_and_exit_1(call, words, said):
    status, out, err = call(*words)
    assert status == 1
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("words", [["nonsense"], ["run"], ["add"], ["run", "dropout", "--set", "p"], ["export", "pdf"]])
def test_wrong_usage_exits_2(call, words):
    assert call(*words)[0] == 2


def test_check_exits_1_on_an_error_and_names_the_line(call, tmp_path):
    good, bad = tmp_path / "good.md", tmp_path / "bad.md"
    good.write_text(NOTE)
    bad.write_text("# Title\n\ntext\n\nQ: a question without an answer\n")
    assert call("check", good)[0] == 0
    status, out, _ = call("check", bad)
    assert status == 1
    assert f"{bad}:5: error" in out
    assert call("notes", "--json")[1].strip() == "[]"


def test_history_and_exports_tell_the_same_story(read, call, study, tmp_path):
    for rating in (3, 1, 4):
        study.answer(study.next(), rating, duration_ms=2500)
    study.undo()
    log = read("history")
    assert len(log) == 3
    assert sum(r["retracted_at"] is not None for r in log) == 1
    assert all(MOMENT.fullmatch(r["at"]) for r in log)
    status, out, _ = call("export", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert sorted(r["id"] for r in rows) == sorted(r["id"] for r in log)
    assert {r["duration_ms"] for r in rows} == {"2500"}
    target = tmp_path / "history.jsonl"
    assert call("export", "jsonl", "--output", target)[0] == 0
    lines = [json.loads(line) for line in target.read_text(encoding="utf-8").splitlines()]
    reviews = [line for line in lines if line["type"] == "review"]
    assert sorted(r["id"] for r in reviews) == sorted(r["id"] for r in log)
    names = {
        "id",
        "card",
        "at",
        "day",
        "rating",
        "duration_ms",
        "kind",
        "wording",
        "predicted",
        "device",
        "retracted_at",
    }
    assert all(names <= set(r) for r in reviews)
    assert {line["type"] for line in lines} == {"note", "wording", "section", "card", "scheduler", "review"}


def test_the_history_of_a_card_tells_which_text_was_asked(call, study, tmp_path):
    note = tmp_path / "reworded.md"
    note.write_text("# T\n\nQ: What does the bias of a neuron move?\nA: Its threshold.\n")
    study.add(note)
    card = next(card for card in study.cards() if card.answer == "Its threshold.")
    study.answer(card, 1, duration_ms=2500)
    assert "What does the bias" not in call("history", "--card", card.id)[1]
    note.write_text("# T\n\nQ: What does the bias of one neuron move?\nA: Its threshold.\n")
    study.add(note)
    assert "it read: What does the bias of a neuron move?" in call("history", "--card", card.id)[1]


def test_an_export_that_cannot_be_written_leaves_what_was_there(call, study, tmp_path):
    status, _, err = call("export", "csv", "--output", tmp_path / "missing" / "history.csv")
    assert status == 1
    assert "cannot be written" in err


def test_rebuild_says_how_many_differed(call, study):
    study.answer(study.next(), 3)
    assert call("rebuild")[1] == "0 cards differed\n"


def test_doctor_finds_nothing_wrong_with_a_sound_folder(read, study):
    found = read("doctor")
    assert [problem for problem in found["problems"] if "UTF-8" not in problem and "editor" not in problem] == []
    assert found["folder"] == str(study.folder)


def test_nothing_in_a_note_reaches_the_terminal_as_an_escape_sequence(call, tmp_path):
    note = tmp_path / "evil.md"
    note.write_text(
        '---\ntitle: "x\\e[31mred"\n---\n# A \x1b]0;owned\x07\n\nQ: \x1b[2J?\nA: \u202eabc\n\n\x1b[31m text\n'
    )
    call("add", note)
    for words in (["cards"], ["notes"], ["check", note]):
        out = call(*words)[1]
        assert "\x1b" not in out
        assert "\u202e" not in out


def test_nothing_of_a_note_is_obeyed_by_the_terminal(call, read, tmp_path):
    evil = tmp_path / "evil.md"
    front = '---\ntitle: "\\e[31mred\\e[0m \\u009b2J \\u202e"\n---\n'
    evil.write_text(front + "# H\x1b[2J\n\ntext \u009b31m\n", encoding="utf-8")
    for words in (("check", evil), ("add", evil), ("notes",), ("cards",), ("cards", "--json"), ("notes", "--json")):
        _, out, err = call(*words)
        assert not {"\x1b", "\x9b", "\u202e"} & set(out + err), words
    assert read("cards")[0]["section"] == ["H\x1b[2J"]  # a program gets it as it stands


def test_a_notes_own_register_is_reported(call, read, tmp_path):
    note = tmp_path / "n.md"
    note.write_text("# A\n\ntext\n\n# Review log\n\n| 01/04/23 | read |\n| --- | --- |\n| 02/05/23 | |\n")
    assert read("add", note)[0]["register"] == ["2023-04-01", "2023-05-02"]
    assert "2 reviews in its own register, the latest on 2023-05-02" in call("check", note)[1]


@pytest.mark.parametrize("words", [(), ("lab",), ("lab", "dropout"), ("review",)])
def test_wherever_the_program_opens_first_the_shipped_note_is_there(call, monkeypatch, words):
    from nnstudy.tui.app import StudyApp

    monkeypatch.setenv("TEXTUAL_DRIVER", "a driver of its own")  # in place of a terminal
    notes = []
    monkeypatch.setattr(StudyApp, "run", lambda app: notes.extend(app.study.notes()))
    assert call(*words)[0] == 0
    assert [state.note.title for state in notes] == ["Neural Networks"]


def test_an_unknown_experiment_is_refused_before_the_program_opens(call, monkeypatch):
    monkeypatch.setenv("TEXTUAL_DRIVER", "a driver of its own")  # in place of a terminal
    status, out, err = call("lab", "dropuot")
    assert (status, out) == (1, "")
    assert err == "Error: experiment 'dropuot' is unknown; did you mean 'dropout'?\n"


def test_a_file_of_a_folder_that_cannot_be_read_is_named_and_the_others_are_taken(call, read, tmp_path):
    for name in ("a", "c"):
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\nQ: x {name}\nA: y\n", encoding="utf-8")
    (tmp_path / "b.md").write_bytes(bytes(range(256)) * 8)
    for command, taken in (("check", 0), ("add", 2), ("add", 2)):
        status, out, err = call(command, tmp_path)
        assert (status, err) == (1, "Error: 1 of 3 files could not be read: b.md\n")
        assert "a: 1 card" in out
        assert "c: 1 card" in out
        assert "b.md: it was left out" in out
        assert len(read("cards")) == taken


@pytest.mark.parametrize(
    "words", [("add", "a\x1b[31m"), ("restore", "a\x1b[31m"), ("export", "csv", "--output", "a\x1b")]
)
def test_no_terminal_obeys_a_name_that_was_typed(call, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, out, err = call(*words)
    assert "\x1b" not in out + err
    assert "\\x1b" in out + err
