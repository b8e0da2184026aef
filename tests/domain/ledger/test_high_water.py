"""A ledger that does not lead to what was published of it takes no ballots until staff explain it."""

import base64
import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.support import postgresql
from tests.support.ballots import cast_ballot, cast_now
from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.site import Browser, settings_for
from tests.support.staffing import browser_of, make_staff, record_incident, two_editors
from tests.support.stored import rows
from votesite import clock, create_app
from votesite.domain.decisions import proposals
from votesite.domain.ledger import high_water, terms
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.terms import disagrees
from votesite.domain.results import tallies
from votesite.domain.voting import own
from votesite.errors import Halted, LimitReached
from votesite.extensions import db, site
from votesite.models.ledger import Checkpoint

SLUG = "xiangzhen-2026"
HOUR = timedelta(hours=1)


@pytest.fixture
def campaign(app):
    """A running campaign whose every ballot makes a tally and so a checkpoint."""
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=2),
        closes=now + timedelta(days=2),
        min_batch=1,
        publish_every=1,
    )
    return SimpleNamespace(id=made.id)


def vote(campaign, first, last):
    for who in range(first, last + 1):
        cast_ballot(campaign, who, 1, when=clock.now() - HOUR * (12 - who))


def vote_now(campaign, who):
    cast_now(campaign, who, 1)


def marks():
    return [line.split() for line in high_water.path().read_text().splitlines()]


def let_go():
    db.session.remove()
    site().store.release()
    db.engine.dispose()


def copy_database(here, there):
    if server := os.environ.get(postgresql.SERVER):
        let_go()
        postgresql.copy(server, here, there)
        return
    with (
        closing(sqlite3.connect(here / "votesite.db")) as source,
        closing(sqlite3.connect(there / "votesite.db")) as copy,
    ):
        source.backup(copy)


@contextmanager
def rolled_back(campaign, *, to, then):
    """The site on its state after `to` ballots, though `then` more had come since."""
    vote(campaign, 1, to)
    here = site().settings.instance
    there = here / "again"
    there.mkdir()
    db.session.remove()
    copy_database(here, there)
    vote(campaign, to + 1, to + then)
    if high_water.path().exists():
        shutil.copy(high_water.path(), there)
    again = create_app(settings_for(there))
    again.test_client_class = Browser
    with again.app_context():
        yield again
        let_go()


def test_each_checkpoint_is_noted_outside_the_database(campaign):
    vote(campaign, 1, 3)

    noted = [(int(size), root) for _slug, size, root in marks()]

    assert {slug for slug, *_ in marks()} == {SLUG}
    assert noted == [
        (one.size, _root_of(one.note)) for one in sorted(rows(Checkpoint), key=lambda one: one.size)
    ]
    assert high_water.path().stat().st_mode & 0o777 == 0o600


def _root_of(note):
    return base64.b64decode(note.split("\n")[2]).hex()


def test_refused_or_failed_write_notes_nothing(campaign):
    vote(campaign, 1, 1)
    before = marks()
    with pytest.raises(LimitReached):
        cast_ballot(campaign, 1, 1, when=clock.now() - HOUR * 11, token="another-token-of-his")

    assert marks() == before


def test_sound_ledger_agrees(campaign):
    vote(campaign, 1, 4)

    assert not disagrees(campaign.id, SLUG)
    assert disagrees(campaign.id, "of-another-name") is False


def test_shorter_ledger_takes_no_ballots(campaign):
    with rolled_back(campaign, to=2, then=2):
        with pytest.raises(Halted):
            vote(campaign, 5, 5)
        assert own.allowance(campaign.id, b"v" * 32).remaining == 0


def test_ledger_that_has_grown_another_way_takes_no_ballots(campaign):
    with rolled_back(campaign, to=2, then=1):
        lines = high_water.path().read_text()
        high_water.path().unlink()
        vote(campaign, 7, 9)  # as if nobody had kept anything
        assert not disagrees(campaign.id, SLUG)

        high_water.path().write_text(lines)
        high_water._reader.cache_clear()  # this process had read another file
        assert disagrees(campaign.id, SLUG)


def test_ledger_that_lost_even_its_beginning_takes_no_ballots(campaign):
    with rolled_back(campaign, to=0, then=2), pytest.raises(Halted):
        vote(campaign, 3, 3)


