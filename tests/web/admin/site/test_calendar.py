"""The page on which owners load a confirmed year."""

from datetime import date

import pytest

from tests.support.answers import line_of
from tests.support.staffing import browser_of, make_staff, post_form
from votesite.domain.hearing import calendar

ADDRESS = "/admin/calendar"
LINES = "\n".join(f"{day} 休" for day in calendar.festivals()[2027])
FIELDS = {"year": "2027", "source": "国办发明电〔2026〕9号", "days": f"{LINES}\n2027-02-13 班"}


@pytest.fixture
def owner(app):
    make_staff("lin", "owner")
    return browser_of(app, "lin")


def test_page_says_which_years_are_confirmed(owner):
    page = line_of(owner.get(ADDRESS))

    assert "国办发明电〔2025〕7号" in page
    assert "还没有载入" in page


def test_list_is_shown_before_it_is_loaded(owner):
    page = line_of(post_form(owner, ADDRESS, **FIELDS))

    assert "2027 年，载入以前请核对" in page
    assert "2月5日 周五 至 2月8日 周一" in page
    assert "2月13日 周六" in page
    assert not calendar.known().is_confirmed(date(2027, 2, 13))


def test_loaded_year_is_confirmed(owner):
    answer = post_form(owner, ADDRESS, **FIELDS, act="load")

    assert answer.status_code == 303
    assert calendar.known().is_working_day(date(2027, 2, 13))
    assert "国办发明电〔2026〕9号" in line_of(owner.get(ADDRESS))


def test_faulty_list_comes_back_as_it_was_typed(owner):
    answer = post_form(owner, ADDRESS, **{**FIELDS, "days": "2027-01-01 放假"}, act="load")

    page = line_of(answer)
    assert answer.status_code == 422
    assert "第 1 行看不懂" in page
    assert "2027-01-01 放假</textarea>" in page
    assert not calendar.known().is_confirmed(date(2027, 2, 13))
