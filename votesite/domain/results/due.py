"""When a tally or the close falls due, by policy, step size and time (ledger.md section 2)."""

from datetime import datetime, timedelta

from votesite.clock import at, day, minute
from votesite.domain.ledger.log import Log


def is_tally_due(log: Log, now: datetime) -> bool:
    """Whether policy and step size ask for a tally now."""
    rules = log.terms.rules
    if log.head.close_n is not None or now >= log.terms.closes or rules.results == "hidden":
        return False
    if log.head.fault is not None:  # figures that may be wrong are not published; voting goes on
        return False
    if log.head.ballots - log.head.tally_ballots < rules.min_batch:
        return False
    if rules.results == "live":
        return now.timestamp() >= log.head.tallied_at + rules.publish_every
    begins = minute(_daily_begin(rules.results, now))
    return log.head.tally_t < begins and log.head.vote_t < begins


def next_due(log: Log, now: datetime) -> int | None:
    """Returns when time alone will make something due, in epoch seconds; None for never."""
    if log.head.close_n is not None:
        return None
    terms = log.terms
    due = terms.count_published_at
    waiting = log.head.ballots - log.head.tally_ballots
    if now < terms.closes and waiting >= terms.rules.min_batch:
        if terms.rules.results == "live":
            later = datetime.fromtimestamp(
                log.head.tallied_at + terms.rules.publish_every, now.tzinfo
            )
            due = min(due, max(later, now))
        elif terms.rules.results != "hidden":
            due = min(due, _daily_begin(terms.rules.results, now) + timedelta(days=1))
    return int(due.timestamp())


def _daily_begin(policy: str, moment: datetime) -> datetime:
    """Returns the last `HH:MM` of a policy `daily HH:MM` at or before a moment."""
    begin = at(day(moment), policy.removeprefix("daily "))
    return begin if begin <= moment else begin - timedelta(days=1)
