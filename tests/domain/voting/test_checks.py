"""The check before a ballot: who is asked, what answers it, that an answer counts once."""

import base64
import json
from dataclasses import replace
from datetime import timedelta

import altcha
import pytest

from tests.support.factories import NOON, at, make_campaign, voter
from tests.support.staffing import make_staff
from tests.support.stored import rows
from tests.support.traced import ask_of, ballot_from, cast_from
from votesite import clock
from votesite.domain.integrity import cases, risks, scanning, traces
from votesite.domain.voting import casting, checks
from votesite.domain.voting.checks import Answer
from votesite.errors import CheckRequired, InvalidBallot, LimitReached
from votesite.models.integrity import Case, Risk, UsedCheck
from votesite.models.ledger import LogEntry

FARM = {"address": "203.0.113.9", "agent": "farm"}
RIGHT = Answer(mark=b"a" * 16)


def ask_of_farm(campaign, *, until=NOON + timedelta(hours=1)):
    return ask_of(campaign, until=until, address=FARM["address"])


def solved(offer):
    """What a browser posts after computing."""
    challenge = altcha.Challenge.from_dict(offer["altcha"])
    return altcha.Payload(challenge, altcha.solve_challenge(challenge)).to_base64()


def cast_from_farm(campaign, number, picks=(1,), *, answer=checks.NO_ANSWER, when=NOON, **origin):
    ballot = ballot_from(campaign, number, picks, answer=answer, **{**FARM, **origin})
    return casting.cast(ballot, clock=at(when))


# --- who is asked ------------------------------------------------------------------------------


def test_ballot_from_a_risky_network_is_asked_and_leaves_nothing(app):
    campaign = make_campaign()
    ask_of_farm(campaign)

    with pytest.raises(CheckRequired):
        cast_from_farm(campaign, 1)

    assert (rows(LogEntry), rows(UsedCheck)) == ([], [])


def test_right_answer_lets_the_ballot_in_once(app):
    campaign = make_campaign()
    ask_of_farm(campaign)

    cast_from_farm(campaign, 1, answer=RIGHT)
    with pytest.raises(CheckRequired) as refused:
        cast_from_farm(campaign, 2, answer=RIGHT)

    assert refused.value.fault == "used"
    assert len(rows(LogEntry)) == 2


def test_other_networks_and_browsers_are_not_asked(app):
    campaign = make_campaign()
    ask_of_farm(campaign)

    cast_from_farm(campaign, 1, address="198.51.100.1")

    assert rows(UsedCheck) == []


def test_check_is_asked_last(app):
    campaign = make_campaign()
    ask_of_farm(campaign)
    cast_from_farm(campaign, 1, address="198.51.100.1")

    second = replace(ballot_from(campaign, 1, [2], **FARM), token="another-token-of-1")
    with pytest.raises(LimitReached):
        casting.cast(second, clock=at(NOON))
    with pytest.raises(InvalidBallot):
        cast_from_farm(campaign, 2, ())


def test_same_token_gives_its_receipt_without_a_check(app):
    campaign = make_campaign()
    first = cast_from_farm(campaign, 1)
    ask_of_farm(campaign)

    again = cast_from_farm(campaign, 1)

    assert (again.receipt, again.is_new) == (first.receipt, False)


def test_nobody_is_asked_any_more_after_a_day(app):
    campaign = make_campaign()
    ask_of_farm(campaign, until=NOON)

    cast_from_farm(campaign, 1, when=NOON)

    assert rows(UsedCheck) == []


def test_campaign_asks_for_itself_alone(app):
    ask_of_farm(make_campaign())
    other = make_campaign(slug="other")

    cast_from_farm(other, 1)

    assert rows(UsedCheck) == []


# --- what a case asks of ------------------------------------------------------------------------


