"""Runs as the commands print them: as documents for programs, as lines for people."""

from collections.abc import Iterable, Iterator

from nnstudy.experimenting.kept import Again, KeptRuns
from nnstudy.experimenting.trials import Run
from nnstudy.lab.experiment import Frame, Question
from nnstudy.store.records import stamp
from nnstudy.store.run_records import RunRow
from nnstudy.words import number, verdict

CHANGE = ("step", "name", "value")


def document(done: Run) -> dict[str, object]:
    """One run, with its questions as they came out."""
    questions = [_question(q, done.result) for q in done.questions]
    measurements = [
        {"name": m.name, "measured": m.measured, "expected": m.expected, "tolerance": m.tolerance}
        | {"holds": m.holds, "source": m.source, "remark": m.remark}
        for m in done.measurements
    ]
    return {
        "experiment": done.experiment, "parameters": done.parameters, "seed": done.seed, "seconds": done.seconds,
        "measurements": measurements, "questions": questions, "digest": done.digest, "run": done.id,
    }  # fmt: skip


def _question(q: Question, result: Frame) -> dict[str, object]:
    """A question with its answer: the text of the right choice, or the number as it was measured."""
    answer, estimate = q.answer(result), q.estimate
    told: dict[str, object] = {"name": q.name, "question": q.text, "choices": [c.text for c in q.choices]}
    if estimate is None:
        told |= {"answer": q.say(answer)}
        beliefs = {c.text: c.misconception for c in q.choices}
    else:
        told |= {"answer": answer, "unit": estimate.unit, "tolerance": estimate.within}
        told |= {"low": estimate.low, "high": estimate.high}
        beliefs = {f"from {b.low:g} to {b.high:g}": b.misconception for b in estimate.beliefs}
        beliefs |= {"too low": estimate.too_low, "too high": estimate.too_high}
    named = {given: belief for given, belief in beliefs.items() if belief}
    return told | {"misconceptions": named, "explanation": q.explain(result)}


def lines(done: Run, figure: str | None) -> Iterator[str]:
    """One run: its parameters, its measurements beside theory, the answers to its questions."""
    yield f"{done.experiment}, seed {done.seed}, {done.seconds:.2f} s"
    for name, value in done.parameters.items():
        yield f"  {name} = {value}"
    width = max((len(m.name) for m in done.measurements), default=0)
    yield f"{'':{width}}  {'measured':>12}  {'expected':>12}  {'tolerance':>12}"
    for m in done.measurements:
        values = "  ".join(f"{number(v):>12}" for v in (m.measured, m.expected, m.tolerance))
        yield f"{m.name:{width}}  {values}  {verdict(m.holds)}  {m.remark or m.source}"
    for question in done.questions:
        yield from ("", question.text, f"  {question.say(question.answer(done.result))}")
        yield f"  {question.explain(done.result)}"
    if figure:
        yield from ("", f"Figure: {figure}")


def kept_documents(kept: KeptRuns, runs: Iterable[RunRow]) -> list[dict[str, object]]:
    """Kept runs; `changed` are the parameters that differ from the defaults, `changes` were made on the way."""
    return [
        {
            "id": run.id, "experiment": run.experiment, "at": stamp(run.at), "parameters": dict(run.parameters),
            "changed": dict(kept.changed(run)), "changes": [dict(zip(CHANGE, one, strict=True)) for one in run.changes],
            "seed": run.seed, "status": run.status, "holds": run.holds[0],
            "judged": run.holds[1], "starred": run.starred, "name": run.name, "comment": run.comment, "card": run.card,
            "answers": dict(run.answers), "digest": run.digest,
        }
        for run in runs
    ]  # fmt: skip


def kept_lines(kept: KeptRuns, runs: Iterable[RunRow]) -> Iterator[str]:
    """Kept runs, one a line; the first word is enough to find the run again."""
    prefixes = kept.prefixes()
    width = max(map(len, prefixes.values()), default=0)
    for run in runs:
        holds, judged = run.holds
        settings = kept.settings(run)
        yield (
            f"{'★' if run.starred else ' '} {prefixes[run.id]:{width}}  {run.at.astimezone():%Y-%m-%d %H:%M}  "
            f"{run.experiment:14}  {run.status:8}  {f'{holds}/{judged}':>5} hold  seed {run.seed:<10}  "
            f"{settings or '(defaults)'}{f'  “{run.name}”' if run.name else ''}"
        )


def again_document(again: Again) -> dict[str, object]:
    """Whether a run that ran again gave the same, and what differs."""
    return {
        "run": again.run, "again": again.again, "digest_agrees": again.digest_agrees,
        "numbers_agree": again.numbers_agree,
        "differing": [{"name": c.name, "measured": c.first, "again": c.second} for c in again.differing],
        "versions": {name: {"run": then, "again": now} for name, (then, now) in again.versions.items()},
    }  # fmt: skip
