"""The demo's story in time: acts, ballots, and the clock that jumps from one to the next."""

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from votesite.clock import day

WAVE = 32  # ballots cast at the same time, which then share a transaction


@dataclass(frozen=True)
class Act:
    """Something that happens at a given time, on its own."""

    at: datetime
    do: Callable[[], None]


@dataclass(frozen=True)
class Vote:
    """One citizen's ballot in a campaign; without picks, they follow the campaign's taste."""

    at: datetime
    slug: str
    voter: bytes
    origin: tuple[str, str]
    picks: tuple[int, ...] = ()


class StoryClock:
    """A clock that jumps from act to act, never back and never past the end of the story."""

    def __init__(self, end: datetime) -> None:
        self.end = end
        self._now: datetime | None = None
        self._coming: deque[datetime] = deque()
        self._lock = threading.Lock()

    def go_to(self, *moments: datetime) -> None:
        """Set the clock; given several moments, each reading moves to the next one.

        What nobody has read before is left out: an act need not look at the clock.
        """
        with self._lock:
            self._coming = deque(moments)

    def __call__(self) -> datetime:
        """Return the present of the story; raises RuntimeError before the first `go_to`."""
        with self._lock:
            if self._coming:
                coming = min(self._coming.popleft(), self.end)
                self._now = max(self._now or coming, coming)
            if self._now is None:
                raise RuntimeError("the story has not begun")
            return self._now


def waves(timeline: Sequence[Act | Vote]) -> Iterator[list[Any]]:
    """Yield each act alone, and consecutive ballots of one campaign and day together."""
    wave: list[Any] = []
    for event in timeline:
        if wave and not _belongs(event, wave):
            yield wave
            wave = []
        wave.append(event)
    if wave:
        yield wave


def _belongs(event: Act | Vote, wave: Sequence[Act | Vote]) -> bool:
    first = wave[0]
    if isinstance(first, Act) or isinstance(event, Act) or len(wave) == WAVE:
        return False
    return first.slug == event.slug and day(first.at) == day(event.at)
