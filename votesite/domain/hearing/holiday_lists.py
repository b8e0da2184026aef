"""Loading a confirmed year: the JSON of the public list `holiday-cn`, or lines typed by hand.

    {"year": 2027, "papers": [addresses], "days": [{"name", "date", "isOffDay"}]}

    2027-02-06 至 2027-02-12 休
    2027-02-13 班

A list names the days that differ from the week: off, or at work though it is a weekend. It may name
days of the December before. Every statutory festival that is shipped must be off in it, so that an
empty list, as the public one is before the State Council has decided, is never taken for a year.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.hearing import calendar
from votesite.domain.hearing.calendar import Table
from votesite.domain.texts import length_fault, tidy
from votesite.errors import Fault, InvalidFields
from votesite.extensions import db, writing
from votesite.models.hearing import CalendarYear

MAX_TEXT = 20_000
MAX_SOURCE = 200
FIRST, LAST = 2020, 2100
WORDS = {"休": False, "班": True, "off": False, "work": True}
_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:\s*(?:至|到|to|-|—|~)\s*(\d{4}-\d\d-\d\d))?\s*(休|班|off|work)", re.ASCII
)
_LONGEST = 31  # days from the first to the last of one line


class HolidayYear(NamedTuple):
    """A year that was read: its days, and the State Council's notice that it rests on."""

    year: int
    days: Table
    source: str


def read(year: str, source: str, text: str) -> HolidayYear:
    """Returns a year as it was typed or pasted; raises InvalidFields for what is wrong with it."""
    faults: dict[str, Fault | None] = {
        "year": None if _is_year(year) else Fault("invalid"),
        "source": length_fault(tidy(source), MAX_SOURCE, least=1),
        "days": Fault("too-long", most=MAX_TEXT) if len(text) > MAX_TEXT else None,
    }
    _raise(faults)
    days = _days(text, int(year))
    _raise({"days": _fault_of(days, int(year))})
    return HolidayYear(int(year), days, tidy(source))


def load(found: HolidayYear, by: int, *, clock: Clock = now) -> None:
    """Put a year in force, in the place of what was known of it."""
    words = {True: "work", False: "off"}
    with writing():
        now = clock()
        row = CalendarYear(
            year=found.year,
            days={day.isoformat(): words[works] for day, works in sorted(found.days.items())},
            source=found.source,
            loaded_by=by,
            loaded_at=minute(now),
        )
        db.session.merge(row)
        audit.note(by, "load-calendar", "calendar_years", found.year, ["days", "source"], now=now)


def _is_year(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}", text, re.ASCII)) and FIRST <= int(text) <= LAST


def _days(text: str, year: int) -> Table:
    """Returns the days that a text names; raises InvalidFields."""
    listed = _of_json(text, year) if text.lstrip().startswith("{") else _of_lines(text)
    days: Table = {}
    for row, on, works in listed:
        if days.get(on, works) != works:
            _raise({"days": Fault("holiday-twice", row=row, day=on.isoformat())})
        days[on] = works
    return days


def _of_json(text: str, year: int) -> Iterator[tuple[int, date, bool]]:
    try:
        known = json.loads(text)
    except ValueError:
        known = None
    rows = known.get("days") if isinstance(known, dict) else None
    if not isinstance(rows, list):
        raise InvalidFields({"days": Fault("holiday-form")})
    if known.get("year") != year:
        raise InvalidFields({"days": Fault("holiday-other-year", year=year)})
    for row, each in enumerate(rows, 1):
        yield (row, *_json_day(row, each))


def _json_day(row: int, each: Any) -> tuple[date, bool]:
    is_named = isinstance(each, dict) and isinstance(each.get("date"), str)
    if not is_named or not isinstance(each.get("isOffDay"), bool):
        raise InvalidFields({"days": Fault("holiday-row", row=row)})
    return _date(row, each["date"]), not each["isOffDay"]


def _of_lines(text: str) -> Iterator[tuple[int, date, bool]]:
    for row, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise InvalidFields({"days": Fault("holiday-row", row=row)})
        first = _date(row, match[1])
        last = _date(row, match[2] or match[1])
        if not timedelta() <= last - first < timedelta(_LONGEST):
            raise InvalidFields({"days": Fault("holiday-row", row=row)})
        for place in range((last - first).days + 1):
            yield row, first + timedelta(place), WORDS[match[3]]


def _date(row: int, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFields({"days": Fault("holiday-row", row=row)}) from None


def _fault_of(days: Table, year: int) -> Fault | None:
    """What is wrong with the days of a year as a whole."""
    for on in sorted(days):
        if on.year != year and (on.year, on.month) != (year - 1, 12):
            return Fault("holiday-outside", day=on.isoformat())
    festivals = calendar.festivals().get(year, [date(year, 1, 1)])
    missing = [on for on in festivals if days.get(on, True)]
    return Fault("holiday-missing", day=min(missing).isoformat()) if missing else None


def _raise(faults: dict[str, Fault | None]) -> None:
    wrong = {name: fault for name, fault in faults.items() if fault is not None}
    if wrong:
        raise InvalidFields(wrong)
