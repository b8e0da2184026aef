"""What a panel's sheets tell once they are open, and nothing before."""

import pytest

from tests.support.panels import (
    CITY,
    HILLS,
    appoint_account,
    close_panel,
    dismiss_judge,
    hand_in_all,
    judged_campaign,
)
from votesite.domain.scoring.findings import findings


@pytest.fixture
def campaign(app):
    return judged_campaign()


def test_nothing_is_told_before_the_panel_is_closed(campaign):
    hand_in_all(campaign, appoint_account(campaign, "qin", 1))

    assert findings(campaign.id) is None


def test_severity_is_told_by_the_judges_number_without_the_dismissed(campaign):
    accounts = [
        appoint_account(campaign, name, number)
        for number, name in ((7, "qin"), (3, "bai"), (5, "tao"))
    ]
    for staff_id, points in zip(accounts, ("90", "80", "10"), strict=True):
        hand_in_all(campaign, staff_id, points)
    dismiss_judge(campaign, 5)
    close_panel(campaign)

    found = findings(campaign.id)

    severities = {number: round(one.points, 3) for number, one in found.severities}
    assert severities == {7: 5.0, 3: -5.0}
    assert [spread.mean for spread in found.agreement.spreads] == [85.0] * 6
    assert not found.is_ranked


def test_judge_of_one_category_is_compared_on_it_alone(campaign):
    first, second = appoint_account(campaign, "qin", 1), appoint_account(campaign, "bai", 2, HILLS)
    hand_in_all(campaign, first, "80", **{"s-2-service": "95"})
    hand_in_all(campaign, second, "70")
    close_panel(campaign)

    found = findings(campaign.id)

    assert {number: one.candidates for number, one in found.severities} == {1: 6, 2: 3}
    told = {one.category: one.judges for one in found.agreement.concordances}
    assert told == {CITY: 1, HILLS: 2}


def test_category_with_fewer_than_five_sheets_is_told_to_be_untrimmed(campaign):
    names = ("qin", "bai", "tao", "wei", "yun")
    for number, name in enumerate(names, 1):
        category = [] if number < 5 else [HILLS]
        hand_in_all(campaign, appoint_account(campaign, name, number, *category))
    close_panel(campaign)

    assert findings(campaign.id).trimmed == {CITY: False, HILLS: True}
