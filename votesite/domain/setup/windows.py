"""The windows that a schedule's form proposes around the vote, counted in working days.

Working days are Monday to Friday: public holidays and the days worked instead are not known here.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from votesite.clock import CST
from votesite.domain.campaigns import phases
from votesite.models.campaigns import SCHEDULED

NOTICE_DAYS = 5  # working days for which a result is shown before it is final
MORNING, EVENING = time(9), time(18)
_FORMAT = "%Y-%m-%d %H:%M"


def proposed(schedule: Mapping[str, list[str]], now: datetime) -> dict[str, list[str]]:
    """A schedule with windows for the phases that it leaves out, if the vote has one.

    Minutes as the form has them. What is no minute yet proposes nothing. Windows that run into
    others are proposed again; none is proposed that would have begun already.
    """
    try:
        begins, ends = (datetime.strptime(edge, _FORMAT) for edge in schedule["voting"])  # noqa: DTZ007 -- Beijing's, compared with each other alone
    except (KeyError, ValueError):
        return dict(schedule)
    found = {"voting": schedule["voting"]}
    for phase, window in _around(begins.date(), ends.date()).items():
        own = schedule.get(phase)
        if own and not phases.overlaps({**found, phase: own}):
            found[phase] = own
        elif window[0] > now.astimezone(CST).strftime(_FORMAT):
            found[phase] = window
        elif own:
            found[phase] = own
    return {phase: found[phase] for phase in SCHEDULED if phase in found}


def _around(begins: date, ends: date) -> dict[str, list[str]]:
    """The windows before and after a vote, those next to it first."""
    review = _working_day(begins, -4), _working_day(begins, -1)
    nomination = _working_day(review[0], -10), _working_day(review[0], -1)
    publicity = _working_day(nomination[0], -3), _working_day(nomination[0], -1)
    counting = _working_day(ends, 1)
    return {
        "review": _window(*review),
        "nomination": _window(*nomination),
        "publicity": _window(*publicity),
        "counting": _window(counting, counting),
        "notice": _window(_working_day(counting, 1), _working_day(counting, NOTICE_DAYS)),
    }


def _window(first: date, last: date) -> list[str]:
    edges = datetime.combine(first, MORNING), datetime.combine(last, EVENING)
    return [edge.strftime(_FORMAT) for edge in edges]


def _working_day(day: date, count: int) -> date:
    """The working day that is `count` of them after a day, or before it."""
    step = timedelta(days=1 if count > 0 else -1)
    left = abs(count)
    while left:
        day += step
        left -= day.weekday() < 5
    return day
