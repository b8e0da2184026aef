"""The one clock. Business time is China Standard Time: no daylight saving since 1991.

Business time is the machine's, except in the demo, where visitors may push it forward. What keeps
the door (passwords, sessions, rate limits) and what speaks with WeChat reads `real` everywhere.
"""

import re
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone

CST = timezone(timedelta(hours=8))

MINUTE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\+08:00", re.ASCII)

Clock = Callable[[], datetime]
Push = Callable[[], timedelta]

_push: Push | None = None


def real() -> datetime:
    """Returns the machine's present moment, in China Standard Time."""
    return datetime.fromtimestamp(time.time(), CST)


def now() -> datetime:
    """Returns the present moment of business, in China Standard Time."""
    return real() if _push is None else real() + _push()


def follow(push: Push | None) -> None:
    """Let business time run ahead of the machine's by what `push` returns; None ends that.

    For the demo alone, and for the whole process: its application is the only one there.
    """
    global _push
    _push = push


def monotonic() -> float:
    """Returns seconds that only grow, for waiting and for the age of caches."""
    return time.monotonic()


def minute(moment: datetime) -> str:
    """Returns a moment as the ledger writes it: `YYYY-MM-DDTHH:MM+08:00`."""
    return moment.astimezone(CST).isoformat(timespec="minutes")


def minute_or_none(moment: datetime | None) -> str | None:
    """Like `minute`, with None for None, as JSON answers write it."""
    return minute(moment) if moment else None


def minute_number(moment: datetime) -> int:
    """Returns whole minutes since the epoch."""
    return int(moment.timestamp()) // 60


def minutes_in(span: timedelta) -> int:
    """Returns the whole minutes in a span of time."""
    return int(span.total_seconds()) // 60


def parse_minute(text: str) -> datetime:
    """Returns the moment that `minute` wrote; raises ValueError for any other form."""
    if not MINUTE.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text).astimezone(CST)


def day(moment: datetime) -> date:
    """Returns the Beijing day of a moment."""
    return moment.astimezone(CST).date()


def hour_of_day(moment: datetime) -> str:
    """Returns `HH:MM` of a moment in Beijing."""
    return moment.astimezone(CST).strftime("%H:%M")


def at(on: date, hour_and_minute: str) -> datetime:
    """Returns the Beijing moment of a day and `HH:MM`; `24:00` is the next day's beginning."""
    hours, minutes = map(int, hour_and_minute.split(":"))
    return datetime(on.year, on.month, on.day, tzinfo=CST) + timedelta(hours=hours, minutes=minutes)
