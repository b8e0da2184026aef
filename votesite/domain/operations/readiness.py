"""Whether the database under this site is the one it needs: newest migration, guards, keys."""

from functools import cache
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from votesite.domain.operations import identity
from votesite.extensions import db, site
from votesite.keys import Unreadable
from votesite.models.keys import WrappedKey
from votesite.models.ledger import APPEND_ONLY
from votesite.models.triggers import missing_triggers

MIGRATIONS = Path(__file__).parents[3] / "migrations"


def missing() -> list[str]:
    """Returns what keeps the site from serving, as codes: database, migrations, guards, keys.

    Also those of `identity.faults`, where voters would not be recognised.
    """
    try:
        with db.engine.connect() as connection:
            revision = MigrationContext.configure(connection).get_current_revision()
            guards = missing_triggers(connection, APPEND_ONLY)
    except SQLAlchemyError:
        return ["database"]
    if revision is None or revision != newest_revision():
        return ["migrations"]
    if unreadable_keys(limit=1):
        return [*(["guards"] if guards else []), "keys"]
    return [*(["guards"] if guards else []), *(fault.code for fault in identity.faults())]


def is_migrated() -> bool:
    """Whether migrations made this database, the newest or an older one."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() is not None


def unreadable_keys(limit: int | None = None) -> list[str]:
    """Returns the stored keys that the master key does not open, newest first.

    Each as `purpose|campaign`; `limit` is how many of the newest keys are tried.
    """
    columns = (WrappedKey.purpose, WrappedKey.campaign_id, WrappedKey.wrapped)
    query = select(*columns).order_by(WrappedKey.id.desc()).limit(limit)
    with db.engine.connect() as connection:
        rows = connection.execute(query).all()
    wrapped = {f"{purpose}|{campaign_id or 0}": key for purpose, campaign_id, key in rows}
    return [context for context, key in wrapped.items() if not _opens(context, key)]


@cache
def newest_revision() -> str | None:
    """Returns the revision that `flask db upgrade` of this code leads to; None without any."""
    if not (MIGRATIONS / "versions").is_dir():
        return None
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _opens(context: str, wrapped: bytes) -> bool:
    try:
        site().master.unwrap(wrapped, context)
    except Unreadable:
        return False
    return True
