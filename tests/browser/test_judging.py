"""A judge on a tablet: scores by finger and by keyboard, with a lost line and an ended session."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.panels import CITY, HILLS, appoint_account, judged_campaign
from tests.support.staffing import PASSWORD
from votesite.domain.candidates import listing
from votesite.domain.scoring import drafts, judges, sheets
from votesite.extensions import db, writing

pytestmark = pytest.mark.browser
OWN = "/admin/c/xiangzhen-2026/scores"
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}
KEPT = "JSON.stringify(Object.entries(localStorage))"


@pytest.fixture
def campaign(server):
    made = judged_campaign()
    appoint_account(made, "qin", 1)
    with writing():
        for one in listing.candidates_of(made.id):
            one.dossier = {"service": "42 项服务搬到村口。" * 20, "reform": "一窗通办。" * 20}
    return made


@pytest.fixture
def tablet(campaign, visitors):
    """The tablet of judge 1, signed in."""
    page = visitors.desk(**TABLET)
    page.goto("/admin/login")
    come_in(page)
    expect(page.get_by_role("heading", name="第 1 号评委")).to_be_visible()
    return page


@pytest.fixture
def line(tablet, visitors):
    """Cuts the line and mends it; that the browser reports the cut is no fault of a page."""
    yield tablet.context.set_offline
    visitors.faults[:] = [fault for fault in visitors.faults if "DISCONNECTED" not in fault]


def come_in(page):
    page.get_by_label("账号").fill("qin")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def score(page, no, key):
    return page.locator(f"#f-s-{no}-{key}")


def saved(page):
    """Wait until the site has everything."""
    expect(page.locator("[data-state=saved]")).to_be_visible()
    for _ in range(200):
        if not page.evaluate("Object.keys(localStorage).length"):
            return
        page.wait_for_timeout(50)
    raise AssertionError("something is still kept here")


def draft_of(campaign):
    db.session.rollback()
    return drafts.draft_of(judges.judges_of(campaign.id)[0])


def test_scores_save_themselves_as_they_are_typed(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    score(tablet, 1, "service").fill("９０．５")
    score(tablet, 1, "reform").fill("80")
    tablet.locator("#c1 summary", has_text="笔记").click()
    tablet.get_by_label("第1镇的笔记").fill("看过现场")

    saved(tablet)

    draft = draft_of(campaign)
    assert (draft.score(1, "service"), draft.note(1)) == ("９０．５", "看过现场")
    expect(tablet.locator("#c1 [data-total]")).to_have_text("86.30")
    expect(tablet.locator("h1 ~ [data-progress]")).to_have_text("已评 1 / 3")


def test_fault_is_told_beside_the_field_and_the_rest_is_saved(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    score(tablet, 1, "service").fill("101")
    score(tablet, 3, "service").fill("九十")
    score(tablet, 5, "service").fill("70")

    expect(tablet.get_by_text("分数在 0 到 100 之间。")).to_be_visible()
    expect(tablet.get_by_text("请用数字写，如 90 或 95.5。")).to_be_visible()
    expect(tablet.get_by_text("有的分数要改，请看红字。")).to_be_visible()
    score(tablet, 1, "service").fill("100")
    expect(tablet.get_by_text("分数在 0 到 100 之间。")).to_be_hidden()

    assert draft_of(campaign).score(5, "service") == "70"


def test_whole_sheet_is_scored_and_handed_in_by_keyboard_alone(campaign, tablet):
    keys = tablet.keyboard
    for category, first in ((CITY, 2), (HILLS, 1)):
        tablet.goto(f"{OWN}?category={category}")
        score(tablet, first, "service").focus()
        for place in range(6):
            keys.press("ArrowUp")  # 50
            keys.press("PageUp")  # 55
            keys.press("ArrowUp")  # 55.5
            keys.press("ArrowDown")
            if place == 0:
                keys.press("ArrowDown")  # 54.5
            keys.press("Enter")
        saved(tablet)
    tablet.goto(OWN)
    hand_in = tablet.get_by_role("button", name="交卷")
    for _ in range(30):
        if hand_in.evaluate("button => button === document.activeElement"):
            break
        keys.press("Tab")
    keys.press("Enter")

    expect(tablet.get_by_role("heading", name="评分表已交")).to_be_visible()
    expect(tablet.get_by_text("条记录之中，签名有效。")).to_be_visible()
    n = judges.state_of(campaign.id).sheets[1]["n"]
    scores = sheets.handed_in(campaign.id, n).scores
    assert (scores[1], scores[5]) == ([545, 550], [550, 550])


def test_slider_moves_the_score_by_half_points(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    slider = tablet.locator("#c1 input[type=range]").first
    slider.fill("72.5")

    expect(score(tablet, 1, "service")).to_have_value("72.5")
    saved(tablet)
    assert draft_of(campaign).score(1, "service") == "72.5"


def test_lost_line_loses_nothing_and_saves_by_itself_when_it_is_back(campaign, tablet, line):
    tablet.goto(f"{OWN}?category={HILLS}")
    line(True)
    score(tablet, 1, "service").fill("66.5")
    expect(tablet.get_by_text("连不上网站。")).to_be_visible()
    kept = json.loads(tablet.evaluate(KEPT))

    line(False)
    saved(tablet)

    account = judges.judges_of(campaign.id)[0].staff_id
    assert kept == [[f"scores:xiangzhen-2026:{account}", '{"s-1-service":"66.5"}']]
    assert draft_of(campaign).score(1, "service") == "66.5"


def test_browser_that_is_closed_without_a_line_brings_it_back(campaign, tablet, line):
    tablet.goto(f"{OWN}?category={HILLS}")
    line(True)
    score(tablet, 1, "service").fill("61")
    tablet.locator("summary", has_text="要回避这个类别？").click()
    tablet.get_by_label("回避的理由").fill("亲属关系")
    tablet.get_by_text("我回避“山区乡镇”").click()
    expect(tablet.get_by_text("连不上网站。")).to_be_visible()
    again = tablet.context.new_page()
    tablet.close()

    line(False)
    again.goto(f"{OWN}?category={HILLS}")
    saved(again)

    expect(score(again, 1, "service")).to_have_value("61")
    draft = draft_of(campaign)
    assert draft.score(1, "service") == "61"
    assert draft.recused == {HILLS: "亲属关系"}


def test_ended_session_keeps_what_was_typed_until_the_next_sign_in(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    with writing():
        db.session.execute(db.text("DELETE FROM staff_sessions"))
    score(tablet, 1, "service").fill("77")
    expect(tablet.get_by_text("登录已经过期。")).to_be_visible()
    tablet.get_by_role("link", name="重新登录").click()
    come_in(tablet)

    saved(tablet)

    assert draft_of(campaign).score(1, "service") == "77"


def test_tab_left_open_over_a_new_sign_in_saves_with_the_new_token(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    with writing():
        db.session.execute(db.text("DELETE FROM staff_sessions"))
    other = tablet.context.new_page()
    other.goto("/admin/login")
    come_in(other)
    expect(other.get_by_role("heading", name="第 1 号评委")).to_be_visible()

    score(tablet, 1, "service").fill("78")
    saved(tablet)

    assert draft_of(campaign).score(1, "service") == "78"


def test_signing_out_first_saves_and_leaves_nothing_on_the_device(campaign, tablet):
    tablet.goto(f"{OWN}?category={HILLS}")
    score(tablet, 1, "service").fill("79")
    tablet.get_by_role("button", name="退出登录").click()

    expect(tablet.get_by_role("button", name="登录", exact=True)).to_be_visible()
    assert tablet.evaluate("Object.keys(localStorage).length") == 0
    assert draft_of(campaign).score(1, "service") == "79"


def test_two_dossiers_are_compared_and_scored_side_by_side(campaign, tablet):
    tablet.goto(OWN)
    tablet.get_by_role("link", name="两份材料对照着看").click()
    tablet.get_by_label("左边").select_option("1")
    tablet.get_by_label("右边").select_option("2")
    tablet.get_by_role("button", name="对照").click()
    score(tablet, 2, "reform").fill("83")

    saved(tablet)

    left, right = (
        tablet.locator(f"article[aria-labelledby=n{no}]").bounding_box() for no in (1, 2)
    )
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] < right["x"]
    assert draft_of(campaign).score(2, "reform") == "83"


def test_signing_out_without_a_line_keeps_what_could_not_be_sent(campaign, tablet, line):
    tablet.goto(f"{OWN}?category={HILLS}")
    line(True)
    score(tablet, 1, "service").fill("63")
    for _ in range(2):
        tablet.get_by_role("button", name="退出登录").click(no_wait_after=True)
        tablet.wait_for_timeout(300)
    again = tablet.context.new_page()
    tablet.close()

    line(False)
    again.goto(OWN)
    saved(again)

    assert draft_of(campaign).score(1, "service") == "63"
