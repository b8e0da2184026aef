"""An objection's page opens the ledger's commitments in the visitor's own browser."""

import pytest
from playwright.sync_api import expect

from tests.support.noticed import GOOD, noticed, object_to
from votesite import clock

pytestmark = pytest.mark.browser


@pytest.fixture
def honours(server):
    return noticed()


@pytest.fixture
def received(honours):
    return object_to(honours.campaign)


@pytest.fixture
def page(visitors, honours, received):
    value = {
        "objections": [received.n],
        "outcome": "dismissed",
        "effect": "none",
        "reply": "经核查，\n数据只算了一次。",
    }
    honours.decide("answer", value, moment=clock.now())
    page = visitors.phone()
    page.goto(f"/c/{honours.slug}/objections/{received.code}")
    return page


def open_with(page, **changes):
    """Type the words in, and see how it ends."""
    page.locator("#opening").evaluate("place => { place.open = true; }")
    for name, words in {**GOOD, **changes}.items():
        if name == "kind":
            page.select_option("#o-kind", words)
        elif name != "contact":
            page.fill(f"#f-{name}", words)
    page.click("#opening button")


def ends(page, outcome):
    shown = page.locator("[data-opened]:visible")
    expect(shown).to_have_count(1)
    expect(shown).to_have_attribute("data-opened", outcome)


def test_receipt_checks_itself_and_own_words_open_both_entries(page):
    expect(page.locator("[data-outcome]:visible")).to_have_attribute("data-outcome", "agrees")

    open_with(page)

    ends(page, "opens-both")


@pytest.mark.parametrize("changes", [{"facts": GOOD["facts"] + "。"}, {"kind": "unit"}])
def test_other_words_do_not_open_it(page, changes):
    open_with(page, **changes)

    ends(page, "other")


def test_another_reply_than_the_ledgers_is_seen(page):
    page.locator("#opening").evaluate("place => place.setAttribute('data-reply', '改过的')")

    open_with(page)

    ends(page, "other-reply")
