"""What every experiment promises, and the contract that the programs which run them rely on."""

import dataclasses
import math
import textwrap
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import Answered, whole

from nnstudy.errors import StudyError
from nnstudy.lab import experiment as experiments
from nnstudy.lab.experiment import (
    TOO_CLOSE,
    Experiment,
    Figure,
    Frame,
    Line,
    Measurement,
    Panel,
    adjudicate,
    describe,
    digest,
    discover,
    find,
    fold,
    generator,
    parameter,
    share_tolerance,
    suggest,
)

EVERY = pytest.mark.parametrize("experiment", discover().values(), ids=lambda experiment: experiment.name)


@dataclasses.dataclass(frozen=True)
class Sample:
    """Parameters of each type."""

    width: int = parameter(8, "units", low=1, high=64)
    rate: float = parameter(0.1, "step size", low=0.0, high=2.0, unit="per step")
    shape: str = parameter("tanh", "activation", choices=("tanh", "relu"))


WIDTH, RATE, SHAPE = describe(Sample)


# --- parameters ---------------------------------------------------------------------------------------------------


def test_parameters_are_described_by_name_type_and_bounds() -> None:
    assert [(p.name, p.type, p.default) for p in (WIDTH, RATE, SHAPE)] == [
        ("width", "int", 8),
        ("rate", "float", 0.1),
        ("shape", "choice", "tanh"),
    ]
    assert WIDTH.allowed() == "a whole number from 1 to 64"
    assert RATE.allowed() == "a number from 0 to 2 per step"
    assert SHAPE.allowed() == "one of tanh, relu"


def test_text_and_numbers_are_parsed_to_the_parameters_type() -> None:
    assert WIDTH.parse("16") == 16
    assert isinstance(WIDTH.parse(16.0), int)
    assert RATE.parse("5e-1") == 0.5
    assert isinstance(RATE.parse(1), float)
    assert SHAPE.parse("relu") == "relu"


def test_the_bounds_themselves_are_allowed() -> None:
    assert [WIDTH.parse(1), WIDTH.parse(64), RATE.parse(0), RATE.parse(2)] == [1, 64, 0, 2]


@pytest.mark.parametrize("given_value", ["0", 65, "2.5", "nan", "inf", "-inf", "eight", None])
def test_a_width_that_is_not_allowed_is_refused_with_what_is(given_value: object) -> None:
    with pytest.raises(StudyError, match=r"width = .* is not allowed: it takes a whole number from 1 to 64"):
        WIDTH.parse(given_value)


@pytest.mark.parametrize("given_value", [-1e-9, 2.0001, math.nan, math.inf, "NaN", "1,5"])
def test_a_rate_that_is_not_allowed_is_refused(given_value: object) -> None:
    with pytest.raises(StudyError, match="rate = "):
        RATE.parse(given_value)


@pytest.mark.parametrize("given_value", ["Tanh", "", 3, "tanh "])
def test_a_choice_must_be_one_of_the_choices(given_value: object) -> None:
    with pytest.raises(StudyError, match="one of tanh, relu"):
        SHAPE.parse(given_value)


@given(st.floats(allow_nan=True, allow_infinity=True) | st.text(max_size=8) | st.integers())
def test_what_is_parsed_lies_within_the_bounds(value: object) -> None:
    try:
        parsed = RATE.parse(value)
    except StudyError:
        return
    assert isinstance(parsed, float)
    assert 0 <= parsed <= 2


def test_an_empty_field_is_said_to_have_no_value() -> None:
    with pytest.raises(StudyError, match="width has no value: it takes a whole number from 1 to 64"):
        WIDTH.parse(" ")


def test_equal_infinities_do_not_differ() -> None:
    assert Measurement("steps", math.inf, math.inf, 0, "").difference == 0
    assert Measurement("steps", 3, math.inf, 0, "").difference == -math.inf


def test_a_number_without_both_bounds_is_a_mistake_of_the_author() -> None:
    with pytest.raises(TypeError, match="both bounds"):
        parameter(1.0, "no upper bound", low=0.0)


