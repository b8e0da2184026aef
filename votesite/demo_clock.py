"""The demo's clock: how far visitors have pushed its time forward.

Kept in the instance folder, one line of whole seconds for each push; the largest counts. So it only
goes forward, as the ledger demands (no entry is older than the one before it), and two workers
that add a line at the same moment need no lock.
"""

import math
from datetime import datetime, timedelta
from pathlib import Path

from votesite import clock

FILE = "demo-clock"
MOST = timedelta(days=366)  # a year on, no campaign of the demo has anything left to show


class DemoClock:
    """How far the demo's time is ahead of the machine's, the same for all workers."""

    def __init__(self, instance: Path) -> None:
        self._path = instance / FILE
        self._read = (0, timedelta(0))  # size of the file, and what it said

    def ahead(self) -> timedelta:
        """Returns how far business time is ahead.

        Each call looks at the file: the page that follows a push may come from another worker.
        """
        size = self._path.stat().st_size if self._path.exists() else 0
        if size != self._read[0]:
            lines = self._path.read_text("ascii").split()
            self._read = (size, timedelta(seconds=max(int(line) for line in lines)))
        return self._read[1]

    def push(self, until: datetime) -> None:
        """Move business time forward to a moment; one that has passed changes nothing.

        Raises ValueError beyond MOST.
        """
        ahead = until - clock.real()
        if ahead > MOST:
            raise ValueError(f"the demo's clock goes at most {MOST.days} days forward")
        if ahead > self.ahead():
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{math.ceil(ahead.total_seconds())}\n")