def usual_day(campaign):
    for number in range(200):
        when = NOON - timedelta(hours=11) + timedelta(minutes=3 * number)
        address, agent = f"10.{number % 60}.{number % 90}.1", f"phone-{number % 110}"
        cast_from(campaign, number, [1 + number % 6], address=address, agent=agent, when=when)


def farm(campaign, count, *, address=FARM["address"], agent="farm"):
    for number in range(count):
        when = NOON + timedelta(seconds=40 * number)
        cast_from(campaign, 1000 + number, [2], address=address, agent=agent, when=when)


def scanned(campaign):
    scanning.scan(campaign.id, clock=at(NOON + timedelta(hours=1)))
    return rows(Case)


def test_scan_asks_of_the_network_and_browser_of_a_farm_alone(app):
    campaign = make_campaign()
    usual_day(campaign)
    farm(campaign, 40)

    (case,) = scanned(campaign)

    asked = {risk.mark for risk in rows(Risk)}
    assert asked == {
        traces.source_of(campaign.id, FARM["address"]),
        traces.agent_of(campaign.id, "farm"),
    }
    assert risks.asked(case, now=NOON) == 2
    with pytest.raises(CheckRequired):
        cast_from_farm(campaign, 5000, when=NOON + timedelta(hours=1))
    cast_from_farm(
        campaign, 5001, address="10.1.1.1", agent="phone-3", when=NOON + timedelta(hours=1)
    )


def test_address_that_many_others_vote_from_is_not_asked(app):
    """A farm of one browser sits in an office from which 60 people have voted the hour before."""
    campaign = make_campaign()
    usual_day(campaign)
    for number in reversed(range(60)):
        when = NOON - timedelta(minutes=number)
        agent = f"phone-{number % 40}"
        cast_from(
            campaign,
            3000 + number,
            [1 + number % 6],
            address=FARM["address"],
            agent=agent,
            when=when,
        )
    farm(campaign, 40)

    assert len(scanned(campaign)) == 1

    assert {risk.mark for risk in rows(Risk)} == {traces.agent_of(campaign.id, "farm")}
    cast_from_farm(campaign, 5000, agent="phone-3", when=NOON + timedelta(hours=1))


def test_young_campaign_asks_nobody(app):
    """Forty ballots of one browser are all there is: a case, for people to look at, and no more."""
    campaign = make_campaign()
    farm(campaign, 40)

    assert len(scanned(campaign)) == 1

    assert rows(Risk) == []
    cast_from_farm(campaign, 5000, when=NOON + timedelta(hours=1))


def test_release_ends_the_asking(app):
    campaign = make_campaign()
    usual_day(campaign)
    farm(campaign, 40)
    (case,) = scanned(campaign)
    reviewer = make_staff("shen", "reviewer")

    cases.release(case.id, reviewer.id, "一所学校的机房", clock=at(NOON))

    assert rows(Risk) == []
    cast_from_farm(campaign, 5000, when=NOON + timedelta(hours=1))


# --- what answers -------------------------------------------------------------------------------


def test_solution_is_right_for_its_campaign_and_voter_alone(app):
    campaign, other = make_campaign(), make_campaign(slug="other")
    solution = solved(checks.offer(campaign.id, voter(1), now=clock.now()))

    answers = [
        checks.read(where.id, voter(who), solution, "", now=clock.now())
        for where, who in ((campaign, 1), (campaign, 2), (other, 1))
    ]

    assert [bool(answer.mark) for answer in answers] == [True, False, False]
    assert [answer.fault for answer in answers] == ["", "answer", "answer"]


def test_solution_is_wrong_after_ten_minutes(app):
    campaign = make_campaign()
    made = clock.now() - checks.ANSWERED_WITHIN - timedelta(seconds=2)
    solution = solved(checks.offer(campaign.id, voter(1), now=made))

    answer = checks.read(campaign.id, voter(1), solution, "", now=clock.now())

    assert answer == Answer(fault="answer")