def sample_experiment() -> Experiment:
    module = ModuleType("sample")
    module.Parameters = Sample  # type: ignore[attr-defined]
    module.draw = lambda rng: Sample(width=int(rng.integers(2, 9)), rate=0.5)  # type: ignore[attr-defined]
    return Experiment("sample", "Sample", ("sample",), describe(Sample), module)


def test_parameters_are_made_from_defaults_a_base_and_overrides() -> None:
    experiment = sample_experiment()
    assert experiment.make() == Sample()
    assert experiment.make({"width": "32"}) == Sample(width=32)
    assert experiment.make({"width": 32}, base=Sample(rate=1.5)) == Sample(width=32, rate=1.5)


def test_an_unknown_parameter_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(StudyError, match="experiment 'sample' has no parameter 'widht'; did you mean 'width'"):
        sample_experiment().make({"widht": 3})
    with pytest.raises(StudyError, match="known: rate, shape, width"):
        sample_experiment().make({"xyzzy": 3})


def test_a_draw_keeps_what_the_note_fixes() -> None:
    experiment = sample_experiment()
    drawn = [experiment.draw(np.random.default_rng(seed), {"rate": "0.25"}) for seed in range(20)]
    assert {parameters.rate for parameters in drawn} == {0.25}
    assert len({parameters.width for parameters in drawn}) > 1


# --- results ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("measured", "expected", "tolerance", "applies", "holds"),
    [
        (1.0, 1.05, 0.1, True, True),
        (1.0, 1.2, 0.1, True, False),
        (1.0, 1.0, 0.0, True, True),
        (1.0, 1.2, 0.1, False, None),
        (1.0, None, 0.1, True, None),
        (1.0, 1.2, None, True, None),
        (math.inf, math.inf, 0.0, True, True),
        (math.nan, 1.0, 0.1, True, False),
    ],
)
def test_a_measurement_holds_within_its_tolerance_where_theory_applies(
    measured: float, expected: float | None, tolerance: float | None, applies: bool, holds: bool | None
) -> None:
    assert Measurement("m", measured, expected, tolerance, "source", applies).holds is holds


def test_the_difference_is_measured_minus_expected() -> None:
    assert Measurement("m", 3.0, 2.5, 1.0, "source").difference == 0.5
    assert Measurement("m", 3.0, None, None, "source").difference is None


@pytest.mark.parametrize(("above", "below", "winner"), [(15, 5, 1), (14, 6, 0), (6, 14, 0), (5, 15, -1), (0, 0, 0)])
def test_a_comparison_is_won_by_three_quarters_of_the_replicas(above: int, below: int, winner: int) -> None:
    assert adjudicate(np.array([1.0] * above + [-1.0] * below + [0.0] * (20 - above - below))) == winner


