"""Two machines on one PostgreSQL and one Redis are one site; and what happens when either is away.

That the rules are the same there is for `pytest --postgresql tests/domain` to say.
"""

import json
import time
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import psycopg
import pytest
from flask_migrate import check, upgrade
from sqlalchemy.exc import DBAPIError

from tests.support import postgresql
from tests.support.ballots import cast_now
from tests.support.factories import make_campaign
from tests.support.live import free_port
from tests.support.servers import redis, running, served_settings
from tests.support.site import make_app, settings_for
from tests.support.voters import get_json, post_ballot, voter_session
from tests.support.writers import PAGES, held_head, statuses
from tools import verify
from votesite import clock, create_app
from votesite.domain.results import tallies
from votesite.errors import Busy
from votesite.extensions import db
from votesite.models.ledger import APPEND_ONLY
from votesite.models.triggers import missing_triggers
from votesite.store import BEGIN_ON_SERVER

pytestmark = pytest.mark.services
SLUG = "xiangzhen-2026"
MIGRATIONS = str(Path(__file__).parents[2] / "migrations")


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL of this module: the folder of its socket."""
    with postgresql.cluster() as server:
        yield server


class Machines:
    """Two machines that serve one site, and an app beside them on the same database."""

    def __init__(self, app, url, second):
        self.app, self.url, self.second = app, url, second

    def vote(self, numbered, *, picks=None, token=None):
        """A ballot of a voter, sent to the one machine or the other; (status, answer)."""
        n, voter = numbered
        machine = self.second if n % 2 else None
        chosen = picks or [1 + n % 6]
        return post_ballot(self.url, SLUG, voter, chosen, token=token, machine=machine)

    def voters(self, how_many):
        """So many voters, numbered."""
        return [(n, voter_session(self.app, f"openid-{n}")) for n in range(how_many)]


@pytest.fixture
def machines(tmp_path, server):
    """Both of them running, each with a folder of its own."""
    folders = [tmp_path / name for name in ("first", "second", "redis")]
    for folder in folders:
        folder.mkdir()
    first, second, at = free_port(), free_port(), folders[2]
    with redis(at) as (redis_url, _):
        shared = {
            **postgresql.settings_on(server, tmp_path),
            "REDIS_URL": redis_url,
            "LIMIT_BALLOT_VOTER": "40/minute",
        }
        settings = served_settings(folders[0], first, **shared)
        other = {**settings, "INSTANCE": str(folders[1]), "BIND": f"127.0.0.1:{second}"}
        app = make_app(folders[0], **settings)
        with (
            running(settings),
            running(other, url=f"http://127.0.0.1:{second}"),
            app.app_context(),
        ):
            yield Machines(app, settings["PUBLIC_BASE_URL"], f"localhost:{second}")
            db.session.remove()
            db.engine.dispose()
    postgresql.drop(server, tmp_path)


def open_campaign(**changes):
    now = clock.now()
    opens, closes = now - timedelta(hours=1), now + timedelta(days=2)
    return make_campaign(opens=opens, closes=closes, **changes)


def ballots(machines):
    """How many the first machine shows."""
    return get_json(machines.url, f"/c/{SLUG}/results.json")["ballots"]


def numbers(machines):
    """The ledger's numbers of all ballots, as the second machine publishes it."""
    host = {"Host": machines.url.removeprefix("http://")}
    address = f"http://{machines.second}/c/{SLUG}/ledger/log.jsonl"
    with urllib.request.urlopen(urllib.request.Request(address, headers=host)) as log:
        entries = map(json.loads, log)
        return [entry["n"] for entry in entries if entry["k"] == "vote"]


def test_migrations_make_what_the_models_describe_and_guard_the_log(tmp_path, server):
    app = create_app(settings_for(tmp_path, DATABASE_URL=postgresql.empty(server, "migrated")))
    with app.app_context():
        upgrade(MIGRATIONS)
        check(MIGRATIONS)
        with db.engine.connect() as connection:
            assert missing_triggers(connection, APPEND_ONLY) == []
        db.engine.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entries SET body = ''",
        "DELETE FROM sealed_choices",
        "TRUNCATE log_entries CASCADE",
        "INSERT INTO log_entries SELECT * FROM log_entries WHERE n = 0"
        " ON CONFLICT (campaign_id, n) DO UPDATE SET body = ''",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = 'x' || note",
        "UPDATE checkpoints SET size = 9",
        "TRUNCATE checkpoints",
        "DELETE FROM vote_slots",
        "UPDATE vote_slots SET n = 9",
    ],
)
def test_server_itself_refuses_to_change_the_log(tmp_path, server, statement):
    app = make_app(tmp_path, **postgresql.settings_on(server, tmp_path))
    with app.app_context():
        cast_now(open_campaign(), 1, 1)
        db.session.rollback()
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(db.text(statement))
        db.session.rollback()
        db.engine.dispose()


