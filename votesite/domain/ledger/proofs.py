"""Proofs that anybody may ask for: that an entry is in the log, that the log only grew."""

from votesite.domain.ledger import entries, merkle
from votesite.errors import MalformedRequest, NotFound
from votesite.extensions import site
from votesite.store import Statement, Transaction

_LEAF = Statement("SELECT leaf FROM log_entries WHERE campaign_id = :campaign_id AND n = :n")


def inclusion_proof(campaign_id: int, n: int, size: int) -> dict[str, object]:
    """Returns the answer of `/proof`: hashes in hex (RFC 6962 section 2.1.1).

    Raises MalformedRequest unless n < size <= the newest checkpoint's size, NotFound before that.
    """
    with site().store.snapshot() as tx:
        if not n < size <= _checkpoint_size(tx, campaign_id):
            raise MalformedRequest
        leaf = tx.value(_LEAF, {"campaign_id": campaign_id, "n": n})
        if leaf is None:
            raise NotFound
        path = merkle.inclusion(entries.subtrees(tx, campaign_id), n, size)
    return {"n": n, "size": size, "leaf": leaf.hex(), "path": [step.hex() for step in path]}


def consistency_proof(campaign_id: int, old: int, new: int) -> dict[str, object]:
    """Returns the answer of `/consistency`: hashes in hex (RFC 6962 section 2.1.2).

    Raises MalformedRequest unless old <= new <= the newest checkpoint's size.
    """
    with site().store.snapshot() as tx:
        if not old <= new <= _checkpoint_size(tx, campaign_id):
            raise MalformedRequest
        path = merkle.consistency(entries.subtrees(tx, campaign_id), old, new)
    return {"from": old, "to": new, "path": [step.hex() for step in path]}


def _checkpoint_size(tx: Transaction, campaign_id: int) -> int:
    checkpoint = entries.latest_checkpoint(tx, campaign_id)
    if checkpoint is None:
        raise NotFound
    return checkpoint.size
