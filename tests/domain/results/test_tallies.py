"""When figures become public, and which: tallies, close, standings, ranks."""

import hashlib
import json
from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from votesite.clock import minute
from votesite.domain.ledger import signed_notes
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.entries import signing_keys
from votesite.domain.ledger.log import Log
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.errors import Closed
from votesite.extensions import db, site, writing
from votesite.models.ledger import Checkpoint


def kinds(campaign):
    return [entry["k"] for entry in entries_of(campaign)]


def settle(campaign, when):
    """What the first reader at that moment does."""
    return tallies.settle_if_due(tallies.head(campaign.slug), clock=at(when))


def votes_of(campaign, when):
    return [row.votes for row in tallies.published_figures(campaign.id, clock=at(when)).rows]


def test_figures_are_zero_until_the_first_step_is_full(app):
    campaign = make_campaign(min_batch=3)
    cast_ballot(campaign, 1, 1)
    cast_ballot(campaign, 2, 1)

    standing = tallies.published_figures(campaign.id, clock=at(NOON))

    assert kinds(campaign) == ["open", "vote", "vote"]
    assert (standing.ballots, standing.tally_ballots, standing.hidden) == (2, 0, False)
    assert votes_of(campaign, NOON) == [0] * 6


def test_the_ballot_that_fills_the_step_writes_the_tally(app):
    campaign = make_campaign(min_batch=3)
    for number, picks in enumerate([(1, 2), (2,), (2, 6)], 1):
        cast_ballot(campaign, number, *picks)

    assert kinds(campaign) == ["open", "vote", "vote", "vote", "tally"]
    assert entries_of(campaign)[-1]["votes"] == [[1, 1], [2, 3], [6, 1]]
    assert votes_of(campaign, NOON) == [1, 3, 0, 0, 0, 1]


def test_live_tallies_keep_their_distance_in_time_and_time_makes_them_due(app):
    campaign = make_campaign(min_batch=2, publish_every=60)
    for number in range(1, 3):
        cast_ballot(campaign, number, 1)
    for number in range(3, 6):
        cast_ballot(campaign, number, 1, when=NOON + timedelta(seconds=20))
    waiting = votes_of(campaign, NOON)

    too_early = settle(campaign, NOON + timedelta(seconds=59))
    in_time = settle(campaign, NOON + timedelta(seconds=60))

    assert waiting[0] == 2
    assert (too_early, in_time) == (False, True)
    assert votes_of(campaign, NOON)[0] == 5
    assert kinds(campaign)[-1] == "tally"


def test_daily_tally_comes_before_the_first_vote_of_the_new_window(app):
    campaign = make_campaign(results="daily 18:00", min_batch=2)
    for number in range(1, 4):
        cast_ballot(campaign, number, 1)
    cast_ballot(campaign, 4, 1, when=NOON.replace(hour=18))

    assert kinds(campaign) == ["open", "vote", "vote", "vote", "tally", "vote"]
    assert entries_of(campaign)[4]["ballots"] == 3
    assert entries_of(campaign)[4]["t"] == "2026-11-20T18:00+08:00"


def test_daily_tally_is_written_by_the_first_reader_of_the_hour_once(app):
    campaign = make_campaign(results="daily 18:00", min_batch=2)
    for number in range(1, 4):
        cast_ballot(campaign, number, 1)

    settle(campaign, NOON.replace(hour=17, minute=59))
    before = kinds(campaign)
    settle(campaign, NOON.replace(hour=18))
    settle(campaign, NOON.replace(hour=19))

    assert before.count("tally") == 0
    assert kinds(campaign).count("tally") == 1


def test_daily_step_that_is_too_small_waits_for_the_next_day(app):
    campaign = make_campaign(results="daily 18:00", min_batch=5)
    for number in range(1, 4):
        cast_ballot(campaign, number, 1)
    for number in range(4, 8):
        cast_ballot(campaign, number, 1, when=NOON.replace(hour=20))
    settle(campaign, NOON.replace(hour=21))
    same_day = kinds(campaign).count("tally")

    settle(campaign, NOON.replace(hour=18) + timedelta(days=1))

    assert same_day == 0
    assert entries_of(campaign)[-1]["ballots"] == 7


