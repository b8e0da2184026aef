"""The main job in one story: nominate, accept, vote, receipt, result."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, make_staff
from tests.support.voters import get_json
from votesite.clock import minute
from votesite.domain.campaigns import publishing
from votesite.extensions import writing

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"
NAME = "云岭市青石镇人民政府"


def sign_in_as(page, persona):
    """Through WeChat's simulator, as whoever is pressed."""
    page.get_by_role("link", name="微信登录").or_(
        page.get_by_role("link", name="用微信登录后提名")
    ).first.click()
    page.get_by_role("link", name=persona).click()


def fill_in_nomination(page):
    page.goto(f"/c/{SLUG}/nominate")
    sign_in_as(page, "张桂兰")
    page.get_by_label("名称").fill(NAME)
    page.get_by_label("类别").select_option("山区乡镇")
    page.get_by_label("提名理由").fill("三年里把 42 项服务搬到村口，老人不再为盖一个章跑 30 公里。")
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="提交提名").click()
    page.wait_for_url("**/my/nominations")


def accept(desk):
    desk.goto("/admin/login")
    desk.get_by_label("账号").fill("reviewer")
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("button", name="登录").click()
    desk.goto(f"/admin/c/{SLUG}/nominations")
    expect(desk.get_by_role("heading", level=1)).to_have_text(NAME)
    desk.get_by_text("列为新候选，自动编号").click()
    desk.get_by_role("button", name="确定并看下一件").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("没有待审的提名")


def let_voting_begin(campaign, now):
    """An hour passes: windows are whole minutes of the real clock, which a test cannot wait for."""
    with writing() as tx:
        window = [minute(now - timedelta(minutes=1)), campaign.schedule["voting"][1]]
        campaign.schedule = {**campaign.schedule, "voting": window}
        publishing.touch(tx, campaign.id, rules=True)


def vote(page, *names):
    page.goto(f"/c/{SLUG}/ballot")
    for name in names:
        page.get_by_text(name, exact=True).first.click()
    page.get_by_role("button", name="核对选票").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.locator("input[name=consent]")).to_have_count(0)  # the nomination's serves
    sheet.get_by_role("button", name="投出选票").click()


def test_nominated_body_is_accepted_voted_for_and_in_the_result(server, visitors, now):
    later = now + timedelta(hours=1), now + timedelta(days=2)
    campaign = make_campaign(
        picks=[2, 3],
        min_batch=1,
        publish_every=1,
        opens=later[0],
        closes=later[1],
        schedule={"nomination": [minute(now - timedelta(hours=1)), minute(later[0])]},
    )
    make_staff("reviewer", "reviewer", campaign=campaign)
    citizen = visitors.phone()

    fill_in_nomination(citizen)
    expect(citizen.locator("main")).to_contain_text(NAME)
    expect(citizen.locator("main")).to_contain_text("工作人员正在审核")

    accept(visitors.desk())
    citizen.reload()
    expect(citizen.locator("main")).to_contain_text(f"已列为 7 号候选“{NAME}”")

    let_voting_begin(campaign, now)
    vote(citizen, NAME, "第1镇")
    expect(citizen.get_by_role("heading", level=1)).to_have_text("投票成功")
    expect(citizen.locator("[data-outcome=agrees]")).to_contain_text("签名有效")

    stranger = visitors.phone()
    stranger.goto(citizen.url)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("这张选票已记入账本")
    expect(stranger.locator("main")).not_to_contain_text(NAME)

    stranger.goto(f"/c/{SLUG}/results")
    expect(stranger.get_by_role("row").filter(has_text=NAME)).to_contain_text("1")
    assert votes(server) == {1: 1, 2: 0, 3: 0, 4: 0, 5: 0, 6: 0, 7: 1}


def votes(server):
    told = get_json(server.url, f"/c/{SLUG}/results.json")
    return {row["no"]: row["votes"] for row in told["candidates"]}
