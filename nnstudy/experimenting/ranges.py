"""Values of a parameter as a person types them: "0.2,0.5,0.8", "0.1..0.9x5", "1e-4..1x5 log", "*"."""

import re
from collections.abc import Sequence

import numpy as np

from nnstudy.errors import StudyError

RANGE = re.compile(r"(?P<low>.+?)\s*\.\.\s*(?P<high>[^\sx×]+)\s*(?:[x×]\s*(?P<count>\d+))?\s*(?P<log>log)?")
MOST = 1000
FORM = "write low..high and how many, such as 0.1..0.9x5, or 1e-4..1x5 log"


def values(text: str, *, whole: bool = False, choices: Sequence[str] | None = None) -> list[str]:
    """The values that a text stands for, as texts: parted by commas, ranges spread out, * for all choices.

    A range of whole numbers without a count has all of them; with "log" after it, it is even in the logarithm.
    StudyError for a range that cannot be read.
    """
    if choices is not None and text.strip() == "*":
        return list(choices)
    if choices is not None:
        return [part.strip() for part in text.split(",")]
    return [value for part in text.split(",") for value in _spread(part.strip(), whole)]


def _spread(text: str, whole: bool) -> list[str]:
    if ".." not in text:
        return [text]
    found = RANGE.fullmatch(text)
    try:
        low, high = (float(found[side]) for side in ("low", "high")) if found else (np.nan, np.nan)
    except ValueError:
        low = high = np.nan
    if found is None or not np.isfinite([low, high]).all():
        raise StudyError(f"{text!r} is no range: {FORM}")
    if found["count"] is None and not whole:
        raise StudyError(f"how many values has {text!r}? {FORM}")
    count = int(found["count"]) if found["count"] else int(abs(high - low)) + 1
    if not 1 <= count <= MOST:
        raise StudyError(f"{text!r} has {count:,} values; at most {MOST:,} are taken")
    if found["log"] and min(low, high) <= 0:
        raise StudyError(f"{text!r} has no logarithm: both ends must be above 0")
    spread = np.geomspace(low, high, count) if found["log"] else np.linspace(low, high, count)
    if whole:
        return list(dict.fromkeys(str(round(float(value))) for value in spread))
    return [f"{float(value):.6g}" for value in spread]
