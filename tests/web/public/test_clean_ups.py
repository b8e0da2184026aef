"""The public register of voids, and what it must not show."""

import re
from datetime import timedelta

import pytest

from tests.support.factories import make_campaign
from tests.support.traced import cast_from, make_case
from tests.support.voided import WHY, void_by_two
from votesite import clock
from votesite.domain.results import tallies


@pytest.fixture
def campaign(app):
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def numbers(campaign):
    return [cast_from(campaign, number, [2], when=clock.now()).n for number in range(6)]


def test_register_is_public_and_says_rule_reason_and_candidate(campaign, numbers, client):
    void_by_two(campaign, numbers)

    page = client.get(f"/c/{campaign.slug}/clean-up").text

    assert "作废 6 张" in page
    assert "R1 同一来源在短时间内集中产生的异常选票" in page
    assert WHY in page
    assert "2 号" not in page  # whom they named is nobody's business while people vote
    assert f'href="/c/{campaign.slug}/ledger/log?from={numbers[0]}#n{numbers[0]}"' in page


def test_held_ballots_are_public_by_rule_without_candidate(campaign, numbers, client):
    make_case(campaign, numbers, state="held", rule="R1")

    page = client.get(f"/c/{campaign.slug}/clean-up").text

    assert re.search(r"R1 同一来源.*?</th>\s*<td[^>]*>6</td>", page, re.S)
    assert "第2镇" not in page


def test_hidden_figures_hide_the_candidate_of_a_void(app, client):
    now = clock.now()
    hidden = make_campaign(
        slug="hidden",
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=9),
        results="hidden",
    )
    void_by_two(hidden, [cast_from(hidden, number, [2], when=now).n for number in range(6)])

    page = client.get("/c/hidden/clean-up").text

    assert "作废 6 张" in page
    assert "第2镇" not in page


def test_published_figures_and_their_voids_belong_together(campaign, numbers, client):
    def shown():
        page = client.get("/c/xiangzhen-2026/results").text
        return re.findall(r'<dt>(?:有效选票|作废)</dt><dd><span class="num">([^<]+)<', page)

    before = shown()
    void_by_two(campaign, numbers[:2])

    assert tallies.head(campaign.slug).voided == 2
    assert shown() == before == ["5", "0"]


def test_pages_that_count_voids_differently_say_why(campaign, numbers, client):
    void_by_two(campaign, numbers[:2])

    results = client.get(f"/c/{campaign.slug}/results").text
    register = client.get(f"/c/{campaign.slug}/clean-up").text

    for page in (results, register):
        assert "其后作废的 2 张还没有减去，下次公布时减去。" in page
