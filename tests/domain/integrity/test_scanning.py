"""Scanning: cases opened by what the signals find, sealed, not reported again."""

from datetime import timedelta

from tests.support.factories import CLOSES, NOON, at, make_campaign
from tests.support.stored import raw, rows
from tests.support.traced import cast_from
from votesite.domain.integrity import cases, scanning
from votesite.domain.results import tallies
from votesite.domain.voting.checks import Answer
from votesite.models.integrity import Case


def cast_a_day(campaign, *, farm=0):
    """200 people over a day, and a farm of one browser in its last hour."""
    for number in range(200):
        when = NOON - timedelta(hours=10) + timedelta(minutes=3 * number)
        address, agent = f"10.{number % 60}.{number % 90}.1", f"phone-{number % 110}"
        cast_from(campaign, number, [1 + number % 6], address=address, agent=agent, when=when)
    return [
        cast_from(
            campaign,
            1000 + number,
            [2],
            address=f"172.16.{number}.1",
            agent="farm",
            when=NOON + timedelta(seconds=40 * number),
        ).n
        for number in range(farm)
    ]


def test_scan_opens_a_case_and_adds_to_it(app):
    campaign = make_campaign(recount="public")
    first = cast_a_day(campaign, farm=40)

    joined = scanning.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))
    more = [
        cast_from(
            campaign,
            2000 + number,
            [2],
            address=f"172.17.{number}.1",
            agent="farm",
            answer=Answer(bytes([number]) * 16),
            when=NOON + timedelta(minutes=31),
        ).n
        for number in range(15)
    ]
    scanning.scan(campaign.id, clock=at(NOON + timedelta(minutes=40)))

    (case,) = cases.cases_of(campaign.id)
    assert joined == 40
    assert (case.state, case.ballots, cases.numbers(case.id)) == ("open", 55, first + more)
    assert cases.details(case).candidate == 0  # not while people vote
    tallies.close(campaign.id, clock=at(CLOSES))
    assert cases.details(case).candidate == 2


def test_usual_day_opens_nothing(app):
    campaign = make_campaign()
    cast_a_day(campaign)

    assert scanning.scan(campaign.id, clock=at(NOON)) == 0
    assert cases.cases_of(campaign.id) == []


def test_scan_runs_once_a_minute_and_only_when_something_came(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    assert scanning.scan_if_due(campaign.id, clock=at(NOON))
    cast_from(campaign, 2, [1])
    assert not scanning.scan_if_due(campaign.id, clock=at(NOON + timedelta(seconds=59)))
    assert scanning.scan_if_due(campaign.id, clock=at(NOON + timedelta(seconds=60)))
    assert not scanning.scan_if_due(campaign.id, clock=at(NOON + timedelta(hours=1)))


def test_case_tells_of_choices_only_sealed(app):
    campaign = make_campaign()
    cast_a_day(campaign, farm=40)
    scanning.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))

    (case,) = rows(Case)

    assert b"candidate" not in case.sealed
    stolen = raw()
    assert case.sealed[:200] in stolen  # the looking finds what is there
    assert b"candidate_share" not in stolen


def test_released_ballots_are_not_reported_again(app, reviewers):
    campaign = make_campaign()
    cast_a_day(campaign, farm=40)
    scanning.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))
    (case,) = cases.cases_of(campaign.id)

    cases.release(case.id, reviewers[0].id, "同一型号的自助终端", clock=at(NOON))
    cast_from(campaign, 3000, [2], agent="farm", when=NOON + timedelta(minutes=31))
    scanning.scan(campaign.id, clock=at(NOON + timedelta(minutes=40)))

    assert [(one.state, one.ballots) for one in cases.cases_of(campaign.id)] == [("released", 40)]


def test_command_for_a_timer_scans_what_is_new(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    outcome = app.test_cli_runner().invoke(args=["integrity", "scan"])

    assert (outcome.exit_code, outcome.output) == (0, "0 ballots joined cases\n")
    assert not scanning.scan_if_due(campaign.id)
