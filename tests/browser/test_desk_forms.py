"""Forms of the desk in a browser: leaving asks, and what was typed outlives a crash."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, make_staff
from votesite import clock
from votesite.domain.candidates import listing
from votesite.domain.setup import dossiers
from votesite.extensions import db

pytestmark = pytest.mark.browser
PAGE = "/admin/c/xiangzhen-2026/candidates/1"


@pytest.fixture
def campaign(server, voting_window):
    return make_campaign(**voting_window)


def signed_in(visitors):
    """The browser of the editor Zhou."""
    make_staff("zhou", "editor")
    page = visitors.desk()
    page.goto("/admin/login")
    page.get_by_label("账号").fill("zhou")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    return page


@pytest.fixture
def desk(campaign, visitors):
    """The dossier of candidate 1, before the editor Zhou."""
    page = signed_in(visitors)
    page.goto(PAGE)
    return page


def summary(page):
    return page.get_by_label("简介")


def saved(campaign):
    db.session.expire_all()
    return listing.candidate_numbered(campaign.id, 1).summary


def test_leaving_with_changes_asks_and_a_crash_loses_nothing(campaign, desk):
    asked = []
    desk.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    summary(desk).fill("写了一下午")
    desk.get_by_role("link", name="回到候选档案").click(no_wait_after=True)
    expect(summary(desk)).to_have_value("写了一下午")
    again = desk.context.new_page()
    desk.close()  # without a question, as when the power goes

    again.goto(PAGE)
    offer = again.get_by_text("这台电脑上有您上次没有保存的内容。")
    expect(offer).to_be_visible()
    expect(summary(again)).to_have_value("")
    again.get_by_role("button", name="填回来").click()
    expect(summary(again)).to_have_value("写了一下午")
    again.get_by_role("button", name="保存", exact=True).click()
    expect(again.get_by_text("已保存。")).to_be_visible()

    assert asked == ["beforeunload"]
    assert saved(campaign) == "写了一下午"
    again.goto(PAGE)
    expect(summary(again)).to_have_value("写了一下午")
    expect(offer).to_be_hidden()


def test_draft_of_an_older_text_does_not_overwrite_a_newer_one(campaign, desk):
    summary(desk).fill("我的旧稿")
    again = desk.context.new_page()
    desk.close()
    one = listing.candidate_numbered(campaign.id, 1)
    dossiers.edit(one.id, {"summary": "同事的新稿"}, by=make_staff("zheng", "editor").id)

    again.goto(PAGE)
    again.get_by_role("button", name="填回来").click()
    again.get_by_role("button", name="保存", exact=True).click()

    expect(again.get_by_role("heading", name="还没有保存：同事刚才改了同一处")).to_be_visible()
    expect(again.locator("pre")).to_have_text(["同事的新稿", "我的旧稿"])
    assert saved(campaign) == "同事的新稿"


def test_draft_that_is_not_wanted_goes(campaign, desk):
    summary(desk).fill("不要的稿子")
    again = desk.context.new_page()
    desk.close()

    again.goto(PAGE)
    again.get_by_role("button", name="不要了").click()
    again.reload()

    expect(summary(again)).to_have_value("")
    expect(again.get_by_text("这台电脑上有您上次没有保存的内容。")).to_be_hidden()


def before_voting():
    """A window that has not begun: until then the roster is the editor's own."""
    now = clock.now()
    return {"opens": now + timedelta(days=1), "closes": now + timedelta(days=9)}


def test_new_codes_can_be_saved_from_the_page_that_shows_them(server, visitors):
    make_campaign(**before_voting(), eligibility="roster")
    page = signed_in(visitors)
    page.goto("/admin/c/xiangzhen-2026/roster")
    page.locator("#f-labels").fill("甲\n乙")
    page.get_by_role("button", name="保存，看新投票码").click()

    with page.expect_download() as saving:
        page.get_by_role("link", name="下载新投票码").click()

    assert saving.value.suggested_filename == "xiangzhen-2026-codes.csv"
    assert saving.value.path().read_text(encoding="utf-8-sig").startswith("label,code\n甲,")


def test_file_that_is_too_large_is_told_before_it_is_sent(server, visitors):
    make_campaign(**before_voting(), eligibility="roster")
    page = signed_in(visitors)
    page.goto("/admin/c/xiangzhen-2026/roster")
    field = page.get_by_label("或者上传文件")
    large = {"name": "a.csv", "mimeType": "text/csv", "buffer": b"a\n" * (3 << 20)}

    field.set_input_files(large)

    assert field.evaluate("field => field.validationMessage") == "文件太大，最多 4 MB。"
