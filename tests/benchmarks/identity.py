"""How many cards keep their history when notes are edited, and how many histories go to a card that is another.

Run it with ``python tests/benchmarks/identity.py [HISTORIES [ROUNDS [FIRST_SEED]]]``. Each history is a folder of two
notes that is edited and read again (typos, rewording of up to 40 % of the words, cards and sections moved, renamed,
split, merged, deleted, brought back, replaced by others of the same form, files renamed); which card is which is known
throughout.
"""

import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]

from edits import Score, follow


def main() -> None:
    histories = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 12
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    score = Score()
    for seed in range(first, first + histories):
        with tempfile.TemporaryDirectory() as folder:
            follow(Path(folder), seed, rounds, score)
    if "-v" in sys.argv:
        print(*score.trouble, sep="\n")
    print(f"{histories} histories of {rounds} rounds of edits, seeds {first} to {first + histories - 1}\n")
    print("| what | cards | share | aim |\n|---|---|---|---|")
    kept, changed = score.kept / score.same, score.changed_kept / max(1, score.changed)
    astray = score.astray / score.histories
    print(f"| the same card, and kept its history | {score.same:,} | {kept:.2%} | 99 % |")
    print(f"| of these, where it or its place was edited | {score.changed:,} | {changed:.2%} | |")
    print(f"| history gone to a card that is another | {score.histories:,} | {astray:.3%} | 0 |")


if __name__ == "__main__":
    main()
