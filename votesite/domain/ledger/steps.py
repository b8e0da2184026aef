"""The step that published figures wait for: ballots of enough different voters (ledger.md 2).

The head remembers the pseudonyms of the ballots since the last tally, no more of them than a step
needs: beyond that it does not matter who else has voted.
"""

import json
from collections.abc import Iterator

from votesite.domain.ledger import entries
from votesite.domain.ledger.log import Log
from votesite.store import Statement, Transaction

PSEUDONYM_BYTES = 16
_PIECE = 1000  # as the statement below has it

_VOTES = Statement(
    "SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND k = 'vote'"
    " AND n > :above ORDER BY n LIMIT 1000"
)
_VOID_SINCE = Statement(
    "SELECT s.of FROM sanctions s WHERE s.campaign_id = :campaign_id AND s.of > :above"
    " AND s.k = 'void' AND s.n = (SELECT MAX(l.n) FROM sanctions l"
    " WHERE l.campaign_id = s.campaign_id AND l.of = s.of)"
)


def is_large_enough(log: Log) -> bool:
    """Whether the ballots since the last tally come from as many voters as a step holds."""
    return len(log.head.step) >= log.terms.rules.min_batch * PSEUDONYM_BYTES


def add(log: Log, v: bytes) -> None:
    """Take a ballot that has just been recorded into the step."""
    if not is_large_enough(log) and v not in _pseudonyms(log.head.step):
        log.head.step += v


def count_again(log: Log) -> None:
    """Count the step from its ballots: after a void or restore it may hold others."""
    log.head.step = counted(log.tx, log.campaign_id, log.head.tally_n, log.terms.rules.min_batch)


def counted(tx: Transaction, campaign_id: int, tally_n: int | None, least: int) -> bytes:
    """Returns the pseudonyms of the ballots after a tally that are not void, at most `least`."""
    values = {"campaign_id": campaign_id, "above": -1 if tally_n is None else tally_n}
    void = set(tx.column(_VOID_SINCE, values))
    found: dict[bytes, None] = {}  # in the order of their ballots
    for entry in _votes(tx, campaign_id, values["above"]):
        if len(found) >= least:
            break
        if entry["n"] not in void:
            found[bytes.fromhex(entry["v"])] = None
    return b"".join(found)


def _pseudonyms(step: bytes) -> set[bytes]:
    return {step[i : i + PSEUDONYM_BYTES] for i in range(0, len(step), PSEUDONYM_BYTES)}


def _votes(tx: Transaction, campaign_id: int, above: int) -> Iterator[entries.Entry]:
    """Yields the votes after an entry, ascending."""
    while True:
        values = {"campaign_id": campaign_id, "above": above}
        votes = [json.loads(body) for body in tx.column(_VOTES, values)]
        yield from votes
        if len(votes) < _PIECE:
            return
        above = votes[-1]["n"]