@pytest.mark.parametrize("published", [0.0, 0.02, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("count", [20, 80])
def test_a_share_lies_within_its_tolerance_in_all_but_few_runs(published: float, count: int) -> None:
    tolerance, p = share_tolerance(published, count), min(max(published, 0.01), 0.99)
    chance = [math.comb(count, k) * p**k * (1 - p) ** (count - k) for k in range(count + 1)]
    beyond = [abs(k / count - published) > tolerance + 1e-12 for k in range(count + 1)]
    assert sum(c for c, out in zip(chance, beyond, strict=True) if out) <= 1 / 16_000
    tighter = [abs(k / count - published) > tolerance - 1 / count for k in range(count + 1)]
    assert sum(c for c, out in zip(chance, tighter, strict=True) if out) > 1 / 32_000


def frame(height: float = 1.0, measured: float = 2.0, quantity: float = 3.0) -> Frame:
    line = Line(np.array([0.0, 1.0]), np.array([0.0, height]))
    figure = Figure("title", (Panel("panel", "x", "y", (line,)),))
    return Frame(1, 1, figure, (Measurement("m", measured, None, None, ""),), {"q": quantity})


def test_the_digest_depends_on_every_number_of_a_result() -> None:
    assert digest(frame()) == digest(frame())
    assert len({digest(f) for f in (frame(), frame(height=1.1), frame(measured=2.1), frame(quantity=3.1))}) == 4


def test_experiments_and_seeds_have_random_numbers_of_their_own() -> None:
    first = [generator(name, seed).random() for name in ("momentum", "dropout") for seed in (0, 1)]
    assert len(set(first)) == 4
    assert generator("momentum", 7).random() == generator("momentum", 7).random()


# --- finding experiments ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Perché  l'Entropia?", "perche l entropia"), ("Kullback–Leibler", "kullback leibler"), ("", ""), ("  ", "")],
)
def test_folding_drops_case_accents_and_punctuation(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(max_size=30))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_every_name_is_found_and_an_unknown_one_is_refused_with_the_nearest() -> None:
    for name, experiment in discover().items():
        assert find(name) is experiment
    with pytest.raises(StudyError, match="experiment 'momentun' is unknown; did you mean 'momentum'"):
        find("momentun")


@pytest.mark.parametrize(
    ("headings", "name"),
    [
        (["Neural networks", "Momentum"], "momentum"),
        (["Reti neurali", "Momento"], "momentum"),
        (["Neural networks", "Kullback-Leibler Divergence"], "divergence"),
        (["Divergenza di Kullback-Leibler"], "divergence"),
    ],
)
def test_a_section_suggests_the_experiment_that_its_heading_speaks_of(headings: list[str], name: str) -> None:
    suggested = suggest(headings)
    assert suggested is not None
    assert suggested.name == name


def test_the_text_decides_where_no_heading_does() -> None:
    suggested = suggest(["Notes"], "Polyak's heavy ball is faster.")
    assert suggested is not None
    assert suggested.name == "momentum"


def test_the_last_heading_outweighs_the_text() -> None:
    suggested = suggest(["Momentum"], "Kullback and the relative entropy, KL divergence.")
    assert suggested is not None
    assert suggested.name == "momentum"


def test_a_section_about_something_else_suggests_nothing() -> None:
    assert suggest(["Cooking"], "Boil the pasta.") is None
    assert suggest([]) is None


def located(directory: Path, code: str) -> Experiment:
    path = directory / "sample.py"
    path.write_text(code, encoding="utf-8")
    module = ModuleType("sample")
    module.__file__ = str(path)
    return Experiment("sample", "Sample", (), (), module)


def test_the_version_changes_with_the_code_but_not_with_comments_or_layout(tmp_path: Path) -> None:
    first = located(tmp_path, "x = 1\n").version
    assert located(tmp_path, "# why\nx  =  1  # one\n\n").version == first
    assert located(tmp_path, "x = 2\n").version != first


def test_the_version_changes_with_the_modules_of_the_house_that_the_code_imports(tmp_path: Path, monkeypatch) -> None:
    alone = located(tmp_path, "x = 1\n").version
    pairs = located(tmp_path, "from nnstudy.lab.pairs import TunedPairs\n").version
    package = located(tmp_path, "from nnstudy.lab import chi2\n").version
    read = experiments._read_house
    monkeypatch.setattr(
        experiments, "_read_house", lambda name: ("another", frozenset()) if name == "network" else read(name)
    )
    assert located(tmp_path, "x = 1\n").version == alone
    assert located(tmp_path, "from nnstudy.lab import chi2\n").version == package
    assert located(tmp_path, "from nnstudy.lab.pairs import TunedPairs\n").version != pairs  # imports the network


# --- what every experiment promises -------------------------------------------------------------------------------


@EVERY
def test_the_first_line_of_the_docstring_is_one_sentence(experiment: Experiment) -> None:
    assert experiment.sentence.endswith(".")
    assert ". " not in experiment.sentence
    assert len(experiment.sentence) <= 120


@EVERY
def test_title_and_topics_fit_lists_and_headings(experiment: Experiment) -> None:
    assert 1 <= len(experiment.title.split()) <= 3
    assert experiment.topics
    assert all(topic == topic.lower() and fold(topic) for topic in experiment.topics)


@EVERY
def test_the_defaults_and_draws_lie_within_the_bounds(experiment: Experiment) -> None:
    drawn = [experiment.draw(np.random.default_rng(seed)) for seed in range(30)]
    for parameters in (experiment.make(), *drawn):
        for described in experiment.parameters:
            assert described.help
            assert described.parse(getattr(parameters, described.name)) == getattr(parameters, described.name)
    assert len(set(drawn)) > 1


@EVERY
def test_questions_offer_distinct_choices_and_name_the_misconceptions(experiment: Experiment) -> None:
    for parameters in (experiment.make(), *(experiment.draw(np.random.default_rng(seed)) for seed in range(10))):
        questions = experiment.questions(parameters)
        assert 2 <= len(questions) <= 4
        assert len({question.name for question in questions}) == len(questions)
        for question in questions:
            assert question.text.strip()
            if (asked := question.estimate) is not None:
                wrong = ((asked.low, asked.high), (asked.high, asked.low))
                assert all(asked.misconception(*pair) for pair in wrong), "a wrong number names a belief too"
                continue
            texts = [choice.text for choice in question.choices]
            assert 2 <= len(texts) <= 4, "the letters a to d choose"
            assert len(set(texts)) == len(texts) >= 2
            unnamed = [c for c in question.choices if not c.misconception and c.text != TOO_CLOSE]
            assert len(unnamed) <= 1, "every choice that can be wrong names the belief that it shows"


@EVERY
def test_a_run_counts_its_steps_up_to_the_total_and_ends_with_everything(experiment: Experiment) -> None:
    parameters = experiment.make()
    for shown in whole(experiment.name):
        assert 0 <= shown.step <= shown.total
        assert 1 <= len(shown.figure.panels) <= 6
    assert all(np.diff([frame.step for frame in whole(experiment.name)]) > 0)
    assert shown.step == shown.total
    assert 2 <= len(shown.figure.panels) <= 6
    assert shown.measurements
    assert [m for m in shown.measurements if m.holds is False] == []
    assert all(m.source for m in shown.measurements)
    assert all(m.remark for m in shown.measurements if not m.applies)
    for question in experiment.questions(parameters):
        Answered().add(question, question.answer(shown))
        assert any(letter.isdigit() for letter in question.explain(shown))


@EVERY
def test_a_run_that_is_stopped_after_its_first_frame_ends_quietly(experiment: Experiment) -> None:
    frames = experiment.run(experiment.make(), 0)
    first = next(frames)
    frames.close()
    assert first.figure.panels


@EVERY
def test_the_source_can_be_read_and_has_a_version(experiment: Experiment) -> None:
    assert "def run(" in experiment.source
    assert len(experiment.version) == 16


@EVERY
def test_a_question_with_its_choices_fits_a_terminal_of_24_lines(experiment: Experiment) -> None:
    """The frame of the experiment leaves 8 lines of 74 columns when the card's own question takes half the screen."""
    for seed in range(40):
        parameters = experiment.draw(np.random.default_rng(seed))
        for question in experiment.questions(parameters):
            lines = len(textwrap.wrap(question.text, 74))
            lines += sum(len(textwrap.wrap(f"● a  {choice.text}", 74)) for choice in question.choices)
            if (asked := question.estimate) is not None:  # the line for the number, and how near counts as right
                assert len(f"{asked.tolerance()} · {asked.bounds()}") <= 74
                lines += 2
            assert lines <= 8, question.text


@pytest.mark.parametrize(
    ("headings", "name"),
    [
        (("Introduction: a neuron",), "neuron"),
        (("Introduction: a neuron", "Structure"), "neuron"),
        (("Introduction: a neuron", "Model"), "neuron"),
        (("Tricks", "Activation functions"), "activations"),
        (("Tricks", "Funzioni di attivazione"), "activations"),
        (("Tricks", "Input normalization"), "normalization"),
        (("Tricks", "Weight initialization"), "initialization"),
        (("Tricks", "Inizializzazione dei pesi"), "initialization"),
        (("Tricks", "Optimization"), "momentum"),
        (("Tricks", "Overfitting"), "overfitting"),
        (("Tricks", "Dropout"), "dropout"),
        (("Tricks", "Kullback-Leibler Divergence"), "divergence"),
        (("Tricks", "Stabilità"), "stability"),
    ],
)
def test_a_section_brings_the_experiment_that_its_heading_speaks_of(headings: tuple[str, ...], name: str) -> None:
    found = suggest(headings)
    assert found is not None
    assert found.name == name