@pytest.mark.parametrize("kept", [0, 2])
def test_incident_lets_voting_go_on_and_the_log_is_measured_anew(campaign, kept):
    editors = two_editors()
    with rolled_back(campaign, to=kept, then=2):
        with pytest.raises(Halted):
            vote(campaign, 5, 5)

        made = proposals.propose(campaign.id, editors[0], Change("incident", ""), "从备份恢复")
        with pytest.raises(Halted):  # one person's word is not enough
            vote(campaign, 5, 5)
        proposals.confirm(made.id, editors[1])

        vote_now(campaign, 5)
        assert "incident" in [line[-1] for line in marks()]
        assert not disagrees(campaign.id, SLUG)


def test_another_worker_stops_and_goes_on_too(campaign):
    editors = two_editors()
    with rolled_back(campaign, to=1, then=2):
        other = create_app(settings_for(site().settings.instance))
        with other.app_context(), pytest.raises(Halted):
            vote(campaign, 7, 7)
        record_incident(campaign, "从备份恢复", editors)
        with other.app_context():
            vote_now(campaign, 7)
            let_go()


def test_pages_say_why_nobody_can_vote(campaign):
    with rolled_back(campaign, to=1, then=2) as again:
        client = again.test_client()
        sign_in_as_voter(client, 9)

        page = client.get(f"/c/{SLUG}/ballot")
        tokens = client.get(f"/c/{SLUG}/me").json
        fields = {"candidate": "1", "consent": "1"}
        fields |= {name: tokens[name] for name in ("csrf_token", "ballot_token")}
        refused = client.post(
            f"/c/{SLUG}/ballot", data=fields, headers={"Accept": "application/json"}
        )

        assert (page.status_code, "投票已停止" in page.text) == (200, True)
        assert tokens["remaining"] == 0
        assert (refused.status_code, refused.json["type"]) == (409, "/problems/closed")
        assert refused.json["next_at"] is None
        assert "投票已停止" in refused.json["detail"]


def test_desk_says_what_to_do(campaign):
    make_staff("owner", "owner")
    with rolled_back(campaign, to=1, then=2) as again:
        page = browser_of(again, "owner").get(f"/admin/c/{SLUG}/")

        assert "账本与先前公布的不一致" in page.text
        assert f"/admin/c/{SLUG}/incident" in page.text


def test_ledger_stays_readable_and_the_count_is_still_published(app):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=2), closes=now - HOUR, min_batch=1)
    vote(campaign, 1, 3)
    high_water.note(SLUG, 99, b"r" * 32)
    terms.forget_terms()

    assert tallies.close(campaign.id)
    assert tallies.published_figures(campaign.id).is_final


def test_full_disk_hinders_nobody(campaign, caplog):
    high_water.path().mkdir()

    vote(campaign, 1, 2)

    assert "could not be noted in high-water" in caplog.text


def test_half_a_line_is_read_when_it_is_whole(app):
    high_water.note("one", 5, b"a" * 32)
    with high_water.path().open("a") as file:
        file.write("one 9 ")
        file.flush()
        assert high_water.marks("one").trees() == [(5, (b"a" * 32).hex())]
        file.write("b" * 64 + "\nnot a line\n")
    assert high_water.marks("one").trees() == [(9, "b" * 64)]


def test_half_a_line_that_stays_takes_no_other_with_it(app):
    high_water.note("one", 5, b"a" * 32)
    with high_water.path().open("a") as file:
        file.write("one 9 bbbb")  # where the disk was full

    high_water.note("other", 7, b"c" * 32)

    assert high_water.marks("one").trees() == [(5, (b"a" * 32).hex())]
    assert high_water.marks("other").trees() == [(7, (b"c" * 32).hex())]


def test_file_that_was_taken_away_counts_no_more(app):
    high_water.note("one", 5, b"a" * 32)
    assert high_water.marks("one").size == 5

    high_water.path().unlink()

    assert high_water.marks("one").trees() == []


def test_two_roots_of_one_size_never_agree(app):
    high_water.note("one", 5, b"a" * 32)
    high_water.note("one", 5, b"b" * 32)
    high_water.note("one", 3, b"c" * 32)

    assert len(high_water.marks("one").trees()) == 2
