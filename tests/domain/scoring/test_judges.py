"""Judges: who they are, what they score, how many a category has."""

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
from tests.support.staffing import make_staff
from votesite.domain.scoring import judges
from votesite.errors import Closed, Forbidden
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign


@pytest.fixture
def campaign(app):
    return judged_campaign()


def reread(campaign):
    return db.session.get(Campaign, campaign.id)


def test_judge_has_the_categories_of_the_appointment_or_all(campaign):
    whole, half = appoint_account(campaign, "qin", 1), appoint_account(campaign, "bai", 2, HILLS)

    tasks = [judges.task_of(campaign, staff_id) for staff_id in (whole, half)]

    assert [list(task.candidates) for task in tasks] == [[CITY, HILLS], [HILLS]]
    assert [one.no for one in tasks[1].everybody] == [1, 3, 5]
    assert tasks[0].keys == ["service", "reform"]


def test_nobody_but_a_judge_in_office_has_a_sheet(campaign):
    judge = appoint_account(campaign, "qin", 1)
    waiting = make_staff("bai", "judge", campaign=campaign).id
    appoint_account(campaign, "tao", 2)
    dismiss_judge(campaign, 1)

    for staff_id in (waiting, judge):
        with pytest.raises(Forbidden):
            judges.task_of(reread(campaign), staff_id)


def test_panel_that_is_closed_takes_nothing(campaign):
    judge = appoint_account(campaign, "qin", 1)
    hand_in_all(campaign, judge)
    close_panel(campaign)

    assert not judges.task_of(reread(campaign), judge).is_open
    with pytest.raises(Closed), writing() as tx:
        judges.open_task(tx, reread(campaign), judge)


def test_staff_read_names_and_who_has_handed_in(campaign):
    first, _second = appoint_account(campaign, "qin", 1), appoint_account(campaign, "bai", 2, HILLS)
    appoint_account(campaign, "tao", 3, HILLS)
    dismiss_judge(campaign, 3)
    n = hand_in_all(campaign, first).n

    panel = judges.members(reread(campaign), judges.state_of(campaign.id))

    assert [(one.judge.number, one.identity.name, one.sheet_n) for one in panel] == [
        (1, "专家1", n),
        (2, "专家2", None),
        (3, "专家3", None),
    ]
    assert judges.coverage(campaign, panel) == [(CITY, 1, 1), (HILLS, 2, 1)]