def test_hidden_figures_stay_hidden_until_counting_is_over(app):
    counted = CLOSES + timedelta(days=2)
    campaign = make_campaign(
        results="hidden", schedule={"counting": [minute(CLOSES), minute(counted)]}, min_batch=1
    )
    cast_ballot(campaign, 1, 1)

    settle(campaign, CLOSES + timedelta(days=1))
    before = tallies.published_figures(campaign.id, clock=at(CLOSES))
    settle(campaign, counted)
    after = tallies.published_figures(campaign.id, clock=at(counted))

    assert kinds(campaign) == ["open", "vote", "close"]
    assert before.hidden
    assert {(row.votes, row.rank) for row in before.rows} == {(None, None)}
    assert before.ballots == 1
    assert (after.hidden, after.is_final, after.rows[0].votes) == (False, True, 1)


def test_command_closes_a_hidden_count_at_once_after_the_end_and_once(app):
    campaign = make_campaign(
        results="hidden", schedule={"counting": [minute(CLOSES), minute(CLOSES + timedelta(3))]}
    )
    cast_ballot(campaign, 1, 1)

    with pytest.raises(Closed):
        tallies.close(campaign.id, clock=at(CLOSES - timedelta(seconds=1)))
    first = tallies.close(campaign.id, clock=at(CLOSES))
    second = tallies.close(campaign.id, clock=at(CLOSES))

    assert (first, second) == (True, False)
    assert kinds(campaign) == ["open", "vote", "close"]


def test_first_reader_after_the_end_publishes_the_remainder_whatever_its_size(app):
    campaign = make_campaign(min_batch=100)
    cast_ballot(campaign, 1, 3)

    settle(campaign, CLOSES)

    assert entries_of(campaign)[-1] == {
        "k": "close",
        "n": 2,
        "t": minute(CLOSES),
        "ballots": 1,
        "voided": 0,
        "votes_sha256": hashlib.sha256(
            b"[[1,0,0],[2,0,0],[3,1,1],[4,0,0],[5,0,0],[6,0,0]]"
        ).hexdigest(),
    }
    assert tallies.head(campaign.slug).due_at is None


def test_a_campaign_nobody_voted_in_is_opened_and_closed(app):
    campaign = make_campaign()

    settle(campaign, CLOSES)

    assert kinds(campaign) == ["open", "close"]


def test_ties_share_a_rank_within_the_category():
    assert tallies.ranked({1: 5, 2: 9, 3: 5, 4: 1}) == {2: 1, 1: 2, 3: 2, 4: 4}


def test_every_tally_is_covered_by_a_signed_checkpoint(app):
    campaign = make_campaign(min_batch=1, publish_every=1)
    for number in range(1, 4):
        cast_ballot(campaign, number, 1, when=NOON + timedelta(seconds=2 * number))
    settle(campaign, CLOSES)

    db.session.rollback()
    checkpoints = db.session.query(Checkpoint).order_by(Checkpoint.size).all()
    with site().store.reading() as tx:
        seed = site().master.unwrap(
            signing_keys(tx, campaign.id)[0].wrapped, f"signing|{campaign.id}"
        )
    key = signed_notes.Signer("localhost:8000/c/xiangzhen-2026", seed).verifier_key()

    assert [checkpoint.size for checkpoint in checkpoints] == [1, 3, 5, 7, 8]
    assert all(signed_notes.is_signed_by(checkpoint.note, key) for checkpoint in checkpoints)
    assert checkpoints[-1].note.startswith("localhost:8000/c/xiangzhen-2026\n8\n")


def test_counts_at_rest_are_sealed(app):
    campaign = make_campaign(min_batch=50)
    cast_ballot(campaign, 1, 1)
    with site().store.reading() as tx:
        first = Log(tx, campaign.id).head.counts
    cast_ballot(campaign, 2, 1)
    with site().store.reading() as tx:
        second = Log(tx, campaign.id).head.counts

    assert len(first) == len(second) == 12 + 6 * 8 + 16
    assert sum(a != b for a, b in zip(first, second, strict=True)) > 40


def test_extension_reopens_until_close(app):
    campaign = make_campaign()
    later = CLOSES + timedelta(days=1)
    with writing() as tx:
        append_rule(
            tx, campaign.id, Change("to", minute(later)), why="延期", decided=by_two(), now=NOON
        )
        row = db.session.merge(campaign)
        row.schedule = {"voting": [row.schedule["voting"][0], minute(later)]}

    assert cast_ballot(campaign, 1, 1, when=CLOSES).is_new
    assert json.dumps(kinds(campaign)) == '["open", "rule", "vote"]'
