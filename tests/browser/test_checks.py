"""The check before a ballot in a browser: computed by itself, waited for, and without script."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.phones import PHONE
from tests.support.traced import ask_of
from tests.support.voters import get_json, voter_session
from votesite import clock
from votesite.domain.voting import checks
from votesite.web.access import identity
from votesite.web.access.identity import PendingLogin

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"


@pytest.fixture
def campaign(server, voting_window):
    """A campaign in whose desk a case is about this very machine's network."""
    made = make_campaign(picks=[2, 3], **voting_window)
    ask_of(made, until=clock.now() + timedelta(hours=1), address="127.0.0.1")
    return made


def choose_and_cast(page):
    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_text("第1镇").first.click()
    page.get_by_text("第4镇").first.click()
    page.get_by_role("button", name="核对选票").click()
    page.locator("input[name=consent]:visible").check()
    page.get_by_role("button", name="投出选票").click()


def signed_in_phone(chromium, server, **options):
    context = chromium.new_context(**PHONE, base_url=server.url, **options)
    name, _, value = voter_session(server.app, "openid-of-one").cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": server.url}])
    return context.new_page()


def waited_ticket(campaign, server):
    """The ticket that this voter would have been given a minute ago."""
    with server.app.test_request_context():
        identity.remember("openid-of-one", PendingLogin("test", "/", 0))
        voter = identity.site_voter()
    then = clock.now() - timedelta(seconds=61)
    return checks.offer(campaign.id, voter, now=then)["ticket"]


def put_ticket(page, ticket):
    page.locator("form[data-check] input[name=ticket]").evaluate(
        "(field, ticket) => { field.value = ticket; }", ticket
    )


def test_phone_computes_by_itself_and_the_ballot_is_cast(campaign, server, visitors):
    page = visitors.phone()
    page.goto(f"/c/{SLUG}/ballot")
    page.get_by_role("link", name="微信登录").click()
    page.get_by_role("link", name="李建国").click()

    choose_and_cast(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功", timeout=30_000)
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 1


def test_page_of_the_check_has_no_fault_for_axe_and_says_what_happens(campaign, server, chromium):
    page = signed_in_phone(chromium, server)
    page.route("**/altcha.js*", lambda route: route.abort())

    choose_and_cast(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("请稍等")
    expect(page.get_by_role("status")).to_contain_text("秒后会自动投出")
    assert Axe().run(page).response["violations"] == []
    page.context.close()


def test_browser_that_cannot_compute_waits_and_votes(campaign, server, chromium):
    page = signed_in_phone(chromium, server)
    page.route("**/altcha.js*", lambda route: route.abort())
    page.clock.install()
    choose_and_cast(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("请稍等")
    put_ticket(page, waited_ticket(campaign, server))

    page.clock.run_for(61_000)

    expect(page.get_by_role("heading", level=1)).to_have_text("投票成功")
    page.context.close()


def test_without_script_one_waits_and_presses(campaign, server, chromium):
    page = signed_in_phone(chromium, server, java_script_enabled=False)

    choose_and_cast(page)

    expect(page.get_by_role("status")).to_contain_text("请等 60 秒")
    page.get_by_role("button", name="投出选票").click()

    expect(page.get_by_role("alert")).to_contain_text("还没有等够")
    expect(page.get_by_role("button", name="投出选票")).to_be_visible()
    page.context.close()
