"""Reading and loading a confirmed year: pasted JSON, typed lines, and what is wrong with them."""

import json
from datetime import date

import pytest

from tests.support.staffing import make_staff
from votesite.domain.hearing import calendar, holiday_lists
from votesite.errors import InvalidFields
from votesite.extensions import db
from votesite.models.audit import AuditEntry

FESTIVALS = list(calendar.festivals()[2027])
LINES = "\n".join(f"{day} 休" for day in FESTIVALS)


def listed(**changes):
    days = [{"name": "节日", "date": f"{day}", "isOffDay": True} for day in FESTIVALS]
    return {"year": 2027, "papers": ["https://www.gov.cn/"], "days": days, **changes}


def fault_of(text, year="2027", source="国办发明电〔2026〕9号"):
    with pytest.raises(InvalidFields) as refused:
        holiday_lists.read(year, source, text)
    return {name: fault.code for name, fault in refused.value.fields.items()}


def test_list_as_the_public_one_is_read():
    text = json.dumps(
        listed(days=[*listed()["days"], {"name": "", "date": "2027-02-13", "isOffDay": False}])
    )

    found = holiday_lists.read("2027", " 国办发明电〔2026〕9号 ", text)

    assert (found.year, found.source) == (2027, "国办发明电〔2026〕9号")
    assert found.days[date(2027, 2, 13)] is True
    assert found.days[date(2027, 2, 6)] is False


def test_lines_by_hand_say_the_same():
    text = f"{LINES}\n\n2027-02-05 至 2027-02-12 休\n 2027-02-13班 \n2026-12-31 休"

    days = holiday_lists.read("2027", "文件", text).days

    assert [days[date(2027, 2, day)] for day in (5, 12, 13)] == [False, False, True]
    assert days[date(2026, 12, 31)] is False


def test_lines_by_hand_may_be_english():
    chinese = f"{LINES}\n2027-02-05 至 2027-02-12 休\n2027-02-13 班"
    english = chinese.replace("休", "off").replace("班", "work").replace("至", "to")

    read = [holiday_lists.read("2027", "国办", text).days for text in (chinese, english)]
    assert read[0] == read[1]


def test_shipped_year_is_what_the_reader_reads():
    text = json.dumps(calendar.listed(2026))

    assert holiday_lists.read("2026", "文件", text).days == calendar.shipped()[2026]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "holiday-missing"),
        (json.dumps(listed(days=[])), "holiday-missing"),
        (json.dumps(listed(days=listed()["days"][1:])), "holiday-missing"),
        (LINES.replace("2027-06-09 休", "2027-06-09 班"), "holiday-missing"),
        ("{", "holiday-form"),
        ('{"year": 2027}', "holiday-form"),
        ("{" * 20_000, "holiday-form"),
        (json.dumps(listed(year=2028)), "holiday-other-year"),
        (json.dumps(listed(days=["2027-01-01"])), "holiday-row"),
        (json.dumps(listed(days=[{"date": "2027-01-01", "isOffDay": 1}])), "holiday-row"),
        (json.dumps(listed(days=[{"date": "2027-02-30", "isOffDay": True}])), "holiday-row"),
        (f"{LINES}\n2027-02-30 休", "holiday-row"),
        (f"{LINES}\n2027-03-01 至 2027-02-01 休", "holiday-row"),
        (f"{LINES}\n2027-03-01 至 2027-12-01 休", "holiday-row"),
        (f"{LINES}\n二月六日 休", "holiday-row"),
        (f"{LINES}\n2028-01-01 休", "holiday-outside"),
        (f"{LINES}\n2026-11-30 休", "holiday-outside"),
        (f"{LINES}\n2027-01-01 班", "holiday-twice"),
        ("休" * 20_001, "too-long"),
    ],
)
def test_what_is_no_list_of_this_year_is_refused(text, code):
    assert fault_of(text) == {"days": code}


@pytest.mark.parametrize("year", ["", "27", "二〇二七", "1999", "２０２７", "99999"])
def test_year_has_four_digits(year):
    assert fault_of(LINES, year=year) == {"year": "invalid"}


def test_source_is_needed():
    assert fault_of(LINES, source=" ") == {"source": "missing"}


def test_loading_confirms_the_year_and_stands_in_the_audit_log(app):
    owner = make_staff("lin", "owner").id
    assert not calendar.known().is_confirmed(date(2027, 3, 1))

    holiday_lists.load(holiday_lists.read("2027", "文件", LINES), owner)
    holiday_lists.load(holiday_lists.read("2027", "更正", f"{LINES}\n2027-03-01 休"), owner)

    known = calendar.known()
    assert known.is_confirmed(date(2027, 3, 1))
    assert not known.is_working_day(date(2027, 3, 1))
    assert known.source(2027) == "更正"
    lines = db.session.query(AuditEntry).filter_by(table="calendar_years").all()
    assert [(line.action, line.row_id) for line in lines] == [("load-calendar", "2027")] * 2
