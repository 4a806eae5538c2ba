"""Figures as Markdown tables, and their place in the README."""

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def publish(path: Path | None, name: str, text: str) -> None:
    """Write the text into a file, between the comments `name begins` and `name ends`; without a file, print it."""
    if path is None:
        print(text)
        return
    begins, ends = f"<!-- {name} begins -->\n", f"<!-- {name} ends -->"
    before, begun, rest = path.read_text(encoding="utf-8").partition(begins)
    _, ended, after = rest.partition(ends)
    if not begun or not ended:
        raise SystemExit(f"{path} has no comments {begins.strip()} and {ends}, between which the figures stand")
    path.write_text(f"{before}{begins}\n{text}\n\n{ends}{after}", encoding="utf-8")


def spread(ratios: Sequence[float]) -> str:
    """The median of the ratios, with the least and the greatest."""
    return f"{statistics.median(ratios):.3g} ({min(ratios):.3g} to {max(ratios):.3g})"
