"""A receipt checks itself in the visitor's browser, and forgeries do not pass."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from tests.support.factories import make_campaign
from tests.support.voters import post_ballot, voter_session

pytestmark = pytest.mark.browser
SLUG = "xiangzhen-2026"
LEDGER = f"/c/{SLUG}/ledger"
WITHOUT_ED25519 = """
const original = SubtleCrypto.prototype.importKey;
SubtleCrypto.prototype.importKey = function (format, data, algorithm) {
  if ((algorithm.name || algorithm) === 'Ed25519') {
    return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
  }
  return original.apply(this, arguments);
};
"""
KEY = re.compile(r"(?<=\+[0-9a-f]{8}\+)\S+")
WITHOUT_CRYPTO = "Object.defineProperty(window.crypto, 'subtle', { value: undefined });"


@pytest.fixture
def receipts(server, voting_window):
    """The addresses of three ballots' receipts."""
    make_campaign(**voting_window)
    people = [voter_session(server.app, f"openid-{number}") for number in range(3)]
    codes = [post_ballot(server.url, SLUG, who, [1])[1]["receipt"] for who in people]
    return [f"/c/{SLUG}/receipts/{code}" for code in codes]


def outcome(page, name):
    """The only notice that is shown."""
    shown = page.locator("[data-outcome]:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_have_attribute("data-outcome", name)
    return shown


def turned(encoded):
    """Base64 with its last byte's lowest bit turned over."""
    raw = bytearray(base64.b64decode(encoded))
    raw[-1] ^= 1
    return base64.b64encode(raw).decode()


def with_note(proof, change):
    return {**proof, "checkpoint": change(proof["checkpoint"])}


def other_leaf(proof):
    return {**proof, "leaf": "00" * 32}


def other_path(proof):
    return {**proof, "path": [*proof["path"][:-1], "00" * 32]}


def shorter_path(proof):
    return {**proof, "path": proof["path"][:-1]}


def other_time(proof):
    return {**proof, "t": "2026-01-01T00:00+08:00"}


def other_size(proof):
    return {**proof, "size": proof["size"] + 1}


def bad_signature(proof):
    def change(note):
        return re.sub(r"(?<= )\S+(?=\n\Z)", lambda found: turned(found[0]), note)

    return with_note(proof, change)


def no_signature(proof):
    return with_note(proof, lambda note: note[: note.index("\n\n") + 2])


def strangers_signature(proof):
    return with_note(proof, lambda note: note.replace("— localhost", "— elsewhere"))


def other_root(proof):
    def change(note):
        host, size, root, *rest = note.split("\n")
        return "\n".join([host, size, turned(root), *rest])

    return with_note(proof, change)


def other_origin(proof):
    return with_note(proof, lambda note: note.replace(f"/c/{SLUG}", "/c/other"))


@pytest.mark.parametrize(
    "change",
    [
        other_leaf,
        other_path,
        shorter_path,
        other_time,
        other_size,
        bad_signature,
        no_signature,
        strangers_signature,
        other_root,
        other_origin,
    ],
)
def test_changed_proof_is_told_and_nothing_looks_like_success(visitors, receipts, change):
    page = visitors.phone()

    def answer(route):
        if "application/json" not in route.request.headers["accept"]:
            route.continue_()
            return
        route.fulfill(json=change(route.fetch().json()))

    page.route("**/receipts/*", answer)
    page.goto(receipts[1])

    expect(outcome(page, "differs")).to_contain_text("对不上")
    expect(page.get_by_role("heading", level=1)).to_have_text("核对没有通过")
    expect(page.get_by_text("已计入")).not_to_be_visible()


def test_proof_of_another_ballot_is_none_of_this_one(visitors, receipts):
    page = visitors.phone()
    other = page.request.get(receipts[0], headers={"Accept": "application/json"}).json()
    page.route(
        "**/receipts/*",
        lambda route: (
            route.fulfill(json=other)
            if "json" in route.request.headers["accept"]
            else route.continue_()
        ),
    )

    page.goto(receipts[1])

    expect(outcome(page, "differs")).to_contain_text("对不上")


@pytest.mark.parametrize(
    ("address", "change"),
    [
        ("entries", lambda text: text.replace('"p":"', '"p":"x')),
        ("entries", lambda text: ""),
        ("vkey", lambda text: ""),
        ("vkey", lambda text: text.rstrip("\n") + " 1\n"),
        ("vkey", lambda text: KEY.sub(lambda key: turned(key[0]), text)),
    ],
)
def test_what_the_ledger_says_otherwise_is_told(visitors, receipts, address, change):
    page = visitors.phone()
    page.route(
        f"**/ledger/{address}*",
        lambda route: route.fulfill(body=change(route.fetch().text())),
    )

    page.goto(receipts[1])

    expect(outcome(page, "differs")).to_contain_text("对不上")


def test_broken_line_is_no_verdict_and_can_be_tried_again(visitors, receipts):
    page = visitors.phone()
    page.route(f"**{LEDGER}/vkey", lambda route: route.fulfill(status=503))
    page.goto(receipts[2])
    expect(outcome(page, "failed")).to_contain_text("可能是网络不通")
    expect(page.get_by_role("heading", level=1)).to_have_text("这张选票已记入账本")

    page.unroute_all()
    page.get_by_role("link", name="再核对一次").click()

    expect(outcome(page, "agrees")).to_contain_text("签名有效")


def test_browser_without_ed25519_says_what_it_did_not_check(visitors, receipts):
    page = visitors.phone()
    page.add_init_script(WITHOUT_ED25519)

    page.goto(receipts[0])

    expect(outcome(page, "unsigned")).to_contain_text("不会核对签名")


def test_old_browser_and_page_without_script_point_to_the_program(visitors, receipts):
    page = visitors.phone()
    page.add_init_script(WITHOUT_CRYPTO)
    page.goto(receipts[0])
    expect(outcome(page, "cannot")).to_contain_text("核对程序")

    plain = visitors.phone(java_script_enabled=False)
    plain.goto(receipts[0])
    expect(plain.locator("#checked noscript p")).to_contain_text("页面没有运行脚本")
    expect(plain.locator("[data-outcome]:visible")).to_have_count(0)
    assert json.loads(plain.request.get(f"{LEDGER}/entries?from=1&to=2").text())["k"] == "vote"


def test_without_script_nothing_is_shown_that_needs_one(visitors, receipts):
    plain = visitors.phone(java_script_enabled=False, user_agent="Mozilla/5.0")
    dead = "button[type=button], [data-verify-again]"

    for path in (receipts[0], f"{LEDGER}/", f"/c/{SLUG}/ballot"):
        plain.goto(path)
        assert plain.locator(dead).count() > 0
        expect(plain.locator(f":is({dead}):visible")).to_have_count(0)


NO_CLIPBOARD = """
navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
"""
NO_COMMAND = "document.execCommand = () => false;"
SEEN = """
window.copied = [];
navigator.clipboard.writeText = (text) => { window.copied.push(text); return Promise.resolve(); };
"""


def test_copying_that_is_forbidden_selects_the_text_and_says_so(visitors, receipts):
    page = visitors.phone()
    page.add_init_script(NO_CLIPBOARD + NO_COMMAND)
    page.goto(receipts[0])
    page.get_by_role("button", name="复制").click()

    expect(page.get_by_role("status").filter(has_text="已选中，请长按复制")).to_be_visible()
    selected = page.evaluate("getSelection().toString()")
    assert re.sub(r"\W", "", selected) == receipts[0].rpartition("/")[2]


def test_copying_falls_back_to_the_old_command(visitors, receipts):
    page = visitors.phone()
    page.add_init_script(NO_CLIPBOARD)
    page.goto(receipts[0])
    button = page.locator("[data-copy]")
    button.click()

    expect(button).to_contain_text("已复制")


def test_each_button_copies_the_text_before_it(visitors, receipts):
    page = visitors.phone()
    page.add_init_script(SEEN)
    page.goto(receipts[0])
    page.evaluate(
        """() => {
          const other = document.querySelector('.ticket').cloneNode(true);
          other.querySelector('[data-copy-text]').setAttribute('data-copy-text', 'SECOND');
          document.querySelector('.ticket').after(other);
        }"""
    )
    for button in page.locator("[data-copy]").all():
        button.click()

    assert page.evaluate("copied") == [receipts[0].rpartition("/")[2], "SECOND"]
