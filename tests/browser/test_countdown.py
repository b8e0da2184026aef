"""What happens at zero: on the front page, on the big screen, and in a form that is being filled.

The browser's time is moved on; whether the moment has come is for the site to say.
"""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.staffing import png
from votesite import clock
from votesite.clock import minute
from votesite.domain.campaigns.publishing import touch
from votesite.extensions import db, writing

pytestmark = pytest.mark.browser

SLUG = "xiangzhen-2026"
FORM = f"/c/{SLUG}/nominate"


@pytest.fixture
def soon():
    """A whole minute that comes soon."""
    return clock.now().replace(second=0, microsecond=0) + timedelta(minutes=2)


def at_zero(page):
    """Let the page's time pass until the moment has come; the site's own goes on as it did."""
    page.clock.fast_forward(180_000)


def set_schedule(campaign, **windows):
    """Move windows while visitors have the page open."""
    with writing() as tx:
        fresh = db.session.merge(campaign)
        fresh.schedule = fresh.schedule | {
            phase: [minute(begin), minute(end)] for phase, (begin, end) in windows.items()
        }
        touch(tx, campaign.id, rules=True)


def nominating(soon):
    return make_campaign(
        opens=soon + timedelta(days=3),
        closes=soon + timedelta(days=9),
        schedule={"nomination": [minute(soon - timedelta(days=1)), minute(soon)]},
    )


def fill_in(page):
    page.goto(f"/wechat/login?next={FORM}")
    page.get_by_role("link", name="李建国").click()
    page.wait_for_url(f"**{FORM}")
    page.get_by_label("名称").fill("清水镇")
    page.locator("[name=reason]").fill("办事不跑第二趟。")
    page.locator("[name=contact]").fill("0800-0000002")
    page.locator("[name=picture]").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": png()}
    )
    page.locator("[name=consent]").check()


def test_form_that_is_still_open_at_zero_is_left_as_it_is(server, visitors, soon):
    nominating(soon)
    page = visitors.phone()
    page.clock.install()
    asked = []
    page.on("request", lambda request: request.method == "GET" and asked.append(request.url))
    fill_in(page)
    at_zero(page)

    page.wait_for_timeout(7_000)

    assert asked.count(f"{server.url}{FORM}") == 2  # once to show it, once to see whether it stays
    assert page.locator("[name=contact]").input_value() == "0800-0000002"
    assert page.locator("[name=picture]").evaluate("field => field.files.length") == 1
    assert page.locator("[name=consent]").is_checked()


def test_form_that_shuts_while_it_is_filled_shows_what_was_written(server, visitors, soon):
    campaign = nominating(soon)
    page = visitors.phone()
    page.clock.install()
    fill_in(page)
    set_schedule(
        campaign, nomination=(soon - timedelta(days=1), clock.now() - timedelta(minutes=1))
    )
    at_zero(page)

    expect(page.get_by_role("status").filter(has_text="提名已结束")).to_be_visible(timeout=15_000)
    kept = page.locator("[data-draft-kept]")
    expect(kept).to_contain_text("清水镇")
    expect(kept).to_contain_text("办事不跑第二趟。")
    assert "0800-0000002" not in page.content()


def test_page_that_answers_a_form_is_never_sent_again(server, visitors, soon):
    campaign = nominating(soon)
    page = visitors.phone()
    page.clock.install()
    fill_in(page)
    page.locator("[name=reason]").fill(" ")
    page.locator("form[data-draft]").evaluate("form => { form.noValidate = true; form.submit(); }")
    expect(page.get_by_role("heading", name="还有 2 处需要补充")).to_be_visible()
    posted = []
    page.on("request", lambda request: request.method == "POST" and posted.append(request.url))
    set_schedule(
        campaign, nomination=(soon - timedelta(days=1), clock.now() - timedelta(minutes=1))
    )
    at_zero(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("提名已经截止", timeout=15_000)
    assert posted == []


def test_front_page_says_which_vote_has_begun(server, visitors, soon):
    campaign = make_campaign(opens=soon, closes=soon + timedelta(days=9))
    page = visitors.phone()
    page.clock.install()
    page.goto("/")
    set_schedule(campaign, voting=(clock.now() - timedelta(minutes=1), soon + timedelta(days=9)))
    at_zero(page)

    said = page.get_by_role("status").filter(has_text="十佳乡镇政府：投票已开始")
    expect(said).to_be_visible(timeout=15_000)
    expect(page.get_by_role("link", name="去投票")).to_be_visible()
    page.evaluate("scrollTo(0, 9999)")
    expect(said).to_be_in_viewport()


def test_big_screen_says_that_the_vote_has_ended(server, visitors, soon):
    campaign = make_campaign(opens=soon - timedelta(days=3), closes=soon)
    page = visitors.desk(viewport={"width": 1920, "height": 1080})
    page.clock.install()
    page.goto(f"/c/{SLUG}/screen")
    height = page.evaluate("document.documentElement.scrollHeight")
    set_schedule(campaign, voting=(soon - timedelta(days=3), clock.now() - timedelta(minutes=1)))
    at_zero(page)

    expect(page.get_by_role("status").filter(has_text="投票已结束")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("距投票结束")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollHeight") == height
