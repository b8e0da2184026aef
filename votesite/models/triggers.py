"""Append-only tables: the database itself refuses to change, delete or replace their rows."""

from collections.abc import Iterable

from sqlalchemy import Connection, text

REFUSAL = "append-only"


def append_only(table: str, key: Iterable[str], dialect: str) -> list[str]:
    """Return the statements that make a table append-only.

    `key` names the columns of the primary key, `dialect` is sqlite or postgresql. On SQLite, BEFORE
    INSERT refuses an existing key as well, because REPLACE deletes without firing the other two.
    """
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
        exists = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "  # noqa: S608 -- own names
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} {exists}{refuse}",
        ]
    return [
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()",
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
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
    """Return the names in `tables` whose triggers are not all in place, sorted."""
    if connection.dialect.name == "sqlite":
        question = "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'"
        needed = 3
    else:
        question = (
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE NOT t.tgisinternal AND t.tgenabled = 'O'"
        )
        needed = 2
    guarded = [row[0] for row in connection.execute(text(question))]
    return sorted(table for table in tables if guarded.count(table) < needed)
