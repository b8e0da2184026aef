"""Append-only tables: the database itself refuses to change, delete or replace their rows."""

import re
from collections.abc import Iterable

from sqlalchemy import Connection, text

REFUSAL = "append-only"


def append_only(table: str, key: Iterable[str], dialect: str) -> list[str]:
    """Return the statements that make a table append-only.

    `key` names the columns of the primary key, `dialect` is sqlite or postgresql. On SQLite, BEFORE
    INSERT refuses an existing key as well, because REPLACE deletes without firing the other two.
    """
    if dialect == "sqlite":
        return _on_sqlite(table, tuple(key))
    function = (
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
    )
    changes = {"no_change": f"UPDATE OR DELETE ON {table} FOR EACH ROW"}
    changes["no_truncate"] = f"TRUNCATE ON {table} FOR EACH STATEMENT"
    return [
        function,
        *(
            f"CREATE TRIGGER {table}_{name} BEFORE {change} EXECUTE FUNCTION refuse_change()"
            for name, change in changes.items()
        ),
    ]


def _on_sqlite(table: str, key: tuple[str, ...]) -> list[str]:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    exists = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "  # noqa: S608 -- own names
    return [
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {exists}{refuse}",
    ]


def create_triggers(connection: Connection, tables: dict[str, tuple[str, ...]]) -> None:
    """Make tables append-only; `tables` maps their names to their primary keys."""
    for table, key in tables.items():
        for statement in append_only(table, key, connection.dialect.name):
            connection.execute(text(statement))


def restore_triggers(connection: Connection, table: str, key: tuple[str, ...]) -> None:
    """Make an SQLite table append-only again, whichever of its triggers are left."""
    for act in ("update", "delete", "replace"):
        connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{act}"))
    create_triggers(connection, {table: key})


def missing_triggers(connection: Connection, tables: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the names in `tables` whose triggers are not all in place, sorted.

    On SQLite a trigger of the right name that does something else is not in place either.
    """
    dialect = connection.dialect.name
    if dialect == "sqlite":
        question = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    else:
        question = (
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled = 'O'"
        )
    found = {row[0] for row in connection.execute(text(question))}
    return sorted(
        table for table, key in tables.items() if not _guards(table, key, dialect) <= found
    )


def _guards(table: str, key: tuple[str, ...], dialect: str) -> set[str]:
    """Return the triggers of a table as the database lists them: SQLite by text, else by name."""
    statements = append_only(table, key, dialect)
    if dialect == "sqlite":
        return set(statements)
    return {name for statement in statements for name in re.findall(r"TRIGGER (\w+)", statement)}
