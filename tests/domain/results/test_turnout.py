"""Figures for staff: ballots by hour and refusals by reason, of the Beijing day."""

from datetime import datetime, timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import make_campaign, voter
from votesite.clock import CST
from votesite.domain.results import turnout
from votesite.domain.voting import casting
from votesite.errors import Refused

DAY = datetime(2026, 11, 20, 0, 0, tzinfo=CST)


def test_ballots_are_counted_by_full_hours_of_today(app):
    campaign = make_campaign()
    moments = [DAY - timedelta(minutes=1), DAY, DAY + timedelta(minutes=59), DAY.replace(hour=3)]
    for number, moment in enumerate(moments):
        cast_ballot(campaign, number, 1, when=moment)

    figures = turnout.turnout(campaign.id, now=DAY.replace(hour=4, minute=30))

    assert figures.today == [2, 0, 0, 1]
    assert (figures.of_today, figures.ballots, figures.voided) == (3, 4, 0)


def test_usual_day_is_the_median_of_the_days_with_ballots(app):
    campaign = make_campaign()
    number = 0
    for back, times in ((3, 1), (2, 5), (1, 2)):
        for _ in range(times):
            number += 1
            cast_ballot(campaign, number, 1, when=DAY - timedelta(days=back) + timedelta(hours=9))

    figures = turnout.turnout(campaign.id, now=DAY.replace(hour=12))

    assert figures.usual[9] == 2
    assert sum(figures.usual) == 2


def test_campaign_without_ballots_has_no_figures(app):
    campaign = make_campaign()

    figures = turnout.turnout(campaign.id, now=DAY)

    assert (figures.ballots, figures.of_today, figures.usual) == (0, 0, [])
    assert turnout.refusals(campaign.id, now=DAY) == []


def test_refusals_of_today_are_counted_by_reason_most_first(app):
    campaign = make_campaign()
    for number, picks in ((1, ("1", "1")), (2, ("99",)), (3, ("1",))):
        ballot = casting.Ballot(campaign.id, voter(number), picks, f"{number:020}", number != 3)
        with pytest.raises(Refused):
            casting.cast(ballot, clock=lambda: DAY)
    cast_ballot(campaign, 4, 1, when=DAY)

    assert turnout.refusals(campaign.id, now=DAY.replace(hour=23)) == [
        ("invalid-ballot", 2),
        ("consent-required", 1),
    ]
    assert turnout.refusals(campaign.id, now=DAY - timedelta(hours=1)) == []


@pytest.mark.parametrize(
    ("rules", "votes", "voters"),
    [
        ({"scope": "campaign", "ballots": 2}, [(0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 3, 1)], 3),
        # A pseudonym lives for a day: the busiest one counts, also when others follow.
        (
            {"repeat": "daily"},
            [(0, 1, 1), (1, 1, 1), (1, 2, 1), (1, 3, 1), (2, 1, 1), (2, 4, 1)],
            3,
        ),
        ({"repeat": "daily", "ballots": 2}, [(0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 1, 1)], 2),
        # One pseudonym for all days: whoever comes back is the same voter.
        ({"repeat": "never"}, [(0, 1, 1), (0, 2, 1), (1, 1, 2), (2, 1, 3), (2, 3, 1)], 3),
        ({"repeat": "never", "ballots": 2}, [(0, 1, 1), (0, 1, 2), (1, 1, 3), (1, 2, 1)], 2),
    ],
)
def test_voters_are_counted_as_the_public_log_shows_them(app, rules, votes, voters):
    campaign = make_campaign(**rules)
    for place, (later, who, no) in enumerate(votes):
        when = DAY + timedelta(days=later, hours=9, minutes=place)
        cast_ballot(campaign, who, no, when=when)

    seen = {}
    for entry in entries_of(campaign, "vote"):
        seen.setdefault(entry["p"] if rules.get("repeat") == "daily" else "all", set()).add(
            entry["v"]
        )

    assert turnout.voters(campaign.id) == voters == max(map(len, seen.values()))


def test_a_ballot_that_is_refused_counts_no_voter(app):
    campaign = make_campaign(repeat="never")
    cast_ballot(campaign, 1, 1, when=DAY)

    with pytest.raises(Refused):
        cast_ballot(campaign, 1, 1, when=DAY + timedelta(days=1))
    with pytest.raises(Refused):
        cast_ballot(campaign, 2, 99, when=DAY + timedelta(days=1))

    assert turnout.voters(campaign.id) == 1
    assert turnout.voters(campaign.id + 1) == 0
