"""Who is concerned by an objection: noted by anybody who decides, taken back by others only."""

import pytest

from tests.support.noticed import noticed, object_to
from tests.support.staffing import make_staff
from tests.support.stored import rows
from votesite.domain.hearing import concerns
from votesite.errors import Forbidden, InvalidFields
from votesite.models.audit import AuditEntry
from votesite.models.hearing import Concern, Objection


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def asked(honours):
    object_to(honours.campaign)
    return rows(Objection)[-1]


def note(honours, asked, whom, why="统计这项数据", *, by=None):
    concerns.note(honours.campaign.id, asked.id, whom, why, by=by or honours.owner)


def test_noted_once_with_the_reason_and_who_noted_it(honours, asked):
    note(honours, asked, honours.editor)
    note(honours, asked, honours.editor, "又一次")

    (row,) = rows(Concern)
    assert (row.staff_id, row.why, row.noted_by) == (
        honours.editor,
        "统计这项数据",
        honours.owner,
    )
    assert concerns.is_concerned(honours.campaign.id, [asked.n], honours.editor)
    assert not concerns.is_concerned(honours.campaign.id, [asked.n], honours.owner)
    assert not concerns.is_concerned(honours.campaign.id, [asked.n + 1], honours.editor)
    assert [line.action for line in rows(AuditEntry)].count("note-concern") == 1


def test_oneself_may_be_noted_and_cannot_take_it_back(honours, asked):
    note(honours, asked, honours.editor, by=honours.editor)

    with pytest.raises(Forbidden):
        concerns.drop(honours.campaign.id, asked.id, honours.editor, by=honours.editor)
    concerns.drop(honours.campaign.id, asked.id, honours.editor, by=honours.owner)
    assert rows(Concern) == []


def test_without_reason_or_about_somebody_who_decides_nothing_is_refused(honours, asked):
    judge = make_staff("judge", "judge", campaign=honours.campaign).id

    with pytest.raises(InvalidFields):
        note(honours, asked, honours.editor, " ")
    with pytest.raises(InvalidFields):
        note(honours, asked, judge)
    with pytest.raises(Forbidden):
        note(honours, asked, honours.editor, by=judge)
    assert rows(Concern) == []
