"""What is odd about a group of ballots: each kind of evidence, its threshold and its points.

Expected counts are compared as a Poisson variable would spread, whose standard deviation is the
square root of its mean. The other thresholds have no theory behind them: they are tuned on the
invented crowds of `bench/crowds.py`, so that farms are found and honest crowds left alone
(docs/assurance.md has the figures).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Any

from votesite.domain.integrity.profiles import BallotGroup, Trace, top_candidate

MIN_YARDSTICK = 200  # ballots from which on the rest of the campaign can serve as a yardstick
MIN_POINTS = 4
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

# Shares are parts of the group, factors multiples of what is usual in the rest of the campaign.
BURST_FACTOR, BURST_DEVIATIONS = 3, 5
AGENT_FACTOR, AGENT_DEVIATIONS = 4, 8
SOURCE_SHARE = 0.5
AGENT_SAMENESS, AGENT_SAMENESS_FACTOR = 0.15, 5
CHOICE_SHARE, USUAL_CHOICE_SHARE = 0.9, 0.5
PICKS_SAMENESS, PICKS_SAMENESS_FACTOR = 0.4, 4
RHYTHM_SLOTS, RHYTHM_SPREAD, RHYTHM_DEVIATIONS = 20, 0.4, 3
NOVEL_SHARE, NEW_SOURCE_SHARE, NOVEL_FACTOR = 0.6, 0.7, 2.5
NIGHT_SHARE, USUAL_NIGHT_SHARE = 0.6, 0.15
REGION_SHARE, REGION_FACTOR = 0.6, 3


@dataclass(frozen=True)
class Evidence:
    """One odd thing, a key of POINTS, and its figures: per cent, counts, or seconds for `every`."""

    code: str
    figures: dict[str, int]


def is_enough(evidence: Iterable[Evidence]) -> bool:
    """Whether evidence makes a case: enough points, and something technical among it."""
    codes = {piece.code for piece in evidence}
    return bool(codes & TECHNICAL) and sum(POINTS[code] for code in codes) >= MIN_POINTS


def gather(group: BallotGroup) -> list[Evidence]:
    """Everything that is odd about a group."""
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


def is_new_source(group: BallotGroup, trace: Trace) -> bool:
    """Whether no ballot outside the group came from the same network."""
    return trace.source not in group.outside.sources


def is_new_agent(group: BallotGroup, trace: Trace) -> bool:
    """Whether no ballot outside the group came from the same browser."""
    return trace.agent not in group.outside.agents


def percent(share: float) -> int:
    """A share from 0 to 1 in whole per cent."""
    return round(100 * share)


def _burst(group: BallotGroup) -> Evidence | None:
    """Far more ballots than the key's usual share of what came in the same time."""
    count, expected = len(group.members), group.share_elsewhere * group.around
    if not _is_above(count, expected, BURST_FACTOR, BURST_DEVIATIONS):
        return None
    return Evidence("burst", {"count": count, "usual": round(expected)})


def _is_above(count: int, expected: float, factor: float, deviations: float) -> bool:
    return count >= factor * expected and count - expected >= deviations * sqrt(expected)


def _source(group: BallotGroup) -> Evidence | None:
    """A large part from one network."""
    ((_, most),) = group.profile.sources.most_common(1)
    share = most / len(group.members)
    return Evidence("source", {"share": percent(share)}) if share >= SOURCE_SHARE else None


def _agent(group: BallotGroup) -> Evidence | None:
    """One browser, or a handful of them, over and over."""
    count = len(group.members)
    if group.kind == "agent":
        expected = group.share_elsewhere * group.around
        if not _is_above(count, expected, AGENT_FACTOR, AGENT_DEVIATIONS):
            return None
        return Evidence("agent", {"share": 100, "agents": 1})
    sameness = _sameness(group.profile.agents)
    usual = _sameness(group.outside.agents)
    if sameness < AGENT_SAMENESS or sameness < AGENT_SAMENESS_FACTOR * usual:
        return None
    (_, most), *_ = group.profile.agents.most_common(1)
    figures = {"share": percent(most / count), "agents": len(group.profile.agents)}
    return Evidence("agent", figures)


