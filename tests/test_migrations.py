"""The migrations lead to the models, keep the guards, and a log that cannot be changed."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import current, upgrade
from sqlalchemy import inspect

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.site import settings_for
from votesite import create_app
from votesite.domain import keys
from votesite.domain.operations import readiness
from votesite.extensions import db
from votesite.models.keys import WrappedKey
from votesite.models.ledger import APPEND_ONLY
from votesite.models.site import SiteFact
from votesite.models.triggers import missing_triggers

MIGRATIONS = str(Path(__file__).parent.parent / "migrations")
REVISIONS = [step.revision for step in ScriptDirectory(MIGRATIONS).walk_revisions()]


def migrated_app(instance, revision="head"):
    app = create_app(settings_for(instance))
    with app.app_context():
        upgrade(MIGRATIONS, revision)
    return app


@pytest.fixture
def migrated(tmp_path):
    app = migrated_app(tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_migrated_database_is_the_one_the_models_describe(migrated):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})

        assert compare_metadata(context, db.metadata) == []


def test_the_upgrade_makes_the_keys_of_a_new_site_and_nothing_else_does(tmp_path):
    app = create_app(settings_for(tmp_path))
    with app.app_context():
        before = readiness.missing()
        upgrade(MIGRATIONS)
        made = [row.purpose for row in db.session.query(WrappedKey)]
        remembered = {row.key for row in db.session.query(SiteFact)}
        db.session.remove()
        db.engine.dispose()

    assert before == ["migrations"]
    assert sorted(made) == sorted(keys.SITE_PURPOSES)
    assert remembered == {"app-id", "site-voter-check"}


def test_the_upgrade_leaves_a_lost_key_lost_while_there_is_a_ledger(migrated, caplog):
    cast_ballot(make_campaign(), 1, 1)
    db.session.rollback()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM wrapped_keys WHERE purpose = 'site-voter'")

    upgrade(MIGRATIONS)

    assert readiness.missing() == ["site-keys"]
    assert "The site's key for site-voter is gone from the database" in caplog.text


def test_a_look_at_the_migrations_makes_no_key(migrated):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM wrapped_keys WHERE purpose = 'site-voter'")

    current(MIGRATIONS)

    assert readiness.missing() == ["site-keys"]
    upgrade(MIGRATIONS)
    assert readiness.missing() == []


def test_every_log_table_has_its_guards(migrated):
    with db.engine.connect() as connection:
        assert missing_triggers(connection, APPEND_ONLY) == []


@pytest.mark.parametrize("acts", [("update",), ("update", "delete", "replace")])
def test_guards_that_somebody_removed_are_put_back(migrated, caplog, acts):
    with db.engine.begin() as connection:
        for act in acts:
            connection.exec_driver_sql(f"DROP TRIGGER log_entries_no_{act}")
        assert missing_triggers(connection, APPEND_ONLY) == ["log_entries"]

    upgrade(MIGRATIONS)

    with db.engine.connect() as connection:
        assert missing_triggers(connection, APPEND_ONLY) == []
    assert "log_entries had lost its triggers" in caplog.text


def test_guard_that_was_replaced_by_one_that_does_nothing_is_missing(migrated):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER checkpoints_no_delete")
        connection.exec_driver_sql(
            "CREATE TRIGGER checkpoints_no_delete BEFORE DELETE ON checkpoints BEGIN SELECT 1; END"
        )

    assert readiness.missing() == ["guards"]
    upgrade(MIGRATIONS)
    assert readiness.missing() == []


BAD_STEP = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "9999", "{head}"

def upgrade():
    op.create_table("half", sa.Column("a", sa.Integer()))
    op.execute("DROP TRIGGER log_entries_no_update")
"""


def test_upgrade_that_loses_a_guard_leaves_everything_as_it_was(migrated, tmp_path):
    copied = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copied)
    head = ScriptDirectory(MIGRATIONS).get_current_head()
    (copied / "versions" / "bad.py").write_text(BAD_STEP.format(head=head))

    with pytest.raises(Exception, match="tables without their triggers: log_entries"):
        upgrade(str(copied))

    with db.engine.connect() as connection:
        assert missing_triggers(connection, APPEND_ONLY) == []
        assert not inspect(connection).has_table("half")


@pytest.mark.parametrize("revision", REVISIONS)
def test_upgrading_from_any_revision_keeps_the_data_and_the_guards(tmp_path, revision):
    app = migrated_app(tmp_path, revision)
    with app.app_context():
        campaign = make_campaign()
        cast_ballot(campaign, 1, 1)
        db.session.remove()
        upgrade(MIGRATIONS)
        db.engine.dispose()

    database = sqlite3.connect(tmp_path / "votesite.db")
    rows = database.execute("SELECT n, k FROM log_entries ORDER BY n").fetchall()
    database.close()
    assert rows == [(0, "open"), (1, "vote")]


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE log_entries SET body = x'00' WHERE n = 1",
        "DELETE FROM log_entries WHERE n = 1",
        "REPLACE INTO log_entries SELECT campaign_id, n, k, x'00', leaf FROM log_entries WHERE n = 1",
        "INSERT OR REPLACE INTO sealed_choices SELECT campaign_id, n, x'00' FROM sealed_choices",
        "UPDATE sealed_choices SET sealed = x'00'",
        "DELETE FROM sealed_choices",
        "UPDATE OR REPLACE log_entries SET n = 0 WHERE n = 1",
        "DELETE FROM checkpoints",
        "UPDATE checkpoints SET note = 'x' || note",
        "UPDATE checkpoints SET note = substr(note, 1, 40)",
        "UPDATE checkpoints SET size = 9",
        "REPLACE INTO checkpoints SELECT campaign_id, size, note || 'x' FROM checkpoints",
        "UPDATE checkpoints SET note = note || 'a line'",
        "DELETE FROM cosignatures",
        "UPDATE cosignatures SET signature = x'00'",
        "DELETE FROM log_tables",
        "UPDATE log_tables SET body = x'00' WHERE n = 0",
        "DELETE FROM vote_slots",
        "UPDATE vote_slots SET n = 9",
        "REPLACE INTO vote_slots SELECT campaign_id, p, v, slot, 9 FROM vote_slots",
        "DELETE FROM vote_picks",
        "UPDATE vote_picks SET mark = x'00'",
    ],
)
def test_an_entry_cannot_be_changed_deleted_or_replaced(migrated, tmp_path, attack):
    campaign = make_campaign(ballots=2, repeat="never")
    cast_ballot(campaign, 1, 1)
    db.session.remove()
    database = sqlite3.connect(tmp_path / "votesite.db")
    marks = "SELECT COUNT(*) FROM vote_picks"  # of the pick, and of the first ballot of a voter
    assert database.execute(marks).fetchone() == (2,)
    database.execute("INSERT INTO cosignatures VALUES (1, 1, 'audit', x'01020304', x'00')")
    database.commit()
    before = database.execute("SELECT * FROM log_entries").fetchall()

    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        database.execute(attack)

    database.rollback()
    assert database.execute("SELECT * FROM log_entries").fetchall() == before
    database.close()
