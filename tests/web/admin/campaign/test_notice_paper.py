"""The desk while a notice runs: what is due, and the printed form."""

from datetime import timedelta

import pytest

from tests.support.answers import line_of
from tests.support.honours import BEGINS, ENDS, FINAL, Honours
from tests.support.staffing import browser_of, make_staff, post_form
from votesite import clock
from votesite.domain import fonts
from votesite.domain.hearing import papers
from votesite.domain.jobs import running

DESK = "/admin/c/xiangzhen-2026"
PAPER = f"{DESK}/notice-paper"


@pytest.fixture
def honours(app):
    return Honours()


@pytest.fixture
def owner(app):
    make_staff("lin", "owner")
    return browser_of(app, "lin")


@pytest.fixture
def stand():
    """Let business time stand at a moment."""

    def stand_at(moment):
        clock.follow(lambda: moment + timedelta(seconds=1) - clock.real())

    yield stand_at
    clock.follow(None)


@pytest.mark.parametrize(
    ("moment", "due"),
    [
        (BEGINS - timedelta(hours=1), "公示从 12月13日 19:00 开始"),
        (BEGINS, "公示到 12月22日 19:00"),
        (ENDS, "公示期满，12月23日 19:00 起可以确定名单"),
        (FINAL, "公示期满，可以确定名单"),
    ],
)
def test_overview_says_what_the_notice_waits_for(honours, owner, stand, moment, due):
    honours.noticed()
    stand(moment)

    assert due in line_of(owner.get(f"{DESK}/"))


def test_overview_says_nothing_of_a_notice_once_the_list_is_final(honours, owner, stand):
    honours.finished()
    stand(FINAL + timedelta(hours=1))

    page = line_of(owner.get(f"{DESK}/"))

    assert "可以确定名单" not in page
    assert "公示的 PDF" not in page


def test_missing_paper_is_due_until_it_is_made(honours, owner, stand):
    honours.noticed()
    stand(BEGINS)
    before = line_of(owner.get(f"{DESK}/")), line_of(owner.get(PAPER))

    answer = post_form(owner, PAPER)
    running.run_waiting()

    assert answer.status_code == 303
    assert "/jobs/" in answer.headers["Location"]
    assert all("还没有生成" in page for page in before)
    assert "公示的 PDF 还没有生成" not in line_of(owner.get(f"{DESK}/"))
    made = papers.paper_of(honours.campaign.id, honours.row.notice_n)
    assert made.sha256[:32] in line_of(owner.get(PAPER))


def test_desk_says_that_a_font_is_missing(honours, owner, stand, monkeypatch):
    honours.noticed()
    stand(BEGINS)
    fonts.font_file.cache_clear()
    monkeypatch.setattr(fonts, "FOLDERS", ("/nowhere",))

    page = line_of(owner.get(PAPER))
    fonts.font_file.cache_clear()

    assert "服务器没有中文字体" in page
    assert "现在生成" not in page


def test_campaign_without_a_notice_has_no_paper(honours, owner):
    assert "还没有公示。" in line_of(owner.get(PAPER))
    assert post_form(owner, PAPER).status_code == 409
