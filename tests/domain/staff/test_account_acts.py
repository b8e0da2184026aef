"""Acts about accounts: who proposes, who confirms, when they count, who can stop them."""

from datetime import timedelta
from itertools import count

import pytest

from tests.support.accounts import DAY, agreed, invitation
from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import make_staff
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.staff import account_acts, accounts, grants, joining, notices, people
from votesite.domain.staff.account_acts import Wish
from votesite.errors import (
    Forbidden,
    InvalidFields,
    Lapsed,
    LastOwner,
    NotFound,
    Refused,
    SecondPersonNeeded,
)
from votesite.extensions import db, writing
from votesite.models.staff import ROLES, AccountAct, SecondFactor, Staff

MINUTE = timedelta(minutes=1)
TWO_PERSON_ROLES = [role for role in ROLES if role != "judge"]


@pytest.fixture
def office(app):
    """One account of every role, and a second that looks after accounts, by role."""
    made = {role: make_staff(role, role).id for role in ROLES}
    return made | {"another": make_staff("another", "accounts").id}


@pytest.fixture
def two(app):
    """Who looks after accounts, and an owner: their numbers."""
    return make_staff("keeper", "accounts").id, make_staff("root", "owner").id


def colleague(**changes):
    """The number of an account that nobody signs in with."""
    name = f"colleague{next(_NUMBERS)}"
    with writing():
        made = Staff(name=name, display_name=name, password_hash="-", created_at="", **changes)
        db.session.add(made)
    return made.id


def with_phone():
    """The number of an account that has a second factor."""
    made = colleague()
    with writing():
        db.session.add(SecondFactor(staff_id=made, sealed=b"", since=minute(NOON), last_step=0))
    return made


_NUMBERS = count()


def wishes():
    """One of every act that takes two people; nothing of it waits already."""
    return [
        *(invitation(role, f"新人{next(_NUMBERS)}") for role in TWO_PERSON_ROLES),
        *(Wish("grant", colleague(), "", role) for role in TWO_PERSON_ROLES),
        Wish("reset", colleague()),
        Wish("drop-factor", with_phone()),
        Wish("reopen", colleague(disabled=True)),
    ]


def proposed(wish, by):
    """The state in which somebody's proposal is, or the refusal."""
    try:
        return account_acts.propose(wish, by=by).act.state
    except Refused as refusal:
        return type(refusal)


def confirmed(wish, proposer, by):
    """The state in which somebody's confirmation leaves what another has proposed, or the refusal."""
    act_id = account_acts.propose(wish, by=proposer).act.id
    try:
        return account_acts.confirm(act_id, by=by).state
    except Refused as refusal:
        return type(refusal)


def test_who_looks_after_accounts_proposes_and_nobody_else(office):
    wrong = []
    for role, staff_id in office.items():
        expected = "proposed" if role in ("accounts", "another") else Forbidden
        for wish in wishes():
            got = proposed(wish, staff_id)
            if got != expected:
                wrong.append((role, wish, got))

    assert wrong == []


def test_another_who_looks_after_accounts_or_an_owner_confirms_and_nobody_else(office):
    outcomes = {"another": "done", "owner": "done", "accounts": SecondPersonNeeded}
    wrong = []
    for role, staff_id in office.items():
        for wish in wishes():
            got = confirmed(wish, office["accounts"], staff_id)
            if got != outcomes.get(role, Forbidden):
                wrong.append((role, wish, got))

    assert wrong == []


def test_nobody_confirms_what_is_about_themselves(two):
    keeper, root = two
    made = account_acts.propose(Wish("reset", root), by=keeper).act

    with pytest.raises(SecondPersonNeeded):
        account_acts.confirm(made.id, by=root)
    with pytest.raises(Forbidden):
        account_acts.propose(Wish("reset", keeper), by=keeper)


def test_owner_of_one_campaign_confirms_what_is_about_it_alone(two):
    own, other = make_campaign(), make_campaign(slug="other")
    lin = make_staff("lin", "owner", campaign=own).id
    here, there, everywhere = (
        account_acts.propose(invitation("editor", "王敏", place), by=two[0]).act.id
        for place in (own.id, other.id, None)
    )

    assert account_acts.confirm(here, by=lin).state == "done"
    for elsewhere in (there, everywhere):
        with pytest.raises(Forbidden):
            account_acts.confirm(elsewhere, by=lin)


