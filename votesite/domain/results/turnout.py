"""Figures for staff: ballots by hour, refusals by reason. Never by person, never by choice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from votesite.clock import at, day, minute
from votesite.domain.ledger import entries
from votesite.extensions import StateKey, site
from votesite.store import Query, Statement, Transaction

HOURS = 24
USUAL_DAYS = 7

# Ballots by hour of (campaign, day, first entry, end). Threads share it without a lock: whoever
# finds a day missing counts it, and two threads that do so at once store the same figures.
_FINISHED_DAYS = StateKey(dict[tuple[int, date, int, int], tuple[int, ...]])


class _Head(NamedTuple):
    size: int
    ballots: int
    voided: int
    voters: int
    t: str


class Refusals(NamedTuple):
    """How many ballots were refused for a reason."""

    reason: str
    refused: int


_HEAD = Query(_Head, "FROM log_heads WHERE campaign_id = :campaign_id")
_VOTES = Statement(
    "SELECT count(*) FROM log_entries"
    " WHERE campaign_id = :campaign_id AND n >= :first AND n < :end AND k = 'vote'"
)
_REFUSED = Query(
    Refusals,
    "FROM refusal_counts WHERE campaign_id = :campaign_id AND hour >= :first AND hour < :end"
    " GROUP BY reason ORDER BY sum(refusal_counts.refused) DESC, reason",
    expressions={"refused": "CAST(sum(refused) AS INTEGER)"},
)


@dataclass(frozen=True)
class Turnout:
    """Ballots of a campaign.

    `last` is the minute of the last entry, empty before the first. `of_today` counts all of today,
    `today` by hour the hours that are over. `usual` are 24 medians over the days before on which
    anybody voted; empty where there is none.
    """

    ballots: int
    voided: int
    last: str
    of_today: int
    today: list[int]
    usual: list[float]


def turnout(campaign_id: int, *, now: datetime) -> Turnout:
    """Returns how many ballots came, today and on usual days.

    Times only grow in the log, so they are found by bisection, and a finished day is counted once.
    """
    with site().store.snapshot() as tx:
        head = _HEAD.one(tx, {"campaign_id": campaign_id}) or _Head(0, 0, 0, 0, "")
        today = _by_hour(tx, campaign_id, head.size, day(now))
        before = [
            _finished_day(tx, campaign_id, head.size, day(now) - timedelta(days=back))
            for back in range(1, USUAL_DAYS + 1)
        ]
    days = [hours for hours in before if sum(hours)]
    usual = [median(hours[hour] for hours in days) for hour in range(HOURS)] if days else []
    return Turnout(head.ballots, head.voided, head.t, sum(today), today[: now.hour], usual)


def ballots(campaign_id: int) -> int:
    """Returns how many ballots count at this moment."""
    with site().store.reading() as tx:
        head = _HEAD.one(tx, {"campaign_id": campaign_id})
    return head.ballots - head.voided if head else 0


def voters(campaign_id: int) -> int:
    """Returns how many different pseudonyms voted, with daily repeat on the busiest day.

    Anybody can count them in the public log; the head of the log keeps the figure, counted up with
    each ballot, so that a page costs the same whatever the log's size.
    """
    with site().store.reading() as tx:
        head = _HEAD.one(tx, {"campaign_id": campaign_id})
    return head.voters if head else 0


def refusals(campaign_id: int, *, now: datetime) -> list[Refusals]:
    """Returns how many ballots were refused today, by reason, most first."""
    first = minute(at(day(now), "00:00"))[:13]
    end = minute(at(day(now), "24:00"))[:13]
    values = {"campaign_id": campaign_id, "first": first, "end": end}
    with site().store.reading() as tx:
        return _REFUSED.all(tx, values)


def _finished_day(tx: Transaction, campaign_id: int, size: int, on: date) -> tuple[int, ...]:
    """Returns the ballots of a day that is over, by hour.

    Such a day does not change, so its figures are cached under its place in the log.
    """
    first = _first_at(tx, campaign_id, size, minute(at(on, "00:00")))
    end = _first_at(tx, campaign_id, size, minute(at(on, "24:00")))
    if first == end:
        return (0,) * HOURS
    days = site().state(_FINISHED_DAYS)
    key = (campaign_id, on, first, end)
    if key not in days:
        days[key] = tuple(_by_hour(tx, campaign_id, size, on))
    return days[key]


def _by_hour(tx: Transaction, campaign_id: int, size: int, on: date) -> list[int]:
    edges = [
        _first_at(tx, campaign_id, size, minute(at(on, f"{hour:02}:00")))
        for hour in range(HOURS + 1)
    ]
    return [
        _votes(tx, campaign_id, first, end) if end > first else 0 for first, end in pairwise(edges)
    ]


def _votes(tx: Transaction, campaign_id: int, first: int, end: int) -> int:
    return int(tx.value(_VOTES, {"campaign_id": campaign_id, "first": first, "end": end}))


def _first_at(tx: Transaction, campaign_id: int, size: int, t: str) -> int:
    """Returns the number of the first entry at or after a minute, or the log's size."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if entries.read_entry(tx, campaign_id, middle)["t"] < t:
            low = middle + 1
        else:
            high = middle
    return low
