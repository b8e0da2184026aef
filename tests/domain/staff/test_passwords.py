"""Passwords: how they are kept, guessing that has to wait, changing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain.staff import passwords, sessions
from votesite.errors import InvalidFields, TooManyRequests
from votesite.extensions import db
from votesite.models.staff import SignInFailure

HERE = "203.0.113.5"


def after(seconds):
    return at(NOON + timedelta(seconds=seconds))


def fail(name, times, *, address=HERE, moment=NOON):
    for _ in range(times):
        assert passwords.check_password(name, "wrong", address, clock=at(moment)) is None


def test_password_is_kept_as_argon2id_of_the_agreed_strength(app):
    made = make_staff("zhou", "owner")

    assert made.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_three_wrong_passwords_are_free_then_waits_double_up_to_a_quarter_of_an_hour(app):
    make_staff("zhou", "owner")
    fail("zhou", 3)
    waits, moment = [], NOON

    for number in range(12):
        with pytest.raises(TooManyRequests) as refusal:
            passwords.check_password("zhou", PASSWORD, f"198.51.100.{number}", clock=at(moment))
        waits.append(refusal.value.retry_after)
        moment += timedelta(seconds=waits[-1])
        fail("zhou", 1, address=f"198.51.100.{number}", moment=moment)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_right_password_does_not_help_before_its_time_and_ends_the_waiting_after_it(app):
    made = make_staff("zhou", "owner")
    fail("zhou", 3)

    with pytest.raises(TooManyRequests):
        passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON))
    assert passwords.check_password("zhou", PASSWORD, HERE, clock=after(1)).id == made.id
    fail("zhou", 3, moment=NOON + timedelta(seconds=2))


def test_guesses_in_parallel_wait_too(app):
    make_staff("zhou", "owner")

    def guess(number):
        with app.app_context():
            try:
                return passwords.check_password(
                    "zhou", "wrong", f"198.51.100.{number}", clock=at(NOON)
                )
            except TooManyRequests:
                return "waits"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, range(12)))

    assert outcomes.count(None) == 3


def test_address_waits_whatever_names_it_tries(app):
    make_staff("zhou", "owner")
    for number in range(10):
        fail(f"nobody{number}", 1)

    with pytest.raises(TooManyRequests):
        passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON))
    assert passwords.check_password("zhou", PASSWORD, "198.51.100.1", clock=at(NOON)) is not None


def test_unknown_name_waits_as_a_known_one(app):
    fail("nobody", 3)

    with pytest.raises(TooManyRequests) as refusal:
        passwords.check_password("nobody", "wrong", HERE, clock=at(NOON))

    assert refusal.value.retry_after == 1


def test_failures_name_neither_account_nor_address(app):
    make_staff("zhou", "owner")
    fail("zhou", 1)

    marks = [row.mark for row in db.session.query(SignInFailure)]

    assert len(marks) == 2
    assert all(len(mark) == 32 for mark in marks)
    assert not any(b"zhou" in mark or HERE.encode() in mark for mark in marks)


def test_failures_are_forgotten_after_a_day(app):
    make_staff("zhou", "owner")
    fail("zhou", 3)
    later = at(NOON + timedelta(hours=24, seconds=1))

    answers = [passwords.check_password("zhou", "wrong", HERE, clock=later) for _ in range(3)]

    assert answers == [None] * 3


def test_new_password_ends_every_other_session(app):
    zhou = make_staff("zhou", "owner")
    here = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    there = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    this = sessions.signed_in(here, now=NOON).session_id

    passwords.change_password(
        zhou.id, PASSWORD, "bai-yun-chu-xiu", address=HERE, keep_session=this, clock=at(NOON)
    )

    assert sessions.signed_in(here, now=NOON) is not None
    assert sessions.signed_in(there, now=NOON) is None
    assert passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON)) is None
    assert passwords.check_password("zhou", "bai-yun-chu-xiu", HERE, clock=at(NOON)) is not None


def test_password_is_not_changed_without_the_old_one(app):
    zhou = make_staff("zhou", "owner")

    with pytest.raises(InvalidFields) as refusal:
        passwords.change_password(
            zhou.id, "wrong", "bai-yun-chu-xiu", address=HERE, keep_session=0, clock=at(NOON)
        )

    assert list(refusal.value.fields) == ["old"]


def test_reset_password_lets_in_whom_back_off_keeps_out(app):
    owner, zhou = make_staff("owner", "owner"), make_staff("zhou", "editor")
    fail("zhou", 3)

    password = passwords.reset_password(zhou.id, by=owner.id, clock=at(NOON))

    assert passwords.check_password("zhou", password, HERE, clock=at(NOON)).id == zhou.id
