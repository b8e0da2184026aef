"""What the database holds now, whatever the session has read before, and ways behind its guards."""

import os

from sqlalchemy import inspect, select, text

from tests.support import postgresql
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign

TRIGGERS = {
    "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname, relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid"
    " WHERE NOT tgisinternal",
}


def rows(table):
    """Every row of a table, by its key."""
    db.session.rollback()
    return list(db.session.scalars(select(table).order_by(*inspect(table).primary_key)))


def fresh(campaign):
    """The campaign as it stands now."""
    db.session.rollback()
    return db.session.get(Campaign, campaign.id)


def raw():
    """Every byte of the files in which the site's data lie: a thief's view of them."""
    db.session.rollback()
    instance = site().settings.instance
    if server := os.environ.get(postgresql.SERVER):
        return postgresql.bytes_of(server, instance)
    return b"".join(path.read_bytes() for path in sorted(instance.glob("votesite.db*")))


def drop_guards():
    """Take every append-only guard away, as somebody with the database's password can."""
    db.session.rollback()
    with db.engine.begin() as connection:
        dialect = connection.dialect.name
        for name, table in connection.execute(text(TRIGGERS[dialect])).all():
            where = f" ON {table}" if dialect == "postgresql" else ""
            connection.execute(text(f"DROP TRIGGER {name}{where}"))


def tamper(statement, **values):
    """Change behind the site's back what the guards would refuse."""
    drop_guards()
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)
