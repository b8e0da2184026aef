"""SQL texts, compiled once for each database."""

from functools import cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine.interfaces import Dialect

Row = tuple[Any, ...]


class Statement:
    """One SQL text with `:named` parameters, compiled once for each dialect.

    `locks` adds FOR UPDATE where the database locks rows; SQLite's write transaction needs none.
    """

    def __init__(self, sql: str, *, locks: bool = False) -> None:
        self._sql = sql
        self._locks = locks
        # By dialect name. Threads may fill it at the same time: they write the same text.
        self._compiled: dict[str, str] = {}

    def compiled(self, dialect: Dialect) -> str:
        """Returns the text in the parameter style of the driver."""
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            locks = self._locks and dialect.name != "sqlite"
            sql = f"{self._sql} FOR UPDATE" if locks else self._sql
            compiled = str(text(sql).compile(dialect=_named(dialect.name)))
            self._compiled[dialect.name] = compiled
        return compiled


@cache
def _named(name: str) -> Dialect:
    if name == "sqlite":
        from sqlalchemy.dialects.sqlite import dialect  # noqa: PLC0415 -- one of two drivers

        return dialect(paramstyle="named")
    from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg  # noqa: PLC0415 -- ditto

    return psycopg()  # type: ignore[no-untyped-call]
