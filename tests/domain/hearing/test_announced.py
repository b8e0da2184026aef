"""A notice that the schedule announces too short is told of before anybody relies on it."""

import pytest

from tests.support.factories import make_campaign
from votesite.domain.hearing import announced
from votesite.errors import Fault


@pytest.mark.parametrize(
    ("to", "found"),
    [
        ("2026-12-18T18:00+08:00", [Fault("short-notice", n=4, least=5)]),
        ("2026-12-21T18:00+08:00", []),
    ],
)
def test_working_days_of_the_schedule_are_counted(app, to, found):
    campaign = make_campaign(schedule={"notice": ["2026-12-14T09:00+08:00", to]})

    assert announced.alarms(campaign) == found


def test_what_nobody_can_count_is_not_told_of(app):
    window = ["2099-12-14T09:00+08:00", "2099-12-15T18:00+08:00"]

    assert announced.alarms(make_campaign(schedule={"notice": window})) == []
    assert announced.alarms(make_campaign(slug="other-2026", signers=0)) == []
