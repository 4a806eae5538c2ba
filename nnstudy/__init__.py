"""Study your notes in the terminal: every card brings an experiment to predict, run and inspect.

>>> from nnstudy import Rating, Study
>>> with Study.open() as study:                                        # doctest: +SKIP
...     study.add("note.md")
...     while (card := study.next()) is not None:
...         study.answer(card, Rating.GOOD, duration_ms=4000)
"""

import os
from typing import TYPE_CHECKING, Any

# The experiments train many small networks as stacked arrays: several BLAS threads would spend three times as long,
# waiting for each other. NumPy reads these as it loads; whoever sets them otherwise is left alone.
for _library in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_library, "1")

# Textual paints at a beat, and after a paint may miss the next: at its 60 a second, a key pressed while a figure moves
# would be answered up to 33 ms later than it could be.
os.environ.setdefault("TEXTUAL_FPS", "240")

__version__ = "0.1.0"
__all__ = ["Rating", "Study", "StudyError", "__version__"]

if TYPE_CHECKING:
    from nnstudy.errors import StudyError
    from nnstudy.memory.scheduler import Rating
    from nnstudy.study import Study


def __getattr__(name: str) -> Any:
    """Import the front door when it is asked for, so that `nnstudy --help` does not wait for it."""
    if name == "Study":
        from nnstudy.study import Study

        return Study
    if name == "Rating":
        from nnstudy.memory.scheduler import Rating

        return Rating
    if name == "StudyError":
        from nnstudy.errors import StudyError

        return StudyError
    raise AttributeError(f"module 'nnstudy' has no attribute {name!r}")
