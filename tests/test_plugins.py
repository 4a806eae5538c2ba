"""Experiments from elsewhere: files of one's own, installed packages, and what becomes of broken ones."""

import json
import re
import subprocess
import sys
import textwrap
from dataclasses import asdict
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from support import until

from nnstudy.cli import main
from nnstudy.errors import StudyError
from nnstudy.lab import plugins
from nnstudy.lab.experiment import Bars, Figure, Frame, HeatMap, Line, Measurement, Panel, Reference, Steps, discover
from nnstudy.study import Study
from nnstudy.tui.app import StudyApp
from nnstudy.tui.screens.choose import ChooseScreen
from nnstudy.tui.screens.lab import LabScreen
from nnstudy.tui.widgets.lastlines import LastLines

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("### Your own experiment in five steps")[1].split("\n## ")[0]
BLOCKS = [
    (kind, textwrap.dedent(text))
    for _, kind, text in re.findall(r"^ +(`{3,4})(\w+)\n(.*?)^ +\1\n", SECTION, re.M | re.S)
]
DICE = dict(BLOCKS)["python"]
ONE = Panel("One", "x", "y", (Line(np.arange(3.0), np.arange(3.0)),))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder that allows own experiments, and the folder for them."""
    folder = tmp_path / "home"
    (folder / "lab").mkdir(parents=True)
    (folder / "settings.toml").write_text("allow_own_experiments = true\n", encoding="utf-8")
    return folder


def write(home: Path, name: str, code: str) -> Path:
    path = home / "lab" / name
    path.write_text(code, encoding="utf-8")
    return path


def call(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


def test_the_lock_that_an_editor_leaves_beside_an_experiment_is_no_file_to_read(home, note_file):
    write(home, "dice.py", DICE)
    (home / "lab" / ".#dice.py").symlink_to("somebody@somewhere.4711")  # as Emacs makes it: it leads nowhere
    assert call("add", note_file)[0] == 0


# --- the README ----------------------------------------------------------------------------------------------------


def test_the_five_steps_of_the_readme_lead_to_an_experiment_that_holds(tmp_path, monkeypatch):
    home = tmp_path / "home"
    (home / "lab").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    places = {"toml": home / "settings.toml", "python": home / "lab" / "dice.py", "markdown": tmp_path / "chance.md"}
    said = []
    for kind, text in BLOCKS:
        if kind == "sh":
            said.append(call(*text.split()[1:]))
        else:
            places[kind].write_text(text, encoding="utf-8")
    assert [(status, err) for status, _, err in said] == [(0, "")] * 3
    assert [kind for kind, _ in BLOCKS] == ["toml", "python", "sh", "sh", "markdown", "sh"]
    assert "dice: The mean of n dice" in said[0][1]
    assert "✓ holds" in said[1][1]
    assert "dice = 12" in said[1][1]
    assert "How many times less does the mean of 12 dice" in said[1][1]
    cards = json.loads(call("cards", "--json")[1])
    assert cards
    assert {card["experiment"] for card in cards} == {"dice"}
    with Study.open() as study:
        trial = study.trial(study.next())
        assert trial.experiment.title == "Large numbers"
        assert trial.values["throws"] == 5000


def test_the_experiment_of_the_readme_holds_for_every_number_of_dice(home):
    write(home, "dice.py", DICE)
    with Study.open(home) as study:
        dice = study.experiment("dice")
        for seed, n in enumerate((2, 6, 20, 50)):
            *_, last = dice.run(dice.make({"dice": n}), seed)
            assert [m.holds for m in last.measurements] == [True]
            assert dice.questions(dice.make({"dice": n}))[0].answer(last) == 1


# --- where own experiments appear ----------------------------------------------------------------------------------


def test_own_code_does_not_run_until_it_is_allowed(home, tmp_path):
    trace = tmp_path / "ran"
    write(home, "dice.py", f"open({str(trace)!r}, 'w')\n" + DICE)
    (home / "settings.toml").unlink()
    status, out, err = call("experiments", "--json")
    assert status == 0
    assert {e["name"] for e in json.loads(out)} == set(discover())
    assert "dice.py" in err
    assert "allow_own_experiments = true" in err
    assert str(home / "settings.toml") in err
    status, _, err = call("run", "dice")
    assert status == 1
    assert "allow_own_experiments = true" in err
    assert not trace.exists()
    write(home, "dice.py", DICE)
    (home / "lab" / "dice.py").unlink()
    assert call("experiments")[2] == ""


def test_an_own_experiment_belongs_to_sections_that_speak_of_its_topics(home, tmp_path):
    write(home, "dice.py", DICE)
    note = tmp_path / "chance.md"
    note.write_text("# Chance\n\n## Grandi numeri\n\nQ: What strays less?\nA: The mean.\n", encoding="utf-8")
    with Study.open(home) as study:
        study.add(note)
        card = next(c for c in study.cards() if c.prompt.startswith("What strays"))
        assert card.experiment == "dice"
        made = study.predict(study.trial(card), 1)
        assert made.choice == 1
        run = study.run("dice", seed=3, dice=4)
        assert [kept.digest for kept in study.store.runs.last("dice")] == [run.digest]
    with Study.open(home.parent / "elsewhere") as other:
        assert "dice" not in other.experiments()
        other.add(note)
        assert {c.experiment for c in other.cards()} == {None}


def test_a_card_whose_experiment_has_gone_is_asked_without_it(home, tmp_path):
    path = write(home, "dice.py", DICE)
    note = tmp_path / "chance.md"
    note.write_text("# Dice\n\nQ: What strays less?\nA: The mean.\n", encoding="utf-8")
    with Study.open(home) as study:
        study.add(note)
        assert study.trial(study.next()) is not None
    path.unlink()
    with Study.open(home) as study:
        assert study.next().experiment == "dice"
        assert study.trial(study.next()) is None


def test_two_studies_of_two_folders_keep_their_own_experiments_of_one_name(home, tmp_path):
    write(home, "dice.py", DICE)
    second = tmp_path / "second"
    (second / "lab").mkdir(parents=True)
    (second / "settings.toml").write_text("allow_own_experiments = true\n", encoding="utf-8")
    write(second, "dice.py", DICE.replace('TITLE = "Large numbers"', 'TITLE = "Other dice"'))
    with Study.open(home) as one, Study.open(second) as other:
        assert one.experiment("dice").title == "Large numbers"
        assert other.experiment("dice").title == "Other dice"
        assert one.experiment("dice").version != other.experiment("dice").version
        assert type(one.experiment("dice").make()).__module__ != type(other.experiment("dice").make()).__module__
        assert one.experiments() is one.experiments()


def test_what_ran_is_what_was_loaded_even_when_the_file_changes(home):
    path = write(home, "dice.py", DICE)
    with Study.open(home) as study:
        version = study.experiment("dice").version
        path.write_text("def (", encoding="utf-8")
        assert study.run("dice", throws=100).measurements
        assert study.experiment("dice").version == version
    with Study.open(home) as study, pytest.raises(StudyError, match=r"'dice' cannot be used: line 1: SyntaxError"):
        study.run("dice")


def test_numpy_is_not_loaded_on_the_way_to_the_first_card(home):
    write(home, "dice.py", DICE)
    Study.open(home).close()  # the tables are made at the first use
    code = "import sys, nnstudy.study as s; s.Study.open().close(); print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_annotations_that_stay_text_do_no_harm(home):
    write(home, "dice.py", DICE.replace("from dataclasses", "from __future__ import annotations\nfrom dataclasses", 1))
    with Study.open(home) as study:
        assert study.run("dice", throws=100).parameters == {"dice": 10, "throws": 100}


ESTIMATE = 'Estimate("factor", 1, 100, 1.2, "averaging changes nothing", "n dice are n times as exact")'


def asking_for_a_number(code: str, estimate: str = ESTIMATE) -> str:
    code = code.replace("import Choice,", "import Choice, Estimate,").replace(
        "text, choices, answer", f"text, {estimate}, answer"
    )
    return re.sub(r"return int\(np\.abs.*", 'return result.quantities["narrower"]', code)


def test_a_question_of_ones_own_can_ask_for_a_number_as_the_readme_writes_it(home):
    assert ESTIMATE in README
    write(home, "dice.py", asking_for_a_number(DICE))
    with Study.open(home) as study:
        done = study.run("dice", dice=25)
        (question,) = done.questions
        answer = question.answer(done.result)
        assert question.right(5, answer)
        assert question.misconception(25, answer) == "n dice are n times as exact"


# --- broken ones ---------------------------------------------------------------------------------------------------

BROKEN = {
    "estimate": (lambda code: asking_for_a_number(code, 'Estimate("furlong", 1, 9, 1)'), "the unit of an Estimate"),
    "syntax": (lambda code: code.replace("TITLE =", "TITLE = ="), r"line \d+: SyntaxError"),
    "title": (lambda code: code.replace("TITLE", "NAME"), "does not define TITLE"),
    "empty_title": (lambda code: code.replace('"Large numbers"', '""'), "TITLE must be"),
    "topics": (lambda code: re.sub(r"TOPICS = .*", 'TOPICS = "dice"', code), "TOPICS must be a tuple"),
    "blank_topic": (lambda code: re.sub(r"TOPICS = .*", 'TOPICS = ("?",)', code), "TOPICS must be a tuple"),
    "docstring": (lambda code: code.split('"""')[2], "docstring is missing"),
    "parameters": (lambda code: code.replace("class Parameters", "class Settings"), "does not define Parameters"),
    "thawed": (lambda code: code.replace("(frozen=True)", ""), "must be frozen"),
    "plain_class": (lambda code: code.replace("@dataclass(frozen=True)", ""), "must be a dataclass"),
    "field": (lambda code: re.sub(r"parameter\(10, .*", "10", code), r"Parameters\.dice must be made by parameter"),
    "bounds": (lambda code: code.replace(", low=2, high=50", ""), r"line \d+, at import: TypeError: a number needs"),
    "outside": (lambda code: code.replace("parameter(10,", "parameter(99,"), "dice = 99 is not allowed"),
    "seed": (lambda code: code.replace("    throws:", "    seed:"), r"Parameters\.seed"),
    "run": (lambda code: code.replace("def run", "def ran"), "does not define run"),
    "uncallable": (lambda code: code + "\nrun = 3\n", "run must be a function"),
    "questions": (lambda code: code.replace("def questions", "def ask"), "does not define questions"),
    "no_question": (lambda code: code + "\ndef questions(parameters):\n    return ()\n", "at least one Question"),
    "draw": (lambda code: code + "\ndef draw(rng):\n    return 1 / 0\n", r"line \d+, in draw: ZeroDivisionError"),
    "drawn": (lambda code: code + "\ndef draw(rng):\n    return Parameters(dice=99)\n", "dice = 99 is not allowed"),
    "undrawn": (lambda code: code + "\ndef draw(rng):\n    return 7\n", "draw must return Parameters"),
    "import_error": (lambda code: code.replace("import numpy", "import numpyy"), r"line \d+, at import: ModuleNot"),
    "exit": (lambda code: code + "\nraise SystemExit(3)\n", r"line \d+, at import: SystemExit: 3"),
    "nothing": (lambda code: "", "does not define TITLE, TOPICS, Parameters, run, questions, draw"),
    "hyphen-ated": (lambda code: code, "letters, digits and _ only"),
    "dropout": (lambda code: code, "that of a built-in experiment"),
}  # fmt: skip


