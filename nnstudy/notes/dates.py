"""Dates as people write them into notes, in English and Italian."""

import re
from datetime import date

MONTHS = {
    name: number
    for names in (
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "gen feb mar apr mag giu lug ago set ott nov dic",
    )
    for number, name in enumerate(names.split(), 1)
}
NUMBERS = re.compile(r"(?<!\d)(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?!\d)")
ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
MONTH_FIRST = re.compile(r"\b([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})\b")
DAY_FIRST = re.compile(r"\b(\d{1,2})[ °º]{1,2}([A-Za-z]{3,9})\.?,? (\d{4})\b")


def find_date(text: str) -> date | None:
    """The first date in a text: ``May 6, 2023``, ``6 maggio 2023``, ``2023-05-06``, ``06/05/23`` (the day first)."""
    if found := ISO.search(text):
        return day_of(int(found[1]), int(found[2]), int(found[3]))
    if found := NUMBERS.search(text):
        return day_of(int(found[3]), int(found[2]), int(found[1]))
    for pattern, month, day in ((MONTH_FIRST, 1, 2), (DAY_FIRST, 2, 1)):
        if (found := pattern.search(text)) and (number := MONTHS.get(found[month][:3].lower())):
            return day_of(int(found[3]), number, int(found[day]))
    return None


def day_of(year: int, month: int, day: int) -> date | None:
    """The day of these numbers, a year of two digits in this century; None when there is none."""
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
