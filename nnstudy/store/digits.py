"""Numbers and days that SQLite has written one after the other into one text, which NumPy reads.

A row fetched from SQLite costs some 0.5 us, of a million that is too much.
"""

import numpy as np
from numpy.typing import NDArray

from nnstudy.store.records import damaged

Whole = NDArray[np.int64]


def letters(text: str, width: int) -> NDArray[np.bytes_]:
    """Texts of one width that stand one after the other; DamagedError when they have not that width."""
    try:
        return np.frombuffer(text.encode("ascii"), f"S{width}")
    except ValueError as trouble:
        raise damaged(f"a moment or a day of a review that has not {width} letters") from trouble


def digits(text: str, width: int) -> NDArray[np.uint8]:
    """The digits of such texts, a row each; other letters are no digits."""
    return letters(text, width).view(np.uint8).reshape(-1, width) - np.uint8(ord("0"))


def moments(stamps: NDArray[np.bytes_]) -> NDArray[np.datetime64]:
    """The moments (UTC, in milliseconds) that `stamp` wrote; DamagedError where one is none."""
    try:
        return stamps.astype("S23").astype("datetime64[ms]")
    except ValueError as trouble:
        raise damaged("a moment of a review that is none") from trouble


def number(digits: NDArray[np.uint8], *places: int) -> Whole:
    """The numbers whose digits stand at these places; DamagedError where other letters stand there."""
    found = np.zeros(len(digits), np.int64)
    for place in places:
        found *= 10
        found += digits[:, place]
    if len(found) and digits[:, places].max() > 9:
        raise damaged("letters where a review has digits")
    return found


def numbers(text: str) -> Whole:
    """Whole numbers between spaces."""
    return np.fromstring(text, np.int64, sep=" ")


def days(digits: NDArray[np.uint8]) -> Whole:
    """Days since 1970 of dates in ISO form; DamagedError where one is none."""
    years, months, days = number(digits, 0, 1, 2, 3), number(digits, 5, 6), number(digits, 8, 9)
    first = int(years.min())
    begins = np.arange((first - 1970) * 12, (int(years.max()) - 1969) * 12 + 1).astype("datetime64[M]")
    begins = begins.astype("datetime64[D]").astype(np.int64)
    month = (years - first) * 12 + months - 1
    if months.min() < 1 or months.max() > 12 or days.min() < 1 or (days > np.diff(begins)[month]).any():
        raise damaged("a day of a review that no calendar has")
    return np.asarray(begins[month] + days - 1)
