"""What notes are called in a list: by their titles, and by their files' names too where two have one title."""

from collections.abc import Mapping
from pathlib import PurePath

from nnstudy.store.store import Store


def told_apart(store: Store) -> dict[str, str]:
    """What the notes that share their title are called, by id: first what tells their paths apart, then the title."""
    called: dict[str, str] = {}
    for title, paths in store.notes.of_one_title().items():
        called |= {note: f"{name} · {title}" for note, name in _ends(paths).items()}
    return called


def _ends(paths: Mapping[str, str]) -> dict[str, str]:
    """The shortest ends of some paths, without what follows the last dot, that differ from each other."""
    parts = {note: PurePath(path).with_suffix("").parts for note, path in paths.items()}
    for length in range(1, max(map(len, parts.values())) + 1):
        ends = {note: "/".join(of[-length:]) for note, of in parts.items()}
        if len(set(ends.values())) == len(ends):
            return ends
    return dict(paths)
