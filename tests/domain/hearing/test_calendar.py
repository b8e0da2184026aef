"""Working days: confirmed years, years of which only the festivals are known, and unknown ones."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.staffing import make_staff
from votesite.clock import CST
from votesite.domain.hearing import calendar
from votesite.errors import UnknownYear
from votesite.extensions import db
from votesite.models.hearing import CalendarYear

# Of 2026, as another author's package has it (chinesecalendar 1.11.0): weekdays without work, and
# weekends with it.
WEEKDAYS_OFF = """
01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02
10-05 10-06 10-07
"""
WEEKENDS_AT_WORK = "01-04 02-14 02-28 05-09 09-20 10-10"
DAYS_OF_2026 = [date(2026, 1, 1) + timedelta(place) for place in range(365)]
SHIPPED = calendar.Calendar(calendar.shipped())


def moment(text):
    return datetime.fromisoformat(f"2026-{text}:00").replace(tzinfo=CST)


def load(year, days):
    row = CalendarYear(
        year=year,
        days=days,
        source="国办发明电",
        loaded_by=make_staff(f"owner{year}", "owner").id,
        loaded_at="2026-11-05T10:00+08:00",
    )
    db.session.add(row)
    db.session.commit()


def test_2026_is_what_the_state_council_announced():
    for on in DAYS_OF_2026:
        text = on.isoformat()[5:]
        is_weekend = on.weekday() >= 5

        expected = text in WEEKENDS_AT_WORK if is_weekend else text not in WEEKDAYS_OFF
        if on < date(2026, 12, 24):
            assert SHIPPED.is_working_day(on) == expected, text
            assert SHIPPED.is_confirmed(on)


def test_first_day_of_a_notice_is_not_counted(app):
    found = calendar.working_days(moment("03-02T09:00"), moment("03-09T18:00"))

    assert found.days == [date(2026, 3, day) for day in (3, 4, 5, 6, 9)]
    assert found.confirmed


def test_day_on_which_a_notice_ends_at_midnight_is_not_counted(app):
    found = calendar.working_days(moment("03-02T09:00"), moment("03-04T00:00"))

    assert found.days == [date(2026, 3, 3)]


def test_notice_within_a_day_has_no_working_day(app):
    assert calendar.working_days(moment("03-02T09:00"), moment("03-02T18:00")).days == []


def test_weekend_at_work_counts_and_a_holiday_does_not(app):
    found = calendar.working_days(moment("02-12T09:00"), moment("02-24T18:00"))

    assert found.days == [date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 24)]


def test_corrections_come_before_the_table_and_off_before_on(app):
    found = calendar.working_days(
        moment("03-02T09:00"),
        moment("03-09T18:00"),
        off=[date(2026, 3, 4), date(2026, 3, 7)],
        on=[date(2026, 3, 7), date(2026, 3, 8)],
    )

    assert found.days == [date(2026, 3, day) for day in (3, 5, 6, 8, 9)]


def test_notice_ends_at_six_on_its_last_working_day(app):
    assert calendar.notice_end(moment("09-30T09:00"), 5) == moment("10-13T18:00")


def test_deadline_of_five_working_days_steps_over_the_holidays(app):
    assert calendar.after_working_days(date(2026, 9, 29), 5) == date(2026, 10, 12)


def test_next_working_day_is_never_today(app):
    assert calendar.next_working_day(moment("03-06T08:00")) == date(2026, 3, 9)


def test_no_day_near_a_festival_counts_in_an_unconfirmed_year(app):
    spring = [date(2027, 2, 5) + timedelta(place) for place in range(4)]
    near = {on + timedelta(apart) for on in spring for apart in range(-8, 9)}

    found = calendar.working_days(
        datetime(2027, 1, 20, 9, tzinfo=CST), datetime(2027, 2, 26, 18, tzinfo=CST)
    )

    assert not near & set(found.days)
    assert found.days[:7] == [date(2027, 1, day) for day in (21, 22, 25, 26, 27)] + [
        date(2027, 2, 17),
        date(2027, 2, 18),
    ]
    assert not found.confirmed


def test_last_days_of_a_year_count_once_the_next_year_is_confirmed(app):
    begun, ended = moment("12-23T09:00"), moment("12-31T18:00")
    assert calendar.working_days(begun, ended).days == []
    assert not calendar.working_days(begun, ended).confirmed

    load(2027, {"2027-01-01": "off"})

    found = calendar.working_days(begun, ended)
    assert found.days == [date(2026, 12, day) for day in (24, 25, 28, 29, 30, 31)]
    assert found.confirmed


def test_notice_for_the_next_year_moves_days_of_this_one(app):
    load(2018, {})
    load(2019, {"2018-12-29": "work", "2018-12-30": "off", "2018-12-31": "off"})
    begun, ended = datetime(2018, 12, 27, tzinfo=CST), datetime(2018, 12, 31, 18, tzinfo=CST)

    found = calendar.working_days(begun, ended)

    assert found.days == [date(2018, 12, 28), date(2018, 12, 29)]


def test_loaded_table_takes_the_place_of_the_shipped_one(app):
    load(2026, {"2026-03-03": "off"})

    found = calendar.working_days(moment("03-02T09:00"), moment("03-04T18:00"))

    assert found.days == [date(2026, 3, 4)]


@pytest.mark.parametrize("year", [2025, 2041])
def test_year_that_nobody_knows_is_refused(app, year):
    with pytest.raises(UnknownYear) as refused:
        calendar.after_working_days(date(year, 3, 2), 1)

    assert refused.value.year == year


def test_loaded_year_beyond_the_shipped_ones_is_counted(app):
    load(2041, {})

    assert calendar.after_working_days(date(2041, 3, 1), 1) == date(2041, 3, 4)


def test_every_shipped_year_has_thirteen_days_in_itself():
    assert sorted(calendar.festivals()) == list(range(2027, 2041))
    for year, days in calendar.festivals().items():
        # where the moon's festival meets the national day, two names share a day
        assert len(days) == 13
        assert {on.year for on in days} == {year}


@given(st.integers(0, 4700), st.integers(1, 12))
def test_unconfirmed_years_count_what_a_plain_search_of_all_festivals_leaves(start, least):
    begun = date(2027, 1, 2) + timedelta(start)
    on, counted = begun, []
    while len(counted) < least:
        on += timedelta(1)
        if SHIPPED.is_working_day(on):
            counted.append(on)

    every = {day for days in calendar.festivals().values() for day in days}
    every |= {date(year, 1, 1) for year in range(2027, 2042)}
    for day in counted:
        assert day.weekday() < 5
        assert all(abs((day - festival).days) > 8 for festival in every)
    skipped = [begun + timedelta(place) for place in range(1, (on - begun).days)]
    for day in set(skipped) - set(counted):
        assert day.weekday() >= 5 or any(abs((day - festival).days) <= 8 for festival in every)
