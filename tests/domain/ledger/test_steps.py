"""A step of published figures counts voters, not ballots."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import NOON, by_two, make_campaign
from votesite.domain.ledger import sanctions, self_check
from votesite.domain.ledger.head import read_head
from votesite.extensions import site, writing

RULES = {"scope": "day", "repeat": "daily", "ballots": 10, "min_batch": 3, "publish_every": 1}


def tallies_of(campaign):
    return [entry["ballots"] for entry in entries_of(campaign, "tally")]


def void(campaign, n, moment):
    with writing() as tx:
        sanctions.append_void(
            tx, campaign.id, [n], rule="R1", why="异常", decided=by_two(), now=moment
        )


def test_ten_ballots_of_two_people_are_no_step_of_three(app):
    campaign = make_campaign(**RULES)
    for turn in range(5):
        for voter in (1, 2):
            cast_ballot(campaign, voter, turn + 1, when=NOON + timedelta(minutes=turn))
    assert tallies_of(campaign) == []

    cast_ballot(campaign, 3, 1, when=NOON + timedelta(minutes=9))

    assert tallies_of(campaign) == [11]
    assert self_check.verify(campaign.id) is None


def test_the_next_step_begins_with_nobody(app):
    campaign = make_campaign(**RULES)
    for voter in (1, 2, 3, 1, 2):
        moment = NOON + timedelta(minutes=len(entries_of(campaign)))
        cast_ballot(campaign, voter, len(entries_of(campaign, "vote")) % 6 + 1, when=moment)

    assert tallies_of(campaign) == [3]
    with site().store.reading() as tx:
        assert len(read_head(tx, campaign.id).step) == 2 * 16


def test_a_voided_ballot_does_not_fill_the_step(app):
    campaign = make_campaign(**RULES)
    cast_ballot(campaign, 1, 1)
    n = cast_ballot(campaign, 2, 1).n
    void(campaign, n, NOON)

    cast_ballot(campaign, 3, 1, when=NOON + timedelta(minutes=1))
    assert tallies_of(campaign) == []
    cast_ballot(campaign, 4, 1, when=NOON + timedelta(minutes=2))

    assert tallies_of(campaign) == [4]
    assert self_check.verify(campaign.id) is None


def test_who_has_another_ballot_in_the_step_still_counts(app):
    campaign = make_campaign(**RULES)
    n = cast_ballot(campaign, 1, 1).n
    cast_ballot(campaign, 1, 2, when=NOON + timedelta(minutes=1))
    cast_ballot(campaign, 2, 1, when=NOON + timedelta(minutes=2))
    void(campaign, n, NOON + timedelta(minutes=3))

    cast_ballot(campaign, 3, 1, when=NOON + timedelta(minutes=4))

    assert tallies_of(campaign) == [4]


@pytest.mark.parametrize(("before", "expected"), [(61, [3]), (60, []), (1, [])])
def test_no_step_is_made_in_the_quiet_minutes(app, before, expected):
    closes = NOON + timedelta(days=1)
    campaign = make_campaign(closes=closes, **RULES, quiet=60)
    for voter in (1, 2, 3):
        cast_ballot(campaign, voter, 1, when=closes - timedelta(minutes=before))

    assert tallies_of(campaign) == expected
