"""The one guard of choices: what may be told before the count, and of which sets after it."""

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import CLOSES, NOON, at, make_campaign
from votesite.domain.results import tallies
from votesite.domain.results.guard import Guard, guard, voters_of
from votesite.extensions import site


@pytest.mark.parametrize(
    ("policy", "shows", "holds_back"),
    [("live", True, False), ("daily 18:00", True, True), ("hidden", False, True)],
)
def test_before_the_count_nothing_is_told_of_sets(app, policy, shows, holds_back):
    found = guard(make_campaign(results=policy).id)

    assert (found.shows_figures, found.holds_back) == (shows, holds_back)
    assert not found.tells_of_sets
    assert not found.tells_of_each


@pytest.mark.parametrize("recount", ["public", "auditors"])
def test_after_the_count_each_ballot_is_told_only_where_everybody_opens_it(app, recount):
    campaign = make_campaign(results="hidden", recount=recount)
    cast_ballot(campaign, 1, 1)
    tallies.close(campaign.id, clock=at(CLOSES))
    found = guard(campaign.id)

    assert (found.shows_figures, found.holds_back, found.tells_of_sets) == (True, False, True)
    assert found.tells_of_each is (recount == "public")


def counted(recount="auditors"):
    return Guard("live", recount, 20, is_counted=True, recount_at=None)


@pytest.mark.parametrize(
    ("naming", "ballots", "voters", "may"),
    [
        (18, 20, 20, True),
        (18, 20, 19, False),  # fewer voters than a step holds
        (19, 20, 20, False),  # nearly all chose alike: each of them did
        (9, 20, 20, False),  # not what most of them chose
        (0, 0, 0, False),
    ],
)
def test_a_set_of_sealed_ballots_leaves_each_in_doubt(naming, ballots, voters, may):
    assert counted().may_name(naming=naming, ballots=ballots, voters=voters) is may


def test_where_everybody_opens_every_ballot_sets_may_be_named():
    assert counted("public").may_name(naming=6, ballots=6, voters=6)


def test_voters_are_counted_and_not_their_ballots(app):
    campaign = make_campaign(ballots=3, picks=[1, 1])
    numbers = [cast_ballot(campaign, who, no, when=NOON).n for who in (1, 2) for no in (1, 2, 3)]

    with site().store.reading() as tx:
        assert voters_of(tx, campaign.id, numbers, 20) == 2
        assert voters_of(tx, campaign.id, numbers[:3], 20) == 1