@pytest.mark.parametrize("role", TWO_PERSON_ROLES)
def test_role_counts_a_day_after_it_was_confirmed_and_not_before(two, role):
    zhou, campaign = make_staff("zhou").id, make_campaign()
    now = NOON + timedelta(seconds=1)  # a minute that has begun is no whole one

    agreed(Wish("grant", zhou, "", role), *two, now=now)

    held = [
        people.by_id(zhou).roles_in(campaign.id, when)
        for when in (now, now + DAY - timedelta(seconds=1), now + DAY + MINUTE)
    ]
    assert held == [frozenset(), frozenset(), {role}]


def test_nothing_is_granted_before_it_is_confirmed(two):
    zhou = make_staff("zhou").id

    account_acts.propose(Wish("grant", zhou, "", "editor"), by=two[0], clock=at(NOON))

    assert people.by_id(zhou).grants == []


def test_judge_is_granted_and_taken_back_by_one_at_once(two):
    zhou, campaign = make_staff("zhou").id, make_campaign()

    act, token = account_acts.propose(Wish("grant", zhou, "", "judge", campaign.id), by=two[0])

    assert (act.state, token, act.confirmed_by) == ("done", "", None)
    assert people.by_id(zhou).roles_in(campaign.id) == {"judge"}
    assert notices.count(two[1]) == 0
    grants.revoke(zhou, people.by_id(zhou).grants[0].id, by=two[0])
    assert people.by_id(zhou).roles_in(campaign.id) == frozenset()


def test_proposal_that_nobody_confirms_lapses(two):
    made = account_acts.propose(invitation("editor"), by=two[0], clock=at(NOON))
    late = NOON + account_acts.MAX_AGE + MINUTE

    with pytest.raises(Lapsed):
        account_acts.confirm(made.act.id, by=two[1], clock=at(late))
    with pytest.raises(NotFound):
        joining.opened(made.token, now=late)


def test_proposal_of_who_looks_after_accounts_no_more_lapses(two):
    another = make_staff("another", "accounts").id
    made = account_acts.propose(invitation("editor"), by=another).act

    accounts.close(another, by=two[0])

    with pytest.raises(Lapsed):
        account_acts.confirm(made.id, by=two[1])


def test_roles_that_exclude_each_other_are_looked_at_again_when_it_is_confirmed(two):
    zhou = make_staff("zhou").id
    auditor, editor = (
        account_acts.propose(Wish("grant", zhou, "", role), by=two[0]).act.id
        for role in ("auditor", "editor")
    )
    account_acts.confirm(auditor, by=two[1])

    with pytest.raises(Lapsed):
        account_acts.confirm(editor, by=two[1])
    assert [grant.role for grant in people.by_id(zhou).grants] == ["auditor"]


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        (Wish("invite", None, "王", "editor"), "display_name"),
        (Wish("invite", None, "王敏", "king"), "role"),
        (Wish("invite", None, "王敏", "editor", 99), "campaign"),
    ],
)
def test_faulty_invitation_is_not_stored(two, wish, field):
    with pytest.raises(InvalidFields) as refusal:
        account_acts.propose(wish, by=two[0])

    assert list(refusal.value.fields) == [field]
    assert db.session.query(AccountAct).count() == 0


def test_accounts_are_looked_after_for_the_whole_site_only(two):
    wish = invitation("accounts", "王敏", make_campaign().id)

    with pytest.raises(InvalidFields) as refusal:
        account_acts.propose(wish, by=two[0])

    assert refusal.value.fields["campaign"].code == "whole-site-only"


