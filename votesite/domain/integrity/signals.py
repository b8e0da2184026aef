"""What a crowd of programs looks like and a crowd of people does not: pure functions over traces.

Ballots that share a source, an agent, a set of picks or a candidate are looked at together. Each
thing that is odd about them is a piece of evidence with points. A burst alone is none: people come
in bursts when a link goes round a group, hundreds share one office's address, and supporters agree.
So a group is reported only from four points on, and only when one piece is technical: one browser
over and over, a machine's rhythm, or networks and browsers that nobody else in the campaign has.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

MIN_BALLOTS = 20  # ballots below which nothing can be said
MIN_YARDSTICK = 200  # ballots from which on the rest of the campaign is a yardstick
ENOUGH = 4  # points
HOUR = 60
DAY = 24 * HOUR
CST_MINUTES = 8 * 60
NIGHT_ENDS = 6 * HOUR
POINTS = {
    "burst": 1,
    "source": 1,
    "choice": 1,
    "night": 1,
    "region": 1,
    "new-source": 1,
    "agent": 2,
    "rhythm": 2,
    "novel": 2,
}
TECHNICAL = {"agent", "rhythm", "novel"}
KINDS = ("source", "agent", "picks", "candidate", "strangers")
RARE = 3  # ballots up to which a source is a stranger


@dataclass(frozen=True)
class Trace:
    """One ballot: its number, minute since the epoch, keyed hashes, and what it names.

    `outside`: whether it came from outside the campaign's area, None where nobody knows.
    """

    n: int
    minute: int
    source: bytes
    agent: bytes
    picks: tuple[int, ...]
    outside: bool | None = None


@dataclass(frozen=True)
class Evidence:
    """One odd thing and its figures: per cent, counts, minutes."""

    code: str
    figures: dict[str, int]


@dataclass(frozen=True)
class Finding:
    """Ballots that belong together, why, and their burst by hour against usual days."""

    kind: str
    key: bytes
    ballots: tuple[int, ...]
    evidence: tuple[Evidence, ...]
    candidate: int
    candidate_share: int
    from_minute: int
    to_minute: int
    sources: int
    agents: int
    today: tuple[int, ...]
    usual: tuple[float, ...]


class Profile:
    """How often each source, agent and pick occurs among some ballots."""

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
        """Ballots by the whole of what they name."""
        return Counter(trace.picks for trace in self.traces)

    @cached_property
    def candidates(self) -> Counter[int]:
        """Ballots by candidate named."""
        return Counter(no for trace in self.traces for no in trace.picks)

    @cached_property
    def nightly(self) -> int:
        """How many came between midnight and six in the morning."""
        return sum(_is_night(trace.minute) for trace in self.traces)

    @cached_property
    def placed(self) -> Counter[bool]:
        """How many came from outside the area, how many did not; the unknown left out."""
        return Counter(bool(trace.outside) for trace in self.traces if trace.outside is not None)

    def between(self, first: int, last: int) -> int:
        """How many came from one minute to another."""
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
        """Ballots by the whole of what they name."""
        return self._trusted.picks - self._sharing.picks

    @cached_property
    def lonely_sources(self) -> float:
        """Share of ballots whose source nobody else has."""
        return _lonely(self.sources, self.size)

    @cached_property
    def lonely_agents(self) -> float:
        """Share of ballots whose agent nobody else has."""
        return _lonely(self.agents, self.size)

    def share_of(self, no: int) -> float:
        """Share of ballots that name a candidate."""
        count = self._trusted.candidates[no] - self._sharing.candidates[no]
        return count / self.size if self.size else 0.0

    @cached_property
    def placed(self) -> Counter[bool]:
        """Ballots from outside the area and from inside."""
        return self._trusted.placed - self._sharing.placed

    def night_share(self) -> float:
        """Share of ballots that came at night."""
        nightly = self._trusted.nightly - self._sharing.nightly
        return nightly / self.size if self.size else 0.0


@dataclass(frozen=True)
class BallotGroup:
    """Ballots that share `key`, within a stretch of time, against the rest of the campaign."""

    kind: str
    key: Hashable
    members: list[Trace]
    around: int  # how many ballots came in the same stretch, these included
    outside: Rest
    share_elsewhere: float  # of trusted ballots at other times, how many share the key

    @cached_property
    def profile(self) -> Profile:
        """The group's own figures."""
        return Profile(self.members)


def key_of(kind: str, trace: Trace) -> tuple[Hashable, ...]:
    """By what a ballot joins the groups of a kind."""
    if kind in ("candidate", "strangers"):
        return trace.picks
    if kind == "picks":
        return (trace.picks,)
    return (trace.source if kind == "source" else trace.agent,)


