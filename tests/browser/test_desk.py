"""The desk in a browser: messages move nothing, a phone reads every screen, the menu folds."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.desk import make_busy, screens
from tests.support.staffing import staff_session
from votesite.domain.staff import people
from votesite.extensions import db, writing
from votesite.models.ledger import LogHead

pytestmark = pytest.mark.browser

WIDTHS = (375, 1280, 1920)
MESSAGES = (
    "已保存。",
    "“云岭市便民服务中心”已列为 7 号候选。10 分钟内可以撤回。" * 2,
    "提议已撤回。",
)
# The width of the column that the page's heading stands in, and how far the page is too wide.
MEASURE = """() => {
  const page = document.documentElement;
  const column = document.querySelector('#main h1').parentElement;
  return [Math.round(column.getBoundingClientRect().width), page.scrollWidth - page.clientWidth];
}"""
TOP = "document.querySelector('#main h1').getBoundingClientRect().top"
# Cards whose first visible part does not stand where the card's own edge lets it.
GAPS = """() => [...document.querySelectorAll('#main .card')].filter((card) => {
  const first = [...card.children].find((part) => part.getBoundingClientRect().height);
  const style = getComputedStyle(card);
  const edge = card.getBoundingClientRect().top + parseFloat(style.borderTopWidth);
  return first && first.getBoundingClientRect().top - edge - parseFloat(style.paddingTop) > 3;
}).map((card) => card.tagName)"""
# How far apart the links beside a heading are.
APART = """() => {
  const [first, second] = document.querySelectorAll('.desk-links a');
  return second.getBoundingClientRect().left - first.getBoundingClientRect().right;
}"""
CUT_OFF = """[...document.querySelectorAll('#main *:not(.scroll-x, .scroll-x *, svg *)')]
  .filter((part) => part.offsetParent && getComputedStyle(part).position !== 'absolute')
  .filter((part) => part.getBoundingClientRect().right > innerWidth + 1)
  .map((part) => part.tagName + '.' + part.className)"""


class Desk:
    """A browser that shows the screens to those who may read them, with messages waiting."""

    def __init__(self, server, page):
        self.server, self.page = server, page

    def show(self, path, messages=()):
        """Open a screen as its reader, `messages` being told on it."""
        name = "shen" if path.endswith("/cosigning") else "root"
        session = staff_session(self.server.app, people.by_name(name).id, messages)
        name, _, value = session.cookie.partition("=")
        self.page.context.clear_cookies()
        self.page.context.add_cookies([{"name": name, "value": value, "url": self.server.url}])
        answer = self.page.goto(path)
        assert answer.status == 200, path

    def measured(self, path, messages=()):
        """(column's width, how far too wide) at each width."""
        self.show(path, messages)
        found = []
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            found.append(tuple(self.page.evaluate(MEASURE)))
        return found


@pytest.fixture
def campaign(server, now):
    return make_busy(now)


@pytest.fixture
def desk(server, visitors):
    return Desk(server, visitors.desk())


def test_messages_and_the_alarm_move_nothing_on_any_screen(campaign, server, desk):
    paths = screens(server.app, campaign)
    still = {path: desk.measured(path) for path in paths}
    told = {path: desk.measured(path, MESSAGES[:1]) for path in paths}
    with writing():
        db.session.query(LogHead).filter_by(campaign_id=campaign.id).update({"fault": 8})
    alarmed = {path: desk.measured(path, MESSAGES) for path in paths}

    assert len(paths) > 30
    assert {
        path: found for path, found in still.items() if any(wide > 0 for _, wide in found)
    } == {}
    assert {path: told[path] for path in paths if told[path] != still[path]} == {}
    assert {path: alarmed[path] for path in paths if alarmed[path] != still[path]} == {}


def test_what_is_hidden_leaves_no_gap_and_links_stand_together(campaign, server, desk):
    own = f"/admin/c/{campaign.slug}"
    desk.page.set_viewport_size({"width": 1280, "height": 900})
    gaps = {}

    for path in ("/admin/campaigns/new", f"{own}/roster", f"{own}/decisions/new?kind=to"):
        desk.show(path)
        gaps[path] = desk.page.evaluate(GAPS)
    desk.show(f"{own}/candidates/1")

    assert not any(gaps.values()), gaps
    assert 0 < desk.page.evaluate(APART) < 40


def test_phone_shows_every_screen_from_its_first_view_on(campaign, server, desk):
    desk.page.set_viewport_size({"width": 375, "height": 812})
    faults = {}

    for path in screens(server.app, campaign):
        desk.show(path)
        found = [fault["id"] for fault in Axe().run(desk.page).response["violations"]]
        if (top := desk.page.evaluate(TOP)) > 400:
            found.append(f"begins at {top}")
        found += desk.page.evaluate(CUT_OFF)
        faults |= {path: found} if found else {}

    assert faults == {}


def test_menu_folds_on_a_phone_without_a_script(campaign, server, chromium):
    context = chromium.new_context(
        base_url=server.url, java_script_enabled=False, viewport={"width": 375, "height": 812}
    )
    desk = Desk(server, context.new_page())
    desk.show(f"/admin/c/{campaign.slug}/")
    link = desk.page.get_by_role("link", name="候选档案")

    expect(link).to_be_hidden()
    desk.page.get_by_text("菜单", exact=True).click()
    expect(link).to_be_visible()
    context.close()


def test_phone_reads_a_nomination_first_and_goes_back_to_the_list(campaign, server, desk):
    desk.page.set_viewport_size({"width": 375, "height": 812})
    desk.show(f"/admin/c/{campaign.slug}/nominations")

    expect(desk.page.get_by_role("heading", level=1)).to_have_text("云岭市第0号便民服务中心")
    expect(desk.page.locator(".review-item").first).to_be_hidden()
    desk.page.locator(".review-back").click()
    expect(desk.page.locator(".review-item").first).to_be_visible()
    desk.page.locator(".review-item").nth(3).click()
    expect(desk.page.get_by_role("heading", level=1)).to_have_text("云岭市第3号便民服务中心")
