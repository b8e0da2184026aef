"""The brakes' stores, as servers and worker processes really share them."""

import multiprocessing
import sqlite3
import time
from types import SimpleNamespace

import pytest
from flask import Flask

from tests.support.servers import redis
from votesite import rate_limits
from votesite.errors import Misconfigured, TooManyRequests

pytestmark = pytest.mark.services


def app_with(instance, *, redis_url="", voter="30/minute", address="3000/minute"):
    app = Flask("brakes")
    settings = SimpleNamespace(
        instance=instance,
        redis_url=redis_url,
        secret_key="a secret of this test",
        limit_ballot_voter=voter,
        limit_ballot_address=address,
    )
    rate_limits.init_app(app, settings)
    return app


def passed(app, attempts, voter=b"voter", address="192.0.2.1"):
    """How many of so many ballot posts in a row the brakes let through."""
    count = 0
    with app.app_context():
        for _ in range(attempts):
            try:
                rate_limits.check_ballot(voter, address)
            except TooManyRequests:
                continue
            count += 1
    return count


def refusals(app, attempts):
    """The `retry_after` of each post in a row that the brakes refused."""
    waits = []
    with app.app_context():
        for _ in range(attempts):
            try:
                rate_limits.check_ballot(b"voter", "192.0.2.1")
            except TooManyRequests as refusal:
                waits.append(refusal.retry_after)
    return waits


def _worker(instance, redis_url, attempts, answers):
    answers.put(passed(app_with(instance, redis_url=redis_url, voter="10/hour"), attempts))


def passed_by_workers(instance, redis_url=""):
    """Four processes try ten times each; the sum of what passed."""
    answers = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=_worker, args=(instance, redis_url, 10, answers))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    total = sum(answers.get(timeout=30) for _ in workers)
    for worker in workers:
        worker.join(10)
    return total


@pytest.fixture
def redis_server(tmp_path):
    """A Redis of this test: its URL and process."""
    with redis(tmp_path) as server:
        yield server


def test_voter_is_braked_after_the_limit_and_told_when_to_return(tmp_path):
    app = app_with(tmp_path, voter="3/minute")

    assert passed(app, 5) == 3
    assert [1 <= wait <= 120 for wait in refusals(app, 1)] == [True]


def test_voter_may_post_again_after_the_time_told(tmp_path):
    app = app_with(tmp_path, voter="2/second")
    waits = refusals(app, 10)

    time.sleep(waits[-1])

    assert passed(app, 1) == 1


def test_address_limit_counts_all_voters_behind_it(tmp_path):
    app = app_with(tmp_path, address="4/hour")

    total = sum(passed(app, 1, voter=b"voter %d" % n) for n in range(8))

    assert total == 4
    assert passed(app, 1, voter=b"voter 9", address="192.0.2.2") == 1


@pytest.mark.parametrize("store", ["file", "redis"])
def test_posts_of_a_braked_voter_do_not_use_up_the_address(tmp_path, request, store):
    url = request.getfixturevalue("redis_server")[0] if store == "redis" else ""
    app = app_with(tmp_path, redis_url=url, voter="2/hour", address="5/hour")
    flood = passed(app, 50, voter=b"one who floods")
    neighbours = sum(passed(app, 1, voter=b"neighbour %d" % n) for n in range(5))

    assert (flood, neighbours) == (2, 3)


def test_one_ipv6_network_counts_as_one_address(tmp_path):
    app = app_with(tmp_path, address="2/hour")

    total = sum(passed(app, 1, voter=b"%d" % n, address=f"2001:db8::{n}") for n in range(5))

    assert total == 2


def test_workers_share_counts_in_the_file(tmp_path):
    assert passed_by_workers(tmp_path) == 10


def test_workers_share_counts_in_redis(tmp_path, redis_server):
    url, _ = redis_server

    assert passed_by_workers(tmp_path, url) == 10
    assert not (tmp_path / "limits.db").exists()


def test_counting_goes_on_in_the_process_when_redis_stops(tmp_path, redis_server):
    url, process = redis_server
    app = app_with(tmp_path, redis_url=url, voter="5/hour")
    assert passed(app, 2) == 2

    process.terminate()
    process.wait(10)

    assert passed(app, 9) == 5
    assert [1 <= wait <= 7200 for wait in refusals(app, 1)] == [True]


def test_damaged_file_is_made_anew(tmp_path):
    (tmp_path / "limits.db").write_bytes(b"torn by a power cut" * 400)

    assert passed(app_with(tmp_path, voter="3/hour"), 5) == 3


def test_file_holds_neither_voter_nor_address(tmp_path):
    passed(app_with(tmp_path), 1, voter=b"\x01\x02 voter", address="192.0.2.77")

    with sqlite3.connect(tmp_path / "limits.db") as connection:
        stored = repr(connection.execute("SELECT * FROM hits").fetchall())
    connection.close()

    assert stored.count("LIMITS") + stored.count("LIMITER") == 2
    assert b"\x01\x02 voter".hex() not in stored
    assert "192.0.2.77" not in stored
    assert bytes([192, 0, 2, 77]).hex() not in stored


@pytest.mark.parametrize("store", ["file", "redis", "process"])
def test_note_is_changed_by_who_has_seen_its_latest_text_and_ends(tmp_path, request, store):
    url = request.getfixturevalue("redis_server")[0] if store == "redis" else ""
    app = app_with(tmp_path, redis_url=url)
    if store == "process":
        (tmp_path / "limits.db").mkdir()  # so that the shared store cannot be used
    with app.app_context():
        note = rate_limits.mark(b"test", b"somebody")
        steps = [
            rate_limits.read_note(note),
            rate_limits.swap_note(note, "", "one", 60),
            rate_limits.swap_note(note, "", "other", 60),
            rate_limits.read_note(note),
            rate_limits.swap_note(note, "one", "two", 1),
            rate_limits.read_note(note),
            rate_limits.read_note(rate_limits.mark(b"test", b"somebody else")),
        ]
        time.sleep(1.1)
        ended = rate_limits.read_note(note), rate_limits.swap_note(note, "", "three", 60)

    assert steps == ["", True, False, "one", True, "two", ""]
    assert ended == ("", True)


def test_limit_that_is_none_stops_the_start(tmp_path):
    with pytest.raises(Misconfigured) as refusal:
        app_with(tmp_path, voter="many")

    assert refusal.value.faults == [
        "VOTESITE_LIMIT_BALLOT_VOTER is 'many': it must look like 30/minute."
    ]
