"""A coverage-guided fuzzer for reading: no bytes may make it raise, but in a sentence, or lose a card's identity.

Run it with ``python tests/fuzz_notes.py -max_total_time=300`` where atheris is installed (``pip install atheris``). It
begins with the notes of the benchmark's collection and the texts on which careless parsers take long.
"""

import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "benchmarks")]

try:
    import atheris
except ImportError:
    print("atheris is not installed: pip install atheris")
    sys.exit(0)

with atheris.instrument_imports(include=["nnstudy.notes"]):
    from nnstudy.errors import StudyError
    from nnstudy.notes.cards import make_cards
    from nnstudy.notes.lint import Surroundings, lint
    from nnstudy.notes.note import read_note
    from nnstudy.notes.source import read_source


def one_input(data: bytes) -> None:
    """Read a note, make its cards, look it through."""
    try:
        source = read_source(data)
    except StudyError:
        return
    note = read_note(source, "n.md")
    cards, _ = make_cards(note)
    ids = [card.id for card in cards]
    if len(set(ids)) != len(ids):
        raise AssertionError("two cards have one id")
    for card in cards:
        if not card.prompt.strip() or not (card.answer.strip() or card.kind == "open"):
            raise AssertionError(f"a card without a side: {card}")
    lint(note, cards, Surroundings())


def corpus(folder: Path) -> None:
    """The texts to begin with."""
    from notes import HOSTILE, collection

    for name, data in collection(40):
        (folder / name).write_bytes(data[:4000])
    for number, make in enumerate(HOSTILE.values()):
        (folder / f"hostile-{number}").write_text(make(60), encoding="utf-8")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        corpus(Path(folder))
        atheris.Setup([*sys.argv, "-timeout=10", "-max_len=6000", folder], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
