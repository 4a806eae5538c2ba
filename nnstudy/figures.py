"""Figures: round ticks on linear and logarithmic axes; and files, by matplotlib, which only this module uses."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudy.errors import StudyError
from nnstudy.files import written_whole
from nnstudy.lab.experiment import Array, Bars, Figure, HeatMap, Intervals, Line, Mark, Panel, Points, Reference, Steps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

METADATA: dict[str, dict[str, str | None]] = {  # without dates and versions, equal figures give equal files
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Producer": None, "Creator": None},
}
LINE_STYLES = {"solid": "-", "dashed": "--", "dotted": ":"}
REFERENCE_STYLES = ("-.", (0, (1, 1)), (0, (8, 2, 1, 2)))
MARKERS = "o^sDP"
HATCHES = ("", "//", "xx", "..")
LARGEST = 1e100  # beyond it, the arithmetic of ticks and margins overflows
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Tick = tuple[float, str]


# --- axes, which files and the terminal share ------------------------------------------------------------------------


def on_axis(values: Array, log: bool) -> Array:
    """Values in the units of an axis (decades when `log`); NaN for what it cannot show."""
    values = np.asarray(values, dtype=float)
    if not log:
        return np.where(np.abs(values) < LARGEST, values, np.nan)
    shown = (values > 1 / LARGEST) & (values < LARGEST)
    return np.where(shown, np.log10(np.where(shown, values, 1.0)), np.nan)


def limits(groups: Iterable[Array]) -> tuple[float, float]:
    """The least and greatest finite value, apart even where there is one value only, or none."""
    found = [finite for group in groups if (finite := group[np.isfinite(group)]).size]
    if not found:
        return 0.0, 1.0
    low, high = min(float(g.min()) for g in found), max(float(g.max()) for g in found)
    largest = max(abs(low), abs(high))
    if high - low <= max(1e-9 * largest, 1e-290):
        room = 0.1 * largest if largest > 1e-280 else 1.0
        low, high = low - room, high + room
    return low, high


def ticks(low: float, high: float, log: bool, most: int) -> list[Tick]:
    """About `most` round values between the ends (in the axis's units) with their labels."""
    if not log:
        return _linear_ticks(low, high, most)
    decades = range(math.ceil(low), math.floor(high) + 1)
    if len(decades) >= 2:
        stride = math.ceil(len(decades) / most)
        aligned = [k for k in decades if k % stride == 0]
        chosen = aligned if len(aligned) >= 2 else decades[::stride]
        return [(float(k), "10" + str(k).translate(SUPERSCRIPTS)) for k in chosen]
    below = 10.0 ** math.floor(low)
    fine = [m * d * below for d in (1, 10, 100) for m in (1, 2, 5)]
    inside = [(math.log10(value), f"{value:.3g}") for value in fine if low <= math.log10(value) <= high]
    if len(inside) >= 2:
        return inside[:: math.ceil(len(inside) / most)]
    return [(math.log10(value), label) for value, label in _linear_ticks(10**low, 10**high, most)]


def _linear_ticks(low: float, high: float, most: int) -> list[Tick]:
    if (span := (high - low) / most) < 1e-300:  # as for a map whose axis holds 0 and the least number there is
        return [(low, f"{low:.3g}")]
    exponent = math.floor(math.log10(span))
    steps = [m * 10.0**e for e in (exponent, exponent + 1) for m in (1, 2, 5)]
    ends = [(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)) for step in steps]
    chosen = next((i for i, (first, last) in enumerate(ends) if last - first < most), len(steps) - 1)
    if chosen and ends[chosen][0] >= ends[chosen][1]:
        chosen -= 1  # one tick alone would not tell the scale
    step, (first, last) = steps[chosen], ends[chosen]
    values = [float(f"{i * step:.12g}") for i in range(first, last + 1)]
    return list(zip(values, number_labels(values, step), strict=True))


