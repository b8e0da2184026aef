"""The windows that a schedule's form proposes around the vote, counted in working days.

Working days are Monday to Friday: public holidays and the days worked instead are not known here.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from votesite.models.campaigns import SCHEDULED

NOTICE_DAYS = 5  # working days for which a result is shown before it is final
MORNING, EVENING = time(9), time(18)
_FORMAT = "%Y-%m-%d %H:%M"


def proposed(schedule: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """A schedule with windows for the phases that it leaves out, if the vote has one.

    Minutes as the form has them. What is no minute yet proposes nothing.
    """
    try:
        begins, ends = (datetime.strptime(edge, _FORMAT) for edge in schedule["voting"])  # noqa: DTZ007 -- Beijing's, compared with each other alone
    except (KeyError, ValueError):
        return dict(schedule)
    review = _working_day(begins.date(), -4), _working_day(begins.date(), -1)
    nomination = _working_day(review[0], -10), _working_day(review[0], -1)
    publicity = _working_day(nomination[0], -3), _working_day(nomination[0], -1)
    counting = _working_day(ends.date(), 1)
    notice = _working_day(counting, 1), _working_day(counting, NOTICE_DAYS)
    around = {
        "publicity": publicity,
        "nomination": nomination,
        "review": review,
        "counting": (counting, counting),
        "notice": notice,
    }
    return {
        phase: schedule.get(phase) or _window(*around[phase])
        for phase in SCHEDULED
        if phase in schedule or phase in around
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
