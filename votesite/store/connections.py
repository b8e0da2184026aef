"""How each connection begins: SQLite's PRAGMAs and explicit transactions."""

from typing import Any

from sqlalchemy import Engine, event

PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA wal_autocheckpoint=8000",
    "PRAGMA trusted_schema=OFF",
)


def prepare(engine: Engine) -> None:
    """Set SQLite's PRAGMAs on every connection, and begin its transactions explicitly.

    A transaction begins DEFERRED unless its connection asks otherwise with the execution option
    `sqlite_begin`; the driver's own implicit transactions would leave a SELECT outside of any.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {kind}")
