"""Casting: limits, windows, consent, idempotence, and the entry in the ledger."""

import json
from datetime import timedelta
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, OPENS, by_two, change_rule, make_campaign
from tests.support.stored import rows
from votesite.clock import minute, parse_minute
from votesite.domain.ledger import publication, self_check
from votesite.domain.ledger.canonical import canonical, commitment
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.entries import bodies
from votesite.domain.ledger.terms import read_terms
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.errors import (
    Busy,
    Closed,
    ConsentRequired,
    InvalidBallot,
    LimitReached,
    NotEligible,
    NotFound,
)
from votesite.extensions import db, site, writing
from votesite.models.candidates import Candidate
from votesite.models.ledger import LogEntry, SealedChoices
from votesite.models.voting import Consent, RefusalCount, VoteSlot, VoteToken

TOKEN = "t" * 20


def test_a_ballot_is_an_entry_of_the_ledger_behind_entry_0(app):
    campaign = make_campaign()

    recorded = cast_ballot(campaign, 1, 4, 2)

    opening, vote = entries_of(campaign)
    assert opening["k"] == "open"
    assert (recorded.n, recorded.remaining, recorded.is_new) == (1, 0, True)
    assert {key: vote[key] for key in ("k", "n", "t", "p")} == {
        "k": "vote",
        "n": 1,
        "t": "2026-11-20T12:00+08:00",
        "p": "2026-11-20",
    }
    assert sorted(vote) == ["c", "k", "n", "p", "t", "v"]


def test_the_spelled_out_vote_body_is_canonical(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 4, 2)

    with site().store.reading() as tx:
        body = bodies(tx, campaign.id, 1, 2)[0]

    assert canonical(json.loads(body)) == body


def test_commitment_opens_with_the_opening_key_and_the_sealed_choices(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 4, 2)
    vote = entries_of(campaign)[1]

    with site().store.reading() as tx:
        terms = read_terms(tx, campaign.id, 0)
    sealed = rows(SealedChoices)[0].sealed
    choices = terms.open_choices(1, sealed)

    assert choices == b"[2,4]"
    assert commitment(terms.opening_key, 1, choices) == vote["c"]