def test_one_voter_on_two_machines_at_once_never_gets_over_the_limit(machines):
    open_campaign(ballots=3, picks=[1, 1], candidates=24)
    voter = voter_session(machines.app, "openid-of-one")

    with ThreadPoolExecutor(24) as pool:
        found = pool.map(lambda n: machines.vote((n, voter), picks=[1 + n]), range(24))
        answers = Counter(status for status, _ in found)

    assert answers == {201: 3, 409: 21}
    assert ballots(machines) == 3


def test_one_ballot_sent_to_both_machines_counts_once(machines):
    open_campaign(ballots=3)
    voter = voter_session(machines.app, "openid-of-one")

    with ThreadPoolExecutor(12) as pool:
        sent = [(n, voter) for n in range(12)]
        answers = list(pool.map(lambda one: machines.vote(one, picks=[2], token="t" * 20), sent))

    assert Counter(status for status, _ in answers) == {201: 1, 200: 11}
    assert len({answer["receipt"] for _, answer in answers}) == 1
    assert ballots(machines) == 1


def test_brakes_count_for_both_machines_together(machines):
    open_campaign()
    voter = voter_session(machines.app, "openid-of-one")

    statuses = Counter(machines.vote((n, voter), picks=[1])[0] for n in range(50))

    assert statuses[429] == 10


def test_pages_are_answered_at_once_while_a_ballot_is_being_written(machines):
    campaign = open_campaign()
    assert machines.vote((0, voter_session(machines.app, "openid-of-one")))[0] == 201

    with held_head(campaign.id) as is_held:
        answers = dict(statuses(machines.url, SLUG))

        assert answers == dict.fromkeys(PAGES, 200)
        assert is_held()


def test_ballots_of_both_machines_are_one_log_that_a_stranger_can_recount(machines, tmp_path):
    campaign = open_campaign(recount="public")

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(machines.vote, machines.voters(120)))

    assert Counter(status for status, _ in answers) == {201: 120}
    assert sorted(answer["n"] for _, answer in answers) == numbers(machines)
    assert verify.main([f"{machines.url}/c/{SLUG}/ledger"]) == 0
    tallies.close(campaign.id, clock=lambda: campaign.closes_at)
    archive = tmp_path / "archive.zip"
    urllib.request.urlretrieve(f"{machines.url}/c/{SLUG}/ledger/archive.zip", archive)
    assert verify.main([str(archive)]) == 0
    assert sum(row.votes for row in tallies.published_figures(campaign.id).rows) == 120


def test_no_answered_ballot_is_lost_when_the_database_crashes(machines, server):
    open_campaign()
    voters, answered, faults = machines.voters(400), [], Counter()

    def send(numbered):
        for _ in count():
            status, answer = machines.vote(numbered, token=f"token-of-voter-{numbered[0]:06}")
            if status in (200, 201):
                answered.append(answer["n"])
                return
            faults[status] += 1
            assert status == 503, answer
            time.sleep(0.3)

    def crash():
        time.sleep(0.5)
        postgresql.stop(server)
        time.sleep(1)
        postgresql.start(server)

    with ThreadPoolExecutor(17) as pool:
        crashing = pool.submit(crash)
        list(pool.map(send, voters))
        crashing.result()

    assert set(faults) == {503}
    assert sorted(answered) == numbers(machines)
    assert ballots(machines) == 400
    assert verify.main([f"{machines.url}/c/{SLUG}/ledger"]) == 0


def test_pages_say_to_come_back_while_the_database_is_away(machines, server):
    open_campaign()
    page = f"{machines.url}/c/{SLUG}/"
    urllib.request.urlopen(page).close()
    postgresql.stop(server)
    try:
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(page)
        assert refused.value.code == 503
        assert refused.value.headers["Retry-After"] == "30"
        refused.value.close()
    finally:
        postgresql.start(server)
    with urllib.request.urlopen(page) as answer:
        assert answer.status == 200


def test_first_pages_after_a_restart_are_answered(machines, server):
    open_campaign()

    def ask(_n):
        with urllib.request.urlopen(f"{machines.url}/c/{SLUG}/ballot") as answer:
            return answer.status

    with ThreadPoolExecutor(16) as pool:  # so that many connections lie in the pools
        list(pool.map(ask, range(64)))
    postgresql.stop(server)
    postgresql.start(server)

    assert {ask(n) for n in range(32)} == {200}


def test_machine_that_hangs_in_a_write_does_not_keep_the_others_waiting(machines):
    open_campaign()
    url = machines.app.config["SQLALCHEMY_DATABASE_URI"]
    one, two = machines.voters(2)

    with closing(psycopg.connect(url)) as hanging, ThreadPoolExecutor(1) as pool:
        for statement in BEGIN_ON_SERVER:
            hanging.execute(statement)
        voting = pool.submit(machines.vote, one)
        with pytest.raises(Busy):
            make_campaign(slug="another-2026")
        assert voting.result()[0] == 503
        deadline = time.monotonic() + 30
        while (status := machines.vote(two)[0]) == 503 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert status == 201
