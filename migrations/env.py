"""Migrations run on a connection of their own, in one real transaction.

SQLite: foreign keys off before it begins (batch mode copies tables), checked before it commits.
Log tables are never altered in batch: that would drop their triggers silently.
"""

from alembic import context
from flask import current_app
from sqlalchemy import Connection, create_engine, event, text

from votesite.domain.operations import identity
from votesite.extensions import db
from votesite.models.ledger import APPEND_ONLY
from votesite.models.triggers import missing_triggers, restore_triggers


class BrokenReference(Exception):
    """A migration would leave rows that refer to nothing."""


def run() -> None:
    """Upgrade or downgrade, or change nothing."""
    # A restore makes a database beside the site's own, to see how one of that revision looks.
    url = context.config.attributes.get("url") or current_app.config["SQLALCHEMY_DATABASE_URI"]
    engine = create_engine(url)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:

        @event.listens_for(engine, "connect")
        def _connect(connection, _record):
            connection.isolation_level = None
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=OFF")

        @event.listens_for(engine, "begin")
        def _begin(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    with engine.begin() as connection:  # alembic leaves this transaction to us
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_as_batch=True,
            compare_type=True,
        )
        if is_sqlite:
            guard_again(connection)
        context.run_migrations()
        if is_sqlite:
            check(connection)
    engine.dispose()
    if leads_to_newest() and "url" not in context.config.attributes:
        for fault in identity.prepare():
            current_app.logger.warning(fault.sentence)


def leads_to_newest() -> bool:
    """Whether this is an upgrade to the newest tables, rather than a look or a way back."""
    try:
        return context.get_revision_argument() == context.get_head_revision()
    except KeyError:
        return False


def guard_again(connection: Connection) -> None:
    """Put back what somebody with the file has removed; what he changed, the self-check finds."""
    for table in unguarded(connection):
        current_app.logger.warning("%s had lost its triggers: put back, check the ledgers", table)
        restore_triggers(connection, table, APPEND_ONLY[table])


def unguarded(connection: Connection) -> list[str]:
    """The append-only tables that are there without all of the guards they had by now."""
    tables = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master"))}
    there = {name: key for name, key in APPEND_ONLY.items() if name in tables}
    return missing_triggers(connection, there)


def check(connection: Connection) -> None:
    """Refuse to commit dangling references or a log without its guards."""
    broken = connection.execute(text("PRAGMA foreign_key_check")).fetchall()
    if broken:
        raise BrokenReference(f"{len(broken)} rows, the first: {tuple(broken[0])}")
    if lost := unguarded(connection):
        raise BrokenReference(f"tables without their triggers: {', '.join(lost)}")


run()