def changed(solution, **changes):
    payload = json.loads(base64.b64decode(solution))
    for path, value in changes.items():
        part, name = path.split("__")
        holder = payload["solution"] if part == "solution" else payload["challenge"]["parameters"]
        holder[name] = value
    return base64.b64encode(json.dumps(payload).encode()).decode()


@pytest.mark.parametrize(
    "change",
    [
        {"solution__derivedKey": "00" * 32},
        {"solution__derivedKey": None},
        {"challenge__cost": 1},
        {"challenge__keyPrefix": ""},
        {"challenge__keySignature": None},
        {"challenge__data": {"for": "somebody else"}},
        {"challenge__data": None},
        {"challenge__expiresAt": 99999999999},
    ],
)
def test_changed_solution_is_wrong(app, change):
    campaign = make_campaign()
    solution = solved(checks.offer(campaign.id, voter(1), now=clock.now()))

    answer = checks.read(campaign.id, voter(1), changed(solution, **change), "", now=clock.now())

    assert answer == Answer(fault="answer")


@pytest.mark.parametrize(
    "rubbish", ["x", "bnVsbA==", "W10=", "e30=", "é", "[" * 60_000, base64.b64encode(b"[" * 40_000)]
)
def test_rubbish_is_a_wrong_answer(app, rubbish):
    campaign = make_campaign()
    text = rubbish if isinstance(rubbish, str) else rubbish.decode()

    answer = checks.read(campaign.id, voter(1), text, "", now=clock.now())

    assert answer == Answer(fault="answer")


def test_waiting_a_minute_answers_too_and_once(app):
    campaign = make_campaign()
    ask_of_farm(campaign)
    ticket = checks.offer(campaign.id, voter(1), now=NOON)["ticket"]

    early = checks.read(campaign.id, voter(1), "", ticket, now=NOON + timedelta(seconds=59))
    late = checks.read(campaign.id, voter(1), "", ticket, now=NOON + timedelta(seconds=60))

    assert early == Answer(fault="ticket")
    cast_from_farm(campaign, 1, answer=late)
    with pytest.raises(CheckRequired):
        cast_from_farm(campaign, 2, answer=late)


def test_asking_again_does_not_begin_the_waiting_anew(app):
    campaign = make_campaign()
    first = checks.offer(campaign.id, voter(1), now=NOON)

    later = NOON + timedelta(seconds=25)
    again = checks.offer(campaign.id, voter(1), now=later, ticket=first["ticket"])

    assert (first["wait"], again["wait"]) == (60, 35)
    assert again["ticket"] == first["ticket"]


@pytest.mark.parametrize("ticket", ["1", "1.2.3", "..", "é.é.é", "1700000000.aa." + "0" * 32])
def test_invented_ticket_is_worth_nothing(app, ticket):
    campaign = make_campaign()

    assert checks.read(campaign.id, voter(1), "", ticket, now=NOON) == Answer(fault="ticket")
    assert checks.offer(campaign.id, voter(1), now=NOON, ticket=ticket)["wait"] == 60


def test_ticket_of_somebody_else_or_of_yesterday_is_worth_nothing(app):
    campaign = make_campaign()
    ticket = checks.offer(campaign.id, voter(1), now=NOON)["ticket"]

    other = checks.read(campaign.id, voter(2), "", ticket, now=NOON + timedelta(minutes=2))
    old = checks.read(campaign.id, voter(1), "", ticket, now=NOON + timedelta(days=1))

    assert (other, old) == (Answer(fault="ticket"), Answer(fault="ticket"))


def test_used_answers_and_old_risks_are_forgotten(app):
    campaign = make_campaign()
    ask_of_farm(campaign)
    cast_from_farm(campaign, 1, answer=RIGHT)

    checks.forget_old(NOON + timedelta(minutes=9))
    assert (len(rows(UsedCheck)), len(rows(Risk))) == (1, 1)
    checks.forget_old(NOON + timedelta(minutes=90))

    assert (rows(UsedCheck), rows(Risk)) == ([], [])