def test_what_waits_or_is_done_already_is_not_proposed_again(two):
    zhou = make_staff("zhou", "editor").id
    account_acts.propose(Wish("reset", zhou), by=two[0])

    for wish in (Wish("reset", zhou), Wish("reopen", zhou), Wish("drop-factor", zhou)):
        with pytest.raises(Lapsed):
            account_acts.propose(wish, by=two[0])
    with pytest.raises(InvalidFields) as refusal:
        account_acts.propose(Wish("grant", zhou, "", "editor"), by=two[0])
    assert refusal.value.fields["role"].code == "held-already"


@pytest.mark.parametrize("who", ["keeper", "another", "root", "lin", "zhou"])
def test_person_and_owners_and_who_looks_after_accounts_stop_an_act_in_its_day(two, who):
    campaign = make_campaign()
    make_staff("another", "accounts")
    make_staff("lin", "owner", campaign=campaign)
    zhou = make_staff("zhou").id
    act, _ = agreed(Wish("grant", zhou, "", "editor", campaign.id), *two, now=NOON)
    by = people.by_name(who).id

    stopped = account_acts.stop(act, by=by, clock=at(NOON + DAY - MINUTE))

    assert (stopped.state, stopped.stopped_by) == ("stopped", by)
    assert people.by_id(zhou).grants == []
    assert [one.id for one in notices.waiting(zhou)] == [act]


@pytest.mark.parametrize("role", ["editor", "reviewer", "supervisor", "auditor", "judge"])
def test_others_neither_read_nor_stop_it(two, role):
    other, zhou = make_staff("other", role), make_staff("zhou").id
    act, _ = agreed(Wish("grant", zhou, "", "editor"), *two, now=NOON)

    with pytest.raises(NotFound):
        account_acts.find(act, other, now=NOON)
    with pytest.raises(Forbidden):
        account_acts.stop(act, by=other.id, clock=at(NOON))


def test_what_counts_already_is_not_stopped(two):
    zhou = make_staff("zhou").id
    act, _ = agreed(Wish("grant", zhou, "", "editor"), *two, now=NOON)

    with pytest.raises(Lapsed):
        account_acts.stop(act, by=zhou, clock=at(NOON + DAY))

    assert [grant.role for grant in people.by_id(zhou).grants] == ["editor"]


def test_link_of_a_stopped_act_is_dead(two):
    zhou = make_staff("zhou", "editor").id
    act, token = agreed(Wish("reset", zhou), *two, now=NOON)

    account_acts.stop(act, by=zhou, clock=at(NOON + DAY + MINUTE))

    with pytest.raises(NotFound):
        joining.set_password(token, "bai-yun-chu-xiu", clock=at(NOON + DAY + MINUTE))


def test_last_who_looks_after_accounts_and_the_last_owner_stay(two):
    keeper, root = two

    for staff_id in (keeper, root):
        with pytest.raises(LastOwner):
            accounts.close(staff_id, by=keeper)
        with pytest.raises(LastOwner):
            grants.revoke(staff_id, people.by_id(staff_id).grants[0].id, by=keeper)

    agreed(Wish("grant", make_staff("zhou").id, "", "accounts"), *two, now=NOON)
    with pytest.raises(LastOwner):  # the other one's day is not over yet
        accounts.close(keeper, by=keeper, clock=at(NOON + DAY - MINUTE))
    accounts.close(keeper, by=keeper, clock=at(NOON + DAY))
    assert people.by_id(keeper).disabled


def test_inbox_holds_what_others_proposed_until_it_is_confirmed(two):
    keeper, root = people.by_id(two[0]), people.by_id(two[1])
    act = account_acts.propose(invitation("editor"), by=keeper.id, clock=at(NOON)).act

    assert [one.id for one in account_acts.waiting_for(root, now=NOON)] == [act.id]
    assert account_acts.waiting_for(keeper, now=NOON) == []
    account_acts.confirm(act.id, by=root.id, clock=at(NOON))
    assert account_acts.waiting_for(root, now=NOON) == []


def test_acts_leave_lines_with_both_people_and_no_name(two):
    agreed(invitation("editor", "王敏"), *two, now=NOON)

    lines = [(one.staff_id, one.action, one.fields) for one in audit.entries(None)][:2]

    assert lines == [
        (two[1], "confirm-account", "invite editor"),
        (two[0], "propose-account", "invite editor"),
    ]
