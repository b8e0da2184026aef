"""The shape of an SQLite database: what it holds beside its data, and what it should hold.

A backup is put in the place of the site's own file, with whatever triggers and views it brings: so
its shape must be the one that the migrations up to its revision make.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from votesite.domain.operations.readiness import MIGRATIONS

Shape = dict[str, object]  # by name of a table, index, trigger or view

_OF_A_TABLE = (
    "SELECT * FROM pragma_table_xinfo(?)",
    # Without their ids: their order within a table differs from one upgrade to the next.
    'SELECT seq, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?)'
    ' ORDER BY "table", "from"',
    'SELECT name, "unique", origin, partial FROM pragma_index_list(?) ORDER BY name',
    "SELECT type, wr, strict FROM pragma_table_list(?) WHERE schema = 'main'",
)


class Unknown(Exception):
    """No migration of this code makes databases of that revision."""


def strange(database: sqlite3.Connection) -> str | None:
    """Returns the name of something that a database should not have, lacks, or has otherwise.

    None where it is as its migrations make it. Raises Unknown for one that no known migration made.
    """
    found, expected = shape_of(database), _made_by_migrations(_revision(database))
    names = sorted(found.keys() | expected.keys())
    return next((name for name in names if found.get(name) != expected.get(name)), None)


def shape_of(database: sqlite3.Connection) -> Shape:
    """Returns everything in a database by its name, in a form that two databases may share.

    Tables and indexes by their columns and constraints, since the texts of two versions may differ
    in nothing but blanks; triggers and views by their texts, which say what they do.
    """
    shape: Shape = {}
    rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    for kind, name, table, sql in rows:
        if kind == "table":
            shape[name] = (kind, *_table(database, name))
        elif kind == "index":
            shape[name] = (
                kind,
                table,
                *database.execute("SELECT * FROM pragma_index_xinfo(?)", [name]),
            )
        else:
            shape[name] = (kind, table, " ".join(str(sql).split()))
    return shape


def _table(database: sqlite3.Connection, name: str) -> Iterator[object]:
    for question in _OF_A_TABLE:
        yield database.execute(question, [name]).fetchall()


def _revision(database: sqlite3.Connection) -> str:
    try:
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise Unknown
    return str(row[0])


def _made_by_migrations(revision: str) -> Shape:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.db"
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["url"] = f"sqlite:///{path}"
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise Unknown from error
        with closing(sqlite3.connect(path)) as database:
            return shape_of(database)
