"""The site under a clock that a file sets forward or back: `gunicorn bench.faults.stepped:app`.

Everything in the process that asks for the time of day is misled alike, as by a wrong clock of the
machine; what only measures durations is not.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VARIABLE = "FAULTS_CLOCK"
_real_time = time.time


def _misled() -> float:
    try:
        step = float(Path(os.environ[VARIABLE]).read_text())
    except (OSError, ValueError):
        step = 0.0
    return _real_time() + step


@contextmanager
def moved(seconds: float) -> Iterator[None]:
    """This process's own time of day moved, for what is signed inside the block."""
    time.time = lambda: _real_time() + seconds
    try:
        yield
    finally:
        time.time = _real_time


@contextmanager
def stopped() -> Iterator[None]:
    """This process's own time of day standing still, for what must not differ by a minute."""
    stands = _real_time()
    time.time = lambda: stands
    try:
        yield
    finally:
        time.time = _real_time


if VARIABLE in os.environ:
    time.time = _misled

    from wsgi import app as app
