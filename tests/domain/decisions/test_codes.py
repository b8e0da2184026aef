"""Voters added by two people: fixed when proposed, on the roster once decided, fetched once."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import NOON, at, make_campaign, voter
from tests.support.staffing import make_staff
from votesite.domain.decisions import codes, proposals
from votesite.domain.ledger import self_check
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.electorate import electorate_of
from votesite.domain.voting import roster, voters
from votesite.errors import Forbidden, InvalidFields, Lapsed, NotEligible, NotFound
from votesite.extensions import site, writing

WHY = "名单漏了两个人"


@pytest.fixture
def campaign(app):
    made = make_campaign(eligibility="roster", scope="campaign", repeat="never")
    with writing():
        roster.store(made.id, ["张三", "李四"])
    return made


@pytest.fixture
def people(app):
    return make_staff("zhou", "editor").id, make_staff("wang", "supervisor").id


def propose(campaign, people, *labels, moment=NOON):
    change = Change("roster", list(labels))
    return proposals.propose(campaign.id, people[0], change, WHY, clock=at(moment))


def decide(campaign, people, *labels):
    made = propose(campaign, people, *labels)
    return proposals.confirm(made.id, people[1], clock=at(NOON))


def redeem(campaign, number, code):
    key = voters.voter_key(campaign.id, voter(number))
    roster.redeem(campaign.id, key, code, clock=at(NOON))


def test_added_voters_vote_and_the_ledger_says_how_many_there_are(campaign, people):
    made = decide(campaign, people, "王五", "赵六")
    fetched = codes.fetch(made.id, people[0])
    for number, (_label, code) in enumerate(fetched):
        redeem(campaign, number, code)
        cast_ballot(campaign, number, 1)

    opening, rule, *votes = entries_of(campaign)
    with site().store.reading() as tx:
        size, sha256 = electorate_of(tx, campaign.id)
    assert [label for label, _code in fetched] == ["王五", "赵六"]
    assert opening["electorate"]["size"] == 2
    assert rule["set"] == {"roster": {"size": size, "sha256": sha256}}
    assert (size, rule["why"], rule["by"]) == (4, WHY, list(people))
    assert [entry["k"] for entry in votes if entry["k"] != "tally"] == ["vote", "vote"]
    assert self_check.verify(campaign.id) is None


def test_second_person_reads_whom_the_decision_adds_but_no_code(campaign, people):
    made = propose(campaign, people, "王五", "张三")

    assert codes.named(made) == [("王五", False), ("张三", True)]
    assert made.payload["roster"]["n"] == 2
    with pytest.raises(NotFound):  # not in effect
        codes.fetch(made.id, people[0])


def test_codes_are_fetched_once_and_by_the_proposer_alone(campaign, people):
    made = decide(campaign, people, "王五")

    with pytest.raises(NotFound):
        codes.fetch(made.id, people[1])
    codes.fetch(made.id, people[0])
    with pytest.raises(Lapsed):
        codes.fetch(made.id, people[0])

    assert made.sealed is None


def test_codes_of_a_proposal_that_lapsed_die_with_it(campaign, people):
    made = propose(campaign, people, "王五")
    later = NOON + timedelta(hours=25)

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, people[1], clock=at(later))
    propose(campaign, people, "王五", moment=later)

    assert (made.state, made.sealed) == ("lapsed", None)
    assert roster.labels_of(campaign.id) == ["张三", "李四"]


def test_codes_of_a_proposal_that_was_taken_back_die_with_it(campaign, people):
    made = propose(campaign, people, "王五")

    proposals.take_back(made.id, people[0], clock=at(NOON))

    assert made.sealed is None
    assert roster.labels_of(campaign.id) == ["张三", "李四"]


def test_an_unused_code_is_replaced_and_the_old_one_is_worth_nothing(app, people):
    campaign = make_campaign(eligibility="roster")
    with writing():
        ((_, lost),) = roster.store(campaign.id, ["张三"])
    made = decide(campaign, people, "张三")
    ((_, code),) = codes.fetch(made.id, people[0])

    with pytest.raises(NotEligible):
        redeem(campaign, 1, lost)
    redeem(campaign, 1, code)

    sizes = [entry["set"]["roster"]["size"] for entry in entries_of(campaign, "rule")]
    assert sizes == [1] == [entries_of(campaign, "open")[0]["electorate"]["size"]]


def test_a_proposal_about_a_code_that_is_used_meanwhile_lapses(app, people):
    campaign = make_campaign(eligibility="roster")
    with writing():
        ((_, code),) = roster.store(campaign.id, ["张三"])
    made = propose(campaign, people, "张三")
    redeem(campaign, 1, code)

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, people[1], clock=at(NOON))

    assert entries_of(campaign) == []


def test_before_the_freeze_the_form_is_the_way(campaign, people):
    with pytest.raises(InvalidFields) as refused:
        propose(campaign, people, "王五", moment=NOON - timedelta(days=30))

    assert refused.value.fields["kind"].code == "not-frozen"


def test_an_editor_does_not_confirm_what_another_adds(campaign, people):
    made = propose(campaign, people, "王五")

    with pytest.raises(Forbidden):
        proposals.confirm(made.id, make_staff("zheng", "editor").id, clock=at(NOON))
