"""Accounts: names, passwords with back-off, sessions that end, grants."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.support.factories import NOON, at, make_campaign
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain import audit
from votesite.domain.staff import accounts, grants, passwords, people, sessions
from votesite.errors import InvalidFields, LastOwner, NotFound, TooManyRequests
from votesite.extensions import db
from votesite.models.staff import SignInFailure, StaffSession

HERE = "203.0.113.5"


def after(seconds):
    return at(NOON + timedelta(seconds=seconds))


def fail(name, times, *, address=HERE, moment=NOON):
    for _ in range(times):
        assert passwords.check_password(name, "wrong", address, clock=at(moment)) is None


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


def test_account_and_its_first_role_are_stored_together_or_not_at_all(app):
    owner = make_staff("zhou", "owner")

    with pytest.raises(InvalidFields) as refusal:
        accounts.create_with_role("lin", "林川", PASSWORD, "editor", 999, by=owner.id)

    assert list(refusal.value.fields) == ["campaign"]
    assert "lin" not in [staff.name for staff in people.everybody()]

    made = accounts.create_with_role("lin", "林川", PASSWORD, "editor", None, by=owner.id)

    assert people.by_id(made.id).roles_everywhere == {"editor"}
    assert [line.action for line in audit.entries(None)][:2] == ["grant", "create"]


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

    fail("zhou", 3, moment=NOON + timedelta(hours=24, seconds=1))


def test_session_lasts_30_minutes_without_use(app):
    make_staff("zhou", "owner")
    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))

    assert sessions.signed_in(token, now=NOON + timedelta(minutes=30)).staff.name == "zhou"
    assert sessions.signed_in(token, now=NOON + timedelta(minutes=31)) is None


def test_session_lasts_12_hours_however_much_it_is_used(app):
    make_staff("zhou", "owner")
    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    for minutes in range(20, 720, 20):
        moment = NOON + timedelta(minutes=minutes)
        sessions.stay(sessions.signed_in(token, now=moment), now=moment)
        db.session.rollback()

    assert sessions.signed_in(token, now=NOON + timedelta(minutes=719)) is not None
    assert sessions.signed_in(token, now=NOON + timedelta(hours=12)) is None


def test_session_is_kept_as_hash_only(app):
    make_staff("zhou", "owner")

    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))

    row = db.session.query(StaffSession).one()
    assert len(row.token_hash) == 32
    assert token.encode() not in row.token_hash


def test_own_session_can_be_ended_and_nobody_elses(app):
    zhou, zheng = make_staff("zhou", "owner"), make_staff("zheng", "editor")
    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))
    (session,) = sessions.sessions_of(zhou.id, now=NOON)

    with pytest.raises(NotFound):
        sessions.end_session(session.id, by=zheng.id)
    sessions.end_session(session.id, by=zhou.id)

    assert sessions.signed_in(token, now=NOON) is None


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


def test_disabled_account_is_out_at_once_and_cannot_come_back(app):
    owner, zhou = make_staff("owner", "owner"), make_staff("zhou", "editor")
    token = sessions.sign_in("zhou", PASSWORD, HERE, clock=at(NOON))

    accounts.set_disabled(zhou.id, True, by=owner.id, clock=at(NOON))

    assert sessions.signed_in(token, now=NOON) is None
    assert passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON)) is None


def test_last_owner_can_neither_be_closed_nor_lose_the_role(app):
    owner = make_staff("owner", "owner")

    with pytest.raises(LastOwner):
        accounts.set_disabled(owner.id, True, by=owner.id)
    with pytest.raises(LastOwner):
        grants.revoke(owner.id, owner.grants[0].id, by=owner.id)


def test_reset_password_lets_in_whom_back_off_keeps_out(app):
    owner, zhou = make_staff("owner", "owner"), make_staff("zhou", "editor")
    fail("zhou", 3)

    password = passwords.reset_password(zhou.id, by=owner.id, clock=at(NOON))

    assert passwords.check_password("zhou", password, HERE, clock=at(NOON)).id == zhou.id


def test_grant_in_one_campaign_is_none_in_another(app):
    first, second = make_campaign(), make_campaign(slug="other")
    zhou = make_staff("zhou", "editor", campaign=first)

    assert zhou.roles_in(first.id) == {"editor"}
    assert zhou.roles_in(second.id) == frozenset()
    assert people.campaigns_of(zhou.id) == [first]


def test_grant_in_all_campaigns_holds_in_later_ones_too(app):
    zhou = make_staff("zhou", "editor")
    campaign = make_campaign()

    assert zhou.roles_in(campaign.id) == {"editor"}


def test_same_grant_twice_is_one(app):
    zhou = make_staff("zhou", "editor", "editor")

    assert [grant.role for grant in zhou.grants] == ["editor"]
