"""Accounts: names, poor passwords, closing, the last owner."""

import pytest

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain.staff import accounts, grants, passwords, people, sessions
from votesite.domain.staff.attempts import Browser
from votesite.errors import InvalidFields, LastOwner

HERE = Browser("203.0.113.5")


@pytest.mark.parametrize("typed", ["Zhou", " zhou ", "ＺＨＯＵ"])
def test_login_name_ignores_case_width_and_blanks(app, typed):
    made = make_staff("zhou", "owner")

    found = passwords.check_password(typed, PASSWORD, HERE, clock=at(NOON))

    assert found.id == made.id


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [
        ("z", PASSWORD, "name"),
        ("zhou lan", PASSWORD, "name"),
        ("z" * 41, PASSWORD, "name"),
        ("zhou\u3164", PASSWORD, "name"),
        ("zhou", "short", "password"),
        ("zhou", "aaaaaaaaaaaa", "password"),
        ("zhou", "my-zhou-password", "password"),
        ("zhou", "x" * 129, "password"),
    ],
)
def test_account_with_a_poor_name_or_password_is_refused(app, name, password, field):
    with pytest.raises(InvalidFields) as refusal:
        accounts.create(name, "周岚", password, by=None)

    assert list(refusal.value.fields) == [field]
    assert people.everybody() == []


def test_login_name_is_taken_once(app):
    make_staff("zhou", "owner")

    with pytest.raises(InvalidFields) as refusal:
        accounts.create("ZHOU", "另一人", PASSWORD, by=None)

    assert refusal.value.fields["name"].code == "taken"


def test_disabled_account_is_out_at_once_and_cannot_come_back(app):
    owner, zhou = make_staff("owner", "owner"), make_staff("zhou", "editor")
    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))

    accounts.close(zhou.id, by=owner.id, clock=at(NOON))

    assert sessions.signed_in(token, now=NOON) is None
    assert passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON)) is None


def test_last_owner_can_neither_be_closed_nor_lose_the_role(app):
    owner = make_staff("owner", "owner")

    with pytest.raises(LastOwner):
        accounts.close(owner.id, by=owner.id)
    with pytest.raises(LastOwner):
        grants.revoke(owner.id, owner.grants[0].id, by=owner.id)
