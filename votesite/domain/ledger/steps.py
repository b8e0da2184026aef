"""The step that published figures wait for: ballots of enough different voters (ledger.md 2).

The head remembers the pseudonyms of the ballots since the last tally, no more of them than a step
needs: beyond that it does not matter who else has voted.
"""

import json
from collections.abc import Iterator

from votesite.domain.ledger import entries
from votesite.domain.ledger.log import Log
from votesite.store import Statement

PSEUDONYM_BYTES = 16
_PIECE = 1000  # as the statement below has it

_VOTES = Statement(
    "SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND k = 'vote'"
    f" AND n > :above ORDER BY n LIMIT {_PIECE}"
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
    step = log.head.step
    if not is_large_enough(log) and v not in _pseudonyms(step):
        log.head.step = step + v


def count_again(log: Log) -> None:
    """Count the step from its ballots: after a void or restore it may hold others."""
    above = -1 if log.head.tally_n is None else log.head.tally_n
    values = {"campaign_id": log.campaign_id, "above": above}
    void = set(log.tx.column(_VOID_SINCE, values))
    log.head.step = b""
    for entry in _votes(log, above):
        if entry["n"] not in void:
            add(log, bytes.fromhex(entry["v"]))
        if is_large_enough(log):
            return


def _pseudonyms(step: bytes) -> set[bytes]:
    return {step[i : i + PSEUDONYM_BYTES] for i in range(0, len(step), PSEUDONYM_BYTES)}


def _votes(log: Log, above: int) -> Iterator[entries.Entry]:
    """Yields the votes after an entry, ascending."""
    while True:
        values = {"campaign_id": log.campaign_id, "above": above}
        votes = [json.loads(body) for body in log.tx.column(_VOTES, values)]
        yield from votes
        if len(votes) < _PIECE:
            return
        above = votes[-1]["n"]
