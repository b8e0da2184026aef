"""Receipts: their codes, and the proof that an entry is in the signed log (ledger.md section 3).

Ballots and judges' sheets have theirs in one table; an objection's code is its own record's.
"""

import json
from dataclasses import dataclass
from typing import NamedTuple

from votesite.domain.ledger import entries, merkle, publication, sanctions
from votesite.domain.ledger.log import open_log
from votesite.domain.texts import typed_code
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Query, Statement, Transaction

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
CODE_LENGTH = 16


class _Entry(NamedTuple):
    """The entry that a receipt is for."""

    body: bytes
    leaf: bytes


_NUMBER = Statement("SELECT n FROM receipts WHERE campaign_id = :campaign_id AND code = :code")
_ENTRY = Query(_Entry, "FROM log_entries WHERE campaign_id = :campaign_id AND n = :n")
_COVERING = Query(
    entries.Checkpoint,
    "FROM checkpoints WHERE campaign_id = :campaign_id AND size > :n ORDER BY size LIMIT 1",
)


@dataclass(frozen=True)
class Proof:
    """What a receipt shows: an entry's place in the log, and the signed tree that covers it.

    `k` is the entry's kind, `t` its minute, `leaf` its hash, `path` the inclusion path (RFC 6962
    section 2.1.1) in the tree of `size` entries that `checkpoint`, a signed note, is about. It is
    the first checkpoint that covers the entry, with all that was signed under it.
    `voided` is None for what is no ballot.
    """

    k: str
    n: int
    t: str
    leaf: bytes
    size: int
    path: list[bytes]
    checkpoint: str
    voided: bool | None

    def as_json(self) -> dict[str, object]:
        """Returns the receipt as programs get it (ledger.md section 4)."""
        shown: dict[str, object] = {
            "n": self.n,
            "t": self.t,
            "leaf": self.leaf.hex(),
            "size": self.size,
            "path": [step.hex() for step in self.path],
            "checkpoint": self.checkpoint,
        }
        return shown if self.voided is None else {**shown, "voided": self.voided}


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
    """Returns the proof that a receipt's ballot or sheet is in the log, as `prove_entry` does.

    Raises NotFound for an unknown code.
    """
    with site().store.reading() as tx:
        n = tx.value(_NUMBER, {"campaign_id": campaign_id, "code": code})
    if n is None:
        raise NotFound
    return prove_entry(campaign_id, n)


def prove_entry(campaign_id: int, n: int) -> Proof:
    """Returns the proof that entry `n` is in the log.

    Signs a checkpoint if none covers the entry yet; receipts asked for at the same time share it.
    Raises NotFound where the log has no such entry.
    """
    values = {"campaign_id": campaign_id, "n": n}
    with site().store.snapshot() as tx:
        found = _ENTRY.one(tx, values)
        if found is None:
            raise NotFound
        covering = _COVERING.one(tx, values)
    if covering is None:
        covering = site().store.write(lambda tx: _cover(tx, campaign_id, n))
    entry, size = json.loads(found.body), covering.size
    with site().store.snapshot() as tx:
        is_ballot = entry["k"] == "vote"
        return Proof(
            k=entry["k"],
            n=n,
            t=entry["t"],
            leaf=found.leaf,
            size=size,
            path=merkle.inclusion(entries.subtrees(tx, campaign_id), n, size),
            checkpoint=publication.note_of(tx, campaign_id, size),
            voided=sanctions.is_voided(tx, campaign_id, n) if is_ballot else None,
        )


def _cover(tx: Transaction, campaign_id: int, n: int) -> entries.Checkpoint:
    """Returns a checkpoint that covers entry `n`, signing one unless another job just has."""
    covering = _COVERING.one(tx, {"campaign_id": campaign_id, "n": n})
    if covering is not None:
        return covering
    log = open_log(tx, campaign_id)
    return entries.Checkpoint(log.size, log.add_checkpoint())
