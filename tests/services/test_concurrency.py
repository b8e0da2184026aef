"""Limits and counts under load: two gunicorn workers, ballots at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from tests.support.factories import make_campaign
from tests.support.servers import serving
from tests.support.voters import get_json, post_ballot, voter_session
from tests.support.writers import PAGES, held_head, statuses
from votesite import clock
from votesite.domain.results import tallies
from votesite.extensions import db, site
from votesite.models.ledger import LogEntry
from votesite.store import Statement

pytestmark = pytest.mark.services
SLUG = "xiangzhen-2026"


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path) as server, server.app.app_context():
        yield server


def open_campaign(**changes):
    now = clock.now()
    opens, closes = now - timedelta(hours=1), now + timedelta(days=2)
    return make_campaign(opens=opens, closes=closes, **changes)


def at_once(server, posts):
    """Send (voter, picks, token) posts at the same moment."""
    barrier = Barrier(len(posts))

    def send(post):
        voter, picks, token = post
        barrier.wait()
        return post_ballot(server.url, SLUG, voter, picks, token=token)

    with ThreadPoolExecutor(len(posts)) as pool:
        return list(pool.map(send, posts))


def test_pages_are_answered_at_once_while_a_ballot_is_being_written(server):
    campaign = open_campaign()
    assert post_ballot(server.url, SLUG, voter_session(server.app, "openid-of-one"), [1])[0] == 201

    with held_head(campaign.id) as is_held:
        answers = dict(statuses(server.url, SLUG))

        assert answers == dict.fromkeys(PAGES, 200)
        assert is_held()


def test_one_voter_in_parallel_never_gets_over_the_limit(server):
    open_campaign(ballots=3, picks=[1, 1], candidates=24)
    voter = voter_session(server.app, "openid-of-one")

    answers = at_once(server, [(voter, [1 + n], None) for n in range(24)])

    assert Counter(status for status, _ in answers) == {201: 3, 409: 21}
    assert {answer["type"] for status, answer in answers if status == 409} == {
        "/problems/limit-reached"
    }
    assert sorted(answer["remaining"] for status, answer in answers if status == 201) == [0, 1, 2]
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 3


def test_one_ballot_sent_in_parallel_counts_once_with_one_receipt(server):
    open_campaign(ballots=3, picks=[1, 1])
    voter = voter_session(server.app, "openid-of-one")

    answers = at_once(server, [(voter, [2], "the-same-token-24-times")] * 24)

    assert Counter(status for status, _ in answers) == {201: 1, 200: 23}
    assert len({(answer["receipt"], answer["n"]) for _, answer in answers}) == 1
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 1


def test_three_hundred_voters_are_exactly_three_hundred_ballots(server):
    campaign = open_campaign(ballots=1, picks=[1, 3])
    voters = [voter_session(server.app, f"openid-{n}") for n in range(300)]

    def vote(numbered):
        n, voter = numbered
        return post_ballot(server.url, SLUG, voter, [1 + n % 6, 1 + (n + 1) % 6])

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(vote, enumerate(voters)))

    assert Counter(status for status, _ in answers) == {201: 300}
    assert len({answer["receipt"] for _, answer in answers}) == 300
    assert sorted(answer["n"] for _, answer in answers) == numbers_of_ballots(campaign)
    assert get_json(server.url, f"/c/{SLUG}/results.json")["ballots"] == 300
    assert votes_at_the_close(campaign) == dict.fromkeys(range(1, 7), 100)


def test_snapshot_goes_on_showing_one_state(server):
    campaign = open_campaign()
    voter = voter_session(server.app, "openid-of-one")
    size = Statement("SELECT size FROM log_heads WHERE campaign_id = :campaign_id")
    values = {"campaign_id": campaign.id}

    with site().store.snapshot() as tx:
        before = tx.one(size, values)
        assert post_ballot(server.url, SLUG, voter, [1])[0] == 201
        assert tx.one(size, values) == before
    with site().store.snapshot() as tx:
        assert tx.one(size, values) != before


def test_writes_go_on_after_a_fault_that_cannot_even_be_looked_at(app):
    class Unspeakable(Exception):
        @property
        def orig(self):
            raise RuntimeError("a fault in the fault")

    def fail(_tx):
        raise Unspeakable

    for _ in range(3):
        with pytest.raises(RuntimeError, match="a fault in the fault"):
            site().store.write(fail)
    assert site().store.write(lambda _tx: "written") == "written"


def numbers_of_ballots(campaign):
    """The ledger numbers of all vote entries."""
    query = select(LogEntry.n).filter_by(campaign_id=campaign.id, k="vote").order_by(LogEntry.n)
    return list(db.session.scalars(query))


def votes_at_the_close(campaign):
    """What the ledger's `close` says when the window has ended."""
    tallies.close(campaign.id, clock=lambda: campaign.closes_at)
    return {row.no: row.votes for row in tallies.published_figures(campaign.id).rows}