def number_labels(values: Sequence[float], step: float) -> list[str]:
    """The shortest numbers that tell values `step` apart: 0.5, 1500, 1e-3."""
    largest = max((abs(value) for value in values), default=0.0)
    if largest and not 1e-3 <= largest < 1e5:
        digits = max(0, math.floor(math.log10(largest)) - math.floor(math.log10(step) + 1e-9))
        parts = [f"{value:.{digits}e}".split("e") for value in values]
        return [f"{mantissa}e{int(power)}" if float(mantissa) else "0" for mantissa, power in parts]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{value + 0.0:.{decimals}f}" for value in values]


# --- runs behind a figure --------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Behind:
    """A run that stays behind the present one: its figure, and what tells it from the others in few words."""

    label: str
    figure: Figure

    def marks(self, panel: Panel, place: int) -> tuple[Line | Points, ...]:
        """What this run leaves in the `panel` at this place: dotted lines and points, the first of them with the label.

        It comes from the panel of the same title, else from that at the same place with the same axes; a map leaves
        nothing.
        """
        titled = [one for one in self.figure.panels if one.title == panel.title]
        found = titled or [
            one
            for one in self.figure.panels[place : place + 1]
            if (one.x_label, one.y_label) == (panel.x_label, panel.y_label)
        ]
        left: list[Line | Points] = []
        for mark in found[0].marks if found else ():
            label = "" if left else self.label
            if isinstance(mark, Points):
                left.append(replace(mark, label=label))
            elif isinstance(mark, Line | Steps | Bars):
                left.append(Line(*outline(mark), label, "dotted"))
        return tuple(left)


def outline(mark: Line | Steps | Bars) -> tuple[Array, Array]:
    """What is left of lines, steps and bars when only a line is drawn."""
    if isinstance(mark, Line):
        return mark.x, mark.y
    if isinstance(mark, Steps):
        return np.repeat(mark.edges, 2), np.concatenate([[0.0], np.repeat(mark.heights, 2), [0.0]])
    x, heights, half = np.asarray(mark.x, dtype=float), np.asarray(mark.heights, dtype=float), mark.width / 2
    sides = np.stack([x - half, x - half, x + half, x + half], axis=1)
    return sides.ravel(), np.stack([0 * heights, heights, heights, 0 * heights], axis=1).ravel()


# --- files ----------------------------------------------------------------------------------------------------------