def evaluate(
    traces: Sequence[Trace], since: int, suspects: frozenset[int] = frozenset()
) -> list[Finding]:
    """What is odd among the ballots from minute `since` on, the largest first.

    `traces` ascend by time; those before `since` are only yardstick. `suspects` are ballots of
    cases: they belong to their groups but are no yardstick. What a first look finds is no yardstick
    for the second.
    """
    first = _look(traces, since, suspects)
    if not first:
        return []
    seen = suspects.union(n for finding in first for n in finding.ballots)
    return _apart([*first, *_look(traces, since, seen)])


def _look(traces: Sequence[Trace], since: int, suspects: frozenset[int]) -> list[Finding]:
    trusted = Profile(trace for trace in traces if trace.n not in suspects)
    recent = Profile(trace for trace in traces if trace.minute >= since)
    seen = Counter(trace.source for trace in traces)
    rare = {source for source, count in seen.items() if count <= RARE}
    found: list[Finding] = []
    for kind in KINDS:
        usual = _by_key(kind, trusted.traces, rare)
        for key, members in _by_key(kind, recent.traces, rare).items():
            if len(members) >= MIN_BALLOTS:
                sharing = Profile(usual.get(key, []))
                found += _judge(kind, key, members, recent, trusted, sharing)
    return found


def _by_key(
    kind: str, traces: Iterable[Trace], rare: Container[bytes]
) -> dict[Hashable, list[Trace]]:
    groups: dict[Hashable, list[Trace]] = {}
    for trace in traces:
        if kind == "strangers" and trace.source not in rare:
            continue
        for key in key_of(kind, trace):
            groups.setdefault(key, []).append(trace)
    return groups


def _judge(
    kind: str,
    key: Hashable,
    members: list[Trace],
    recent: Profile,
    trusted: Profile,
    sharing: Profile,
) -> list[Finding]:
    """The whole stretch first, for slow farms; then hour by hour, for quick ones."""
    outside = Rest(trusted, sharing)
    found: list[Finding] = []
    for stretch in _stretches(members, whole=kind != "strangers"):
        first, last = stretch[0].minute, stretch[-1].minute
        elsewhere = trusted.size - trusted.between(first, last)
        own = sharing.size - sharing.between(first, last)
        floor = 0.05 if elsewhere < MIN_YARDSTICK else 1 / elsewhere
        share = max(own / elsewhere if elsewhere else 0.0, floor)
        around = recent.between(first, last)
        group = BallotGroup(kind, key, stretch, around, outside, share)
        evidence = gather(group)
        finding = _report(group, evidence, trusted, sharing) if is_enough(evidence) else None
        if finding is not None:
            found.append(finding)
            if len(stretch) == len(members):
                break
    return found


