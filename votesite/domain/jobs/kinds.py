"""The kinds of long work: each has a function, and bounds of time and memory.

A module that has long work registers it:

    @kind("award-xlsx")
    def _award_workbook(task: Task) -> Made:
        for done, candidate in enumerate(candidates):
            task.step(done, len(candidates))
        return Made(output=workbook, filename="award.xlsx")

The process that works imports the whole site, so that every kind is known to it.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from votesite.errors import Busy
from votesite.extensions import site
from votesite.store import Statement, Transaction

SECONDS = 300  # of computing
SLACK = 3  # times as long as it may compute a piece of work may last, on a machine that is busy
MEMORY = 1024 << 20  # addresses beside those that the process has; more than what is filled
STEP_PAUSE = 1.0  # seconds between two steps that are written down
STEP_PATIENCE = 0.5  # seconds: progress is no reason to wait

_STEP = Statement("UPDATE jobs SET done = :done, total = :total WHERE id = :id")


@dataclass(frozen=True)
class Made:
    """What came of a piece of work: an answer as JSON, and a file to be fetched, if there is one.

    `filename` ends in what the file is: the download's type is told by it.
    """

    answer: dict[str, Any] = field(default_factory=dict)
    output: bytes | None = None
    filename: str = ""


@dataclass
class Task:
    """A piece of work as its function sees it: who asked what, and where its progress is told."""

    id: int
    campaign_id: int
    by: int
    question: dict[str, Any]
    input: bytes | None
    _told_at: float = field(default=float("-inf"), init=False)

    def step(self, done: int, total: int) -> None:
        """Let the page show that `done` of `total` steps are made. Never inside a transaction."""
        now = time.monotonic()
        if done < total and now - self._told_at < STEP_PAUSE:
            return
        self._told_at = now
        values = {"done": done, "total": total, "id": self.id}

        def write(tx: Transaction) -> None:
            tx.run(_STEP, values)

        with suppress(Busy):
            site().store.write(write, patience=STEP_PATIENCE)


Work = Callable[[Task], Made]


@dataclass(frozen=True)
class Kind:
    """A kind of long work: its function, and how much it may compute and hold."""

    work: Work
    seconds: int = SECONDS
    memory: int = MEMORY


KINDS: dict[str, Kind] = {}


def kind(name: str, *, seconds: int = SECONDS, memory: int = MEMORY) -> Callable[[Work], Work]:
    """Let a function do the work of a kind; `name` has at most 20 characters."""

    def register(work: Work) -> Work:
        KINDS[name] = Kind(work, seconds, memory)
        return work

    return register
