"""How far a campaign has come, read from its entries alone."""

import pytest

from tests.support.factories import NOON, make_campaign
from tests.support.honours import BEGINS, COUNTED, Honours
from tests.support.objected import objected
from votesite.domain.ledger.proceedings import proceedings
from votesite.extensions import site

ANSWER = {"outcome": "upheld", "effect": "new_ranking", "reply": "采纳。"}


def state_of(campaign):
    with site().store.snapshot() as tx:
        return proceedings(tx, campaign.id)


@pytest.fixture
def honours(app):
    return Honours()


def test_before_entry_0_there_is_only_the_award_to_be(app):
    state = state_of(make_campaign())

    assert state.award["public"] == 100
    assert (state.counted_n, state.panel, state.ranking, state.notice) == (None,) * 4
    assert not state.is_ranking_current


def test_the_award_is_that_of_entry_0(honours):
    honours.vote({1: [1]})

    assert state_of(honours.campaign).award["expert"] == 50


def test_a_judge_scores_the_categories_of_the_appointment_or_all(honours):
    honours.appoint(1, ["山区乡镇"])
    honours.appoint(2)

    state = state_of(honours.campaign)
    assert state.categories_of(1) == ["山区乡镇"]
    assert state.categories_of(2) == ["城郊乡镇", "山区乡镇"]


def test_a_ranking_is_current_until_something_changes(honours):
    honours.ranked()
    assert state_of(honours.campaign).is_ranking_current

    honours.put_in("objective", [[no, 1] for no in range(1, 7)], moment=COUNTED)
    state = state_of(honours.campaign)
    assert not state.is_ranking_current
    assert state.ranking["n"] < state.changed_n == state.data["objective"]["n"]


def test_objections_wait_until_they_are_answered(honours):
    honours.noticed()
    first, second = (objected(honours.campaign, one, moment=BEGINS) for one in (1, 2))
    assert state_of(honours.campaign).unanswered == [first, second]

    honours.decide("answer", {**ANSWER, "objections": [first]}, moment=BEGINS)
    state = state_of(honours.campaign)
    assert state.unanswered == [second]
    assert state.answered[first]["outcome"] == "upheld"
    assert state.owes_ranking

    honours.decide("ranking", why="采纳异议", moment=BEGINS)
    assert not state_of(honours.campaign).owes_ranking


def test_who_is_withdrawn_now(honours):
    honours.vote({1: [1]})
    honours.decide("withdraw", 3, why="撤并", moment=NOON)
    honours.decide("withdraw", 4, why="撤并", moment=NOON)
    honours.decide("reinstate", 3, why="更正", moment=NOON)

    assert state_of(honours.campaign).withdrawn == {4}