def _stretches(members: list[Trace], *, whole: bool) -> Iterator[list[Trace]]:
    """All, then every hour, at steps of half an hour, in which there are enough."""
    minutes = [trace.minute for trace in members]
    is_short = minutes[-1] - minutes[0] <= HOUR
    if whole or is_short:
        yield members
    if is_short:
        return
    for begin in range(minutes[0], minutes[-1], HOUR // 2):
        stretch = members[bisect_left(minutes, begin) : bisect_left(minutes, begin + HOUR)]
        if len(stretch) >= MIN_BALLOTS:
            yield stretch


def is_enough(evidence: Iterable[Evidence]) -> bool:
    """Whether evidence makes a case: enough points, something technical among it."""
    codes = {piece.code for piece in evidence}
    return bool(codes & TECHNICAL) and sum(POINTS[code] for code in codes) >= ENOUGH


def gather(group: BallotGroup) -> list[Evidence]:
    """Everything odd about a group."""
    checks: tuple[Callable[[BallotGroup], Evidence | None], ...] = (
        _burst,
        _source,
        _agent,
        _choice,
        _rhythm,
        _novel,
        _night,
        _region,
    )
    return [evidence for check in checks if (evidence := check(group))]


def _burst(group: BallotGroup) -> Evidence | None:
    """Far more than this key's usual share of what came in the same time."""
    count, expected = len(group.members), group.share_elsewhere * group.around
    if count < 3 * expected or (count - expected) < 5 * sqrt(expected):
        return None
    return Evidence("burst", {"count": count, "usual": round(expected)})


def _source(group: BallotGroup) -> Evidence | None:
    ((_, most),) = group.profile.sources.most_common(1)
    share = most / len(group.members)
    return Evidence("source", {"share": _percent(share)}) if share >= 0.5 else None


def _agent(group: BallotGroup) -> Evidence | None:
    """One browser, or a handful, over and over."""
    count = len(group.members)
    if group.kind == "agent":
        expected = group.share_elsewhere * group.around
        if count < 4 * expected or (count - expected) < 8 * sqrt(expected):
            return None
        return Evidence("agent", {"share": 100, "agents": 1})
    sameness = _sameness(group.profile.agents)
    if sameness < 0.15 or sameness < 5 * _sameness(group.outside.agents):
        return None
    (_, most), *_ = group.profile.agents.most_common(1)
    figures = {"share": _percent(most / count), "agents": len(group.profile.agents)}
    return Evidence("agent", figures)


def _choice(group: BallotGroup) -> Evidence | None:
    """Nearly all name one candidate, or the same set, which the others do not."""
    if group.kind == "picks":
        return Evidence("choice", {"share": 100}) if _burst(group) else None
    no, share = top_candidate(group.members)
    elsewhere = group.outside.share_of(no)
    if group.kind in ("candidate", "strangers"):
        return Evidence("choice", {"share": 100}) if elsewhere <= 0.5 and _burst(group) else None
    is_one = share >= 0.9 and elsewhere <= 0.5
    sameness = _sameness(group.profile.picks)
    is_same = sameness >= 0.4 and sameness >= 4 * _sameness(group.outside.picks)
    return Evidence("choice", {"share": _percent(share)}) if is_one or is_same else None


def _rhythm(group: BallotGroup) -> Evidence | None:
    """Evener in time than chance allows: people come in clusters, programs by the clock."""
    minutes = [trace.minute for trace in _core(group.members)]
    span = minutes[-1] - minutes[0] + 1
    width = max(1, -(-2 * span // len(minutes)))
    slots = span // width
    if slots < 20:
        return None
    counts = Counter((minute - minutes[0]) // width for minute in minutes)
    figures = [counts[slot] for slot in range(slots)]
    mean = sum(figures) / slots
    if not mean:
        return None
    spread = sum((figure - mean) ** 2 for figure in figures) / mean  # chi-square, slots - 1
    free = slots - 1
    if spread > 0.4 * free or free - spread < 3 * sqrt(2 * free):
        return None
    return Evidence("rhythm", {"every": max(1, round(60 * span / len(minutes)))})


def _core(members: list[Trace]) -> list[Trace]:
    """Nine tenths in the middle: stragglers before and after are no part of a rhythm."""
    edge = len(members) // 20
    return members[edge : len(members) - edge]


def _run(members: list[Trace]) -> list[Trace]:
    """The core and what follows on it without a longer break."""
    edge = len(members) // 20
    first, last = edge, len(members) - edge - 1
    pause = max(2.0, 3 * (members[last].minute - members[first].minute) / (last - first))
    while first and members[first].minute - members[first - 1].minute <= pause:
        first -= 1
    while last + 1 < len(members) and members[last + 1].minute - members[last].minute <= pause:
        last += 1
    return members[first : last + 1]


def _novel(group: BallotGroup) -> Evidence | None:
    """Networks and browsers that nobody else in the campaign has."""
    if group.outside.size < MIN_YARDSTICK:
        return None
    count, rest = len(group.members), group.outside
    sources = sum(is_new_source(group, trace) for trace in group.members) / count
    agents = sum(is_new_agent(group, trace) for trace in group.members) / count
    both = min(sources, agents) if group.kind != "agent" else 0.0
    if both >= 0.6 and _new_together(group) >= 0.6:
        is_source = group.kind == "source"
        usual = rest.lonely_agents if is_source else min(rest.lonely_agents, rest.lonely_sources)
        if both >= 2.5 * usual:
            return Evidence("novel", {"share": _percent(both)})
    if group.kind != "source" and sources >= 0.7 and sources >= 2.5 * rest.lonely_sources:
        return Evidence("new-source", {"share": _percent(sources)})
    return None


def _new_together(group: BallotGroup) -> float:
    new = (is_new_source(group, one) and is_new_agent(group, one) for one in group.members)
    return sum(new) / len(group.members)


def _night(group: BallotGroup) -> Evidence | None:
    share = group.profile.nightly / len(group.members)
    if share < 0.6 or group.outside.night_share() > 0.15:
        return None
    return Evidence("night", {"share": _percent(share)})


def is_new_source(group: BallotGroup, trace: Trace) -> bool:
    """Whether nobody outside the group came from there."""
    return trace.source not in group.outside.sources


def is_new_agent(group: BallotGroup, trace: Trace) -> bool:
    """Whether nobody outside the group has that browser."""
    return trace.agent not in group.outside.agents


def top_candidate(members: Sequence[Trace]) -> tuple[int, float]:
    """Who is named most, and by which share."""
    counts = Counter(no for trace in members for no in trace.picks)
    ((no, most),) = counts.most_common(1)
    return no, most / len(members)


def _sameness(counts: Counter[Any]) -> float:
    """How likely two ballots drawn from them are alike (Simpson)."""
    total = sum(counts.values())
    if total < 2:
        return 0.0
    return sum(count * (count - 1) for count in counts.values()) / (total * (total - 1))


def _lonely(counts: Counter[bytes], total: int) -> float:
    return sum(count == 1 for count in counts.values()) / total if total else 0.0


def _percent(share: float) -> int:
    return round(100 * share)


def _is_night(minute: int) -> bool:
    return (minute + CST_MINUTES) % DAY < NIGHT_ENDS


def _report(
    group: BallotGroup, evidence: list[Evidence], trusted: Profile, sharing: Profile
) -> Finding | None:
    """The finding about those members that the evidence is about; honest bystanders stay out."""
    codes = {piece.code for piece in evidence}
    chosen = _run(group.members) if "rhythm" in codes else group.members
    members = [trace for trace in chosen if _fits(group, codes, trace)]
    if len(members) < MIN_BALLOTS // 2:
        return None
    no, share = top_candidate(members)
    today, usual = _by_hour(members, sharing, trusted)
    key = repr(group.key).encode() if not isinstance(group.key, bytes) else group.key
    return Finding(
        kind=group.kind,
        key=key,
        ballots=tuple(sorted(trace.n for trace in members)),
        evidence=tuple(evidence),
        candidate=no,
        candidate_share=_percent(share),
        from_minute=members[0].minute,
        to_minute=members[-1].minute,
        sources=len({trace.source for trace in members}),
        agents=len({trace.agent for trace in members}),
        today=today,
        usual=usual,
    )


def _region(group: BallotGroup) -> Evidence | None:
    """Most come from outside the area, while few of the others do."""
    placed, usual = group.profile.placed, group.outside.placed
    if 2 * placed.total() < len(group.members) or usual.total() < MIN_YARDSTICK:
        return None
    share, elsewhere = placed[True] / placed.total(), usual[True] / usual.total()
    if share < 0.6 or share < 3 * elsewhere:
        return None
    return Evidence("region", {"share": _percent(share), "elsewhere": _percent(elsewhere)})


def _fits(group: BallotGroup, codes: set[str], trace: Trace) -> bool:
    if "choice" in codes and group.kind in ("source", "agent"):
        no, share = top_candidate(group.members)
        if share >= 0.5 and no not in trace.picks:
            return False
    if "agent" in codes and group.kind != "agent":
        return _is_crowded(group, trace.agent)
    if "novel" in codes:
        is_new = is_new_agent(group, trace)
        return is_new if group.kind == "source" else is_new and is_new_source(group, trace)
    return True


def _is_crowded(group: BallotGroup, agent: bytes) -> bool:
    """Whether an agent is far more common in the group than outside."""
    share = group.profile.agents[agent] / len(group.members)
    usual = group.outside.agents[agent] / group.outside.size if group.outside.size else 0.0
    return group.profile.agents[agent] >= 3 and share >= max(0.03, 4 * usual)


def _by_hour(
    members: Sequence[Trace], sharing: Profile, trusted: Profile
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Ballots of the key on the finding's last day, and the mean of the other days, by hour."""
    last = _day_of(members[-1].minute)
    newest = max(members[-1].minute, trusted.minutes[-1] if trusted.minutes else 0)
    every = {trace.n: trace for trace in (*sharing.traces, *members)}.values()
    today, before = Counter[int](), Counter[int]()
    for trace in every:
        hour = (trace.minute + CST_MINUTES) % DAY // HOUR
        (today if _day_of(trace.minute) == last else before)[hour] += 1
    days = len({_day_of(minute) for minute in trusted.minutes} - {last})
    usual = tuple(round(before[hour] / days, 1) for hour in range(24)) if days else ()
    known = 24 if _day_of(newest) > last else (newest + CST_MINUTES) % DAY // HOUR + 1
    return tuple(today[hour] for hour in range(known)), usual


def _day_of(minute: int) -> int:
    return (minute + CST_MINUTES) // DAY


def _apart(found: list[Finding]) -> list[Finding]:
    """Each ballot in one finding: the same crowd is often seen from several sides."""
    taken: set[int] = set()
    kept = []
    for finding in sorted(found, key=lambda one: -len(one.ballots)):
        new = [n for n in finding.ballots if n not in taken]
        if len(new) >= MIN_BALLOTS // 2 and len(new) >= len(finding.ballots) // 2:
            kept.append(finding)
            taken.update(finding.ballots)
    return kept
