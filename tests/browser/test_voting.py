"""Casting a ballot with a phone: with script through WeChat's login, and without script over TLS."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.live import free_port
from tests.support.nginx import certificate
from tests.support.servers import running, served_settings
from tests.support.site import make_app
from tests.support.voters import get_json, voter_session

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"


def test_ballot_is_cast_through_login_and_proved_on_the_phone(server, visitors, voting_window):
    make_campaign(picks=[2, 3], **voting_window)
    page = visitors.phone()

    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_role("link", name="微信登录").click()
    page.get_by_role("link", name="李建国").click()
    page.wait_for_url(f"**/c/{SLUG}/ballot")
    page.get_by_text("第1镇").click()
    page.get_by_text("第4镇").click()
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
    page.get_by_text("第1镇").click()
    page.get_by_text("第4镇").click()

    page.get_by_role("link", name="微信登录").click()
    page.get_by_role("link", name="李建国").click()

    expect(page.locator("[data-state]")).to_have_text("已选 2/3")
    picked = page.locator("input[name=candidate]:checked").all()
    assert sorted(box.input_value() for box in picked) == ["1", "4"]


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
    page.get_by_text("第1镇").click()
    page.get_by_text("第4镇").click()
    page.get_by_role("button", name="核对选票").click()
    page.locator("input[name=consent]").check()
    page.get_by_role("button", name="投出选票").click()

    assert name == "__Host-votesite"
    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功")
    assert urlsplit(page.url).path.startswith(f"/c/{SLUG}/receipts/")
    context.close()
