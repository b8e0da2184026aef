"""When a tally, the close or a recount falls due: policy, step, time (ledger.md section 2)."""

from datetime import datetime, timedelta

from votesite.clock import CST, at, day, minute, parse_minute
from votesite.domain.ledger import steps
from votesite.domain.ledger.head import MAX_STEP_BACK
from votesite.domain.ledger.log import Log

RECOUNT_AFTER = timedelta(hours=72)  # voids and restores wait so long for others


def is_tally_due(log: Log, now: datetime) -> bool:
    """Whether policy, step and the quiet time before the end allow and ask for a tally now."""
    rules = log.terms.rules
    if log.head.close_n is not None or rules.results == "hidden":
        return False
    if log.head.fault is not None:  # figures that may be wrong are not published; voting goes on
        return False
    if log.head.minute_of(now) >= minute(quiet_from(log)) or not steps.is_large_enough(log):
        return False
    if rules.results == "live":
        return now.timestamp() >= log.head.tallied_at + rules.publish_every
    begins = minute(_daily_begin(rules.results, now))
    return log.head.tally_t < begins and log.head.vote_t < begins


def is_recount_due(log: Log, now: datetime) -> bool:
    """Whether voids and restores after `close` have waited long enough for one recount."""
    waiting = log.head.sanctioned_at
    return waiting is not None and now >= recount_at(waiting)


def recount_at(sanctioned_at: int) -> datetime:
    """Returns when the result is published again, of which the first change was made then."""
    return datetime.fromtimestamp(sanctioned_at, CST) + RECOUNT_AFTER


def quiet_from(log: Log) -> datetime:
    """Returns the minute from which no step is made before the end now in force."""
    return log.terms.closes - timedelta(minutes=log.terms.rules.quiet)


def next_due(log: Log, now: datetime) -> int | None:
    """Returns when time alone will make something due, in epoch seconds; None for never.

    Nothing is due while it cannot be written: with a fault in the ledger, or the clock behind.
    """
    if log.head.fault is not None:
        return None
    due = _next_due(log, now)
    if due is None:
        return None
    if log.head.is_clock_behind(now):
        due = max(due, parse_minute(log.head.t) - MAX_STEP_BACK)
    return int(due.timestamp())


def _next_due(log: Log, now: datetime) -> datetime | None:
    if log.head.close_n is not None:
        waiting = log.head.sanctioned_at
        return None if waiting is None else recount_at(waiting)
    step = _next_step(log, now)
    if step is not None and step < quiet_from(log):
        return min(step, log.terms.count_published_at)
    return log.terms.count_published_at


def _next_step(log: Log, now: datetime) -> datetime | None:
    """Returns when policy and pace allow a step that is large enough; None without one."""
    rules = log.terms.rules
    if rules.results == "hidden" or not steps.is_large_enough(log):
        return None
    if rules.results == "live":
        return max(datetime.fromtimestamp(log.head.tallied_at + rules.publish_every, CST), now)
    return _daily_begin(rules.results, now) + timedelta(days=1)


def _daily_begin(policy: str, moment: datetime) -> datetime:
    """Returns the last `HH:MM` of a policy `daily HH:MM` at or before a moment."""
    begin = at(day(moment), policy.removeprefix("daily "))
    return begin if begin <= moment else begin - timedelta(days=1)
