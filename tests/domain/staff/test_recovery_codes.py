"""Recovery codes: ten, each good once, kept as keyed hashes, of one account alone."""

import re

import pytest

from tests.support.accounts import give_phone
from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain import keys
from votesite.domain.staff import passwords, recovery_codes, second_factors, sessions
from votesite.domain.staff.attempts import Browser
from votesite.errors import InvalidFields, Lapsed
from votesite.extensions import db, writing
from votesite.models.staff import RecoveryCode

HERE = Browser("203.0.113.5")


@pytest.fixture
def zhou(app):
    """An account with a phone: its number."""
    made = make_staff("zhou", "editor").id
    give_phone(made)
    keys.trace_key()
    return made


def lets_in(code):
    return sessions.sign_in("zhou", PASSWORD, HERE, code=code) is not None


def test_ten_codes_that_are_not_stored(zhou):
    codes = recovery_codes.renew(zhou)

    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"\d{4}-\d{4}-\d{4}", code) for code in codes)
    stored = b"".join(row.mark for row in db.session.query(RecoveryCode))
    assert not any(code.replace("-", "").encode() in stored for code in codes)


def test_each_lets_in_once_in_place_of_the_phone(zhou):
    first, second, *_ = recovery_codes.renew(zhou)

    assert [lets_in(first), lets_in(first), lets_in(second.replace("-", " "))] == [
        True,
        False,
        True,
    ]
    assert recovery_codes.left(zhou) == 8


def test_new_ones_end_the_old(zhou):
    (old, *_), (new, *_) = recovery_codes.renew(zhou), recovery_codes.renew(zhou)

    assert [lets_in(old), lets_in(new)] == [False, True]


def test_code_of_another_account_lets_nobody_in(zhou):
    other = make_staff("lin", "editor").id
    with writing():
        codes = recovery_codes.make(other)

    assert not lets_in(codes[0])


def test_code_confirms_nothing(zhou):
    code, *_ = recovery_codes.renew(zhou)

    with pytest.raises(InvalidFields):
        passwords.require_step_up(zhou, PASSWORD, code, HERE)
    assert passwords.check_password("zhou", PASSWORD, HERE, code=code) is None

    assert recovery_codes.left(zhou) == 10


def test_code_takes_the_lost_phone_away_and_the_others_go_with_it(zhou):
    code, *_ = recovery_codes.renew(zhou)

    passwords.require_step_up(zhou, PASSWORD, code, HERE, by_recovery=True)
    second_factors.take_away(zhou, by=zhou, clock=at(NOON))

    assert recovery_codes.left(zhou) == 0


def test_without_a_phone_there_are_none(app):
    with pytest.raises(Lapsed):
        recovery_codes.renew(make_staff("lin", "editor").id)
