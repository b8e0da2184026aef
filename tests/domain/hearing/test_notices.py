"""The public notice: whose honours it announces, how far it has come, what the form proposes."""

from datetime import date, datetime, timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.honours import BEGINS, COUNTED, ENDS, FINAL, Honours
from tests.support.staffing import make_staff
from votesite.clock import CST, minute
from votesite.domain.hearing import notices
from votesite.errors import NotFound
from votesite.extensions import db
from votesite.models.hearing import CalendarYear

WITHIN = BEGINS + timedelta(days=1)


@pytest.fixture
def honours(app):
    return Honours()


def withdrawn_and_noticed_again(honours):
    """A winner leaves while the first notice runs; the ranking is made again, and noticed."""
    honours.noticed()
    honours.decide("withdraw", 1, why="本人申请退出", moment=WITHIN)
    honours.decide("ranking", why="1 号退出，名单重新计算", moment=WITHIN)
    begins = WITHIN + timedelta(days=1)
    honours.notice(begins, begins + timedelta(days=9), moment=WITHIN)
    return begins


def test_notice_lists_who_is_to_be_honoured_by_number(honours):
    honours.noticed()

    course = notices.course(honours.row, WITHIN)

    notice = course.current
    assert [each.no for each in notice.honours] == sorted(each.no for each in notice.honours)
    assert {each.category for each in notice.honours} == {"城郊乡镇", "山区乡镇"}
    assert all(each.name == f"第{each.no}镇" for each in notice.honours)
    assert all(each.scores["expert"] > 0 for each in notice.honours)
    assert (notice.begins, notice.ends) == (BEGINS, ENDS)
    assert notice.is_running(WITHIN)
    assert course.shows_scores


def test_notice_that_has_not_begun_is_coming(honours):
    honours.noticed()

    course = notices.course(honours.row, BEGINS - timedelta(minutes=1))

    assert course.current is None
    assert course.coming.begins == BEGINS


def test_campaign_without_a_ranking_has_no_notice_yet(honours):
    honours.judged()

    course = notices.course(honours.row, COUNTED)

    assert (course.current, course.coming, course.former) == (None, None, [])
    assert course.is_counted


def test_votes_alone_without_a_notice_in_the_schedule_have_none(app):
    campaign = make_campaign()

    with pytest.raises(NotFound):
        notices.course(campaign, COUNTED)


def test_second_notice_replaces_the_first_once_it_begins(honours):
    begins = withdrawn_and_noticed_again(honours)

    before = notices.course(honours.row, begins - timedelta(minutes=1))
    after = notices.course(honours.row, begins)

    assert (before.current.n, before.former) == (after.former[0].n, [])
    assert before.coming.n == after.current.n
    assert after.coming is None
    assert after.current.why == "1 号退出，名单重新计算"
    assert after.former[0].why == ""
    assert 1 not in [each.no for each in after.current.honours]
    assert after.former[0].honours[0].is_withdrawn


def test_list_is_final_when_two_have_said_so(honours):
    assert not notices.course(honours.noticed().row, WITHIN).is_final

    honours.decide("final", moment=FINAL)

    course = notices.course(honours.row, FINAL)
    assert course.is_final
    assert not course.current.is_running(FINAL)


def test_final_list_is_possible_a_day_after_the_notice(honours):
    assert notices.course(honours.noticed().row, WITHIN).current.final_from == ENDS + timedelta(1)


def test_notice_over_new_year_is_confirmed_once_the_next_year_is_known(honours):
    honours.noticed()
    before = notices.course(honours.row, WITHIN).current
    begins = datetime(2026, 12, 21, 9, tzinfo=CST)
    assert before.is_confirmed
    honours.decide("withdraw", 1, why="本人申请退出", moment=WITHIN)
    honours.decide("ranking", why="重新计算", moment=WITHIN)
    honours.notice(begins, datetime(2027, 1, 15, 18, tzinfo=CST), moment=WITHIN)
    assert not notices.course(honours.row, begins).current.is_confirmed

    row = CalendarYear(
        year=2027,
        days={"2027-01-01": "off"},
        source="国办发明电",
        loaded_by=make_staff("lin", "owner").id,
        loaded_at=minute(begins),
    )
    db.session.add(row)
    db.session.commit()

    assert notices.course(honours.row, begins).current.is_confirmed


def test_form_proposes_the_next_working_day_and_as_many_days_as_needed(honours):
    honours.ranked()

    proposed = notices.proposed(honours.row, datetime(2026, 12, 12, 19, tzinfo=CST))

    assert proposed.begins == datetime(2026, 12, 14, 9, tzinfo=CST)
    assert proposed.ends == datetime(2026, 12, 21, 18, tzinfo=CST)
    assert proposed.days == [date(2026, 12, day) for day in (15, 16, 17, 18, 21)]
    assert proposed.is_confirmed
    assert proposed.least == 5


def test_what_the_form_proposes_is_taken(honours):
    honours.ranked()
    proposed = notices.proposed(honours.row, COUNTED)

    honours.notice(proposed.begins, proposed.ends, moment=COUNTED)

    assert notices.course(honours.row, proposed.begins).current.days == proposed.days


def test_unknown_notice_is_not_found(honours):
    with pytest.raises(NotFound):
        notices.notice_of(honours.campaign.id, 99)
