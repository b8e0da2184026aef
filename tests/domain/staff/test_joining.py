"""One-time links: an account opened, a password set anew, a phone changed, an account reopened."""

from datetime import timedelta

import pytest

from tests.support.accounts import DAY, OWN_PASSWORD, agreed, give_phone, invitation
from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import PASSWORD, make_staff
from votesite import clock
from votesite.clock import minute
from votesite.domain.staff import (
    account_acts,
    accounts,
    joining,
    notices,
    passwords,
    people,
    second_factors,
    sessions,
)
from votesite.domain.staff.account_acts import LINK_LASTS, Wish
from votesite.domain.staff.attempts import Browser
from votesite.errors import InvalidFields, NotFound
from votesite.extensions import db
from votesite.models.staff import AccountAct, SecondFactor

HERE = Browser("203.0.113.5")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def two(app):
    """Who looks after accounts, and an owner: their numbers."""
    return make_staff("keeper", "accounts").id, make_staff("root", "owner").id


def test_token_has_128_bits_and_is_stored_as_a_hash(two):
    act, token = agreed(invitation("editor"), *two, now=NOON)

    assert len(token) == 22  # base64 of 16 bytes
    assert db.session.get(AccountAct, act).token_hash == account_acts.token_hash(token)
    assert token.encode() not in account_acts.token_hash(token)


def test_invited_person_names_the_account_and_can_do_nothing_without_a_phone(two):
    campaign = make_campaign()
    _, token = agreed(invitation("editor", "王敏"), *two, now=NOON)

    session = joining.join(token, "wang", OWN_PASSWORD, clock=at(NOON + MINUTE))

    wang, later = people.by_name("wang"), NOON + DAY
    assert sessions.signed_in(session, now=clock.real()).staff.id == wang.id
    assert (wang.display_name, wang.needs_factor) == ("王敏", True)
    assert [grant.effective_from for grant in wang.grants] == [minute(later)]
    assert wang.roles_in(campaign.id, later) == frozenset()
    db.session.get(SecondFactor, wang.id).since = minute(NOON)
    db.session.commit()
    assert wang.roles_in(campaign.id, later - MINUTE) == frozenset()
    assert wang.roles_in(campaign.id, later) == {"editor"}
    assert len(notices.waiting(wang.id)) == 1


def test_account_made_on_the_server_may_decide_without_a_phone(two):
    assert people.by_id(two[1]).roles_everywhere == {"owner"}
    assert not second_factors.has_second_factor(two[1])


def test_link_works_once(two):
    _, token = agreed(invitation("editor"), *two, now=NOON)
    joining.join(token, "wang", OWN_PASSWORD, clock=at(NOON))

    with pytest.raises(NotFound):
        joining.join(token, "li", OWN_PASSWORD, clock=at(NOON))

    assert people.by_name("li") is None


def test_faults_use_nothing_up(two):
    _, token = agreed(invitation("editor"), *two, now=NOON)

    for name, password in (("root", OWN_PASSWORD), ("w", OWN_PASSWORD), ("wang", "short")):
        with pytest.raises(InvalidFields):
            joining.join(token, name, password, clock=at(NOON))

    joining.join(token, "wang", OWN_PASSWORD, clock=at(NOON))
    assert people.by_name("wang") is not None


@pytest.mark.parametrize("kind", ["invite", "reset"])
def test_link_ends_72_hours_after_it_began(two, kind):
    zhou = make_staff("zhou", "editor").id
    wish = invitation("editor") if kind == "invite" else Wish("reset", zhou)
    begins = NOON if kind == "invite" else NOON + DAY
    _, token = agreed(wish, *two, now=NOON)

    assert joining.opened(token, now=begins + LINK_LASTS - MINUTE).kind == kind
    with pytest.raises(NotFound):
        joining.opened(token, now=begins + LINK_LASTS)


def test_invitation_that_waits_for_its_second_person_opens_nothing(two):
    made = account_acts.propose(invitation("editor"), by=two[0], clock=at(NOON))

    with pytest.raises(NotFound):
        joining.join(made.token, "wang", OWN_PASSWORD, clock=at(NOON))

    assert not joining.works(joining.opened(made.token, now=NOON), now=NOON)


