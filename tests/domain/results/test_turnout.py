"""Figures for staff: ballots by hour and refusals by reason, of the Beijing day."""

from datetime import datetime, timedelta

import pytest

from tests.support.ballots import cast_ballot
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
