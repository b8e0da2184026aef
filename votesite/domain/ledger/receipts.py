"""Receipts: their codes, and the proof that a ballot is in the signed log (ledger.md section 3)."""

import json
from dataclasses import dataclass
from typing import NamedTuple

from votesite.domain.ledger import entries, merkle, publication, sanctions
from votesite.domain.ledger.log import open_log
from votesite.domain.texts import typed_code
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Query, Transaction

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
CODE_LENGTH = 16


class _Ballot(NamedTuple):
    """The entry that a receipt is for."""

    n: int
    body: bytes
    leaf: bytes


_BALLOT = Query(
    _Ballot,
    "FROM receipts JOIN log_entries USING (campaign_id, n)"
    " WHERE campaign_id = :campaign_id AND code = :code",
)
_COVERING = Query(
    entries.Checkpoint,
    "FROM checkpoints WHERE campaign_id = :campaign_id AND size > :n ORDER BY size LIMIT 1",
)


@dataclass(frozen=True)
class Proof:
    """What a receipt shows: a ballot's place in the log, and the signed tree that covers it.

    `t` is the entry's minute, `leaf` its hash, `path` the inclusion path (RFC 6962 section 2.1.1)
    in the tree of `size` entries that `checkpoint`, a signed note, is about. It is the first
    checkpoint that covers the entry, with all that was signed under it.
    """

    n: int
    t: str
    leaf: bytes
    size: int
    path: list[bytes]
    checkpoint: str
    voided: bool


def new_receipt_code(random: bytes) -> str:
    """Returns a receipt's code made of 10 random bytes: 16 characters of Crockford's base 32."""
    number = int.from_bytes(random)
    return "".join(RECEIPT_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def read_code(text: str) -> str | None:
    """Returns a typed code as it was given out; None if it is not one."""
    code = typed_code(text)
    is_code = len(code) == CODE_LENGTH and all(char in RECEIPT_ALPHABET for char in code)
    return code if is_code else None


def prove(campaign_id: int, code: str) -> Proof:
    """Returns the proof that a receipt's ballot is in the log.

    Signs a checkpoint if none covers the ballot yet; receipts asked for at the same time share it.
    Raises NotFound for an unknown code.
    """
    with site().store.snapshot() as tx:
        ballot = _BALLOT.one(tx, {"campaign_id": campaign_id, "code": code})
        if ballot is None:
            raise NotFound
        covering = _COVERING.one(tx, {"campaign_id": campaign_id, "n": ballot.n})
    if covering is None:
        covering = site().store.write(lambda tx: _cover(tx, campaign_id, ballot.n))
    size = covering.size
    with site().store.snapshot() as tx:
        return Proof(
            n=ballot.n,
            t=json.loads(ballot.body)["t"],
            leaf=ballot.leaf,
            size=size,
            path=merkle.inclusion(entries.subtrees(tx, campaign_id), ballot.n, size),
            checkpoint=publication.note_of(tx, campaign_id, size),
            voided=sanctions.is_voided(tx, campaign_id, ballot.n),
        )


def _cover(tx: Transaction, campaign_id: int, n: int) -> entries.Checkpoint:
    """Returns a checkpoint that covers entry `n`, signing one unless another job just has."""
    covering = _COVERING.one(tx, {"campaign_id": campaign_id, "n": n})
    if covering is not None:
        return covering
    log = open_log(tx, campaign_id)
    return entries.Checkpoint(log.size, log.add_checkpoint())
