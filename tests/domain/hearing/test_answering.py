"""Dealing with objections: taking up, declining, deadlines, sealed looks, and who may."""

from datetime import timedelta

import pytest

from tests.support.noticed import DAY, GOOD, noticed, object_to
from tests.support.staffing import make_staff
from tests.support.stored import rows
from votesite import clock
from votesite.domain.hearing import answering, concerns
from votesite.domain.hearing.sealing import open_note
from votesite.errors import Forbidden, InvalidFields, Lapsed, NotFound
from votesite.extensions import db
from votesite.models.audit import AuditEntry
from votesite.models.hearing import Objection, ObjectionTerms


@pytest.fixture
def honours(app):
    return noticed()


@pytest.fixture
def campaign(honours):
    return honours.campaign


@pytest.fixture
def asked(campaign):
    object_to(campaign)
    return rows(Objection)[-1]


def stored(asked):
    db.session.expire_all()
    return db.session.get(Objection, asked.id)


def decide_answer(honours, asked, **changes):
    value = {
        "objections": [asked.n],
        "outcome": "dismissed",
        "effect": "none",
        "reply": "经核查属实无误。",
        **changes,
    }
    return honours.decide("answer", value, moment=clock.now())


def test_accepting_says_who_and_when(honours, campaign, asked):
    answering.accept(campaign.id, asked.id, by=honours.owner)

    row = stored(asked)
    assert (row.state, row.accepted_by) == ("accepted", honours.owner)
    with pytest.raises(Lapsed):
        answering.accept(campaign.id, asked.id, by=honours.owner)


def test_declining_keeps_the_reason_sealed_and_still_owes_an_answer(honours, campaign, asked):
    answering.decline(campaign.id, asked.id, "没有具体事实", by=honours.editor)

    row = stored(asked)
    assert (row.state, open_note(row)) == ("closed", "没有具体事实")
    assert "没有具体事实".encode() not in bytes(row.declined)
    assert answering.is_owed(row)
    answering.accept(campaign.id, asked.id, by=honours.owner)
    assert (stored(asked).state, stored(asked).declined) == ("accepted", None)


def test_hint_is_closed_with_a_note_and_owes_nothing(honours, campaign):
    object_to(campaign, kind="hint")
    hint = rows(Objection)[-1]
    assert answering.is_owed(hint)

    with pytest.raises(Lapsed):
        answering.accept(campaign.id, hint.id, by=honours.owner)
    answering.decline(campaign.id, hint.id, "已转办", by=honours.owner)

    assert not answering.is_owed(stored(hint))
    assert answering.waiting(campaign.id, now=clock.now()) == (0, 0)


def test_answered_one_is_dealt_with(honours, campaign, asked):
    decide_answer(honours, asked)

    row = stored(asked)
    assert (row.state, row.outcome) == ("answered", "dismissed")
    assert not answering.is_owed(row)
    for act in (
        lambda: answering.accept(campaign.id, asked.id, by=honours.owner),
        lambda: answering.decline(campaign.id, asked.id, "晚了", by=honours.owner),
    ):
        with pytest.raises(Lapsed):
            act()


def test_late_from_the_day_after_it_was_due(campaign, asked):
    due = clock.parse_minute(f"{asked.due_on}T12:00+08:00")

    assert answering.waiting(campaign.id, now=due) == (1, 0)
    assert answering.waiting(campaign.id, now=due + DAY) == (1, 1)


def test_what_is_owed_comes_first_by_its_day(honours, campaign):
    for who in (11, 12, 13):
        object_to(campaign, who)
    first, second, third = rows(Objection)
    decide_answer(honours, first)

    assert [row.id for row in answering.objections_of(campaign.id)] == [
        second.id,
        third.id,
        first.id,
    ]


def test_each_look_at_name_contact_and_file_is_in_the_audit_log(honours, campaign, asked):
    words = answering.reveal(campaign.id, asked.id, by=honours.owner)

    assert (words.name, words.contact) == (GOOD["name"], GOOD["contact"])
    line = rows(AuditEntry)[-1]
    assert (line.action, line.table, line.row_id) == ("look", "objections", str(asked.id))
    assert line.fields == "name contact"
    with pytest.raises(NotFound):
        answering.open_file(campaign.id, asked.id, by=honours.owner)


def test_who_is_concerned_neither_reads_nor_decides(honours, campaign, asked):
    concerns.note(campaign.id, asked.id, honours.editor, "统计这项数据", by=honours.owner)

    for act in (
        lambda: answering.reveal(campaign.id, asked.id, by=honours.editor),
        lambda: answering.open_file(campaign.id, asked.id, by=honours.editor),
        lambda: answering.accept(campaign.id, asked.id, by=honours.editor),
        lambda: decide_answer(honours, asked),
    ):
        with pytest.raises(Forbidden):
            act()
    assert stored(asked).answer_n is None


@pytest.mark.parametrize("role", ["auditor", "judge", "supervisor"])
def test_others_do_not_handle_it(campaign, asked, role):
    other = make_staff(role, role, campaign=campaign).id

    with pytest.raises(Forbidden):
        answering.accept(campaign.id, asked.id, by=other)
    if role != "supervisor":
        with pytest.raises(Forbidden):
            answering.reveal(campaign.id, asked.id, by=other)


def test_objection_of_another_campaign_is_not_found(honours, asked):
    other = noticed(slug="another-2026")

    with pytest.raises(NotFound):
        answering.accept(other.campaign.id, asked.id, by=other.owner)


@pytest.mark.parametrize("days", [None, 0, 61])
def test_impossible_deadlines_are_refused(honours, campaign, days):
    with pytest.raises(InvalidFields):
        answering.set_days(campaign.id, days, by=honours.owner)
    assert rows(ObjectionTerms) == []


def test_own_deadline_counts_for_later_objections(honours, campaign, asked):
    answering.set_days(campaign.id, 1, by=honours.owner)
    object_to(campaign, 12, moment=clock.now() + timedelta(minutes=1))

    assert rows(Objection)[-1].due_on < asked.due_on
    assert stored(asked).due_on == asked.due_on
