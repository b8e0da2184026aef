"""One change of a running vote's rules, as a `rule` entry records it (ledger.md section 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """A kind and its value.

    `to`: the new end, as a ledger minute. `withdraw` and `reinstate`: a candidate's number. `pause`
    and `resume`: the public reason. `roster`: the electorate's new {size, sha256}. Decisions
    know further kinds, which no `rule` entry records.
    """

    kind: str
    value: Any

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> "Change":
        """Returns the change that an object of exactly one member stands for.

        Raises ValueError for any other object.
        """
        ((kind, value),) = entry.items()
        return cls(kind, value)

    def as_entry(self) -> dict[str, Any]:
        """Returns the object that ledger and decisions keep: `{kind: value}`."""
        return {self.kind: self.value}
