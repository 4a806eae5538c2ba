"""What a sweep found, as a table, as JSON and as CSV, and the line that says how far it is."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nnstudy.errors import StudyError, nearest
from nnstudy.experimenting.sweeps import Sweep, SweepResult, Values, key_of
from nnstudy.files import written_whole
from nnstudy.words import number, percent, plural, shown

MOST_COLUMNS = 6
VARIES = " (expected: in brackets)"


# --- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over the seeds (None for a single one), beside the mean of what is expected."""

    mean: float
    sd: float | None
    expected: float | None


@dataclass(frozen=True)
class Row:
    """What the seeds of one combination gave; `held` of `judged` measurements agreed with theory."""

    parameters: Values
    runs: int
    failed: int
    measurements: Mapping[str, Spread]
    answers: Mapping[str, Mapping[str, float]]
    held: int
    judged: int


def rows(sweep: Sweep, measure: Sequence[str] = ()) -> tuple[Row, ...]:
    """One row a combination, with these measurements and quantities (none named: all measurements), of what is done.

    Raises StudyError for a name that no run has given.
    """
    known = {name for result in sweep.results for name in result.numbers}
    if known and (unknown := [name for name in measure if name not in known]):
        raise StudyError(f"experiment {sweep.plan.experiment!r} measures no {unknown[0]!r}{nearest(unknown[0], known)}")
    by_place: dict[str, list[SweepResult]] = {}
    for result in sweep.results:
        by_place.setdefault(result.key[0], []).append(result)
    return tuple(_row(at, by_place.get(key_of(at, 0)[0], []), measure) for at in sweep.plan.combinations)


def _row(parameters: Values, results: Sequence[SweepResult], measure: Sequence[str]) -> Row:
    good = [result for result in results if not result.trouble]
    names = measure or tuple(dict.fromkeys(name for result in good for name in result.measurements))
    verdicts = [m.holds for result in good for m in result.measurements.values() if m.holds is not None]
    questions = dict.fromkeys(name for result in good for name in result.answers)
    return Row(
        parameters, len(good), len(results) - len(good),
        {name: spread for name in names if (spread := _spread(good, name)) is not None},
        {question: _shares([r.answers[question] for r in good if question in r.answers]) for question in questions},
        sum(verdicts), len(verdicts),
    )  # fmt: skip


def _spread(results: Sequence[SweepResult], name: str) -> Spread | None:
    values = [result.numbers[name] for result in results if name in result.numbers]
    expected = [m.expected for r in results if (m := r.measurements.get(name)) and m.expected is not None]
    if not values:
        return None
    with np.errstate(invalid="ignore", over="ignore"):  # a run may have diverged
        sd = float(np.std(values, ddof=1)) if len(values) > 1 else None
        return Spread(float(np.mean(values)), sd, float(np.mean(expected)) if expected else None)


def _shares(answers: Sequence[str]) -> Mapping[str, float]:
    return {choice: answers.count(choice) / len(answers) for choice in sorted(set(answers), key=answers.index)}


# --- for a person --------------------------------------------------------------------------------------------------


def table(sweep: Sweep, found: Sequence[Row], width: int | None = None) -> Iterator[str]:
    """The lines of a table of at most six columns of numbers, fewer where `width` characters hold fewer."""
    plan = sweep.plan
    yield f"{plan.experiment}: {plural(len(found), 'combination')}, {plural(plan.seeds, 'seed')} each"
    names = tuple(dict.fromkeys(name for row in found for name in row.measurements))
    swept, theory = tuple(plan.grid), {name: _theory(found, name) for name in names}
    left = [[*swept, "runs", "held"]] + [
        [*(shown(row.parameters[name]) for name in swept), str(row.runs), f"{row.held} of {row.judged}"]
        for row in found
    ]
    cells = [[f"[{place}]" for place in range(1, len(names) + 1)]] + [
        [_cell(row.measurements.get(name), theory[name]) for name in names] for row in found
    ]
    count = _columns_that_fit(left, cells, width)
    yield from (f"  [{place}] {name}{theory[name]}" for place, name in enumerate(names[:count], 1))
    if count < len(names):
        yield f"  {len(names) - count} more: choose with --measure NAME, or see all with --json or --output"
    yield ""
    yield from _aligned([first + rest[:count] for first, rest in zip(left, cells, strict=True)])
    yield from _answers(swept, found)


def _cell(spread: Spread | None, theory: str) -> str:
    if spread is None:
        return "-"
    deviation = "" if spread.sd is None else f" ± {spread.sd:.2g}"
    return number(spread.mean) + deviation + (f" ({number(spread.expected)})" if theory == VARIES else "")


def _theory(found: Sequence[Row], name: str) -> str:
    expected = {number(row.measurements[name].expected) for row in found if name in row.measurements}
    if expected == {"-"}:
        return ""
    return f" (expected: {expected.pop()})" if len(expected) == 1 else VARIES


def _widths(lines: Sequence[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*lines, strict=True)]


def _columns_that_fit(left: Sequence[Sequence[str]], cells: Sequence[Sequence[str]], width: int | None) -> int:
    widths = _widths(cells)[:MOST_COLUMNS]
    room = (width or 10_000) - sum(w + 2 for w in _widths(left))
    fitting = sum(sum(w + 2 for w in widths[: place + 1]) <= room for place in range(len(widths)))
    return max(fitting, min(1, len(widths)))


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = _widths(lines)
    for line in lines:
        yield "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def _answers(swept: Sequence[str], found: Sequence[Row]) -> Iterator[str]:
    for question in dict.fromkeys(name for row in found for name in row.answers):
        yield f"\n{question}: share of the seeds in which each answer won"
        for row in found:
            place = ", ".join(f"{name} = {shown(row.parameters[name])}" for name in swept)
            won = "; ".join(f"{percent(share)} {choice}" for choice, share in row.answers.get(question, {}).items())
            yield f"  {place + ': ' if place else ''}{won or '-'}"


# --- for a program -------------------------------------------------------------------------------------------------


def document(sweep: Sweep, found: Sequence[Row]) -> Mapping[str, object]:
    """The sweep as plain names and values; why runs failed stands beside the rows."""
    failures = [{"parameters": f.parameters, "seed": f.seed, "reason": f.trouble} for f in sweep.failures]
    return {
        "experiment": sweep.plan.experiment, "grid": sweep.plan.grid, "seeds": sweep.plan.seeds,
        "rows": [asdict(row) for row in found], "failures": failures,
    }  # fmt: skip


def write_csv(sweep: Sweep, path: str | Path) -> None:
    """One line a run, failed ones too; StudyError when the file cannot be written."""
    lines = [_line(result) for result in sweep.results]
    columns = tuple(dict.fromkeys(name for line in lines for name in line))
    try:
        with written_whole(Path(path)) as file:
            writer = csv.DictWriter(file, columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
    except OSError as trouble:
        raise StudyError(f"{path} cannot be written: {trouble}; the results are kept, try another file") from trouble


def _line(result: SweepResult) -> Mapping[str, object]:
    line: dict[str, object] = {**result.parameters, "seed": result.seed, "failed": result.trouble}
    for name, m in result.measurements.items():
        line |= {f"measured: {name}": m.measured, f"expected: {name}": m.expected, f"holds: {name}": m.holds}
    line |= {f"quantity: {name}": value for name, value in result.quantities.items()}
    return line | {f"answer: {question}": choice for question, choice in result.answers.items()}