def test_broken_experiments_are_listed_with_error_and_file_and_harm_nothing(home):
    for name, (spoil, _) in BROKEN.items():
        write(home, f"{name}.py", spoil(DICE))
    (home / "lab" / "latin.py").write_bytes(b"# caf\xe9\n")
    write(home, "_parts.py", "1 / 0")
    write(home, "dice.py", DICE)
    before = set(sys.modules)
    with Study.open(home) as study:
        laboratory = study.laboratory()
        assert set(laboratory.experiments) == {*discover(), "dice"}
        assert laboratory.experiments["dropout"] is discover()["dropout"]
        broken = {one.name: one for one in laboratory.broken}
        assert set(broken) == {*BROKEN, "latin"}
        for name, (_, said) in BROKEN.items():
            assert re.search(said, broken[name].error), (name, broken[name].error)
            assert broken[name].file == str(home / "lab" / f"{name}.py")
        with pytest.raises(StudyError, match=r"'syntax' cannot be used: line \d+: SyntaxError.*syntax\.py"):
            study.run("syntax")
    assert len([name for name in set(sys.modules) - before if name.startswith("nnstudy_own")]) == 1


def test_the_command_lists_broken_ones_beside_a_document_of_the_same_shape(home):
    write(home, "wrong.py", "raise ValueError('\\x1b[31mred')")
    status, out, err = call("experiments", "--json")
    assert status == 0
    assert {e["name"] for e in json.loads(out)} == set(discover())
    assert f"wrong is broken: line 1, at import: ValueError: \\x1b[31mred ({home / 'lab' / 'wrong.py'})" in err
    assert call("experiments")[1].startswith("activations: ")
    assert call("run", "wrong")[0] == 1


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("def run(parameters, seed):\n    yield 1 / 0\n", r"line \d+, in run: ZeroDivisionError"),
        ("def run(parameters, seed):\n    return iter(())\n", "must end with a frame"),
        ("def run(parameters, seed):\n    return 3\n", "run must yield frames"),
        ("def run(parameters, seed):\n    yield 3\n", "run must yield Frames"),
        ("def run(parameters, seed):\n    yield None\n", "run must yield Frames"),
        ("def run(parameters, seed):\n    yield Frame(1, 1, Figure('f', (3,)))\n", "in a frame: TypeError"),
        ("old = questions\ndef questions(p):\n    import dataclasses\n    return tuple(dataclasses.replace(q, "
         "answer=lambda r: 7) for q in old(p))\n", "answer to 'spread' must be an int from 0 to 2: 7"),
        ("old = questions\ndef questions(p):\n    import dataclasses\n    return tuple(dataclasses.replace(q, "
         "explain=lambda r: 1 / 0) for q in old(p))\n", "in the explanation of 'spread': ZeroDivisionError"),
        ("from nnstudy.lab.experiment import Estimate\nold = questions\ndef questions(p):\n    import dataclasses\n"
         "    return tuple(dataclasses.replace(q, reply=Estimate('number', 0, 9, 1), answer=lambda r: float('nan')) "
         "for q in old(p))\n", "answer to 'spread' must be a number"),
    ],
)  # fmt: skip
def test_a_run_that_goes_wrong_ends_in_one_sentence(home, after, said):
    write(home, "dice.py", DICE + "\n" + after)
    status, out, err = call("run", "dice")
    assert (status, out) == (1, "")
    assert re.search(said, err), err
    assert "Traceback" not in err


