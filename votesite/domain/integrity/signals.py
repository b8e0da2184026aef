"""Signals: which groups of ballots look like programs rather than people. Pure functions.

Ballots that share a source, an agent, a set of picks or a candidate are looked at together, and
everything odd about them is a piece of evidence with points (`evidence.py`). A burst alone proves
nothing: people come in bursts when a link goes round a group chat, hundreds share the address of
one office, and supporters agree. So a group is reported only from four points on, and only if one
piece is technical: one browser over and over, a machine's rhythm, or networks and browsers that no
other ballot of the campaign came from.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Container, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from votesite.domain.integrity.evidence import (
    MIN_YARDSTICK,
    Evidence,
    gather,
    is_enough,
    is_new_agent,
    is_new_source,
    percent,
)
from votesite.domain.integrity.profiles import (
    CST_MINUTES,
    DAY,
    HOUR,
    BallotGroup,
    Profile,
    Rest,
    Trace,
    top_candidate,
)

MIN_BALLOTS = 20  # ballots below which nothing can be said of a group
MAX_STRANGERS = 3  # ballots up to which the voters of a source count as strangers
CHOICE_KINDS = ("picks", "candidate", "strangers")  # of which choices are a part
KINDS = ("source", "agent", *CHOICE_KINDS)  # what a group has in common

# Tuned on bench/crowds.py, like the thresholds of evidence.py.
MIN_SHARE = 0.05  # a key's usual share is taken for at least this while little else is known
CROWDED_SHARE, CROWDED_FACTOR, MIN_CROWDED = 0.03, 4, 3


@dataclass(frozen=True)
class Finding:
    """Ballots that belong together, and why.

    `kind` and `key` are what they share, `ballots` their ledger numbers in order, `candidate_share`
    a percentage. `today` is the key's ballots by hour of the finding's last day, up to the newest
    ballot known, and `usual` the mean of the other days (24 figures, or none).
    """

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


def evaluate(
    traces: Sequence[Trace], since: int, suspects: frozenset[int] = frozenset()
) -> list[Finding]:
    """Return what is odd among the ballots from minute `since` on, the largest finding first.

    `traces` ascend by time; those before `since` only serve as yardstick. `suspects` are the
    numbers of ballots in cases: they belong to their groups, but are no part of the yardstick.
    There are two passes, because what the first one finds must not be a yardstick either.
    """
    first = _findings(traces, since, suspects)
    if not first:
        return []
    suspected = suspects.union(n for finding in first for n in finding.ballots)
    return _disjoint([*first, *_findings(traces, since, suspected)])


def _findings(traces: Sequence[Trace], since: int, suspects: frozenset[int]) -> list[Finding]:
    trusted = Profile(trace for trace in traces if trace.n not in suspects)
    recent = Profile(trace for trace in traces if trace.minute >= since)
    by_source = Counter(trace.source for trace in traces)
    rare = {source for source, count in by_source.items() if count <= MAX_STRANGERS}
    findings: list[Finding] = []
    for kind in KINDS:
        usual = _by_key(kind, trusted.traces, rare)
        for key, members in _by_key(kind, recent.traces, rare).items():
            if len(members) >= MIN_BALLOTS:
                sharing = Profile(usual.get(key, []))
                findings += _judge(kind, key, members, recent, trusted, sharing)
    return findings


def _by_key(
    kind: str, traces: Iterable[Trace], rare: Container[bytes]
) -> dict[Hashable, list[Trace]]:
    groups: dict[Hashable, list[Trace]] = {}
    for trace in traces:
        if kind == "strangers" and trace.source not in rare:
            continue
        for key in _keys_of(kind, trace):
            groups.setdefault(key, []).append(trace)
    return groups


def _keys_of(kind: str, trace: Trace) -> tuple[Hashable, ...]:
    """The groups of a kind that a ballot belongs to."""
    if kind in ("candidate", "strangers"):
        return trace.picks
    if kind == "picks":
        return (trace.picks,)
    return (trace.source if kind == "source" else trace.agent,)


def _judge(
    kind: str,
    key: Hashable,
    members: list[Trace],
    recent: Profile,
    trusted: Profile,
    sharing: Profile,
) -> list[Finding]:
    """The whole stretch first, to find slow farms; then hour by hour, to find quick ones."""
    outside = Rest(trusted, sharing)
    findings: list[Finding] = []
    for stretch in _stretches(members, whole=kind != "strangers"):
        first, last = stretch[0].minute, stretch[-1].minute
        around = recent.between(first, last)
        share = _share_elsewhere(trusted, sharing, first, last)
        group = BallotGroup(kind, key, stretch, around, outside, share)
        evidence = gather(group)
        finding = _report(group, evidence, trusted, sharing) if is_enough(evidence) else None
        if finding is not None:
            findings.append(finding)
            if len(stretch) == len(members):
                break
    return findings


def _share_elsewhere(trusted: Profile, sharing: Profile, first: int, last: int) -> float:
    """The key's share of trusted ballots outside a stretch of minutes, and never nothing."""
    elsewhere = trusted.size - trusted.between(first, last)
    with_key = sharing.size - sharing.between(first, last)
    floor = MIN_SHARE if elsewhere < MIN_YARDSTICK else 1 / elsewhere
    return max(with_key / elsewhere if elsewhere else 0.0, floor)


def _stretches(members: list[Trace], *, whole: bool) -> Iterator[list[Trace]]:
    """All members, then those of every hour with enough of them, in steps of half an hour."""
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
    return Finding(
        kind=group.kind,
        key=group.key if isinstance(group.key, bytes) else repr(group.key).encode(),
        ballots=tuple(sorted(trace.n for trace in members)),
        evidence=tuple(evidence),
        candidate=no,
        candidate_share=percent(share),
        from_minute=members[0].minute,
        to_minute=members[-1].minute,
        sources=len({trace.source for trace in members}),
        agents=len({trace.agent for trace in members}),
        today=today,
        usual=usual,
    )


def _run(members: list[Trace]) -> list[Trace]:
    """The middle of a rhythm, and what goes on before and after it without a longer pause."""
    edge = len(members) // 20
    first, last = edge, len(members) - edge - 1
    pause = max(2.0, 3 * (members[last].minute - members[first].minute) / (last - first))
    while first and members[first].minute - members[first - 1].minute <= pause:
        first -= 1
    while last + 1 < len(members) and members[last + 1].minute - members[last].minute <= pause:
        last += 1
    return members[first : last + 1]


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
    count = group.profile.agents[agent]
    usual = group.outside.agents[agent] / group.outside.size if group.outside.size else 0.0
    is_common = count / len(group.members) >= max(CROWDED_SHARE, CROWDED_FACTOR * usual)
    return count >= MIN_CROWDED and is_common


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


def _disjoint(findings: list[Finding]) -> list[Finding]:
    """Each ballot in one finding only: the same crowd is often seen from several sides."""
    taken: set[int] = set()
    disjoint = []
    for finding in sorted(findings, key=lambda finding: -len(finding.ballots)):
        new = [n for n in finding.ballots if n not in taken]
        if len(new) >= MIN_BALLOTS // 2 and len(new) >= len(finding.ballots) // 2:
            disjoint.append(finding)
            taken.update(finding.ballots)
    return disjoint
