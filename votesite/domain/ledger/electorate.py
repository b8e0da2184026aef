"""The electorate of a roster, as entry 0 and later changes commit to it (ledger.md section 2)."""

import hashlib
from collections.abc import Iterable

from votesite.domain.ledger.canonical import canonical
from votesite.store import Statement, Transaction

_MARKS = Statement("SELECT mark FROM roster_codes WHERE campaign_id = :campaign_id")


def electorate_of(tx: Transaction, campaign_id: int) -> tuple[int, str]:
    """Returns the number of codes, and the SHA-256 of their keyed marks as ledger.md has it."""
    return electorate(tx.column(_MARKS, {"campaign_id": campaign_id}))


def electorate(marks: Iterable[bytes]) -> tuple[int, str]:
    """Returns how many keyed marks there are, and the SHA-256 in hex of the JCS of their hex."""
    texts = sorted(bytes(mark).hex() for mark in marks)
    return len(texts), hashlib.sha256(canonical(texts)).hexdigest()
