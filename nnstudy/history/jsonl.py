"""Everything for keeps as JSON lines: what another nnstudy takes in, and what any program can read."""

import json
from typing import TextIO

from nnstudy.store.dump import lines
from nnstudy.store.store import Store


def write(store: Store, note: str | None, out: TextIO) -> None:
    """One JSON object a line; its "type" says what it is."""
    for line in lines(store.connection, note):
        out.write(json.dumps(line, ensure_ascii=False) + "\n")
