"""How staff read the answers of a questionnaire."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from tests.support import staffing
from tests.support.answers import words_of
from tests.support.surveys import answered, make_surveyed
from votesite import clock
from votesite.domain import audit
from votesite.domain.surveys import listing
from votesite.extensions import db
from votesite.models.surveys import SurveyAnswer

DESK = "/admin/c/xiangzhen-2026/surveys"


@pytest.fixture
def campaign(app):
    return make_surveyed()


@pytest.fixture
def desk(app, campaign):
    """An editor's browser."""
    staffing.make_staff("zhou", "editor", campaign=campaign)
    return staffing.browser_of(app, "zhou")


def test_desk_lists_questionnaires(desk, campaign):
    answered(listing.find(campaign.id, "feedback"), clock=clock.now, who=1, rate="5")

    page = words_of(desk.get(DESK))

    assert "办事体验问卷" in page
    assert "开放中" in page


def test_desk_shows_figures_of_every_question(desk, campaign):
    assert "还没有人答" in words_of(desk.get(f"{DESK}/feedback"))
    answered(
        listing.find(campaign.id, "feedback"),
        clock=clock.now,
        rate="5",
        how="窗口",
        parts__1="4",
        each__2="5",
    )
    answered(
        listing.find(campaign.id, "feedback"),
        clock=clock.now,
        who=2,
        rate="2",
        why="<i>慢</i>",
        each__2="3",
    )

    page = desk.get(f"{DESK}/feedback")

    said = words_of(page)
    assert page.status_code == 200
    assert "平均 3.50" in said
    assert "&lt;i&gt;慢&lt;/i&gt;" in page.get_data(as_text=True)
    assert "第2镇 0 0 1 0 1 2 4.00" in said
    assert page.get_data(as_text=True).count("<svg") > 5


def test_csv_has_a_line_an_answer_and_no_formula(desk, campaign):
    answered(
        listing.find(campaign.id, "feedback"), clock=clock.now, who=1, rate="1", why="=1+1\n@x"
    )

    reply = desk.get(f"{DESK}/feedback/answers.csv")

    assert reply.content_type == "text/csv; charset=utf-8"
    assert "feedback.csv" in reply.headers["Content-Disposition"]
    head, row = csv.reader(io.StringIO(reply.get_data(as_text=True).removeprefix("\ufeff")))
    assert head[:3] == ["日期", "总体满意吗", "为什么不满意"]
    assert row[1:3] == ["1", "'=1+1\n'@x"]


def test_workbook_has_answers_and_figures(desk, campaign):
    answered(listing.find(campaign.id, "feedback"), clock=clock.now, who=1, rate="1", why="=1+1")

    reply = desk.get(f"{DESK}/feedback/answers.xlsx")

    terms = CalamineWorkbook.from_filelike(io.BytesIO(reply.data))
    assert terms.sheet_names == ["答卷", "统计"]
    assert terms.get_sheet_by_name("答卷").to_python()[1][1:3] == ["1", "=1+1"]
    assert terms.get_sheet_by_name("统计").to_python()[1] == ["总体满意吗", "", "1", 1, 100, 1]


def test_taking_answers_along_is_logged(desk, campaign):
    desk.get(f"{DESK}/feedback/answers.csv")
    assert desk.get(f"{DESK}/feedback/answers.exe").status_code == 404

    db.session.rollback()
    lines = [line for line in audit.entries([campaign.id]) if line.action == "export"]
    assert [(line.table, line.fields) for line in lines] == [("surveys", "answers")]


def test_neither_page_nor_tables_show_who_answered(desk, campaign):
    answered(listing.find(campaign.id, "feedback"), clock=clock.now, who=1, rate="1", why="慢")
    db.session.rollback()
    kept = db.session.scalar(select(SurveyAnswer))

    for path in ("", "/answers.csv"):
        said = desk.get(f"{DESK}/feedback{path}").get_data(as_text=True)
        assert kept.voter.hex() not in said
        assert kept.id not in said


def test_reviewer_and_foreign_staff_do_not_read_answers(app, campaign):
    staffing.make_staff("qian", "reviewer", campaign=campaign)
    browser = staffing.browser_of(app, "qian")

    assert browser.get(f"{DESK}/feedback").status_code == 403
    assert browser.get("/admin/c/none-2026/surveys").status_code == 404
