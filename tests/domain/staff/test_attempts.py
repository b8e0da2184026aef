"""Attempts at passwords: guessing has to wait, and nobody's guesses keep out who is known."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import func, inspect, select, table

from tests.support.factories import NOON, at
from tests.support.staffing import PASSWORD, make_staff
from votesite import clock
from votesite.domain.staff import attempts, passwords, people
from votesite.domain.staff.attempts import Browser
from votesite.errors import TooManyRequests
from votesite.extensions import db, site

HERE, ELSEWHERE = Browser("203.0.113.5"), Browser("198.51.100.1")
DAY = timedelta(days=1)


def attempt(name, password, browser, moment):
    """Whether an attempt succeeds, or how many seconds it has to wait; nothing is computed."""
    staff = people.by_name(name)
    try:
        begun = attempts.begin(name, staff, browser, at(moment))
    except TooManyRequests as refusal:
        return refusal.retry_after
    is_right = staff is not None and password == PASSWORD
    if is_right:
        begun.succeed(at(moment))
    return is_right


def fail(name, times, *, browser=HERE, moment=NOON):
    for _ in range(times):
        assert attempt(name, "wrong", browser, moment) is False


def guess_for_a_day(name, browsers):
    """Try again the moment each wait ends; yields the moment after each failure."""
    moment, number = NOON, 0
    while moment < NOON + DAY:
        wait = attempt(name, "wrong", browsers[number % len(browsers)], moment)
        moment += timedelta(seconds=wait or 1)
        number += 1
        if wait is False:
            yield moment


def test_three_wrong_passwords_are_free_then_waits_double_up_to_a_quarter_of_an_hour(app):
    make_staff("zhou", "owner")
    fail("zhou", 3)
    waits, moment = [], NOON

    for _ in range(12):
        waits.append(attempt("zhou", PASSWORD, HERE, moment))
        moment += timedelta(seconds=waits[-1])
        fail("zhou", 1, moment=moment)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_right_password_does_not_help_before_its_time_and_ends_the_waiting_after_it(app):
    make_staff("zhou", "owner")
    fail("zhou", 3)

    assert attempt("zhou", PASSWORD, HERE, NOON) == 1
    assert attempt("zhou", PASSWORD, HERE, NOON + timedelta(seconds=1)) is True
    fail("zhou", 3, moment=NOON + timedelta(seconds=2))


def test_guesses_in_parallel_wait_too(app):
    made = make_staff("zhou", "owner")
    db.session.refresh(made)
    db.session.expunge(made)  # the threads only read it, and no session is theirs together

    def guess(_):
        with app.app_context():
            try:
                attempts.begin("zhou", made, HERE, at(NOON))
            except TooManyRequests:
                return "waits"
            return "passes"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(guess, range(12)))

    assert outcomes.count("passes") == 3


@pytest.mark.parametrize(
    "addresses",
    [
        ["203.0.113.5"],
        [f"2001:db8:0:7:{number:x}::1" for number in range(1, 60)],
        ["203.0.113.5", "::ffff:203.0.113.5"],
    ],
    ids=["one IPv4", "one IPv6 network", "IPv4 in IPv6"],
)
def test_network_waits_whatever_names_and_addresses_it_tries(app, addresses):
    make_staff("zhou", "owner")

    computed = [
        attempt(f"nobody{number}", "wrong", Browser(addresses[number % len(addresses)]), NOON)
        for number in range(59)
    ].count(False)

    assert computed == attempts.FREE_FOR_ADDRESS
    assert attempt("zhou", PASSWORD, Browser(addresses[0]), NOON) == 1
    assert attempt("zhou", PASSWORD, ELSEWHERE, NOON) is True


def test_unknown_name_waits_as_a_known_one(app):
    make_staff("zhou", "owner")
    answers = {
        name: [attempt(name, "wrong", HERE, NOON) for _ in range(4)] for name in ("nobody", "zhou")
    }

    assert answers["nobody"] == answers["zhou"] == [False, False, False, 1]


@pytest.mark.parametrize("strangers", [1, 40], ids=["one stranger", "many strangers"])
def test_strangers_who_guess_all_day_never_keep_out_who_is_known(app, strangers):
    zhou = make_staff("zhou", "owner")
    devices = {zhou.id: "its own name"}  # a laptop, each time somewhere else
    colleague = Browser("192.0.2.1", staff_id=zhou.id + 1)
    office = Browser("192.0.2.50")
    assert attempt("zhou", PASSWORD, office, NOON - timedelta(days=29)) is True
    crowd = [Browser(f"198.51.{number}.1") for number in range(strangers)]
    guesses = 0

    for guesses, moment in enumerate(guess_for_a_day("zhou", crowd), 1):
        if guesses % 20 == 0:
            known = Browser(f"203.0.113.{guesses // 20}", devices)
            answers = [attempt("zhou", PASSWORD, who, moment) for who in (known, colleague, office)]
            assert answers == [True, True, True]

    assert 90 < guesses < 450


def test_strangers_together_have_a_bound_that_says_whose_guesses_they_are(app):
    make_staff("zhou", "owner")
    for number in range(attempts.FREE_FOR_STRANGERS):
        fail("zhou", 1, browser=Browser(f"198.51.100.{number}"))

    with pytest.raises(TooManyRequests) as refusal:
        passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON))

    assert (refusal.value.reason, refusal.value.retry_after) == ("guessed", 1)
    assert attempt("zhou", PASSWORD, HERE, NOON + timedelta(seconds=1)) is True


def test_known_browser_and_colleagues_screen_wait_for_their_own_failures(app):
    zhou = make_staff("zhou", "owner")
    for browser in (Browser("203.0.113.9", {zhou.id: "a"}), Browser("203.0.113.9", staff_id=7)):
        fail("zhou", 3, browser=browser)

        assert attempt("zhou", PASSWORD, browser, NOON) == 1
    assert attempt("zhou", PASSWORD, HERE, NOON) is True


def test_browser_is_known_for_the_accounts_that_signed_in_there_alone(app):
    zhou, zheng = make_staff("zhou", "owner"), make_staff("zheng", "owner")
    theirs = Browser("203.0.113.5", {zheng.id: "its own name"})
    fail("zhou", 3)

    assert attempt("zhou", PASSWORD, theirs, NOON) == 1
    assert zhou.id not in theirs.devices


def test_flood_leaves_no_row_in_the_database(app):
    made = make_staff("zhou", "owner")
    names = inspect(db.engine).get_table_names()
    before = {name: _rows(name) for name in names}

    for number in range(30):
        attempts.begin(f"nobody{number}", made, Browser(f"198.51.100.{number}"), at(NOON))

    assert {name: _rows(name) for name in names} == before


def test_notes_name_neither_account_nor_address_nor_password(app):
    make_staff("zhou", "owner")
    fail("zhou", 2)

    stored = (site().settings.instance / "limits.db").read_bytes()
    stored += (site().settings.instance / "limits.db-wal").read_bytes()

    assert not any(word in stored for word in (b"zhou", HERE.address.encode(), b"argon2", b"wrong"))


def test_failures_are_forgotten_after_a_day(app):
    make_staff("zhou", "owner")
    fail("zhou", 3)

    fail("zhou", 3, moment=NOON + DAY + timedelta(seconds=1))


def test_too_many_passwords_at_a_time_are_refused_uncounted(app):
    make_staff("zhou", "owner")
    with ExitStack() as stack:
        stack.enter_context(attempts.turn(is_known=False))
        with pytest.raises(TooManyRequests) as refusal:
            passwords.check_password("zhou", PASSWORD, HERE, clock=at(NOON))
        known = Browser("203.0.113.5", staff_id=7)
        found = passwords.check_password("zhou", PASSWORD, known, clock=at(NOON))
        assert found is not None  # a flood takes no place from staff

    assert (refusal.value.reason, refusal.value.retry_after) == ("crowded", 1)
    fail("zhou", 3)


def test_strangers_turn_rests_and_that_of_known_browsers_does_not():
    def seconds_between(is_known):
        with attempts.turn(is_known):
            time.sleep(0.05)
        ended = clock.monotonic()
        with attempts.turn(is_known):
            return clock.monotonic() - ended

    rest = 0.05 * attempts.REST
    assert seconds_between(is_known=True) < rest / 2
    assert seconds_between(is_known=False) > rest / 2


def test_few_wait_for_their_turn(app):
    with attempts.turn(is_known=False), ThreadPoolExecutor(20) as pool:

        def queue(_):
            begun = clock.monotonic()
            with pytest.raises(TooManyRequests), attempts.turn(is_known=False):
                pass
            return clock.monotonic() - begun

        waited = list(pool.map(queue, range(20)))

    assert sum(seconds > attempts.QUEUE_SECONDS / 2 for seconds in waited) <= 3


def _rows(name):
    return db.session.scalar(select(func.count()).select_from(table(name)))
