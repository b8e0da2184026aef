"""The ballot's rules: the pure decision against a plain model, and the database behind it."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.factories import CLOSES, NOON, OPENS, at, change_rule, make_campaign, voter
from votesite.clock import CST, minute, parse_minute
from votesite.domain.ledger.ballot_rules import BallotRules
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.entries import bodies, canonical, commitment, size_of
from votesite.domain.ledger.log import append_rule
from votesite.domain.ledger.terms import VotingTerms, read_terms
from votesite.domain.voting import own, voters
from votesite.domain.voting.casting import Ballot, cast
from votesite.domain.voting.decide import History, decide
from votesite.errors import (
    Busy,
    Closed,
    ConsentRequired,
    InvalidBallot,
    LimitReached,
    NotEligible,
    NotFound,
    Refused,
)
from votesite.extensions import db, site, writing
from votesite.models.candidates import Candidate
from votesite.models.ledger import LogEntry, SealedChoices
from votesite.models.voting import Consent, RefusalCount, VoteSlot, VoteToken

TOKEN = "t" * 20


def post(campaign, number, *picks, when=NOON, token=None, consents=True, **more):
    """Cast a ballot for an invented voter at a given moment."""
    ballot = Ballot(
        campaign.id,
        voter(number),
        [str(pick) for pick in picks],
        token
        or f"token-of-voter-{number}-{minute(when)}-{picks}".translate(
            str.maketrans("", "", ":+, ()'")
        ),
        consents=consents,
        **more,
    )
    return cast(ballot, clock=at(when))


def entries(campaign):
    with site().store.reading() as tx:
        size = size_of(tx, campaign.id)
        return [json.loads(body) for body in bodies(tx, campaign.id, 0, size)]


def rows(table):
    """What is stored now, whatever the session has read before."""
    db.session.rollback()
    return db.session.query(table).all()


# --- the decision as a pure function, against a plain reference model -------------------------


@st.composite
def situations(draw):
    """A book, a history, picks and a minute, on both sides of every border."""
    count = draw(st.integers(1, 6))
    names = ["甲", "乙"][: draw(st.integers(1, 2))]
    candidates = tuple((no, f"第{no}镇", names[no % len(names)]) for no in range(1, count + 1))
    least = draw(st.integers(1, count))
    hours = draw(st.sampled_from([("00:00", "24:00"), ("07:00", "23:30"), ("08:00", "08:01")]))
    bounds = {
        name: tuple(sorted(draw(st.tuples(st.integers(0, 2), st.integers(0, 4)))))
        for name in draw(st.sets(st.sampled_from(names)))
    }
    scope = draw(st.sampled_from(["campaign", "day"]))
    rules = BallotRules(
        scope=scope,
        ballots=draw(st.integers(1, 3)),
        picks=(least, draw(st.integers(least, count))),
        category_picks=bounds,
        hours=hours,
        repeat="never" if scope == "campaign" else draw(st.sampled_from(["never", "daily"])),
        results="live",
        recount="auditors",
        eligibility="anyone",
        min_batch=5,
        publish_every=30,
    )
    terms = VotingTerms(
        campaign_id=1,
        rules_version=1,
        slug="abc",
        title="题",
        rules=rules,
        opens=OPENS,
        closes=CLOSES,
        count_published_at=CLOSES,
        paused=draw(st.sampled_from(["", "", "", "系统维护"])),
        is_published=True,
        candidates=candidates,
        withdrawn=frozenset(draw(st.sets(st.integers(1, count), max_size=2))),
        void_rules=(),
        schedule={},
        notice_text="",
        notice_version="1",
        positions={no: position for position, (no, *_) in enumerate(candidates)},
    )
    history = History(
        is_eligible=draw(st.sampled_from([True, True, True, False])),
        has_consented=draw(st.sampled_from([True, True, True, False])),
        used=draw(st.integers(0, 3)),
        picked=frozenset(draw(st.sets(st.integers(1, count), max_size=1))),
    )
    odd = st.sampled_from(["0", "01", "-1", "1 ", "１", "x", "", "99999"])
    picks = draw(st.lists(st.integers(1, count + 1).map(str) | odd, max_size=count + 1))
    token = draw(st.sampled_from([TOKEN, TOKEN, TOKEN, "short", "", "t" * 101, "汉" * 20]))
    edge = draw(st.sampled_from([OPENS, CLOSES, NOON, NOON.replace(hour=23, minute=59)]))
    moment = edge + timedelta(minutes=draw(st.integers(-2, 2)))
    return terms, history, picks, token, moment


def reference(terms, history, picks, token, moment):  # noqa: C901 -- one rule after the other
    """The rules of ledger.md section 2 and the order of contract.md section 3, spelled out."""
    rules = terms.rules
    clock_time = moment.astimezone(CST).strftime("%H:%M")
    if terms.paused or not terms.opens <= moment < terms.closes:
        return "closed"
    if not rules.hours[0] <= clock_time < rules.hours[1]:
        return "closed"
    if not history.is_eligible:
        return "not-eligible"
    if not history.has_consented:
        return "consent-required"
    if history.used >= rules.ballots:
        return "limit-reached"
    valid = {str(no) for no, *_ in terms.candidates if no not in terms.withdrawn}
    if not 16 <= len(token) <= 100 or not token.isascii():
        return "invalid-ballot"
    if any(pick not in valid for pick in picks) or len(set(picks)) < len(picks):
        return "invalid-ballot"
    if not rules.picks[0] <= len(picks) <= rules.picks[1]:
        return "invalid-ballot"
    for name, (least, most) in rules.category_picks.items():
        inside = [no for no, _, category in terms.candidates if category == name]
        if not least <= len([no for no in inside if str(no) in picks]) <= most:
            return "invalid-ballot"
    if any(int(pick) in history.picked for pick in picks):
        return "invalid-ballot"
    return sorted(int(pick) for pick in picks)


@settings(max_examples=1500, deadline=None)
@given(situations())
def test_decision_is_that_of_the_reference_model(situation):
    expected = reference(*situation)

    try:
        found = decide(*situation)
    except Refused as refusal:
        found = refusal.name

    assert found == expected


# --- the transaction -------------------------------------------------------------------------


def test_a_ballot_is_an_entry_of_the_ledger_behind_entry_0(app):
    campaign = make_campaign()

    recorded = post(campaign, 1, 4, 2)

    opening, vote = entries(campaign)
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
    post(campaign, 1, 4, 2)

    with site().store.reading() as tx:
        body = bodies(tx, campaign.id, 1, 2)[0]

    assert canonical(json.loads(body)) == body


def test_commitment_opens_with_the_opening_key_and_the_sealed_choices(app):
    campaign = make_campaign()
    post(campaign, 1, 4, 2)
    vote = entries(campaign)[1]

    with site().store.reading() as tx:
        terms = read_terms(tx, campaign.id, 0)
    sealed = rows(SealedChoices)[0].sealed
    choices = terms.sealer.open(sealed, f"{campaign.id}|1".encode())

    assert choices == b"[2,4]"
    assert commitment(terms.opening_key, 1, choices) == vote["c"]


def test_second_ballot_of_a_day_is_refused_with_the_next_day_as_next(app):
    campaign = make_campaign()
    post(campaign, 1, 1)

    with pytest.raises(LimitReached) as refused:
        post(campaign, 1, 2, when=NOON + timedelta(hours=1))

    assert refused.value.next_at == parse_minute("2026-11-21T00:00+08:00")
    assert [entry["k"] for entry in entries(campaign)] == ["open", "vote"]


def test_next_day_brings_a_new_ballot_with_another_pseudonym(app):
    campaign = make_campaign()
    post(campaign, 1, 1)
    post(campaign, 1, 1, when=NOON + timedelta(days=1))

    first, second = entries(campaign)[1:]
    assert (first["p"], second["p"]) == ("2026-11-20", "2026-11-21")
    assert first["v"] != second["v"]


def test_last_day_has_no_next_ballot(app):
    campaign = make_campaign()
    when = CLOSES - timedelta(minutes=5)
    post(campaign, 1, 1, when=when)

    with pytest.raises(LimitReached) as refused:
        post(campaign, 1, 2, when=when, token="another-token-123456")

    assert refused.value.next_at is None


def test_never_repeated_picks_are_refused_on_another_day_and_keep_one_pseudonym(app):
    campaign = make_campaign(repeat="never")
    post(campaign, 1, 1, 2)

    with pytest.raises(InvalidBallot) as refused:
        post(campaign, 1, 2, 3, when=NOON + timedelta(days=1))
    post(campaign, 1, 3, when=NOON + timedelta(days=1))

    assert (refused.value.fault, refused.value.detail) == ("picked-before", {"no": 2})
    first, second = entries(campaign)[1:]
    assert first["v"] == second["v"]


def test_two_ballots_of_one_day_may_not_name_the_same_candidate(app):
    campaign = make_campaign(ballots=2)
    post(campaign, 1, 1)

    with pytest.raises(InvalidBallot):
        post(campaign, 1, 1, token="another-token-123456")
    assert post(campaign, 1, 2, token="third-token-12345678").remaining == 0
    assert post(campaign, 1, 1, when=NOON + timedelta(days=1)).remaining == 1


def test_same_token_again_gives_the_first_receipt_whatever_it_says(app):
    campaign = make_campaign()
    first = post(campaign, 1, 1, token=TOKEN)

    again = post(campaign, 1, 5, 6, token=TOKEN, consents=False)
    after_the_end = post(campaign, 1, 1, token=TOKEN, when=CLOSES + timedelta(days=1))

    assert (again.receipt, again.n, again.is_new) == (first.receipt, first.n, False)
    assert (after_the_end.receipt, after_the_end.remaining) == (first.receipt, 0)
    assert len(entries(campaign)) == 2


def test_a_token_counts_per_voter_and_campaign(app):
    campaign = make_campaign()
    other = make_campaign(slug="other-2026")

    numbers = [
        post(campaign, 1, 1, token=TOKEN).n,
        post(campaign, 2, 1, token=TOKEN).n,
        post(other, 1, 1, token=TOKEN).n,
    ]

    assert numbers == [1, 2, 1]


@pytest.mark.parametrize(
    ("when", "next_at"),
    [
        (OPENS - timedelta(seconds=1), "2026-11-12T09:00+08:00"),
        (OPENS, None),
        (CLOSES - timedelta(seconds=1), None),
    ],
)
def test_window_is_closed_before_its_first_minute_and_open_to_its_last(app, when, next_at):
    campaign = make_campaign()

    if next_at is None:
        assert post(campaign, 1, 1, when=when).is_new
    else:
        with pytest.raises(Closed) as refused:
            post(campaign, 1, 1, when=when)
        assert minute(refused.value.next_at) == next_at


def test_window_is_closed_at_its_end_for_ever(app):
    campaign = make_campaign()

    with pytest.raises(Closed) as refused:
        post(campaign, 1, 1, when=CLOSES)

    assert refused.value.next_at is None


@pytest.mark.parametrize(
    ("hour", "next_at"),
    [(6, "2026-11-20T07:00+08:00"), (23, "2026-11-21T07:00+08:00")],
)
def test_outside_the_daily_hours_the_next_opening_is_told(app, hour, next_at):
    campaign = make_campaign(hours=["07:00", "22:00"])

    with pytest.raises(Closed) as refused:
        post(campaign, 1, 1, when=NOON.replace(hour=hour))

    assert minute(refused.value.next_at) == next_at


def test_pause_refuses_with_its_public_reason_and_resume_lets_vote(app):
    campaign = make_campaign()
    change_rule(campaign, {"pause": "系统维护"}, moment=NOON, paused="系统维护")
    with pytest.raises(Closed) as refused:
        post(campaign, 1, 1)
    change_rule(campaign, {"resume": "维护完成"}, moment=NOON, paused="")

    assert refused.value.reason == "系统维护"
    assert refused.value.next_at is None
    assert post(campaign, 1, 1).n == 3


def test_withdrawn_candidate_cannot_be_picked_and_keeps_its_votes(app):
    campaign = make_campaign(min_batch=1, publish_every=1)
    post(campaign, 1, 2)
    with writing() as tx:
        append_rule(tx, campaign.id, Change("withdraw", 2), why="退出", by=[1, 2], now=NOON)
        candidate = db.session.query(Candidate).filter_by(campaign_id=campaign.id, no=2).one()
        candidate.withdrawn = "退出"

    with pytest.raises(InvalidBallot) as refused:
        post(campaign, 2, 2)
    post(campaign, 3, 1, when=NOON + timedelta(minutes=1))

    assert refused.value.fault == "withdrawn"
    assert [1, 1] in entries(campaign)[-1]["votes"]
    assert [2, 1] in entries(campaign)[-1]["votes"]


def test_first_ballot_needs_consent_and_keeps_it_with_its_version(app):
    campaign = make_campaign()

    with pytest.raises(ConsentRequired):
        post(campaign, 1, 1, consents=False)
    post(campaign, 1, 1)
    post(campaign, 1, 1, when=NOON + timedelta(days=1), consents=False)

    (consent,) = rows(Consent)
    assert (consent.version, consent.given_on) == ("1", "2026-11-20")


def test_followers_only_lets_followers_vote(app):
    campaign = make_campaign(eligibility="followers")

    with pytest.raises(NotEligible):
        post(campaign, 1, 1)
    assert post(campaign, 1, 1, follows=True).is_new


def test_unpublished_campaign_has_no_ballots(app):
    campaign = make_campaign(published=False)

    with pytest.raises(NotFound):
        post(campaign, 1, 1)


def test_a_refused_ballot_leaves_nothing_but_a_counter(app):
    campaign = make_campaign()
    with pytest.raises(InvalidBallot):
        post(campaign, 1, 1, 2, 3, 4)
    stored = [len(rows(table)) for table in (LogEntry, VoteSlot, VoteToken, Consent)]
    post(campaign, 2, 1)

    (counter,) = rows(RefusalCount)
    assert stored == [0, 0, 0, 0]
    assert (counter.reason, counter.refused, counter.hour) == ("invalid-ballot", 1, "2026-11-20T12")


def test_entry_time_never_goes_back_and_a_clock_far_behind_is_refused(app):
    campaign = make_campaign()
    post(campaign, 1, 1)
    post(campaign, 2, 1, when=NOON - timedelta(minutes=4))

    with pytest.raises(Busy):
        post(campaign, 3, 1, when=NOON - timedelta(minutes=6))

    assert [entry["t"] for entry in entries(campaign)] == ["2026-11-20T12:00+08:00"] * 3


def test_receipts_of_a_voter_are_found_over_all_periods(app):
    campaign = make_campaign()
    codes = [post(campaign, 1, 1, when=NOON + timedelta(days=day)).receipt for day in range(3)]
    post(campaign, 2, 1, when=NOON + timedelta(days=2))

    found = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(1)))

    assert [code for code, _, _ in found] == codes


def test_prospect_says_what_is_left_and_when_the_next_is_possible(app):
    campaign = make_campaign(ballots=2)
    post(campaign, 1, 1)

    mine = own.allowance(campaign.id, voter(1), clock=at(NOON))
    stranger = own.allowance(campaign.id, None, clock=at(NOON))
    early = own.allowance(campaign.id, voter(1), clock=at(OPENS - timedelta(days=1)))

    assert (mine.remaining, mine.has_consented, mine.next_at) == (1, True, None)
    assert (stranger.remaining, stranger.has_consented, stranger.next_at) == (None, False, None)
    assert (early.remaining, early.next_at) == (0, OPENS)