def framed(**changes: object) -> Frame:
    given = {"figure": Figure("f", (ONE,)), "measurements": (Measurement("m", 1.0, None, None, "s"),), "quantities": {}}
    return Frame(1, 1, **{**given, **changes})


def marked(mark: object) -> Frame:
    return framed(figure=Figure("f", (Panel("p", "x", "y", (mark,)),)))


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (framed(figure=Figure("f", ())), "one panel or more"),
        (framed(measurements=(Measurement("m", float("nan"), 1.0, 1.0, "s"),)), "'m' holds nan"),
        (framed(measurements=(Measurement("m", np.int64(3), 1.0, 1.0, "s"),)), r"made by float\(...\)"),
        (framed(measurements=(Measurement("m", None, 1.0, 1.0, "s"),)), "'m' holds None"),
        (framed(quantities={"q": np.float32(1)}), "quantity 'q'"),
        (marked("a line"), "holds str"),
        (marked(Line([1.0], [1.0])), "x of a Line must be an array"),
        (marked(Line(np.zeros(3, bool), np.zeros(3))), "must be an array of numbers"),
        (marked(Line(np.zeros(3), np.zeros(3), "l", "wavy")), "solid, dashed or dotted"),
        (marked(Line(np.zeros(3), np.zeros(3), None)), "label of a Line must be a text"),
        (marked(Reference(1.0, "z")), "the axis x or y"),
        (marked(Steps(np.zeros(0), np.zeros(0))), "do not fit"),
        (marked(Line(np.zeros(3), np.zeros(4))), r"do not fit together: x \(3,\), y \(4,\)"),
        (marked(Bars(np.zeros((2, 2)), np.zeros((2, 2)))), "do not fit"),
        (marked(Steps(np.zeros(3), np.zeros(3))), "do not fit"),
        (marked(HeatMap(np.zeros(3), np.zeros(2), np.zeros((3, 2)))), "do not fit"),
    ],
)
def test_a_frame_that_cannot_be_drawn_or_kept_is_refused(frame, said):
    with pytest.raises(StudyError, match=said):
        plugins.check_frame(frame)


