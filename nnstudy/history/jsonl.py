"""Everything for keeps as JSON lines: what another nnstudy takes in, and what any program can read."""

import json

from nnstudy.history.outgoing import Outgoing
from nnstudy.store.dump import count, lines


def write(out: Outgoing) -> None:
    """One JSON object a line; its "type" says what it is."""
    for line in out.counted(lines(out.store.connection, out.note), count(out.store.connection, out.note)):
        out.file.write(json.dumps(line, ensure_ascii=False) + "\n")
