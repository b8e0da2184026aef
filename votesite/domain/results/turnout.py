"""Figures for staff: ballots by hour, refusals by reason. Never by person, never by choice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from statistics import median

from votesite.clock import at, day, minute
from votesite.domain.ledger import entries
from votesite.extensions import site
from votesite.store import Statement, Transaction

HOURS = 24
USUAL_DAYS = 7

_HEAD = Statement("SELECT size, ballots, voided, t FROM log_heads WHERE campaign_id = :campaign_id")
_VOTES = Statement(
    "SELECT count(*) FROM log_entries"
    " WHERE campaign_id = :campaign_id AND n >= :first AND n < :end AND k = 'vote'"
)
_REFUSED = Statement(
    "SELECT reason, sum(refused) FROM refusal_counts"
    " WHERE campaign_id = :campaign_id AND hour >= :first AND hour < :end"
    " GROUP BY reason ORDER BY sum(refused) DESC, reason"
)


@dataclass(frozen=True)
class Turnout:
    """Ballots of a campaign. `today`: by full hour; `usual`: their medians over the days before."""

    ballots: int
    voided: int
    last: str
    of_today: int
    today: list[int]
    usual: list[float]


def turnout(campaign_id: int, *, now: datetime) -> Turnout:
    """How many ballots came, today and on usual days.

    Times only grow in the log, so they are found by halving, and a finished day is counted once.
    """
    with site().store.snapshot() as tx:
        size, ballots, voided, last = tx.one(_HEAD, {"campaign_id": campaign_id}) or (0, 0, 0, "")
        today = _by_hour(tx, campaign_id, size, day(now))
        before = [
            _finished_day(tx, campaign_id, size, day(now) - timedelta(days=back))
            for back in range(1, USUAL_DAYS + 1)
        ]
    days = [hours for hours in before if sum(hours)]
    usual = [median(hours[hour] for hours in days) for hour in range(HOURS)] if days else []
    return Turnout(ballots, voided, last, sum(today), today[: now.hour], usual)


def ballots(campaign_id: int) -> int:
    """How many ballots count at this moment."""
    with site().store.reading() as tx:
        row = tx.one(_HEAD, {"campaign_id": campaign_id})
    return int(row[1] - row[2]) if row else 0


def refusals(campaign_id: int, *, now: datetime) -> list[tuple[str, int]]:
    """How many ballots were refused today, by reason, most first."""
    first = minute(at(day(now), "00:00"))[:13]
    end = minute(at(day(now), "24:00"))[:13]
    values = {"campaign_id": campaign_id, "first": first, "end": end}
    with site().store.reading() as tx:
        return [(reason, int(refused)) for reason, refused in tx.all(_REFUSED, values)]


def _finished_day(tx: Transaction, campaign_id: int, size: int, on: date) -> tuple[int, ...]:
    """A day that is over does not change: its place in the log is what its figures are kept by."""
    first = _first_at(tx, campaign_id, size, minute(at(on, "00:00")))
    end = _first_at(tx, campaign_id, size, minute(at(on, "24:00")))
    if first == end:
        return (0,) * HOURS
    kept = _kept_days(site().settings.database_url)
    key = (campaign_id, on, first, end)
    if key not in kept:
        kept[key] = tuple(_by_hour(tx, campaign_id, size, on))
    return kept[key]


@lru_cache(maxsize=4)
def _kept_days(_database: str) -> dict[tuple[int, date, int, int], tuple[int, ...]]:
    return {}


def _by_hour(tx: Transaction, campaign_id: int, size: int, on: date) -> list[int]:
    edges = [
        _first_at(tx, campaign_id, size, minute(at(on, f"{hour:02}:00")))
        for hour in range(HOURS + 1)
    ]
    return [
        _votes(tx, campaign_id, first, end) if end > first else 0 for first, end in pairwise(edges)
    ]


def _votes(tx: Transaction, campaign_id: int, first: int, end: int) -> int:
    row = tx.one(_VOTES, {"campaign_id": campaign_id, "first": first, "end": end})
    return int(row[0]) if row else 0


def _first_at(tx: Transaction, campaign_id: int, size: int, t: str) -> int:
    """The number of the first entry at or after a minute, or the log's size."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if entries.read_entry(tx, campaign_id, middle)["t"] < t:
            low = middle + 1
        else:
            high = middle
    return low
