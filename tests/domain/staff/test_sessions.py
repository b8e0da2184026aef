"""Sessions of staff: how long they last, kept as hash, ended."""

from datetime import timedelta

import pytest

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain.staff import sessions
from votesite.domain.staff.attempts import Browser
from votesite.errors import NotFound
from votesite.extensions import db
from votesite.models.staff import StaffSession

HERE = Browser("203.0.113.5")


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