def save(figure: Figure, path: Path, behind: Sequence[Behind] = ()) -> Path:
    """Write a figure, over the runs behind it, as PNG, SVG or PDF, by the path's suffix; missing folders are made.

    Equal figures give equal files. StudyError when the suffix is none of the three or the file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in METADATA:
        raise StudyError(f"a figure cannot be saved as {path.name!r}: the name has to end in .png, .svg or .pdf")
    import matplotlib

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with matplotlib.rc_context({"svg.hashsalt": "nnstudy"}):
            drawing = render(figure, behind)
            with written_whole(path, "wb") as file:
                drawing.savefig(file, format=suffix[1:], metadata=METADATA[suffix])
    except OSError as trouble:
        reason = trouble.strerror or trouble
        raise StudyError(f"the figure was not saved to {path}: {reason}; choose another place") from trouble
    return path


def render(figure: Figure, behind: Sequence[Behind] = ()) -> Drawing:
    """The figure as matplotlib draws it: its panels in at most two columns, each over what other runs left there."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    columns = min(2, max(1, len(figure.panels)))
    rows = max(1, -(-len(figure.panels) // columns))
    drawing = Drawing(figsize=(5.2 * columns, 3.6 * rows + 0.3), dpi=150, layout="constrained")
    FigureCanvasAgg(drawing)
    drawing.suptitle(_plain(figure.title))
    for place, panel in enumerate(figure.panels):
        left = [run.marks(panel, place) for run in behind]
        _draw_panel(drawing.add_subplot(rows, columns, place + 1), panel, left)
    return drawing


def _draw_panel(axes: Axes, panel: Panel, behind: Sequence[Sequence[Line | Points]] = ()) -> None:
    axes.set_title(_plain(panel.title), fontsize="medium")
    axes.set_xlabel(_plain(panel.x_label))
    axes.set_ylabel(_plain(panel.y_label))
    if panel.x_log:
        axes.set_xscale("log", nonpositive="clip")
    if panel.y_log:
        axes.set_yscale("log", nonpositive="clip")
    mapped = any(isinstance(mark, HeatMap) for mark in panel.marks)
    colours = cycle(["black"] if mapped else [f"C{i}" for i in range(10)])
    numbers: dict[type, int] = {}
    for mark in panel.marks:
        number = numbers[type(mark)] = numbers.get(type(mark), -1) + 1
        _draw_mark(axes, panel, mark, number, "dimgrey" if isinstance(mark, Reference) else next(colours))
    for number, marks in enumerate(behind, 1):
        for mark in marks:
            _draw_behind(axes, panel, mark, number)
    if any(mark.label for mark in panel.marks if not isinstance(mark, HeatMap)) or any(behind):
        axes.legend(fontsize="small")
    counted = [mark.x for mark in panel.marks if isinstance(mark, Line | Points)]
    if counted and not panel.x_log and all(np.array_equal(x, np.round(x)) for x in counted):
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # there is no replica or layer 2.5


def _draw_behind(axes: Axes, panel: Panel, mark: Line | Points, number: int) -> None:
    """Thin and dotted, with the run's number as its marker: no colour is needed to tell the runs apart."""
    x, y = _shown(mark.x, panel.x_log), _shown(mark.y, panel.y_log)
    line = ":" if isinstance(mark, Line) else ""
    look: dict[str, Any] = {"markevery": max(1, len(x) // 6)} if line else {}
    axes.plot(
        x, y, linestyle=line, marker=f"${number}$", markersize=6, linewidth=1, alpha=0.8, zorder=1,
        color=f"C{(number + 3) % 10}", label=_plain(mark.label) or None, **look,
    )  # fmt: skip


def _draw_mark(axes: Axes, panel: Panel, mark: Mark, number: int, colour: str) -> None:
    look: dict[str, Any] = {"color": colour, "label": _plain(mark.label) or None}
    if isinstance(mark, Line):
        x, y = _shown(mark.x, panel.x_log), _shown(mark.y, panel.y_log)
        if number:
            look |= {"marker": MARKERS[number % len(MARKERS)], "markevery": max(1, len(x) // 8), "markersize": 4}
        axes.plot(x, y, LINE_STYLES.get(mark.style, "-"), **look)
    elif isinstance(mark, Points):
        x, y = _shown(mark.x, panel.x_log), _shown(mark.y, panel.y_log)
        axes.plot(x, y, MARKERS[number % len(MARKERS)], markersize=3 if len(x) > 100 else 5, **look)
    elif isinstance(mark, Bars):
        look |= {"hatch": HATCHES[number % len(HATCHES)], "edgecolor": "white"}
        axes.bar(mark.x, _shown(mark.heights, panel.y_log), mark.width, **look)
        if mark.names:
            axes.set_xticks(mark.x, [_plain(name) for name in mark.names])
    elif isinstance(mark, Steps):
        axes.stairs(_shown(mark.heights, panel.y_log), mark.edges, **look)
    elif isinstance(mark, Intervals):
        low, high = (_shown(side, panel.y_log) for side in (mark.low, mark.high))
        axes.vlines(_shown(mark.x, panel.x_log), low, high, linewidth=1.2, **look)
    elif isinstance(mark, HeatMap):
        _draw_map(axes, panel, mark)
    elif np.isfinite(_shown(np.array([mark.value]), panel.x_log if mark.axis == "x" else panel.y_log)).all():
        across = axes.axvline if mark.axis == "x" else axes.axhline
        across(mark.value, linestyle=REFERENCE_STYLES[number % len(REFERENCE_STYLES)], linewidth=1, **look)


def _draw_map(axes: Axes, panel: Panel, surface: HeatMap) -> None:
    x, y = on_axis(surface.x, panel.x_log), on_axis(surface.y, panel.y_log)
    values = surface.values[np.ix_(np.isfinite(y), np.isfinite(x))]
    values = np.ma.masked_invalid(_shown(values, log=False))
    if not values.count():
        return
    look: dict[str, Any] = {"cmap": "viridis"}
    if surface.diverging:
        most = float(np.abs(values).max()) or 1.0
        look = {"cmap": "RdBu_r", "vmin": -most, "vmax": most}
    edges = _edges(x[np.isfinite(x)], panel.x_log), _edges(y[np.isfinite(y)], panel.y_log)
    mesh = axes.pcolormesh(*edges, values, rasterized=True, **look)
    axes.set_xlim(edges[0].min(), edges[0].max())  # what is drawn over the map does not widen it
    axes.set_ylim(edges[1].min(), edges[1].max())
    axes.figure.colorbar(mesh, ax=axes, label=_plain(surface.label))


def _edges(middle: Array, log: bool) -> Array:
    """The borders, in data units, half way between centres in units of the axis: one more than there are centres."""
    if len(middle) < 2:
        edges = np.concatenate([middle - 0.5, middle + 0.5])
    else:
        half = np.diff(middle) / 2
        edges = np.concatenate([[middle[0] - half[0]], middle[:-1] + half, [middle[-1] + half[-1]]])
    return 10.0**edges if log else edges


def _shown(values: Array, log: bool) -> Array:
    """The values with NaN, which is left out, for those that the axis cannot show."""
    return np.where(np.isfinite(on_axis(values, log)), values, np.nan)


def _plain(text: str) -> str:
    """Text in which matplotlib finds no mathematics to typeset."""
    return text.replace("$", r"\$")


# --- formulas ---------------------------------------------------------------------------------------------------------

UNKNOWN_TO_MATPLOTLIB = {  # macros that its mathtext does not know, with what it calls the same
    r"\lVert": r"\Vert", r"\rVert": r"\Vert", r"\lvert": r"\vert", r"\rvert": r"\vert", r"\tfrac": r"\frac",
    r"\cfrac": r"\frac", r"\implies": r"\Longrightarrow", r"\iff": r"\Longleftrightarrow", r"\land": r"\wedge",
    r"\lor": r"\vee", r"\textbf": r"\mathbf", r"\textrm": r"\mathrm", r"\limits": "", r"\nolimits": "",
    r"\displaystyle": "", r"\boldsymbol": r"\mathbf", r"\bm": r"\mathbf", r"\operatorname*": r"\operatorname",
    r"\le": r"\leq", r"\coloneqq": r":=", r"\stackrel": r"\overset", r"\emph": r"\mathit", r"\mathop": "",
    **dict.fromkeys((rf"\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "m", "r")), ""),
    r"\argmin": r"\operatorname{argmin}", r"\argmax": r"\operatorname{argmax}", r"\bmod": r"\;\mathrm{mod}\;",
}  # fmt: skip
LONGEST_FORMULA = 1000
MACRO = re.compile(r"\\operatorname\*|\\[A-Za-z]+")
TOKEN = r"\s*(\\[A-Za-z]+|[^\s{}\\\[])"  # an argument without braces, which TeX takes and mathtext does not
GROUP = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
BARE_FIRST = re.compile(r"(\\(?:frac|dfrac|binom|overset|underset|sqrt|math[a-z]+)(?![A-Za-z]))" + TOKEN)
BARE_SECOND = re.compile(r"(\\(?:frac|dfrac|binom|overset|underset)\s*" + GROUP + ")" + TOKEN)


def set_formula(latex: str, colour: str) -> bytes:
    """A formula as matplotlib's mathtext sets it: a PNG with a clear background.

    StudyError when mathtext does not know a macro of it, as with matrices.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    if len(latex) > LONGEST_FORMULA:
        raise StudyError("this formula is too long for an image")
    written = MACRO.sub(lambda found: UNKNOWN_TO_MATPLOTLIB.get(found[0], found[0]), " ".join(latex.split()))
    for bare in (BARE_FIRST, BARE_SECOND):
        written = bare.sub(r"\1{\2}", written)
    drawing = Drawing(figsize=(0.01, 0.01), dpi=160)  # the picture grows to the formula
    FigureCanvasAgg(drawing)
    picture = BytesIO()
    try:
        drawing.text(0, 0, f"${written}$", color=colour, fontsize=15, math_fontfamily="cm")
        drawing.savefig(picture, format="png", transparent=True, bbox_inches="tight", pad_inches=0.03)
    except (ValueError, RecursionError) as trouble:
        raise StudyError("matplotlib cannot set this formula; in letters it reads as above") from trouble
    return picture.getvalue()


# --- pages ------------------------------------------------------------------------------------------------------------

INK, GROUND, FAINT = "#010203", "#fdfefd", "#696969"  # colours that no figure has: a page says what they are
MARKS = ("#010211", "#010212", "#010213", "#010214", "#010215")
NAMED = {"id", "href"}


def drawn(panel: Panel, name: str, description: str) -> str:
    """A panel as SVG for a page, whose style sheet gives the colours: `--mark-0` to 4, `--faint`, `--ground`.

    Every id in it begins with `name`, so that many may stand on one page.
    """
    from xml.etree import ElementTree

    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    ink = dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK)
    look: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "axes.facecolor": "none",
        "legend.facecolor": GROUND,
    } | ink
    with mpl.rc_context(look | {"axes.prop_cycle": cycler(color=MARKS), "hatch.color": GROUND}):
        drawing = Drawing(figsize=(7.2, 3.4), layout="constrained", facecolor="none")
        FigureCanvasSVG(drawing)
        axes = drawing.add_subplot()
        _draw_panel(axes, panel)
        for label in axes.get_xticklabels() if len(axes.get_xticks()) > 8 else ():
            label.set_fontsize("x-small")
        picture = BytesIO()
        drawing.savefig(picture, format="svg", metadata=METADATA[".svg"] | {"Format": None, "Type": None})
    root = ElementTree.fromstring(picture.getvalue())
    return _for_a_page(root, name, panel.title, description)


def _for_a_page(root: Any, name: str, title: str, description: str) -> str:
    from xml.etree import ElementTree

    for element in list(root.iter()):
        element.tag = element.tag.rpartition("}")[2]
        for key, value in list(element.attrib.items()):
            del element.attrib[key]
            plain = key.rpartition("}")[2]
            value = re.sub(r"url\(#", f"url(#{name}-", value)
            if plain in NAMED:
                value = f"#{name}-{value[1:]}" if value.startswith("#") else f"{name}-{value}"
            element.set(plain, _coloured(value))
    for metadata in root.findall("metadata"):
        root.remove(metadata)
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        told = ElementTree.Element(tag, {"id": f"{name}-{tag}"})
        told.text = text
        root.insert(place, told)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    for unneeded in ("width", "height", "version"):
        root.attrib.pop(unneeded, None)
    return ElementTree.tostring(root, encoding="unicode")


def _coloured(value: str) -> str:
    found = value.replace(INK, "currentColor").replace(FAINT, "var(--faint)")
    found = found.replace(GROUND, "var(--ground)").replace("#ffffff", "var(--ground)")
    for place, colour in enumerate(MARKS):
        found = found.replace(colour, f"var(--mark-{place})")
    return found
