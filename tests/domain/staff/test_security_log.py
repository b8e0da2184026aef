"""The desk's security log: counted, bounded, forgotten; nothing in it leads to an address."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta

import pytest

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite import clock
from votesite.domain.integrity import traces
from votesite.domain.staff import passwords, security_log, sessions
from votesite.domain.staff.attempts import Browser
from votesite.errors import TooManyRequests
from votesite.extensions import db, site

HERE, NEIGHBOUR, ELSEWHERE = "203.0.113.7", "203.0.113.200", "198.51.100.7"


def wait_until(is_so):
    """At most ten seconds; SQLite's patience is five."""
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def told():
    """The lines as (event, times), oldest first."""
    return [(line.event, times) for line, times in security_log.lines()]


def test_events_of_a_minute_are_one_line_with_a_count(app):
    for _ in range(3):
        security_log.note("csrf", HERE, screen="/admin/me", clock=at(NOON))
    security_log.note("csrf", HERE, screen="/admin/me", clock=at(NOON + timedelta(minutes=1)))
    security_log.note("csrf", HERE, screen="/admin/me", clock=at(NOON))

    assert told() == [("csrf", 4), ("csrf", 1)]


def test_events_of_many_threads_are_all_counted(app):
    def try_the_door(number):
        with app.app_context():
            security_log.note("csrf", f"10.0.{number % 4}.1", clock=at(NOON))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(try_the_door, range(400)))

    assert told() == [("csrf", 100)] * 4


def test_network_is_known_again_but_not_readable(app):
    for address in (HERE, NEIGHBOUR, ELSEWHERE):
        security_log.note("csrf", address, clock=at(NOON))

    found = [line for line, _ in security_log.lines(security_log.source_of(HERE))]

    assert {line.source for line in found} == {security_log.source_of(NEIGHBOUR)}
    assert security_log.source_of(HERE) != security_log.source_of(ELSEWHERE)
    assert security_log.source_of(HERE) != traces.source_of(1, HERE)
    assert sum(times for _, times in security_log.lines(security_log.source_of(HERE))) == 2


def test_flood_from_everywhere_is_one_line_more(app):
    for number in range(300):
        security_log.note("csrf", f"10.0.{number % 250}.1", clock=at(NOON))

    lines = list(security_log.lines())

    assert len(lines) == security_log.MAX_LINES + 1
    assert sum(times for _, times in lines) == 300
    assert [line.source for line, _ in lines].count(security_log.MANY_NETWORKS) == 1
    (day,) = security_log.by_day(10)
    assert (day.times, day.networks) == (300, None)


def test_flood_that_is_written_in_between_is_one_line_more_too(app):
    for network in range(60):  # three times what a minute has lines for, each written by itself
        security_log.note("csrf", f"10.0.{network}.1", clock=at(NOON))
        security_log.settle()

    lines = list(security_log.lines())

    assert len(lines) == security_log.MAX_LINES + 1
    assert sum(times for _, times in lines) == 60


def test_days_are_beijings(app):
    midnight = NOON.replace(hour=0)
    for moment in (midnight - timedelta(minutes=1), midnight, midnight + timedelta(hours=23)):
        security_log.note("forbidden", HERE, screen="/admin/accounts", staff_id=3, clock=at(moment))
    security_log.note("forbidden", ELSEWHERE, screen="/admin/accounts", staff_id=3, clock=at(NOON))

    days = security_log.by_day(10)

    assert [(day.times, day.networks, day.staff_id) for day in days] == [(3, 2, 3), (1, 1, 3)]
    assert days[0].last == midnight + timedelta(hours=23)


def test_lines_are_forgotten_after_180_days(app):
    security_log.note("csrf", HERE, clock=at(NOON))
    security_log.settle()

    security_log.forget_old(NOON + timedelta(days=180))
    assert told() == [("csrf", 1)]
    security_log.forget_old(NOON + timedelta(days=180, minutes=1))
    assert told() == []


@pytest.mark.sqlite
def test_counting_goes_on_while_nothing_can_be_written(app):
    security_log.source_of(HERE)  # makes the key
    with closing(sqlite3.connect(db.engine.url.database)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        for _ in range(50):
            security_log.note("csrf", HERE, clock=at(NOON))
        wait_until(lambda: not site().state(security_log.UNWRITTEN).are_sent)
        assert sum(site().state(security_log.UNWRITTEN).events.values()) == 50
        other.execute("ROLLBACK")
    security_log.note("csrf", HERE, clock=at(NOON))

    assert told() == [("csrf", 51)]


def test_wrong_passwords_are_noted_with_the_account_and_without_the_name(app):
    made = make_staff("zhou", "owner")
    for name in ("zhou", "somebody-elses-password"):
        assert passwords.check_password(name, "wrong", Browser(HERE), clock=at(NOON)) is None

    lines = {(line.event, line.staff_id) for line, _ in security_log.lines()}

    assert lines == {("sign-in-failed", made.id), ("sign-in-failed", security_log.NOBODY)}


def test_who_has_to_wait_is_noted_too(app):
    made = make_staff("zhou", "owner")
    for _ in range(3):
        passwords.check_password("zhou", "wrong", Browser(HERE), clock=at(NOON))
    with pytest.raises(TooManyRequests):
        passwords.check_password("zhou", PASSWORD, Browser(HERE), clock=at(NOON))

    lines = [(line.event, line.staff_id, times) for line, times in security_log.lines()]

    assert lines == [("sign-in-braked", made.id, 1), ("sign-in-failed", made.id, 3)]


def test_failures_are_those_since_the_sign_in_before(app):
    made = make_staff("zhou", "owner", now=at(NOON))

    def wrong(minutes):
        passwords.check_password(
            "zhou", "wrong", Browser(HERE), clock=at(NOON + timedelta(minutes=minutes))
        )

    def sign_in(minutes):
        moment = at(NOON + timedelta(minutes=minutes))
        assert sessions.sign_in("zhou", PASSWORD, Browser(HERE), clock=moment)
        return security_log.failures_before_this(made.id)

    wrong(1)
    assert sign_in(10) == 1
    assert sign_in(20) == 0
    wrong(25)
    wrong(30)
    assert sign_in(40) == 2
    assert sign_in(50) == 0
    assert clock.minute(NOON) == made.created_at