def test_judge_joins_by_one_persons_invitation(two):
    campaign = make_campaign()
    made = account_acts.propose(invitation("judge", "王敏", campaign.id), by=two[0], clock=at(NOON))

    joining.join(made.token, "wang", OWN_PASSWORD, clock=at(NOON))

    assert [(one.role, one.campaign_id) for one in people.by_name("wang").grants] == [
        ("judge", campaign.id)
    ]


def test_new_password_is_set_a_day_later_by_the_person_and_ends_all_sessions(two):
    zhou = make_staff("zhou", "editor").id
    session = sessions.sign_in("zhou", PASSWORD, HERE)
    _, token = agreed(Wish("reset", zhou), *two, now=NOON)

    with pytest.raises(NotFound):
        joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY - MINUTE))
    assert sessions.signed_in(session, now=clock.real()) is not None
    joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY))

    assert sessions.signed_in(session, now=clock.real()) is None
    assert passwords.check_password("zhou", PASSWORD, HERE) is None
    assert passwords.check_password("zhou", OWN_PASSWORD, HERE).id == zhou


def test_new_password_leaves_the_phone_required(two):
    zhou = make_staff("zhou", "editor").id
    give_phone(zhou)
    _, token = agreed(Wish("reset", zhou), *two, now=NOON)

    joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY))

    assert second_factors.has_second_factor(zhou)
    assert passwords.check_password("zhou", OWN_PASSWORD, HERE, code="") is None


def test_new_password_lets_in_whom_back_off_keeps_out(two):
    zhou = make_staff("zhou", "editor").id
    for _ in range(3):
        assert passwords.check_password("zhou", "wrong", HERE) is None
    _, token = agreed(Wish("reset", zhou), *two, now=NOON)

    joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY))

    assert passwords.check_password("zhou", OWN_PASSWORD, HERE).id == zhou


def test_lost_phone_goes_a_day_later_and_only_with_the_own_password(two):
    zhou = make_staff("zhou", "editor").id
    give_phone(zhou)
    _, token = agreed(Wish("drop-factor", zhou), *two, now=NOON)

    with pytest.raises(NotFound):
        joining.change_phone(token, PASSWORD, HERE, clock=at(NOON + DAY - MINUTE))
    with pytest.raises(InvalidFields):
        joining.change_phone(token, "another", HERE, clock=at(NOON + DAY))
    assert second_factors.has_second_factor(zhou)
    session = joining.change_phone(token, PASSWORD, HERE, clock=at(NOON + DAY))

    assert sessions.signed_in(session, now=clock.real()).staff.id == zhou
    assert not second_factors.has_second_factor(zhou)
    assert second_factors.enrolment(zhou) is not None


def test_closed_account_opens_again_a_day_later_with_a_new_password(two):
    zhou = make_staff("zhou", "editor").id
    accounts.close(zhou, by=two[0])
    _, token = agreed(Wish("reopen", zhou), *two, now=NOON)

    with pytest.raises(NotFound):
        joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY - MINUTE))
    assert people.by_id(zhou).disabled
    joining.set_password(token, OWN_PASSWORD, clock=at(NOON + DAY))

    assert not people.by_id(zhou).disabled
    assert passwords.check_password("zhou", PASSWORD, HERE) is None
    assert passwords.check_password("zhou", OWN_PASSWORD, HERE).id == zhou


def test_link_of_an_account_that_was_closed_meanwhile_is_dead(two):
    zhou = make_staff("zhou", "editor").id
    _, token = agreed(Wish("reset", zhou), *two, now=NOON)
    accounts.close(zhou, by=two[0])

    with pytest.raises(NotFound):
        joining.opened(token, now=NOON + DAY)


@pytest.mark.parametrize("kind", ["invite", "reset", "drop-factor"])
def test_link_is_good_for_its_own_purpose_alone(two, kind):
    zhou = make_staff("zhou", "editor").id
    give_phone(zhou)
    wish = invitation("editor") if kind == "invite" else Wish(kind, zhou)
    _, token = agreed(wish, *two, now=NOON)
    clocks = at(NOON + DAY)
    uses = {
        "invite": lambda: joining.join(token, "wang", OWN_PASSWORD, clock=clocks),
        "reset": lambda: joining.set_password(token, OWN_PASSWORD, clock=clocks),
        "drop-factor": lambda: joining.change_phone(token, PASSWORD, HERE, clock=clocks),
    }

    for other in uses.keys() - {kind}:
        with pytest.raises(NotFound):
            uses[other]()

    uses[kind]()
