"""What anybody can subtract once results are published: a result from each earlier one."""

from datetime import timedelta

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, at, by_two, make_campaign
from votesite.domain.ledger import sanctions
from votesite.domain.results import tallies
from votesite.domain.results.differences import differences
from votesite.extensions import site, writing

LATER = CLOSES + timedelta(hours=80)


def turn(campaign, what, *of, when=CLOSES):
    with writing() as tx:
        more = {"rule": "R1"} if what is sanctions.append_void else {}
        what(tx, campaign.id, list(of), why="复查", decided=by_two(), now=when, **more)


def found(campaign, *turned):
    with site().store.reading() as tx:
        return differences(tx, campaign.id, turned)


def test_before_the_count_there_is_nothing_to_subtract(app):
    campaign = make_campaign()
    n = cast_ballot(campaign, 1, 1).n
    turn(campaign, sanctions.append_void, n)

    assert found(campaign, n) == []


def test_a_void_after_the_count_stands_alone_and_its_restore_takes_it_back(app):
    campaign = make_campaign()
    first, second = (cast_ballot(campaign, who, 1).n for who in (1, 2))
    tallies.close(campaign.id, clock=at(CLOSES))
    assert found(campaign) == [frozenset()]

    turn(campaign, sanctions.append_void, first)

    assert found(campaign) == [{first}]
    assert found(campaign, second) == [{first, second}]
    assert found(campaign, first) == [frozenset()]


def test_each_earlier_result_has_its_own_difference(app):
    campaign = make_campaign()
    first, second = (cast_ballot(campaign, who, 1).n for who in (1, 2))
    tallies.close(campaign.id, clock=at(CLOSES))
    turn(campaign, sanctions.append_void, first)
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(CLOSES))
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(LATER))
    assert len(entries_of(campaign, "recount")) == 1

    turn(campaign, sanctions.append_void, second, when=LATER)

    assert found(campaign) == [{first, second}, {second}]
