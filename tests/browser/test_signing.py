"""Signing in real browsers: a key that never leaves one, two people, two screens, one pause."""

import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.support.ballots import entries_of
from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, make_staff, staff_session
from votesite.domain.staff import signing_keys
from votesite.extensions import db

pytestmark = pytest.mark.browser

OWN = "/admin/c/xiangzhen-2026"
WHY = "系统升级，预计两小时"
MOST_SECONDS = 30
# What happens to a script that asks for the private half, and what the browser keeps of it.
TAKE = """async () => {
  const opening = indexedDB.open('votesite-keys', 1);
  const database = await new Promise((done) => { opening.onsuccess = () => done(opening.result); });
  const asked = database.transaction('keys').objectStore('keys').getAll();
  const [kept] = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
  const ways = ['pkcs8', 'jwk', 'raw'];
  const taken = await Promise.all(ways.map((way) =>
    crypto.subtle.exportKey(way, kept.private).then(() => way, (refused) => refused.name)));
  return [kept.public, kept.private.extractable, taken];
}"""


def seat(server, page, staff):
    """Give a browser somebody's session, as the login leaves it."""
    name, _, value = staff_session(server.app, staff.id).cookie.partition("=")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])


def register(page, label=""):
    """Register this browser's key with the password, as its owner does."""
    page.goto("/admin/me/key")
    if label:
        page.get_by_label("给它起个名字").fill(label)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="生成密钥并登记").click()
    expect(page.get_by_text("这个浏览器已经登记。")).to_be_visible()


@pytest.fixture
def zhou(app_of_server):
    return make_staff("zhou", "editor")


@pytest.fixture
def zheng(app_of_server):
    return make_staff("zheng", "owner")


@pytest.fixture
def app_of_server(server):
    return server.app


@pytest.fixture
def computer(server, visitors, zhou):
    page = visitors.desk()
    seat(server, page, zhou)
    return page


@pytest.fixture
def phone(server, visitors, zheng):
    page = visitors.phone()
    seat(server, page, zheng)
    return page


@pytest.fixture
def campaign(zhou, zheng, voting_window):
    return make_campaign(signed=True, **voting_window)


def test_key_never_leaves_its_browser(computer, zhou):
    register(computer, "办公室电脑")
    public, is_extractable, taken = computer.evaluate(TAKE)

    db.session.rollback()
    assert [(key.public, key.label) for key in signing_keys.keys_of(zhou.id)] == [
        (public, "办公室电脑")
    ]
    assert (is_extractable, taken) == (False, ["InvalidAccessError"] * 3)


def test_wrong_password_registers_nothing_and_the_next_try_does(computer, zhou):
    computer.goto("/admin/me/key")
    computer.get_by_label("密码").fill("wrong password")
    computer.get_by_role("button", name="生成密钥并登记").click()
    expect(computer.locator("#f-password-error")).to_be_visible()
    register(computer)

    db.session.rollback()
    (key,) = signing_keys.keys_of(zhou.id)
    assert (key.public, key.label) == (computer.evaluate(TAKE)[0], "电脑")


def test_pause_is_written_within_half_a_minute_by_two_on_two_screens(computer, phone, campaign):
    register(computer)
    register(phone)
    computer.goto(f"{OWN}/decisions/new?kind=pause")
    computer.get_by_label("理由").fill(WHY)
    begun = time.monotonic()

    computer.get_by_role("button", name="提出").click()
    computer.get_by_role("button", name="签字").click()
    expect(computer.locator(".qr svg")).to_be_visible()
    phone.goto(computer.url)
    expect(phone.get_by_role("heading", level=1)).to_have_text("暂停投票")
    expect(phone.get_by_text(WHY).first).to_be_visible()
    phone.get_by_role("button", name="签字，立即生效").click()
    expect(phone.get_by_text("已签字，已生效。")).to_be_visible()
    seconds = time.monotonic() - begun
    expect(computer.get_by_text("已生效", exact=True)).to_be_visible()

    print(f"from the first press to the entry: {seconds:.1f} s")  # noqa: T201 -- the measure
    opening, entry = entries_of(campaign)
    db.session.rollback()
    assert (opening["signed"], entry["set"], all(entry["sigs"])) == (1, {"pause": WHY}, True)
    assert seconds < MOST_SECONDS


def test_second_persons_page_fits_a_phone(computer, phone, campaign):
    register(computer)
    register(phone)
    computer.goto(f"{OWN}/decisions/new?kind=withdraw&no=2")
    computer.get_by_label("理由").fill("机构撤并")
    computer.get_by_role("button", name="提出").click()
    computer.get_by_role("button", name="签字").click()
    expect(computer.locator(".qr svg")).to_be_visible()

    phone.goto(computer.url)
    button = phone.get_by_role("button", name="签字，立即生效")
    expect(button).to_be_visible()
    phone.get_by_text("要签的原文，一字不差").click()
    faults = [fault["id"] for fault in Axe().run(phone).response["violations"]]
    wide = phone.evaluate("document.documentElement.scrollWidth - innerWidth")
    size = button.bounding_box()

    assert (faults, wide) == ([], 0)
    assert size["height"] >= 44
    assert "votesite-decision/v1" in phone.locator("#exact-words").inner_text()


def test_browser_without_a_key_is_told_where_there_is_one(
    server, visitors, computer, campaign, zhou
):
    register(computer, "办公室电脑")
    other = visitors.desk()
    seat(server, other, zhou)
    other.goto(f"{OWN}/decisions/new?kind=pause")
    other.get_by_label("理由").fill(WHY)
    other.get_by_role("button", name="提出").click()

    expect(other.get_by_text("这个浏览器里没有能签字的密钥。")).to_be_visible()
    expect(other.get_by_text("办公室电脑")).to_be_visible()
    expect(other.get_by_role("button", name="签字", exact=True)).to_be_hidden()


def test_without_a_script_and_without_webcrypto_the_page_says_so(server, chromium, visitors, zhou):
    scriptless = chromium.new_context(base_url=server.url, java_script_enabled=False)
    page = scriptless.new_page()
    seat(server, page, zhou)
    page.goto("/admin/me/key")
    expect(page.get_by_text("这个浏览器没有运行本站的脚本")).to_be_visible()
    expect(page.get_by_role("button", name="生成密钥并登记")).to_be_hidden()
    scriptless.close()

    for state, sentence in (
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "https"),
        ("Object.defineProperty(crypto, 'subtle', { value: undefined })", "WebCrypto"),
        ("IDBFactory.prototype.open = () => { throw new Error('private') }", "无痕窗口"),
    ):
        old = visitors.desk()
        old.add_init_script(state)
        seat(server, old, zhou)
        old.goto("/admin/me/key")
        expect(old.locator("[data-signing-state]:visible")).to_contain_text(sentence)