def _choice(group: BallotGroup) -> Evidence | None:
    """Nearly all name one candidate, or the same set, and the others do not."""
    if group.kind == "picks":
        return Evidence("choice", {"share": 100}) if _burst(group) else None
    no, share = top_candidate(group.members)
    is_unusual = group.outside.share_of(no) <= USUAL_CHOICE_SHARE
    if group.kind in ("candidate", "strangers"):
        return Evidence("choice", {"share": 100}) if is_unusual and _burst(group) else None
    is_one = share >= CHOICE_SHARE and is_unusual
    sameness, usual = _sameness(group.profile.picks), _sameness(group.outside.picks)
    is_same = sameness >= PICKS_SAMENESS and sameness >= PICKS_SAMENESS_FACTOR * usual
    return Evidence("choice", {"share": percent(share)}) if is_one or is_same else None


def _rhythm(group: BallotGroup) -> Evidence | None:
    """More evenly spaced than chance allows: people come in clusters, programs by the clock.

    Minutes are counted in slots of about two ballots each. The sum of their squared deviations from
    the mean, divided by it, follows a chi-square distribution with `slots - 1` degrees of freedom,
    whose mean is that number and whose variance is twice as large.
    """
    minutes = [trace.minute for trace in _middle(group.members)]
    span = minutes[-1] - minutes[0] + 1
    width = max(1, -(-2 * span // len(minutes)))
    slots = span // width
    if slots < RHYTHM_SLOTS:
        return None
    counts = Counter((minute - minutes[0]) // width for minute in minutes)
    figures = [counts[slot] for slot in range(slots)]
    mean = sum(figures) / slots
    if not mean:
        return None
    spread = sum((figure - mean) ** 2 for figure in figures) / mean
    free = slots - 1
    if spread > RHYTHM_SPREAD * free or free - spread < RHYTHM_DEVIATIONS * sqrt(2 * free):
        return None
    return Evidence("rhythm", {"every": max(1, round(60 * span / len(minutes)))})


def _middle(members: list[Trace]) -> list[Trace]:
    """Nine tenths of the ballots, without the stragglers before and after a rhythm."""
    edge = len(members) // 20
    return members[edge : len(members) - edge]


def _novel(group: BallotGroup) -> Evidence | None:
    """Networks and browsers that no other ballot of the campaign came from."""
    if group.outside.size < MIN_YARDSTICK:
        return None
    count, rest = len(group.members), group.outside
    sources = sum(is_new_source(group, trace) for trace in group.members) / count
    agents = sum(is_new_agent(group, trace) for trace in group.members) / count
    both = min(sources, agents) if group.kind != "agent" else 0.0
    if both >= NOVEL_SHARE and _new_together(group) >= NOVEL_SHARE:
        is_source = group.kind == "source"
        usual = rest.lonely_agents if is_source else min(rest.lonely_agents, rest.lonely_sources)
        if both >= NOVEL_FACTOR * usual:
            return Evidence("novel", {"share": percent(both)})
    is_new = sources >= NEW_SOURCE_SHARE and sources >= NOVEL_FACTOR * rest.lonely_sources
    if group.kind != "source" and is_new:
        return Evidence("new-source", {"share": percent(sources)})
    return None


def _new_together(group: BallotGroup) -> float:
    """Share of the ballots whose network and browser are both new."""
    new = (is_new_source(group, trace) and is_new_agent(group, trace) for trace in group.members)
    return sum(new) / len(group.members)


def _night(group: BallotGroup) -> Evidence | None:
    """Most came at night, when few of the others did."""
    share = group.profile.nightly / len(group.members)
    if share < NIGHT_SHARE or group.outside.night_share() > USUAL_NIGHT_SHARE:
        return None
    return Evidence("night", {"share": percent(share)})


def _region(group: BallotGroup) -> Evidence | None:
    """Most came from outside the home region, while few of the others did."""
    placed, usual = group.profile.placed, group.outside.placed
    if 2 * placed.total() < len(group.members) or usual.total() < MIN_YARDSTICK:
        return None
    share, elsewhere = placed[True] / placed.total(), usual[True] / usual.total()
    if share < REGION_SHARE or share < REGION_FACTOR * elsewhere:
        return None
    return Evidence("region", {"share": percent(share), "elsewhere": percent(elsewhere)})


def _sameness(counts: Counter[Any]) -> float:
    """The probability that two ballots drawn from these are alike (Simpson's index)."""
    total = sum(counts.values())
    if total < 2:
        return 0.0
    return sum(count * (count - 1) for count in counts.values()) / (total * (total - 1))
