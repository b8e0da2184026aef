"""How the pages look and behave in a browser: no fault for axe, nothing wider than the screen."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.factories import make_campaign, voter
from votesite.clock import minute
from votesite.domain.campaigns.presets import WEIGHT_DEFAULTS
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.domain.voting import casting
from votesite.domain.voting.casting import Ballot
from votesite.extensions import writing

pytestmark = pytest.mark.browser

PAGES = (
    "/",
    "/c/xiangzhen-2026/",
    "/c/xiangzhen-2026/?q=none",
    "/c/xiangzhen-2026/candidates/1",
    "/c/xiangzhen-2026/compare",
    "/c/xiangzhen-2026/compare?no=1&no=2&no=3",
    "/c/xiangzhen-2026/ledger/?size=1",
    "/c/xiangzhen-2026/ledger/log",
    "/c/xiangzhen-2026/ledger/log?from=99",
    "/c/xiangzhen-2026/process",
    "/c/xiangzhen-2026/rules",
    "/c/xiangzhen-2026/news",
    "/c/xiangzhen-2026/privacy",
    "/c/xiangzhen-2026/report-pressure",
    "/c/xiangzhen-2026/results",
    "/c/xiangzhen-2026/ballot",
    "/c/xiangzhen-2026/receipts/",
    "/c/coming-2026/",
    "/c/coming-2026/results",
    "/c/coming-2026/ballot",
    "/accessibility",
    "/problems/closed",
    "/no-such-page",
)
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """[...document.querySelectorAll(".prose *:not(.scroll-x, .scroll-x *)")]
  .filter(part => part.getBoundingClientRect().right > innerWidth).map(part => part.tagName)"""


@pytest.fixture
def campaigns(server, now, voting_window):
    """A campaign in the middle of its vote, and one before it."""
    running = make_campaign(
        **voting_window,
        min_batch=1,
        theme="我心中的十佳乡镇",
        purpose="让办得好的乡镇**被看见**。",
        weights={**WEIGHT_DEFAULTS, "public": 30, "expert": 50, "satisfaction": 20},
        schedule={"notice": [minute(now + timedelta(days=4)), minute(now + timedelta(days=11))]},
    )
    make_campaign(
        slug="coming-2026",
        title="政务服务“一件事”优秀案例征集",
        colour="green",
        candidates=0,
        opens=now + timedelta(days=3),
        closes=now + timedelta(days=9),
    )
    for number in range(3):
        ballot = Ballot(running.id, voter(number), ["1", "2"], f"token-{number:012d}", True)
        casting.cast(ballot, clock=lambda: now - timedelta(minutes=30))
    return running


@pytest.mark.parametrize(("scheme", "mode"), [("light", "standard"), ("dark", "care")])
def test_every_page_passes_axe_and_fits_a_small_phone(campaigns, server, visitors, scheme, mode):
    phone = visitors.phone(
        color_scheme=scheme, reduced_motion="reduce", viewport={"width": 320, "height": 640}
    )
    phone.context.add_cookies([{"name": "mode", "value": mode, "url": server.url}])
    faults = {}

    for path in PAGES:
        phone.goto(path)
        found = [fault["id"] for fault in Axe().run(phone).response["violations"]]
        if phone.evaluate(TOO_WIDE) > 0:
            found.append("too wide")
        faults |= {path: found} if found else {}

    assert faults == {}


@pytest.mark.parametrize("width", [375, 1280])
def test_no_text_of_a_dossier_widens_the_page(campaigns, visitors, width):
    texts = (
        "A" * 300,
        "    " + "开头空四格的一段话，长到一行放不下。" * 6,
        "\t" + "B" * 200,
        "| " + " | ".join(f"第{at}季度办件" for at in range(20)) + " |\n" + "|---" * 20 + "|",
        "1. " + "C" * 300 + "\n3. 三",
        "> " + "D" * 300,
        "```\n" + "E" * 300 + "\n```",
    )
    with writing() as tx:
        candidate_numbered(campaigns.id, 1).summary = "\n\n".join(texts)
        touch(tx, campaigns.id)
    page = visitors.phone(viewport={"width": width, "height": 800})

    page.goto("/c/xiangzhen-2026/candidates/1")

    assert page.evaluate(TOO_WIDE) <= 0
    assert page.evaluate(CUT_OFF) == []
    assert page.locator("li[value='3']").bounding_box()["height"] > 0
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []


@pytest.mark.parametrize(
    "typed", ["04", "０４", "第 4 镇", "第４（镇）", "di4zhen", "D4Z", "第4鎮"]
)
def test_search_finds_while_one_types(campaigns, visitors, typed):
    phone = visitors.phone()
    phone.goto("/c/xiangzhen-2026/")

    phone.fill("input[name=q]", typed)

    expect(phone.locator(".cards li:not(.is-out) .cand-name")).to_have_text(["第4镇"])
    expect(phone.locator("[data-found]")).to_have_text("找到 1 个")


@pytest.mark.parametrize("path", ["", "ballot"])
def test_search_while_one_types_knows_every_traditional_form(visitors, voting_window, path):
    campaign = make_campaign(candidates=14, picks=[1, 3], **voting_window)
    with writing() as tx:
        candidate_numbered(campaign.id, 4).name = "东台综合窗口"
        touch(tx, campaign.id)
    phone = visitors.phone()
    phone.goto(f"/c/xiangzhen-2026/{path}")

    for typed in ("綜合", "東臺", "檯綜", "台综"):
        phone.fill("input[name=q]", typed)
        expect(phone.locator("[data-found]")).to_have_text("找到 1 个")


APART = """[...document.querySelectorAll(".entry-head")].flatMap(head => {
  const boxes = [...head.children].map(part => part.getBoundingClientRect());
  return boxes.slice(1).map((box, i) => box.top >= boxes[i].bottom || box.left - boxes[i].right >= 8);
})"""


def test_parts_of_an_entrys_head_stand_apart_on_the_smallest_phone(campaigns, visitors):
    phone = visitors.phone(viewport={"width": 320, "height": 640})
    phone.goto("/c/xiangzhen-2026/")
    cookies = {"lang": "en", "mode": "care"}
    phone.context.add_cookies(
        [{"name": name, "value": value, "url": phone.url} for name, value in cookies.items()]
    )

    phone.goto("/c/xiangzhen-2026/ledger/log")

    apart = phone.evaluate(APART)
    assert phone.locator("html").get_attribute("data-mode") == "care"
    assert len(apart) > len(phone.locator(".entry-head").all())
    assert all(apart)


def test_number_of_a_dossier_stands_above_its_text_at_a_desk(campaigns, visitors):
    desk = visitors.desk()

    desk.goto("/c/xiangzhen-2026/candidates/1")

    number, name = (
        desk.locator(place).bounding_box()["x"] for place in (".dossier-pic .badge", "h1")
    )
    assert number == name


def test_targets_are_large_enough_for_a_thumb(campaigns, server, visitors):
    small = {}
    for mode, least in (("standard", 44), ("care", 60)):
        phone = visitors.phone()
        phone.context.add_cookies([{"name": "mode", "value": mode, "url": server.url}])
        phone.goto("/c/xiangzhen-2026/")
        for selector in (".dock-tab", ".dock-action", ".tab", ".footer-links a", ".topbar-home"):
            box = phone.locator(selector).first.bounding_box()
            if box["height"] < least:
                small[mode, selector] = box["height"]

    assert small == {}


def test_page_in_another_browser_shows_the_code_to_scan(campaigns, visitors):
    desk, phone = visitors.desk(), visitors.phone()

    desk.goto("/c/xiangzhen-2026/")
    phone.goto("/c/xiangzhen-2026/")

    assert desk.locator(".only-elsewhere .qr").is_visible()
    assert phone.locator(".only-elsewhere .qr").is_hidden()


def test_first_view_of_thirty_candidates_weighs_at_most_60_kilobytes(server, visitors, now):
    make_campaign(
        slug="thirty-2026",
        candidates=30,
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=2),
    )
    phone = visitors.phone()
    weights = []
    phone.on("requestfinished", lambda request: weights.append(request.sizes()))

    phone.goto("/c/thirty-2026/", wait_until="networkidle")

    total = sum(sizes["responseBodySize"] + sizes["responseHeadersSize"] for sizes in weights)
    assert 0 < total <= 60 * 1024


def test_back_from_a_dossier_leads_to_its_card_even_where_that_is_folded(
    server, visitors, voting_window
):
    make_campaign(candidates=16, **voting_window)
    page = visitors.phone()
    page.goto("/c/xiangzhen-2026/")
    expect(page.locator("#c15")).to_be_hidden()
    page.goto("/c/xiangzhen-2026/candidates/15")

    page.locator(".topbar-back").click()

    expect(page.locator("#c15")).to_be_in_viewport()


@pytest.mark.parametrize(
    ("typed", "says"), [("第4镇", "找到 1 个"), ("无此镇", "没有找到"), ("04", "找到 1 个")]
)
def test_search_shows_what_it_found(campaigns, visitors, typed, says):
    phone = visitors.phone()
    phone.goto("/c/xiangzhen-2026/")

    phone.fill("input[name=q]", typed)
    phone.keyboard.press("Enter")

    found = phone.locator("[data-found]")
    expect(found).to_contain_text(says)
    expect(found).to_be_in_viewport()
    expect(phone.locator("input[name=q]")).not_to_be_focused()
    assert unquote(phone.url).endswith(f"?q={typed}#candidates")


def test_search_without_a_script_leads_to_the_list(campaigns, visitors):
    phone = visitors.phone(java_script_enabled=False)
    phone.goto("/c/xiangzhen-2026/")

    phone.fill("input[name=q]", "第4镇")
    phone.keyboard.press("Enter")

    expect(phone.get_by_text("找到 1 个")).to_be_in_viewport()
