"""One transaction: statements on the driver's own connection, and what its commit writes last.

SQLite, PostgreSQL and a driver that injects faults run the same code.
"""

import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy.engine.interfaces import Dialect

from votesite.store.statements import Row, Statement

log = logging.getLogger(__name__)


class Pending(Protocol):
    """State that a transaction gathers and writes once, just before it commits."""

    def flush(self, tx: "Transaction") -> None:
        """Write what was gathered."""


class Transaction:
    """Statements of one transaction. Belongs to the thread that opened it, so nothing is locked."""

    def __init__(self, connection: Any, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect
        self.pending: dict[Hashable, Pending] = {}
        self._after_commit: list[Callable[[], None]] = []

    def run(self, statement: Statement, values: Mapping[str, Any] | None = None) -> None:
        """Run a statement that returns no row."""
        self._connection.execute(statement.compiled(self.dialect), values or {})

    def one(self, statement: Statement, values: Mapping[str, Any] | None = None) -> Row | None:
        """Returns the first row, or None."""
        row: Row | None = self._connection.execute(
            statement.compiled(self.dialect), values or {}
        ).fetchone()
        return row

    def value(self, statement: Statement, values: Mapping[str, Any] | None = None) -> Any:
        """Returns the one column of the first row, or None where there is no row."""
        row = self._connection.execute(statement.compiled(self.dialect), values or {}).fetchone()
        return None if row is None else row[0]

    def all(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Row]:
        """Returns every row."""
        rows: list[Row] = self._connection.execute(
            statement.compiled(self.dialect), values or {}
        ).fetchall()
        return rows

    def column(self, statement: Statement, values: Mapping[str, Any] | None = None) -> list[Any]:
        """Returns the one column of every row."""
        return [row[0] for row in self.all(statement, values)]

    def many(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each mapping."""
        if values:
            self._connection.cursor().executemany(statement.compiled(self.dialect), values)

    def flush(self) -> None:
        """Write what was gathered; part of the commit."""
        pending, self.pending = self.pending, {}
        for state in pending.values():
            state.flush(self)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Have something done once this is committed; it must not raise."""
        self._after_commit.append(action)

    def committed(self) -> None:
        """Do what waited for the commit; a fault in it must not look like a fault of the write."""
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            try:
                action()
            except Exception:
                log.exception("what follows a commit failed")
