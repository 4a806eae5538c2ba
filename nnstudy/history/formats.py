"""The formats that a history can leave in, each a module of this package with a function `write(Outgoing)`."""

FORMATS = {
    "csv": "csv_log",
    "jsonl": "jsonl",
    "markdown": "markdown",
    "fsrs": "fsrs_log",
    "calendar": "calendar",
    "anki": "anki_out",
    "report": "report",
}
