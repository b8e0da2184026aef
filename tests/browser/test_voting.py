"""Casting a ballot with a phone: with script through WeChat's login, and without script over TLS."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.factories import change_rule, make_campaign
from tests.support.live import free_port
from tests.support.nginx import certificate
from tests.support.servers import running, served_settings
from tests.support.site import make_app
from tests.support.voters import get_json, voter_session
from votesite import clock
from votesite.clock import minute

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"


def test_ballot_is_cast_through_login_and_proved_on_the_phone(server, visitors, voting_window):
    make_campaign(picks=[2, 3], **voting_window)
    page = visitors.phone()

    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_role("link", name="微信登录").click()
    page.get_by_role("link", name="李建国").click()
    page.wait_for_url(f"**/c/{SLUG}/ballot")
    page.get_by_text("第1镇").first.click()
    page.get_by_text("第4镇").first.click()
    page.get_by_role("button", name="核对选票").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("listitem")).to_have_text(["04第4镇城郊乡镇", "01第1镇山区乡镇"])
    sheet.locator("input[name=consent]").check()
    sheet.get_by_role("button", name="投出选票").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功")
    expect(page.locator("[data-outcome=agrees]")).to_contain_text("签名有效")
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 1


def test_picks_survive_the_way_to_the_login(visitors, voting_window):
    make_campaign(picks=[2, 3], **voting_window)
    page = visitors.phone()
    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_text("第1镇").first.click()
    page.get_by_text("第4镇").first.click()

    page.get_by_role("link", name="微信登录").click()
    page.get_by_role("link", name="李建国").click()

    expect(page.locator("[data-state]")).to_have_text("已选 2/3")
    picked = page.locator("input[name=candidate]:checked").all()
    assert sorted(box.input_value() for box in picked) == ["1", "4"]


def test_pick_from_a_dossier_that_does_not_fit_is_answered_on_the_ballot(visitors, voting_window):
    make_campaign(picks=[2, 3], **voting_window)
    page = visitors.phone()
    open_signed_in(page)
    for name in ("第6镇", "第5镇", "第4镇"):
        page.get_by_text(name, exact=True).first.click()

    page.goto(f"/c/{SLUG}/candidates/1")
    page.locator("[data-pick]").click()

    expect(page.locator("[data-more]")).to_have_text("最多选 3 个。要选这个，请先去掉一个。")
    expect(page.locator("label[for=c1]")).to_be_in_viewport()
    picked = page.locator("input[name=candidate]:checked").all()
    assert sorted(box.input_value() for box in picked) == ["4", "5", "6"]


def open_signed_in(page, path=f"/c/{SLUG}/ballot"):
    page.goto(f"/wechat/login?next={path}")
    page.get_by_role("link", name="李建国").click()
    page.wait_for_url(f"**{path}")


def cast_without_answer(page, *names):
    """Cast a ballot that the site records, but whose answer never comes back."""
    post = re.compile(r"/ballot$")

    def lose(route):
        if route.request.method != "POST":
            route.continue_()
            return
        route.fetch()
        route.abort()

    page.route(post, lose)
    for name in names:
        page.get_by_text(name, exact=True).first.click()
    page.get_by_role("button", name="核对选票").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("input[name=consent]").check()
    sheet.get_by_role("button", name="投出选票").click()
    expect(sheet.get_by_role("alert")).to_contain_text("没有收到回应")
    page.unroute(post)
    return sheet


@pytest.mark.parametrize("ballots", [1, 3])
def test_ballot_whose_answer_was_lost_is_asked_for_again_and_says_so(
    server, visitors, voting_window, ballots
):
    make_campaign(ballots=ballots, picks=[1, 3], **voting_window)
    page = visitors.phone()
    open_signed_in(page)
    sheet = cast_without_answer(page, "第1镇")
    visitors.faults.clear()  # the lost answer itself

    expect(sheet.get_by_role("button")).to_have_text(["再问一次"])
    page.keyboard.press("Escape")
    expect(sheet).to_be_visible()
    page.goto(f"/c/{SLUG}/")
    page.goto(f"/c/{SLUG}/ballot")
    if ballots > 1:
        expect(sheet.get_by_role("listitem")).to_have_text(["01第1镇山区乡镇"])
        sheet.get_by_role("button", name="再问一次").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("这张选票已记入账本")
    expect(page.get_by_text("刚才没有再投一张")).to_be_visible()
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 1
    page.goto(f"/c/{SLUG}/ballot")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_second_question_without_answer_says_when_it_was_asked(visitors, voting_window):
    make_campaign(picks=[1, 3], **voting_window)
    page = visitors.phone()
    open_signed_in(page)
    sheet = cast_without_answer(page, "第1镇")
    page.route(re.compile(r"/ballot$"), lambda route: route.abort())

    sheet.get_by_role("button", name="再问一次").click()

    said = sheet.get_by_role("alert")
    expect(said).to_contain_text(re.compile("[0-9]{2}:[0-9]{2}:[0-9]{2} 又问了一次"))
    visitors.faults.clear()  # the lost answers themselves


def test_ballot_that_comes_too_late_leads_to_the_results(visitors, voting_window):
    campaign = make_campaign(picks=[1, 3], **voting_window)
    page = visitors.phone()
    open_signed_in(page)
    page.get_by_text("第1镇", exact=True).first.click()
    page.get_by_role("button", name="核对选票").click()
    sheet = page.get_by_role("dialog")
    sheet.locator("input[name=consent]").check()
    end = minute(clock.now())
    opens = minute(voting_window["opens"])
    change_rule(campaign, {"to": end}, schedule={"voting": [opens, end]})

    sheet.get_by_role("button", name="投出选票").click()

    expect(sheet.get_by_role("alert")).to_contain_text("已经结束")
    expect(sheet.get_by_role("button")).to_have_text(["返回修改"])
    expect(sheet.get_by_role("link", name="看票数")).to_have_attribute("href", f"/c/{SLUG}/results")


def test_back_closes_the_sheet_and_leads_from_the_receipt_to_the_campaign(visitors, voting_window):
    make_campaign(picks=[1, 3], **voting_window)
    page = visitors.phone()
    open_signed_in(page)
    page.get_by_text("第1镇", exact=True).first.click()
    check = page.get_by_role("button", name="核对选票")
    sheet = page.get_by_role("dialog")
    check.click()
    expect(sheet).to_be_visible()

    page.go_back()
    expect(sheet).to_be_hidden()
    expect(page.locator("[data-state]")).to_have_text("已选 1/3")
    check.click()
    sheet.get_by_role("button", name="返回修改").click()
    expect(sheet).to_be_hidden()
    check.click()
    sheet.locator("input[name=consent]").check()
    sheet.get_by_role("button", name="投出选票").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功")
    page.go_back()

    assert urlsplit(page.url).path == f"/c/{SLUG}/"
    expect(page.get_by_role("heading", name="候选名单", exact=True)).to_be_visible()


A_DAY_OFF = "const real = Date.now; Date.now = () => real.call(Date) + 86400000;"


def test_after_the_ballot_the_large_button_leads_to_the_receipts(server, visitors, voting_window):
    make_campaign(picks=[1, 3], scope="day", **voting_window)
    page = visitors.phone(viewport={"width": 320, "height": 640})
    page.add_init_script(A_DAY_OFF)
    open_signed_in(page)
    page.goto(f"/c/{SLUG}/candidates/1")
    action = page.locator(".dock-action")
    expect(action).to_contain_text("加入今天的选票")
    page.evaluate(
        """async (slug) => {
          const me = await (await fetch(`/c/${slug}/me`)).json();
          const body = new URLSearchParams({
            candidate: '1', consent: '1', csrf_token: me.csrf_token, ballot_token: me.ballot_token
          });
          const headers = { Accept: 'application/json' };
          await fetch(`/c/${slug}/ballot`, { method: 'POST', body, headers });
        }""",
        SLUG,
    )

    for path in ("candidates/1", "", "compare"):
        page.goto(f"/c/{SLUG}/{path}")
        expect(action).to_have_text(re.compile("已投 · 看回执\\s*明天 0:00 后可再投"))
        assert action.get_attribute("href") == "/my/"
        assert action.bounding_box()["height"] < 60
    page.goto("/")
    home = page.get_by_role("link", name="已投 · 看回执")
    expect(home).to_have_attribute("href", "/my/")


def test_at_the_end_of_the_vote_the_ballot_says_so_by_the_servers_clock(visitors, server):
    closes = clock.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    if (closes - clock.now()).total_seconds() < 20:
        closes += timedelta(minutes=1)
    make_campaign(opens=closes - timedelta(hours=1), closes=closes, picks=[1, 3])
    page = visitors.phone()
    page.add_init_script(A_DAY_OFF)
    open_signed_in(page)
    page.get_by_text("第1镇", exact=True).first.click()

    expect(page.locator("[data-state]")).to_have_text("已选 1/3")
    expect(page.get_by_role("status").filter(has_text="投票已结束")).to_be_visible(timeout=90_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("投票已结束")


def test_page_that_still_waits_at_zero_is_not_asked_for_in_a_loop(visitors, voting_window):
    make_campaign(**voting_window)
    page = visitors.phone()
    asked = []

    def answer(route):
        if route.request.method == "HEAD":  # asks for the second alone
            route.fulfill(headers={"Date": "Tue, 01 Jan 2999 00:00:00 GMT"})
            return
        asked.append(route.request.url)
        body = route.fetch().text()
        route.fulfill(body=re.sub('data-now="[^"]+"', 'data-now="2999-01-01T00:00:00+08:00"', body))

    page.route(re.compile(r"/xiangzhen-2026/$"), answer)
    page.goto(f"/c/{SLUG}/")
    page.wait_for_timeout(12_000)

    assert len(asked) == 2


@pytest.fixture
def secure_server(tmp_path):
    """The site over TLS; gives its app."""
    port = free_port()
    url = f"https://localhost:{port}"
    settings = served_settings(tmp_path, port) | {"PUBLIC_BASE_URL": url}
    app = make_app(tmp_path, **settings)
    chain, private = certificate(tmp_path)
    options = ["--certfile", chain, "--keyfile", private]
    with running(settings, options=options), app.app_context():
        yield app, url


def test_ballot_without_script_is_cast_over_tls(secure_server, chromium, voting_window):
    app, url = secure_server
    make_campaign(picks=[2, 3], **voting_window)
    name, _, value = voter_session(app, "openid-of-one").cookie.partition("=")
    context = chromium.new_context(
        base_url=url, ignore_https_errors=True, java_script_enabled=False
    )
    context.add_cookies([{"name": name, "value": value, "url": url, "secure": True}])
    page = context.new_page()

    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_text("第1镇").first.click()
    page.get_by_text("第4镇").first.click()
    page.get_by_role("button", name="核对选票").click()
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="投出选票").click()

    assert name == "__Host-votesite"
    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功")
    assert urlsplit(page.url).path.startswith(f"/c/{SLUG}/receipts/")
    context.close()
