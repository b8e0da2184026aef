"""What two people decided together, as an entry records it (ledger.md section 2, two-person)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from votesite.domain.ledger.canonical import canonical

CONTEXT = "votesite-decision/v1"
UNSIGNED = ("", "")


def new_id() -> str:
    """Returns an `id` for a proposal: 32 hex digits, 128 random bits."""
    return token_hex(16)


@dataclass(frozen=True)
class Decided:
    """The three fields of a two-person entry: proposer and confirmer, the id, their signatures.

    Where the ledger is not signed both signatures are empty.
    """

    by: tuple[int, int]
    id: str = field(default_factory=new_id)
    sigs: tuple[str, str] = UNSIGNED

    def as_fields(self) -> dict[str, Any]:
        """Returns the fields as the entry holds them."""
        return {"by": list(self.by), "id": self.id, "sigs": list(self.sigs)}


def statement(origin: str, k: str, fields: Mapping[str, Any], id: str) -> str:
    """Returns the exact text that both sign: all that the entry will hold but n, t, by and sigs."""
    body = canonical({**fields, "k": k, "id": id}).decode()
    return f"{CONTEXT}\n{origin}\n{body}"
