"""Working days: which days of a notice or a deadline count, by tables of holidays and festivals.

A year is confirmed by the State Council's notice about it: 2026 is shipped, owners load others. In
a year that is not, no day near a statutory festival counts, nor does a weekend, since what will be
a working day is not known yet: a notice may turn out too long, never too short. The notice for a
year may move the last days of the year before (that for 2019 took 31 December 2018, a Monday), so
they count as that year's. A year without either cannot be counted.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from votesite.clock import at, day
from votesite.errors import UnknownYear
from votesite.extensions import db
from votesite.models.hearing import CalendarYear

NEAR = 8  # days before and after a statutory festival
NOTICE_BEGINS, NOTICE_ENDS = "09:00", "18:00"
_DATA = Path(__file__).with_name("data")
_SHIPPED = (2026,)
_SATURDAY = 5
_ONE_DAY = timedelta(days=1)

Table = dict[date, bool]  # days of which a notice of the State Council says: at work, or not


class Days(NamedTuple):
    """The working days of a span, and whether each of its days is one by a confirmed table."""

    days: list[date]
    confirmed: bool


class Calendar:
    """The confirmed tables by year, those of staff before those shipped, and the festivals."""

    def __init__(self, tables: dict[int, Table], sources: Mapping[int, str] | None = None) -> None:
        self._tables = tables
        self._sources = sources or {}

    def table(self, year: int) -> Table:
        """What the confirmed table of a year names; empty without one."""
        return self._tables.get(year, {})

    def source(self, year: int) -> str:
        """Which notice confirms a year; empty where none does."""
        return self._sources.get(year, "")

    def is_confirmed(self, on: date) -> bool:
        """Whether a confirmed table says of this day whether it is a working day."""
        if self._named(on) is not None:
            return True
        return all(year in self._tables for year in self._years_about(on))

    def is_working_day(self, on: date) -> bool:
        """Whether this day counts; raises UnknownYear."""
        if (named := self._named(on)) is not None:
            return named
        if on.weekday() >= _SATURDAY:
            self._require(on.year)
            return False
        if self.is_confirmed(on):
            return True
        self._require(on.year)
        return not (_is_before_new_year(on) or on in _near_festivals())

    def _years_about(self, on: date) -> list[int]:
        """The years whose notices may speak of a day: its own, in the last days the next too."""
        return [on.year, on.year + 1] if _is_before_new_year(on) else [on.year]

    def _named(self, on: date) -> bool | None:
        """What the newest notice that names a day says of it; None where none does."""
        for year in (on.year + 1, on.year):
            if on in self._tables.get(year, {}):
                return self._tables[year][on]
        return None

    def _require(self, year: int) -> None:
        if year not in self._tables and year not in festivals():
            raise UnknownYear(year)


def working_days(
    from_: datetime, to_: datetime, *, off: Collection[date] = (), on: Collection[date] = ()
) -> Days:
    """Returns the working days of [from_, to_), of which the first day is not one.

    `off` and `on` are days that staff know better than the calendar; a day in both is off. Raises
    UnknownYear.
    """
    calendar = known()
    last = day(to_ - timedelta(minutes=1))
    span = list(takewhile(lambda each: each <= last, _following(day(from_))))
    days = [each for each in span if _counts(calendar, each, off, on)]
    corrected = {*off, *on}
    return Days(days, all(each in corrected or calendar.is_confirmed(each) for each in span))


def notice_end(
    from_: datetime, least: int, *, off: Collection[date] = (), on: Collection[date] = ()
) -> datetime:
    """Returns when a notice of so many working days may end: 18:00 of the last one.

    Raises UnknownYear.
    """
    calendar = known()
    counted = 0
    for each in _following(day(from_)):
        counted += _counts(calendar, each, off, on)
        if counted >= least:
            return at(each, NOTICE_ENDS)
    raise AssertionError  # _following has no end


def next_working_day(now: datetime) -> date:
    """Returns the first working day after today; raises UnknownYear."""
    return after_working_days(day(now), 1)


def after_working_days(begun: date, count: int) -> date:
    """Returns the last of so many working days after a day, which is not counted itself.

    Raises UnknownYear.
    """
    calendar = known()
    return next(
        each
        for place, each in enumerate(filter(calendar.is_working_day, _following(begun)), 1)
        if place >= count
    )


def known() -> Calendar:
    """Returns the calendar as it is now, with the tables that owners have loaded."""
    loaded = db.session.scalars(select(CalendarYear)).all()
    tables = {
        row.year: {date.fromisoformat(on): what == "work" for on, what in row.days.items()}
        for row in loaded
    }
    sources = {year: str(listed(year)["papers"][0]) for year in shipped()}
    sources |= {row.year: row.source for row in loaded}
    return Calendar({**shipped(), **tables}, sources)


@cache
def shipped() -> dict[int, Table]:
    """Returns the confirmed tables that come with the site, by year."""
    return {year: table_of(listed(year)["days"]) for year in _SHIPPED}


@cache
def listed(year: int) -> dict[str, Any]:
    """Returns a shipped year as the public list `holiday-cn` writes years: with its papers."""
    found: dict[str, Any] = json.loads((_DATA / f"{year}.json").read_text(encoding="utf-8"))
    return found


def table_of(days: Iterable[Mapping[str, Any]]) -> Table:
    """Returns the days of such a list as a table."""
    return {date.fromisoformat(each["date"]): not each["isOffDay"] for each in days}


@cache
def festivals() -> dict[int, list[date]]:
    """Returns the statutory festivals of the years that are shipped, by year."""
    years = json.loads((_DATA / "festivals.json").read_text(encoding="utf-8"))["years"]
    return {
        int(year): [date.fromisoformat(on) for days in named.values() for on in days]
        for year, named in years.items()
    }


@cache
def _near_festivals() -> frozenset[date]:
    reach = range(-NEAR, NEAR + 1)
    every = (on for days in festivals().values() for on in days)
    return frozenset(on + timedelta(apart) for on in every for apart in reach)


def _is_before_new_year(on: date) -> bool:
    """Whether a day is near the first of January that follows it."""
    return date(on.year + 1, 1, 1) - on <= timedelta(NEAR)


def _following(on: date) -> Iterator[date]:
    while True:
        on += _ONE_DAY
        yield on


def _counts(calendar: Calendar, each: date, off: Collection[date], on: Collection[date]) -> bool:
    return each not in off and (each in on or calendar.is_working_day(each))
