"""How a prompt says where in its note it stands, and what is shown of it where there is one line only."""

import re
from functools import lru_cache

from nnstudy.notes.math import first_line

LONGEST = 120  # characters of a heading in a prompt
MARK = re.compile(r"(?<![ \t])[ \t]+\^[A-Za-z0-9-]{4,}[ \t]*$", re.M)  # the name of a paragraph, for Obsidian's links


@lru_cache(maxsize=64)  # the cards of a section ask for it one after the other
def path_of(headings: tuple[str, ...]) -> str:
    """The last two headings; the outermost one, which is over everything, says nothing where others follow it."""
    return " › ".join(_named(heading) for heading in (headings[1:] or headings)[-2:])


def in_a_line(prompt: str, headings: tuple[str, ...]) -> str:
    """What a list shows of a prompt: of the headings that it begins with, the last one; then its first line."""
    path = path_of(headings)
    rest = prompt.removeprefix(path) if path else prompt
    if rest == prompt or not rest.strip():
        return first_line(prompt)
    between = " · " if rest.startswith("\n") else " "
    return f"{_named(headings[-1])}{between}{first_line(rest)}"


def _named(heading: str) -> str:
    heading = MARK.sub("", heading)
    return heading if len(heading) <= LONGEST else heading[: LONGEST - 1].rstrip() + "…"