@given(
    st.integers(1, 12).flatmap(
        lambda most: st.tuples(
            st.just(most),
            st.lists(
                st.lists(st.integers(1, 12), min_size=1, max_size=most, unique=True),
                min_size=2,
                max_size=8,
            ),
        )
    )
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_length_of_what_is_sealed_says_nothing_of_what_was_chosen(app, drawn):
    most, ballots = drawn
    slug = f"sealed-{token_hex(6)}"
    campaign = make_campaign(slug=slug, candidates=12, picks=[1, most], recount="public")
    for who, picks in enumerate(ballots):
        cast_ballot(campaign, who, *picks)

    sealed = [row for row in rows(SealedChoices) if row.campaign_id == campaign.id]
    assert len({len(row.sealed) for row in sealed}) == 1
    with site().store.snapshot() as tx:
        opened = dict(publication.opened_choices(tx, campaign.id))
    assert [json.loads(opened[n]) for n in sorted(opened)] == [sorted(picks) for picks in ballots]
    assert all(" " not in choices for choices in opened.values())
    assert self_check.verify(campaign.id) is None


def test_choices_sealed_before_they_were_padded_are_read(app):
    campaign = make_campaign()
    n = cast_ballot(campaign, 1, 2, 4).n
    with site().store.reading() as tx:
        terms = read_terms(tx, campaign.id, 0)

    short = terms.sealer.seal(b"[2,4]", f"{campaign.id}|{n}".encode())

    assert terms.open_choices(n, short) == b"[2,4]"


def test_second_ballot_of_a_day_is_refused_with_the_next_day_as_next(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)

    with pytest.raises(LimitReached) as refused:
        cast_ballot(campaign, 1, 2, when=NOON + timedelta(hours=1))

    assert refused.value.next_at == parse_minute("2026-11-21T00:00+08:00")
    assert [entry["k"] for entry in entries_of(campaign)] == ["open", "vote"]


def test_next_day_brings_a_new_ballot_with_another_pseudonym(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)
    cast_ballot(campaign, 1, 1, when=NOON + timedelta(days=1))

    first, second = entries_of(campaign)[1:]
    assert (first["p"], second["p"]) == ("2026-11-20", "2026-11-21")
    assert first["v"] != second["v"]


def test_last_day_has_no_next_ballot(app):
    campaign = make_campaign()
    when = CLOSES - timedelta(minutes=5)
    cast_ballot(campaign, 1, 1, when=when)

    with pytest.raises(LimitReached) as refused:
        cast_ballot(campaign, 1, 2, when=when, token="another-token-123456")

    assert refused.value.next_at is None


def test_never_repeated_picks_are_refused_on_another_day_and_keep_one_pseudonym(app):
    campaign = make_campaign(repeat="never")
    cast_ballot(campaign, 1, 1, 2)

    with pytest.raises(InvalidBallot) as refused:
        cast_ballot(campaign, 1, 2, 3, when=NOON + timedelta(days=1))
    cast_ballot(campaign, 1, 3, when=NOON + timedelta(days=1))

    assert (refused.value.fault, refused.value.detail) == ("picked-before", {"no": 2})
    first, second = entries_of(campaign)[1:]
    assert first["v"] == second["v"]


def test_two_ballots_of_one_day_may_not_name_the_same_candidate(app):
    campaign = make_campaign(ballots=2)
    cast_ballot(campaign, 1, 1)

    with pytest.raises(InvalidBallot):
        cast_ballot(campaign, 1, 1, token="another-token-123456")
    assert cast_ballot(campaign, 1, 2, token="third-token-12345678").remaining == 0
    assert cast_ballot(campaign, 1, 1, when=NOON + timedelta(days=1)).remaining == 1


def test_same_token_again_gives_the_first_receipt_whatever_it_says(app):
    campaign = make_campaign()
    first = cast_ballot(campaign, 1, 1, token=TOKEN)

    again = cast_ballot(campaign, 1, 5, 6, token=TOKEN, consents=False)
    after_the_end = cast_ballot(campaign, 1, 1, token=TOKEN, when=CLOSES + timedelta(days=1))

    assert (again.receipt, again.n, again.is_new) == (first.receipt, first.n, False)
    assert (after_the_end.receipt, after_the_end.remaining) == (first.receipt, 0)
    assert len(entries_of(campaign)) == 2


def test_a_token_counts_per_voter_and_campaign(app):
    campaign = make_campaign()
    other = make_campaign(slug="other-2026")

    numbers = [
        cast_ballot(campaign, 1, 1, token=TOKEN).n,
        cast_ballot(campaign, 2, 1, token=TOKEN).n,
        cast_ballot(other, 1, 1, token=TOKEN).n,
    ]

    assert numbers == [1, 2, 1]


def test_window_is_closed_before_its_first_minute(app):
    campaign = make_campaign()

    with pytest.raises(Closed) as refused:
        cast_ballot(campaign, 1, 1, when=OPENS - timedelta(seconds=1))

    assert minute(refused.value.next_at) == "2026-11-12T09:00+08:00"


@pytest.mark.parametrize("when", [OPENS, CLOSES - timedelta(seconds=1)])
def test_window_is_open_from_its_first_minute_to_its_last(app, when):
    assert cast_ballot(make_campaign(), 1, 1, when=when).is_new


def test_window_is_closed_at_its_end_for_ever(app):
    campaign = make_campaign()

    with pytest.raises(Closed) as refused:
        cast_ballot(campaign, 1, 1, when=CLOSES)

    assert refused.value.next_at is None


@pytest.mark.parametrize(
    ("hour", "next_at"),
    [(6, "2026-11-20T07:00+08:00"), (23, "2026-11-21T07:00+08:00")],
)
def test_outside_the_daily_hours_the_next_opening_is_told(app, hour, next_at):
    campaign = make_campaign(hours=["07:00", "22:00"])

    with pytest.raises(Closed) as refused:
        cast_ballot(campaign, 1, 1, when=NOON.replace(hour=hour))

    assert minute(refused.value.next_at) == next_at


def test_pause_refuses_with_its_public_reason_and_resume_lets_vote(app):
    campaign = make_campaign()
    change_rule(campaign, {"pause": "系统维护"}, moment=NOON, paused="系统维护")
    with pytest.raises(Closed) as refused:
        cast_ballot(campaign, 1, 1)
    change_rule(campaign, {"resume": "维护完成"}, moment=NOON, paused="")

    assert refused.value.reason == "系统维护"
    assert refused.value.next_at is None
    assert cast_ballot(campaign, 1, 1).n == 3


def test_withdrawn_candidate_cannot_be_picked_and_keeps_its_votes(app):
    campaign = make_campaign(min_batch=1, publish_every=1)
    cast_ballot(campaign, 1, 2)
    with writing() as tx:
        append_rule(tx, campaign.id, Change("withdraw", 2), why="退出", decided=by_two(), now=NOON)
        candidate = db.session.query(Candidate).filter_by(campaign_id=campaign.id, no=2).one()
        candidate.withdrawn = "退出"

    with pytest.raises(InvalidBallot) as refused:
        cast_ballot(campaign, 2, 2)
    cast_ballot(campaign, 3, 1, when=NOON + timedelta(minutes=1))

    assert refused.value.fault == "withdrawn"
    assert entries_of(campaign)[-1]["votes"] == [[1, 1]]
    shown = {row.no: row.votes for row in tallies.published_figures(campaign.id).rows}
    assert (shown[1], shown[2]) == (1, 1)


def test_first_ballot_needs_consent_and_keeps_it_with_its_version(app):
    campaign = make_campaign()

    with pytest.raises(ConsentRequired):
        cast_ballot(campaign, 1, 1, consents=False)
    cast_ballot(campaign, 1, 1)
    cast_ballot(campaign, 1, 1, when=NOON + timedelta(days=1), consents=False)

    (consent,) = rows(Consent)
    assert (consent.version, consent.given_on) == ("1", "2026-11-20")


def test_followers_only_lets_followers_vote(app):
    campaign = make_campaign(eligibility="followers")

    with pytest.raises(NotEligible):
        cast_ballot(campaign, 1, 1)
    assert cast_ballot(campaign, 1, 1, follows=True).is_new


def test_unpublished_campaign_has_no_ballots(app):
    campaign = make_campaign(published=False)

    with pytest.raises(NotFound):
        cast_ballot(campaign, 1, 1)


def test_a_refused_ballot_leaves_nothing_but_a_counter(app):
    campaign = make_campaign()
    with pytest.raises(InvalidBallot):
        cast_ballot(campaign, 1, 1, 2, 3, 4)
    stored = [len(rows(table)) for table in (LogEntry, VoteSlot, VoteToken, Consent)]
    cast_ballot(campaign, 2, 1)

    (counter,) = rows(RefusalCount)
    assert stored == [0, 0, 0, 0]
    assert (counter.reason, counter.refused, counter.hour) == ("invalid-ballot", 1, "2026-11-20T12")


def test_entry_time_never_goes_back_and_a_clock_far_behind_is_refused(app):
    campaign = make_campaign()
    cast_ballot(campaign, 1, 1)
    cast_ballot(campaign, 2, 1, when=NOON - timedelta(minutes=4))

    with pytest.raises(Busy):
        cast_ballot(campaign, 3, 1, when=NOON - timedelta(minutes=6))

    assert [entry["t"] for entry in entries_of(campaign)] == ["2026-11-20T12:00+08:00"] * 3
