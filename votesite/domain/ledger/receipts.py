"""Receipts: their codes, and the proof that a ballot is in the signed log (ledger.md section 3)."""

import json
import re
from dataclasses import dataclass

from votesite.domain.ledger import entries, merkle, sanctions
from votesite.domain.ledger.log import open_log
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Statement, Transaction

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
_RECEIPT = Statement(
    "SELECT r.n, e.body, e.leaf FROM receipts r JOIN log_entries e"
    " ON e.campaign_id = r.campaign_id AND e.n = r.n"
    " WHERE r.campaign_id = :campaign_id AND r.code = :code"
)
_COVERING = Statement(
    "SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id AND size > :n"
    " ORDER BY size LIMIT 1"
)


@dataclass(frozen=True)
class Proof:
    """What a receipt shows: a ballot's place in the log, and the signed tree that covers it."""

    n: int
    t: str
    leaf: bytes
    size: int
    path: list[bytes]
    checkpoint: str
    voided: bool


def new_receipt_code(random: bytes) -> str:
    """A receipt's code from 10 random bytes: 16 characters of Crockford's base 32."""
    number = int.from_bytes(random)
    return "".join(RECEIPT_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def read_code(text: str) -> str | None:
    """A receipt code as typed: case, blanks and hyphens do not matter; None for any other form."""
    code = re.sub(r"[\s-]", "", text).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    is_code = len(code) == 16 and all(char in RECEIPT_ALPHABET for char in code)
    return code if is_code else None


def prove(campaign_id: int, code: str) -> Proof:
    """The proof that a receipt's ballot is in the log; raises NotFound for an unknown code.

    A checkpoint is signed now when none covers the ballot yet; receipts asked for at the same time
    share it.
    """
    values = {"campaign_id": campaign_id, "code": code}
    with site().store.snapshot() as tx:
        row = tx.one(_RECEIPT, values)
        if row is None:
            raise NotFound
        n, body, leaf = row
        covering = tx.one(_COVERING, {"campaign_id": campaign_id, "n": n})
    if covering is None:
        covering = site().store.write(lambda tx: _cover(tx, campaign_id, n))
    size, note = covering
    with site().store.snapshot() as tx:
        path = merkle.inclusion(entries.subtrees(tx, campaign_id), n, size)
        voided = sanctions.is_voided(tx, campaign_id, n)
    return Proof(n, json.loads(body)["t"], leaf, size, path, note, voided)


def _cover(tx: Transaction, campaign_id: int, n: int) -> tuple[int, str]:
    found = tx.one(_COVERING, {"campaign_id": campaign_id, "n": n})
    if found is not None:
        return found[0], found[1]
    log = open_log(tx, campaign_id)
    return log.size, log.add_checkpoint()