def test_frames_of_the_built_in_experiments_pass_the_check():
    for experiment in discover().values():
        plugins.check_frame(next(experiment.run(experiment.make(), 0)))
    plugins.check_frame(marked(Steps(np.zeros(4), np.zeros(3))))
    plugins.check_frame(marked(HeatMap(np.zeros(3), np.zeros(2), np.zeros((2, 3)))))


# --- installed packages --------------------------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A package with a good experiment, one of a built-in name, one that is missing and one that is no module."""
    site = tmp_path / "site"
    (site / "chance_lab").mkdir(parents=True)
    (site / "chance_lab" / "__init__.py").write_text("number = 3\n", encoding="utf-8")
    (site / "chance_lab" / "thrown.py").write_text(DICE, encoding="utf-8")
    about = site / "chance_lab-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: chance-lab\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(
        "[nnstudy.experiments]\nthrown = chance_lab.thrown\ndropout = chance_lab.thrown\n"
        "gone = chance_lab.gone\nnumber = chance_lab:number\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(site))
    yield
    for name in [name for name in sys.modules if name.startswith("chance_lab")]:
        del sys.modules[name]


@pytest.mark.usefixtures("installed")
def test_an_installed_package_brings_experiments(home):
    (home / "settings.toml").unlink()
    with Study.open(home, zone=UTC) as study:
        assert study.run("thrown", throws=500).measurements[0].holds
        assert study.experiments()["dropout"] is discover()["dropout"]
        broken = {one.name: (one.file, one.error) for one in study.laboratory().broken}
    assert set(broken) == {"dropout", "gone", "number"}
    assert broken["gone"][0] == "package chance-lab, chance_lab.gone"
    assert "ModuleNotFoundError" in broken["gone"][1]
    assert "does not name a module" in broken["number"][1]
    assert "built-in" in broken["dropout"][1]


