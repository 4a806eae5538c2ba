"""Days in characters: a year of reviews as a map, and the coming two weeks as bars. Legible without colour."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from textual.content import Content

from nnstudy.memory.habit import bounds, level, year

SHADES = "·░▒▓█"
STYLES = ("dim", "$text-success", "$text-success", "$text-success", "bold $text-success")
NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EIGHTHS = " ▁▂▃▄▅▆▇█"
HIGH = 3  # rows of the bars
WIDE = 4  # cells of a day's bar, a gap among them


def year_map(counts: Mapping[date, int], today: date) -> Content:
    """A row a weekday, a cell a week, the fuller the darker; the months above, what the shades mean below."""
    rows = year(today)
    edges = bounds(counts, [day for row in rows for day in row if day is not None])
    lines = [Content.styled("    " + _months([row[0] for row in zip(*rows, strict=True)]), "dim")]
    for place, row in enumerate(rows):
        name = NAMES[place] if place % 2 == 0 else ""
        cells = [level(counts.get(day, 0), edges) if day is not None else None for day in row]
        shades = [(" ", "") if cell is None else (SHADES[cell], STYLES[cell]) for cell in cells]
        lines.append(Content.assemble((f"{name:4}", "dim"), *_joined(shades)))
    legend = [f"{SHADES[place + 1]} {edge}" for place, edge in enumerate(edges)]
    lines.append(Content.styled("    reviews a day, from:  · 0  " + "  ".join(legend), "dim"))
    return Content("\n").join(lines)


def _months(mondays: Sequence[date | None]) -> str:
    """The name of each month over the first week that begins in it, where there is room."""
    line = ""
    for place, monday in enumerate(mondays):
        before = mondays[place - 1] if place else None
        if monday and before and monday.month != before.month and len(line) <= place and place <= len(mondays) - 3:
            line = line.ljust(place) + f"{monday:%b} "
    return line


def _joined(cells: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Neighbours of one style as one piece: there are fewer to draw."""
    found: list[tuple[str, str]] = []
    for text, style in cells:
        if found and found[-1][1] == style:
            found[-1] = found[-1][0] + text, style
        else:
            found.append((text, style))
    return found


def fortnight(ahead: Sequence[int], today: date) -> Content:
    """The cards due on each of the coming days as bars, their numbers above, the days below."""
    most = max(ahead, default=0)
    heights = [round(8 * HIGH * count / most) if most else 0 for count in ahead]
    heights = [max(1, height) if count else 0 for height, count in zip(heights, ahead, strict=True)]
    rows: list[str] = []
    for row in range(HIGH, -1, -1):
        rows.append("".join(_cell(height, row, count) for height, count in zip(heights, ahead, strict=True)))
    days = [today + timedelta(days=place) for place in range(1, len(ahead) + 1)]
    names = "".join(f"{day:%a}"[:2].ljust(WIDE) for day in days)
    numbers = "".join(f"{day.day:<{WIDE}}" for day in days)
    return Content.assemble(
        ("\n".join(row.rstrip() for row in rows), "$text-primary"), "\n", (f"{names}\n{numbers}", "dim")
    )


def _cell(height: int, row: int, count: int) -> str:
    """What stands in a row (from 0 up) of a bar so many eighths high; right above it, its number."""
    filled = min(8, max(0, height - 8 * row))
    if filled:
        return (EIGHTHS[filled] * (WIDE - 1)).ljust(WIDE)
    top = -(-height // 8)
    return f"{_few(count) if row == top and count else '':<{WIDE}}"


def _few(count: int) -> str:
    """A count in three letters at most."""
    if count < 1000:
        return str(count)
    return f"{count // 1000}k" if count < 100_000 else "99k"
