"""A flood of passwords at the desk's door: ballots do not wait behind it, nobody gets a fault."""

import http.client
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from statistics import median
from threading import Event
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.factories import make_campaign
from tests.support.servers import serving
from tests.support.staffing import make_staff, staff_session
from tests.support.voters import post_ballot, voter_session
from votesite import clock

pytestmark = pytest.mark.services

SLUG = "xiangzhen-2026"
BALLOTS = 30
NOISE = 0.03  # seconds that a machine with two cores may be late for reasons of its own


def try_password(server, stranger, number):
    """One wrong password from a network of its own; the status."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    fields = {"name": "zhou", "password": "wrong", "csrf_token": stranger.csrf_token}
    headers = {
        "Cookie": stranger.cookie,
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": server.url,
        "X-Forwarded-For": f"2001:db8:{number // 65536:x}:{number % 65536:x}::1",
    }
    try:
        connection.request("POST", "/admin/login", urlencode(fields), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def seconds_a_ballot(server, voters):
    """The median over one ballot of each voter, one after the other."""
    taken = []
    for voter in voters:
        begun = time.monotonic()
        assert post_ballot(server.url, SLUG, voter, [1])[0] == 201
        taken.append(time.monotonic() - begun)
    return median(taken)


def test_ballots_go_on_beside_a_flood_of_passwords(tmp_path):
    with serving(tmp_path, TRUSTED_PROXIES="1") as server, server.app.app_context():
        now = clock.now()
        make_campaign(opens=now - timedelta(hours=1), closes=now + timedelta(days=1), ballots=1)
        make_staff("zhou", "owner")
        stranger = staff_session(server.app, None)
        voters = [voter_session(server.app, f"openid-{n}") for n in range(2 * BALLOTS + 1)]
        seconds_a_ballot(server, voters[:1])
        quiet = seconds_a_ballot(server, voters[1 : BALLOTS + 1])
        is_over, numbers = Event(), count()

        def flood(_):
            statuses = Counter()
            while not is_over.is_set():
                statuses[try_password(server, stranger, next(numbers))] += 1
                time.sleep(0.1)
            return statuses

        with ThreadPoolExecutor(8) as pool:
            flooding = [pool.submit(flood, n) for n in range(8)]
            time.sleep(1)
            busy = seconds_a_ballot(server, voters[BALLOTS + 1 :])
            is_over.set()
            statuses = sum((one.result() for one in flooding), Counter())

    assert busy < 3 * quiet + NOISE
    assert set(statuses) <= {403, 429}