@pytest.mark.usefixtures("installed")
def test_ones_own_file_comes_before_a_package_of_the_same_name(home):
    write(home, "thrown.py", DICE.replace('"Large numbers"', '"Mine"'))
    with Study.open(home) as study:
        assert study.experiment("thrown").title == "Mine"
        assert "that of another experiment" in next(b.error for b in study.laboratory().broken if b.name == "thrown")


# --- the screens ---------------------------------------------------------------------------------------------------


async def test_the_lab_offers_own_experiments_and_dims_broken_ones(home):
    write(home, "dice.py", DICE)
    write(home, "wrong.py", "raise ValueError('[bold]no')")
    with Study.open(home) as study:
        app = StudyApp(study, start="lab")
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, ChooseScreen) and app.screen.query("#experiments"))
            choices = app.screen.query_one("#experiments")
            assert "[bold]no" in str(choices.get_option_at_index(choices.option_count - 1).prompt)
            await pilot.press("end", "enter")
            await pilot.pause()
            assert isinstance(app.screen, ChooseScreen)
            await pilot.press("up", "enter")
            await until(pilot, lambda: isinstance(app.screen, LabScreen) and app.screen.experiment is not None)
            assert app.screen.experiment.name == "dice"
            await pilot.pause()
            await pilot.press("r")
            await until(pilot, lambda: "1 of 1 hold" in str(app.screen.query_one(LastLines).render()))
            kept = study.store.runs.last("dice")[0]
            assert kept.parameters == asdict(study.experiment("dice").make())


async def test_a_broken_run_is_said_in_the_lab_which_goes_on(home):
    write(home, "dice.py", DICE + "\ndef run(parameters, seed):\n    return iter(())\n")
    with Study.open(home) as study:
        app = StudyApp(study, start="lab", experiment="dice")
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.press("r")
            await until(pilot, lambda: "must end with a frame" in str(app.screen.query_one(LastLines).render()))
