"""One BLAS thread: small stacked matrices are multiplied three times faster by one than by two."""

import os
import subprocess
import sys

TRAINED = """
import hashlib
from nnstudy.lab.overfitting import Curves, Parameters
pairs = Curves(Parameters(), 0).pairs
pairs.advance(5)
print(hashlib.sha256(repr([loss.tolist() for both in pairs.losses for loss in both]).encode()).hexdigest())
"""
CODE = "import nnstudy.experimenting.trials, os; print(os.environ['OPENBLAS_NUM_THREADS'])"


def threads(code: str = CODE, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code], env=kept | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_program_asks_for_one_thread_before_numpy_loads():
    assert threads() == "1"


def test_another_wish_is_respected():
    assert threads(OPENBLAS_NUM_THREADS="4") == "4"


def test_the_number_of_threads_changes_no_digit_of_what_networks_learn():
    assert threads(TRAINED, OPENBLAS_NUM_THREADS="1") == threads(TRAINED, OPENBLAS_NUM_THREADS="2")
