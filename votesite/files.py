"""Files that several threads and processes share: whole in their place, or not there at all."""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from votesite.errors import BeingMade

MAX_WAIT = 5.0  # seconds that somebody waits for a file that another is making
PAUSE = 0.02  # seconds between two looks at the lock
LOCK = ".making"


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place when the block ends without a fault, and is on the disk by then.

    Until then it has a name that no other writer has. Its owner alone may read it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    draft = Path(name)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def made_once(path: Path, make: Callable[[IO[bytes]], None], *, patience: float = MAX_WAIT) -> Path:
    """Returns a file that whoever needs it first makes; the others wait until it is there.

    Its folder holds nothing but such files. What a process that was killed had begun is removed.
    Raises BeingMade where the file is not there after `patience` seconds.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with _locked(path.parent / LOCK, time.monotonic() + patience):
        if not path.exists():
            for left in path.parent.glob(".*"):
                if left.name != LOCK:
                    left.unlink(missing_ok=True)
            with written(path) as file:
                make(file)
    return path


@contextmanager
def _locked(lock: Path, deadline: float) -> Iterator[None]:
    """Hold a lock between threads and processes, which ends with its holder; raises BeingMade."""
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BeingMade from None
                time.sleep(PAUSE)
        yield
    finally:
        os.close(handle)
