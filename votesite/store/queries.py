"""Questions whose rows have names."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Generic, TypeVar

from votesite.store.statements import Statement
from votesite.store.transactions import Transaction

RowType = TypeVar("RowType")


class Query(Generic[RowType]):
    """A SELECT whose rows are objects of `row_type`, a NamedTuple or a dataclass.

    Its fields, in their order, are the columns: one list both writes the SQL and names the values,
    so a column added in the middle cannot shift the others. `rest` is the statement from FROM on;
    `expressions` says how a field is computed that is not a plain column.
    """

    def __init__(
        self,
        row_type: type[RowType],
        rest: str,
        *,
        locks: bool = False,
        expressions: Mapping[str, str] | None = None,
    ) -> None:
        self._row_type = row_type
        computed = expressions or {}
        columns = [
            f"{computed[name]} AS {name}" if name in computed else name
            for name in field_names(row_type)
        ]
        self.statement = Statement(f"SELECT {', '.join(columns)} {rest}", locks=locks)

    def one(self, tx: Transaction, values: Mapping[str, Any] | None = None) -> RowType | None:
        """Returns the first row, or None."""
        row = tx.one(self.statement, values)
        return None if row is None else self._row_type(*row)

    def all(self, tx: Transaction, values: Mapping[str, Any] | None = None) -> list[RowType]:
        """Returns every row."""
        return [self._row_type(*row) for row in tx.all(self.statement, values)]


def field_names(row_type: type[Any]) -> tuple[str, ...]:
    """Returns the names of a NamedTuple's or dataclass's fields, in their order."""
    if issubclass(row_type, tuple):
        names: tuple[str, ...] = row_type._fields  # type: ignore[attr-defined]
        return names
    return tuple(field.name for field in fields(row_type))
