"""What a log says as one HTML file that needs nothing else: no network, no script, light and dark, for paper too."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from nnstudy.figures import drawn
from nnstudy.history.outgoing import Outgoing
from nnstudy.lab.experiment import Panel


@dataclass(frozen=True, eq=False)
class Chapter:
    """A heading, what to do about it, a figure, and a table of the numbers behind it; each may be missing."""

    title: str
    advice: str
    panel: Panel | None = None
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()


def write(out: Outgoing) -> None:
    """The page."""
    title, chapters = out.report()
    summary = "".join(f'<li><a href="#c{place}">{escape(one.title)}</a></li>' for place, one in enumerate(chapters))
    out.file.write(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{escape(title)}</h1>\n"
        f"<p>As of {out.today:%Y-%m-%d}.</p>\n</header>\n<nav><ul>{summary}</ul></nav>\n<main>\n"
    )
    for place, chapter in enumerate(chapters):
        out.progress(place, len(chapters))
        out.file.write(_chapter(place, chapter))
    out.file.write("</main>\n</body>\n</html>\n")


def _chapter(place: int, chapter: Chapter) -> str:
    parts = [f'<section id="c{place}">', f"<h2>{escape(chapter.title)}</h2>", f"<p>{escape(chapter.advice)}</p>"]
    if chapter.panel is not None:
        parts += [f"<figure>{drawn(chapter.panel, f'f{place}', chapter.advice)}</figure>"]
    if chapter.rows:
        table = _table(chapter)
        kept = f"<details><summary>The numbers</summary>{table}</details>" if chapter.panel is not None else table
        parts.append(kept)
    return "\n".join([*parts, "</section>\n"])


def _table(chapter: Chapter) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in chapter.head)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>\n" for row in chapter.rows)
    caption = f"<caption>{escape(chapter.title)}</caption>"
    return f'<div class="table"><table>{caption}<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>'


STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1f2335; --faint: #5d6275; --line: #d6d8e0; --link: #2e59a8;
  --mark-0: #2e59a8; --mark-1: #b3530e; --mark-2: #2c7a4b; --mark-3: #a3273d; --mark-4: #6b4fa0; }
@media (prefers-color-scheme: dark) { :root { --ground: #16161e; --ink: #d5daf0; --faint: #9aa5ce; --line: #3b4261;
  --link: #7aa2f7; --mark-0: #7aa2f7; --mark-1: #ff9e64; --mark-2: #9ece6a; --mark-3: #f7768e; --mark-4: #bb9af7; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 46rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; line-height: 1.2; } h2 { margin: 2.5rem 0 .25rem; line-height: 1.2; } header p { color: var(--faint); }
a { color: var(--link); } nav ul { columns: 2; padding-left: 1.2rem; }
figure { margin: .5rem 0; } figure svg { width: 100%; height: auto; color: var(--ink); }
figure svg text { font-family: system-ui, sans-serif; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th, td { padding: .15rem .75rem .15rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
summary { color: var(--faint); cursor: pointer; }
@media print { :root { color-scheme: light; --ground: #fff; --ink: #000; --faint: #444; --line: #bbb; --link: #000;
  --mark-0: #1d4a9c; --mark-1: #9c4300; --mark-2: #1d6138; --mark-3: #8c1c31; --mark-4: #533a86; }
  body { max-width: none; padding: 0; font-size: 10pt; } nav, summary, details:not([open]) { display: none; }
  h2 { break-after: avoid; } figure, tr { break-inside: avoid; } thead { display: table-header-group; } }
"""
