"""Who a judge is: name and unit, to which the `judge` entry commits by `who`, sealed at rest."""

import hashlib
import json
from typing import NamedTuple

from votesite.domain import keys
from votesite.domain.ledger.canonical import canonical


class Identity(NamedTuple):
    """A judge's name and unit, and the salt (64 hex) of the commitment to them."""

    name: str
    unit: str
    salt: str

    def who(self) -> str:
        """Returns `who` as the `judge` entry has it (ledger.md section 2a)."""
        body = canonical([self.name, self.unit])
        return hashlib.sha256(bytes.fromhex(self.salt) + body).hexdigest()


def seal_identity(campaign_id: int, number: int, identity: Identity) -> bytes:
    """Returns who a judge is as the row of the judge keeps it."""
    text = json.dumps(identity, ensure_ascii=False, separators=(",", ":"))
    return keys.seal_field(text, _bound_to(campaign_id, number))


def open_identity(campaign_id: int, number: int, sealed: bytes) -> Identity:
    """Returns who a judge is. Raises Unreadable, KeyMissing."""
    return Identity(*json.loads(keys.open_field(sealed, _bound_to(campaign_id, number))))


def _bound_to(campaign_id: int, number: int) -> str:
    return f"judges|{campaign_id}-{number}|sealed"
