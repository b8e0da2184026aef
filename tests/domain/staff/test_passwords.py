"""Passwords: how they are kept, and changing them."""

import pytest

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain.staff import passwords, sessions
from votesite.domain.staff.attempts import Browser
from votesite.errors import InvalidFields

HERE = Browser("203.0.113.5")


def test_password_is_kept_as_argon2id_of_the_agreed_strength(app):
    made = make_staff("zhou", "owner")

    assert made.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_new_password_ends_every_other_session(app):
    zhou = make_staff("zhou", "owner")
    here = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    there = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    this = sessions.signed_in(here, now=NOON).session_id

    passwords.change_password(
        zhou.id, PASSWORD, "bai-yun-chu-xiu", browser=HERE, keep_session=this, clock=at(NOON)
    )

    assert sessions.signed_in(here, now=NOON) is not None
    assert sessions.signed_in(there, now=NOON) is None
    assert passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON)) is None
    assert passwords.check_password("zhou", "bai-yun-chu-xiu", HERE, clock=at(NOON)) is not None


def test_password_is_not_changed_without_the_old_one(app):
    zhou = make_staff("zhou", "owner")

    with pytest.raises(InvalidFields) as refusal:
        passwords.change_password(
            zhou.id, "wrong", "bai-yun-chu-xiu", browser=HERE, keep_session=0, clock=at(NOON)
        )

    assert list(refusal.value.fields) == ["old"]
