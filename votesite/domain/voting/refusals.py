"""Counting refused ballots by campaign, hour and reason, without anything about the person."""

from collections import Counter
from datetime import datetime

from votesite.clock import minute
from votesite.extensions import StateKey, site
from votesite.store import Statement, Transaction

_COUNT_REFUSED = Statement(
    "INSERT INTO refusal_counts (campaign_id, hour, reason, refused)"
    " VALUES (:campaign_id, :hour, :reason, :refused)"
    " ON CONFLICT (campaign_id, hour, reason)"
    " DO UPDATE SET refused = refusal_counts.refused + excluded.refused"
)


UNWRITTEN = StateKey(Counter[tuple[int, str, str]])


def count_refusal(campaign_id: int, reason: str, now: datetime) -> None:
    """Count a refused ballot in this worker; a later write adds it to the table.

    Threads add without a lock: a count may lose to another, which a statistic can bear.
    """
    site().state(UNWRITTEN)[campaign_id, minute(now)[:13], reason] += 1


def write_refusals(tx: Transaction, campaign_id: int) -> None:
    """Add this worker's counters to the table; a batch that is rolled back may lose them."""
    unwritten = site().state(UNWRITTEN)
    for key in [key for key in list(unwritten) if key[0] == campaign_id]:
        _, hour, reason = key
        values = {"campaign_id": campaign_id, "hour": hour, "reason": reason}
        tx.run(_COUNT_REFUSED, {**values, "refused": unwritten.pop(key)})
