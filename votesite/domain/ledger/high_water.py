"""How far each ledger has been published: a text file beside the database that no backup contains.

At every checkpoint a line `SLUG SIZE ROOT` is added after the commit. A database that was put back
to an older state, or exchanged for another, no longer contains the trees that these lines name.
"""

import logging
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock

from votesite.extensions import site

NAME = "high-water"
ROOT_LENGTH = 64  # a root in hex
SEEN = "seen"  # from a note that somebody kept and showed at a restore
INCIDENT = "incident"  # staff have explained the state: earlier lines no longer count

_log = logging.getLogger(__name__)


@dataclass
class Marks:
    """What a ledger must contain: its furthest checkpoint, and notes that somebody kept.

    `roots` are the roots in hex published for `size`; `seen` are (size, root in hex).
    """

    size: int = 0
    roots: set[str] = field(default_factory=set)
    seen: set[tuple[int, str]] = field(default_factory=set)

    def add(self, size: int, root: str, kind: str) -> None:
        """Take in one line."""
        if kind == SEEN:
            self.seen.add((size, root))
            return
        if kind == INCIDENT:
            self.seen.clear()
        if kind == INCIDENT or size > self.size:
            self.size, self.roots = size, set()
        if size == self.size:
            self.roots.add(root)

    def trees(self) -> list[tuple[int, str]]:
        """Returns (size, root in hex) of every tree the ledger must contain, smallest first."""
        return sorted(self.seen | {(self.size, root) for root in self.roots})


class _Reader:
    """The file as one process has read it so far; only what was added is read again.

    All threads share one reader. `_offset` (bytes read) and `_marks` belong to `_lock`; the marks
    it returns may grow under a caller's eyes, but never shrink except at an incident.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._forget()

    def of(self, slug: str) -> Marks:
        """Returns the marks of one ledger."""
        with self._lock:
            self._read_on()
            return self._marks.get(slug, Marks())

    def _forget(self) -> None:
        self._offset = 0
        self._marks: dict[str, Marks] = {}

    def _read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._offset:
                    self._forget()
                file.seek(self._offset)
                for line in file:
                    if not line.endswith(b"\n"):
                        return  # another process is writing it
                    self._offset += len(line)
                    self._take(line.decode("ascii", "replace").split())
        except FileNotFoundError:
            self._forget()
        except OSError:
            _log.exception("%s cannot be read: what is known of it counts", NAME)

    def _take(self, words: list[str]) -> None:
        if len(words) not in (3, 4) or not words[1].isdecimal():
            return
        slug, size, root, *kind = words
        if len(root) != ROOT_LENGTH:  # the half of a line that a full disk has left
            return
        self._marks.setdefault(slug, Marks()).add(int(size), root, "".join(kind))


def path() -> Path:
    """Returns the file's path."""
    return site().settings.instance / NAME


def note(slug: str, size: int, root: bytes, kind: str = "") -> None:
    """Add a line. A fault such as a full disk is only logged, so that no ballot fails by it."""
    line = " ".join(word for word in (slug, str(size), root.hex(), kind) if word) + "\n"
    try:
        handle = os.open(path(), os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            end = os.fstat(handle).st_size
            if end and os.pread(handle, 1, end - 1) != b"\n":
                line = f"\n{line}"  # what a full disk has left takes no other line with it
            os.write(handle, line.encode())
        finally:
            os.close(handle)
    except OSError:
        _log.exception("a checkpoint could not be noted in %s", NAME)


def marks(slug: str) -> Marks:
    """Returns what is known of a ledger."""
    return _reader(path()).of(slug)


@cache
def _reader(path: Path) -> _Reader:
    return _Reader(path)
