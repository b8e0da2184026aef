"""Notices: who is told of what was done about an account, until they acknowledge it."""

import pytest

from tests.support.accounts import agreed, invitation
from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import make_staff
from votesite.domain.staff import account_acts, accounts, notices
from votesite.domain.staff.account_acts import Wish


@pytest.fixture
def two(app):
    """Who looks after accounts, and an owner: their numbers."""
    return make_staff("keeper", "accounts").id, make_staff("root", "owner").id


def told(*people):
    return [notices.count(one) for one in people]


def test_person_and_all_owners_are_told_when_it_is_confirmed(two):
    second, zhou = make_staff("second", "owner").id, make_staff("zhou", "editor").id
    other = make_staff("other", "supervisor").id
    made = account_acts.propose(Wish("reset", zhou), by=two[0], clock=at(NOON)).act
    assert told(two[1], second, zhou) == [0, 0, 0]

    account_acts.confirm(made.id, by=two[1], clock=at(NOON))

    assert told(two[1], second, zhou) == [1, 1, 1]
    assert told(two[0], other) == [0, 0]


def test_owner_of_a_campaign_is_told_of_its_people_alone(two):
    own, other = make_campaign(), make_campaign(slug="other")
    here = make_staff("here", "owner", campaign=own).id
    there = make_staff("there", "owner", campaign=other).id
    zhou = make_staff("zhou", "editor", campaign=own).id

    agreed(Wish("reset", zhou), *two, now=NOON)
    agreed(invitation("editor", "王敏", other.id), *two, now=NOON)

    assert [act.kind for act in notices.waiting(here)] == ["reset"]
    assert [act.kind for act in notices.waiting(there)] == ["invite"]


def test_closed_owner_is_told_nothing(two):
    second = make_staff("second", "owner").id
    accounts.close(second, by=two[0])

    agreed(invitation("editor"), *two, now=NOON)

    assert told(second) == [0]


def test_notice_stays_until_its_reader_acknowledges_it(two):
    second = make_staff("second", "owner").id
    first, _ = agreed(invitation("editor", "王敏"), *two, now=NOON)
    other, _ = agreed(invitation("editor", "李川"), *two, now=NOON)

    notices.acknowledge({first}, by=second)

    assert [act.id for act in notices.waiting(second)] == [other]
    assert told(two[1]) == [2]


def test_what_was_stopped_is_told_again(two):
    zhou = make_staff("zhou", "editor").id
    act, _ = agreed(Wish("reset", zhou), *two, now=NOON)
    notices.acknowledge({act}, by=two[1])

    account_acts.stop(act, by=zhou, clock=at(NOON))

    assert [one.state for one in notices.waiting(two[1])] == ["stopped"]


def test_proposal_that_was_withdrawn_is_told_to_nobody(two):
    made = account_acts.propose(invitation("editor"), by=two[0], clock=at(NOON)).act

    account_acts.stop(made.id, by=two[0], clock=at(NOON))

    assert told(*two) == [0, 0]
