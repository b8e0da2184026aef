"""The calendar of holidays: which years are confirmed, and loading another one."""

from datetime import date
from typing import Any, NamedTuple

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.hearing import calendar, holiday_lists
from votesite.domain.hearing.calendar import Table
from votesite.domain.hearing.holiday_lists import HolidayYear
from votesite.errors import InvalidFields
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin import acting
from votesite.web.admin.acting import INVALID, NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.templating import beijing

YEARS_AHEAD = 2


class Run(NamedTuple):
    """Days in a row that are all off, or all at work though the week says otherwise."""

    first: date
    last: date
    is_off: bool

    @property
    def words(self) -> str:
        """Its days, with those of the week."""
        first, last = (beijing(clock.at(on, "00:00"), "weekday") for on in self[:2])
        return first if first == last else _("%(first)s 至 %(last)s", first=first, last=last)


class Year(NamedTuple):
    """A year of the calendar as the page shows it; `source` is empty where none is confirmed."""

    year: int
    source: str
    runs: list[Run]
    is_known: bool


@bp.get("/calendar")
@staff_required("owner", everywhere=True)
def calendar_years() -> ResponseReturnValue:
    """Show which years are confirmed, and the form for another."""
    return _page(NO_FAILURE)


@bp.post("/calendar")
@staff_required("owner", everywhere=True)
def load_calendar() -> ResponseReturnValue:
    """Show what a list would put in force, or put it in force."""
    try:
        found = holiday_lists.read(*(request.form.get(name, "") for name in _FIELDS))
    except InvalidFields as refusal:
        return _page(Failure(INVALID, faults_in_words(refusal)))
    if request.form.get("act") != "load":
        return _page(NO_FAILURE, found)
    return acting.run(
        lambda: holiday_lists.load(found, require_staff().id),
        done=_("%(year)s 年的节假日已载入", year=found.year),
        to=url_for(".calendar_years"),
    )


_FIELDS = ("year", "source", "days")


def _page(failure: Failure, found: HolidayYear | None = None) -> ResponseReturnValue:
    this_year = clock.day(clock.now()).year
    values: dict[str, Any] = {name: request.form.get(name, "") for name in _FIELDS}
    return admin_page(
        "admin/site/calendar.html",
        failure.status,
        active="calendar_years",
        years=[_year(year) for year in range(this_year, this_year + YEARS_AHEAD)],
        values={**values, "year": values["year"] or this_year + 1},
        found=found,
        runs=_runs(found.days) if found else [],
        faults=failure.faults,
    )


def _year(year: int) -> Year:
    known = calendar.known()
    runs = _runs(known.table(year))
    return Year(year, known.source(year), runs, year in calendar.festivals() or bool(runs))


def _runs(table: Table) -> list[Run]:
    """The days of a table, those in a row as one."""
    runs: list[Run] = []
    for on in sorted(table):
        last = runs[-1] if runs else None
        if last and (on - last.last).days == 1 and last.is_off != table[on]:
            runs[-1] = last._replace(last=on)
        else:
            runs.append(Run(on, on, not table[on]))
    return runs
