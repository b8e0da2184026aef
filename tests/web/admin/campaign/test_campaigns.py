"""The list of campaigns, and the way to a new one."""

import re

import pytest

from tests.support.staffing import browser_of, make_staff, post_form


def test_list_shows_own_campaigns_only(app, campaign, draft):
    make_staff("zhou", "reviewer", campaign=campaign)

    page = browser_of(app, "zhou").get("/admin/")

    assert "/admin/c/xiangzhen-2026/" in page.text
    assert "draft-2026" not in page.text
    assert "新建活动" not in page.text


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "总览"),
        ("/setup/rules", "投票规则"),
        ("/setup/publish", "发布"),
        ("/candidates", "候选"),
        ("/results", "票数"),
    ],
)
def test_draft_without_schedule_opens_on_every_screen(app, owner, path, title):
    post_form(owner, "/admin/campaigns/new", slug="xin-2026", title="新活动", wording="推选")

    page = owner.get(f"/admin/c/xin-2026{path}")

    assert page.status_code == 200
    assert "新活动" in page.text
    assert title in re.search(r"<title>(.*?)</title>", page.text, re.S)[1]


def test_new_draft_goes_on_with_its_settings(app, owner):
    answer = post_form(
        owner, "/admin/campaigns/new", slug="xin-2026", title="新活动", wording="推选"
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/c/xin-2026/setup")
    assert owner.get("/c/xin-2026/").status_code == 404


def test_faulty_draft_shows_the_form_filled_again(app, owner):
    answer = post_form(owner, "/admin/campaigns/new", slug="X", title="新活动", wording="推选")

    assert answer.status_code == 422
    assert 'value="新活动"' in answer.text
    assert "用 3 至 60 个小写字母、数字或连字符。" in answer.text


def test_first_desk_of_the_first_owner_says_how_to_begin(app, owner):
    page = owner.get("/admin/").text

    assert "点“新建活动”，按步骤填写" in page
    assert "授权请找账号员" not in page


def test_who_looks_after_accounts_is_led_to_decisions(app, campaign):
    make_staff("keeper", "accounts")

    page = browser_of(app, "keeper").get("/admin/").text

    assert f'href="/admin/c/{campaign.slug}/decisions"' in page
    assert "评分表" not in page
