"""The audit log: chained lines that the database refuses to change."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.support.factories import NOON
from tests.support.stored import drop_guards
from votesite.domain import audit
from votesite.extensions import db, writing
from votesite.models.audit import AuditEntry


def note(times=1):
    for number in range(times):
        with writing():
            audit.note(None, "edit", "candidates", number, ["summary"], now=NOON)


def test_lines_are_numbered_and_each_holds_the_hash_of_the_one_before(app):
    note(3)

    lines = audit.entries(None)

    assert [line.n for line in lines] == [2, 1, 0]
    assert [line.previous for line in lines] == [lines[1].hash, lines[2].hash, bytes(32)]
    assert audit.first_broken() is None


def test_several_lines_of_one_transaction_are_chained(app):
    with writing():
        audit.note(None, "create", "staff", 1, now=NOON)
        audit.note(None, "grant", "staff_grants", 1, now=NOON)

    assert audit.first_broken() is None
    assert [line.action for line in audit.entries(None)] == ["grant", "create"]


def test_act_that_fails_leaves_no_line(app):
    def act():
        with writing():
            audit.note(None, "edit", "candidates", 1, now=NOON)
            raise ValueError

    with pytest.raises(ValueError):
        act()

    assert audit.entries(None) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = 'other' WHERE n = 1",
        "DELETE FROM audit_entries WHERE n = 2",
        pytest.param(
            "REPLACE INTO audit_entries SELECT * FROM audit_entries WHERE n = 1",
            marks=pytest.mark.sqlite,
        ),
    ],
)
def test_database_refuses_to_change_a_line(app, statement):
    note(3)

    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))
    db.session.rollback()

    assert audit.first_broken() is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET action = 'other' WHERE n = 1",
        "UPDATE audit_entries SET staff_id = NULL, t = '2026-11-20T13:00+08:00' WHERE n = 1",
        "DELETE FROM audit_entries WHERE n = 1",
    ],
)
def test_change_behind_the_guards_breaks_the_chain(app, statement):
    note(3)
    drop_guards()

    db.session.execute(text(statement))

    assert audit.first_broken() == 1
    db.session.rollback()


def test_lines_of_a_campaign_are_shown_without_others(app):
    note(1)

    assert audit.entries([1]) == []
    assert len(audit.entries(None)) == 1
    assert db.session.query(AuditEntry).count() == 1
