"""The decision as a pure function, against a plain reference model."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.factories import CLOSES, NOON, OPENS
from votesite.clock import CST
from votesite.domain.ledger.ballot_rules import BallotRules
from votesite.domain.ledger.terms import VotingTerms
from votesite.domain.voting.decide import History, decide
from votesite.errors import (
    Refused,
)
from votesite.models.campaigns import Standing

TOKEN = "t" * 20


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
        quiet=0,
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
        standing=Standing(by_entries=False, noticed_from="", is_final=False),
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
