"""How long the figures of Progress take with many reviews, against one plain scan of the log in the same database.

Run it by itself: python tests/benchmarks/progress.py [cards] [reviews of each]
"""

import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from big import fill

from nnstudy import Study


def main(cards: int, reviews_each: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), cards, reviews_each)
        with Study.open(folder) as study:
            scan = "SELECT count(*), sum(rating), max(day) FROM review NOT INDEXED"
            study.store.connection.execute(scan).fetchone()
            began = time.perf_counter()
            study.store.connection.execute(scan).fetchone()
            plain, began = time.perf_counter() - began, time.perf_counter()
            for _, counted in study.stats_in_steps():
                seconds = time.perf_counter() - began
                print(f"{seconds:6.2f} s, {seconds / plain:6.1f} scans: {', '.join(sorted(counted))}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:] or (100_000, 10)))
