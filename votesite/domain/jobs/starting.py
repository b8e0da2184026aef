"""The process that does long work: the lock that only one holds, and how it is started.

It is a child of the worker that starts it, in gunicorn's process group, and goes on when that
worker is replaced: the next one finds the lock held. It has the worker's settings and nothing else
of it.
"""

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from votesite import config
from votesite.extensions import StateKey, site

ROOT = Path(__file__).parents[3]
LOCK = "jobs.lock"
PATIENCE = 1.0  # seconds: whoever only looks whether the lock is held lets go of it at once
PAUSE = 0.05
REST = 3.0  # seconds between two starts: another machine may be at work


class _Started:
    """The process that this worker has started, if it has."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._at = float("-inf")
        self._starting = threading.Lock()

    def start(self) -> None:
        """Start a process unless the last one still runs, or has just begun in vain."""
        with self._starting:
            has_ended = self._process is None or self._process.poll() is not None
            if has_ended and time.monotonic() - self._at > REST:
                self._at = time.monotonic()
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "flask", "jobs", "run"],
                    cwd=ROOT,
                    env=config.environment_of_commands(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                )


_STARTED = StateKey(_Started)


def start() -> None:
    """Start a process for the work that waits, unless one is at work.

    Only a site that serves does so: a command leaves it to the next request, or to the timer.
    """
    if site().serves and not is_at_work():
        site().state(_STARTED).start()


def is_at_work() -> bool:
    """Whether some process of this machine holds the lock."""
    handle = _opened()
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def turn() -> Iterator[bool]:
    """Hold the lock of long work; False where another process, or another machine, holds it."""
    handle = _opened()
    try:
        if _is_taken(handle, time.monotonic() + PATIENCE):
            with site().store.lone() as is_alone:
                yield is_alone
        else:
            yield False
    finally:
        os.close(handle)  # releases the lock


def _is_taken(handle: int, deadline: float) -> bool:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(PAUSE)
        else:
            return True


def _opened() -> int:
    return os.open(site().settings.instance / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
