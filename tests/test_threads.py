"""One BLAS thread: small stacked matrices are multiplied three times faster by one than by two."""

import os
import subprocess
import sys

CODE = "import nnstudy.experimenting.trials, os; print(os.environ['OPENBLAS_NUM_THREADS'])"


def threads(**environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=kept | environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_program_asks_for_one_thread_before_numpy_loads():
    assert threads() == "1"


def test_another_wish_is_respected():
    assert threads(OPENBLAS_NUM_THREADS="4") == "4"
