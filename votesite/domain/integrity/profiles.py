"""Ballots counted from many sides: the figures in which a group is compared with everybody else.

Pure data over traces: nothing here reads a clock or a database.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

HOUR = 60  # minutes
DAY = 24 * HOUR
CST_MINUTES = 8 * HOUR  # Beijing is ahead of UTC by
NIGHT_ENDS = 6 * HOUR  # minutes after midnight


@dataclass(frozen=True)
class Trace:
    """One ballot: its ledger number, minute since the epoch, keyed hashes, and what it names.

    `picks` are candidates' numbers. `outside` says whether the ballot came from outside the
    campaign's home region; None if that is unknown.
    """

    n: int
    minute: int
    source: bytes
    agent: bytes
    picks: tuple[int, ...]
    outside: bool | None = None


class Profile:
    """How often each source, agent and pick occurs among some ballots, given in order of time."""

    def __init__(self, traces: Iterable[Trace]) -> None:
        self.traces = list(traces)
        self.minutes = [trace.minute for trace in self.traces]
        self.size = len(self.traces)

    @cached_property
    def sources(self) -> Counter[bytes]:
        """Ballots by source."""
        return Counter(trace.source for trace in self.traces)

    @cached_property
    def agents(self) -> Counter[bytes]:
        """Ballots by agent."""
        return Counter(trace.agent for trace in self.traces)

    @cached_property
    def picks(self) -> Counter[tuple[int, ...]]:
        """Ballots by everything they name together."""
        return Counter(trace.picks for trace in self.traces)

    @cached_property
    def candidates(self) -> Counter[int]:
        """Ballots by candidate named."""
        return Counter(no for trace in self.traces for no in trace.picks)

    @cached_property
    def nightly(self) -> int:
        """How many came between midnight and six in the morning, Beijing time."""
        return sum(_is_night(trace.minute) for trace in self.traces)

    @cached_property
    def placed(self) -> Counter[bool]:
        """Ballots by whether they came from outside the home region; unknown ones are left out."""
        return Counter(bool(trace.outside) for trace in self.traces if trace.outside is not None)

    def between(self, first: int, last: int) -> int:
        """How many came from minute `first` to minute `last`, both included."""
        return bisect_right(self.minutes, last) - bisect_left(self.minutes, first)


class Rest:
    """The trusted ballots that do not share a group's key: what is usual in this campaign."""

    def __init__(self, trusted: Profile, sharing: Profile) -> None:
        self._trusted, self._sharing = trusted, sharing
        self.size = trusted.size - sharing.size

    @cached_property
    def sources(self) -> Counter[bytes]:
        """Ballots by source."""
        return self._trusted.sources - self._sharing.sources

    @cached_property
    def agents(self) -> Counter[bytes]:
        """Ballots by agent."""
        return self._trusted.agents - self._sharing.agents

    @cached_property
    def picks(self) -> Counter[tuple[int, ...]]:
        """Ballots by everything they name together."""
        return self._trusted.picks - self._sharing.picks

    @cached_property
    def lonely_sources(self) -> float:
        """Share of ballots whose source no other ballot has."""
        return _lonely(self.sources, self.size)

    @cached_property
    def lonely_agents(self) -> float:
        """Share of ballots whose agent no other ballot has."""
        return _lonely(self.agents, self.size)

    def share_of(self, no: int) -> float:
        """Share of ballots that name a candidate."""
        count = self._trusted.candidates[no] - self._sharing.candidates[no]
        return count / self.size if self.size else 0.0

    @cached_property
    def placed(self) -> Counter[bool]:
        """Ballots by whether they came from outside the home region; unknown ones are left out."""
        return self._trusted.placed - self._sharing.placed

    def night_share(self) -> float:
        """Share of ballots that came between midnight and six in the morning."""
        nightly = self._trusted.nightly - self._sharing.nightly
        return nightly / self.size if self.size else 0.0


@dataclass(frozen=True)
class BallotGroup:
    """Ballots that share `key` within a stretch of time, against the rest of the campaign."""

    kind: str
    key: Hashable
    members: list[Trace]
    around: int  # how many ballots came in the same stretch, these included
    outside: Rest
    share_elsewhere: float  # of trusted ballots at other times, the share that has the key

    @cached_property
    def profile(self) -> Profile:
        """The group's own figures."""
        return Profile(self.members)


def top_candidate(members: Sequence[Trace]) -> tuple[int, float]:
    """The candidate named most often, and the share of the ballots that do so."""
    counts = Counter(no for trace in members for no in trace.picks)
    ((no, most),) = counts.most_common(1)
    return no, most / len(members)


def _lonely(counts: Counter[bytes], total: int) -> float:
    return sum(count == 1 for count in counts.values()) / total if total else 0.0


def _is_night(minute: int) -> bool:
    return (minute + CST_MINUTES) % DAY < NIGHT_ENDS
