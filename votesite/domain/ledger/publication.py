"""The ledger as the world reads it: keys, checkpoints, entries, figures, the result."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import NamedTuple

from votesite.domain.ledger import entries, signed_notes
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.terms import read_terms, rules_version
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Query, Statement, Transaction

MAX_ENTRIES = 1000  # in one answer, and in memory at a time
LATEST_ENTRIES = 9  # shown on the page for people


class _Sealed(NamedTuple):
    """What a ballot chose, sealed."""

    n: int
    sealed: bytes


class _EntryRow(NamedTuple):
    n: int
    k: str
    body: bytes


_CHECKPOINTS = Query(
    entries.Checkpoint,
    "FROM checkpoints WHERE campaign_id = :campaign_id AND size > :above ORDER BY size LIMIT 500",
)
_AUDITORS = Statement(
    "SELECT verifier_key FROM auditor_keys WHERE campaign_id = :campaign_id ORDER BY id"
)
_SEALED = Query(
    _Sealed,
    "FROM sealed_choices WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 1000",
)
_RESULT = Statement(
    "SELECT e.body FROM log_heads h JOIN log_entries e"
    " ON e.campaign_id = h.campaign_id AND e.n = h.close_n WHERE h.campaign_id = :campaign_id"
)
_LAST = Query(
    _EntryRow,
    "FROM log_entries WHERE campaign_id = :campaign_id ORDER BY n DESC LIMIT :limit",
)
# By way of the table that indexes them: no page looks through a log of a million ballots.
_SANCTIONS = Statement(
    "SELECT e.body FROM sanctions s JOIN log_entries e"
    " ON e.campaign_id = s.campaign_id AND e.n = s.n"
    " WHERE s.campaign_id = :campaign_id ORDER BY s.n"
)


@dataclass(frozen=True)
class LedgerFigures:
    """What the page for people shows.

    `latest`: (number, kind, minute) of the last entries, oldest first.
    The checkpoint is the newest: its size is 0, its root and note are empty, before the first.
    `voided_by_rule`: how many ballots are void now, by the rule of their last void.
    """

    size: int
    ballots: int
    latest: list[tuple[int, str, str]]
    checkpoint_size: int
    checkpoint_root: str
    checkpoint_note: str
    voided_by_rule: dict[str, int]


def require_open(campaign_id: int) -> int:
    """Returns the log's size; raises NotFound before entry 0."""
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
    if not size:
        raise NotFound
    return size


def figures(campaign_id: int) -> LedgerFigures:
    """Returns entries and ballots, the last nine, the newest checkpoint, what is void by rule."""
    with site().store.snapshot() as tx:
        head = read_head(tx, campaign_id)
        checkpoint = entries.latest_checkpoint(tx, campaign_id) or entries.Checkpoint(0, "")
        last = _LAST.all(tx, {"campaign_id": campaign_id, "limit": LATEST_ENTRIES})
        return LedgerFigures(
            size=head.size,
            ballots=head.ballots,
            latest=[(row.n, row.k, json.loads(row.body)["t"]) for row in reversed(last)],
            checkpoint_size=checkpoint.size,
            checkpoint_root=checkpoint.note.split("\n")[2] if checkpoint.note else "",
            checkpoint_note=checkpoint.note,
            voided_by_rule=_voided_by_rule(tx, campaign_id),
        )


def verifier_keys(tx: Transaction, campaign_id: int) -> str:
    """Returns the log's verifier keys, one a line, oldest first.

    A retired one is followed by the size up to which it counts. Raises NotFound before entry 0,
    keys.Unreadable where the master key does not open a key.
    """
    origin = entries.origin_of(tx, campaign_id)
    lines = []
    for key in entries.signing_keys(tx, campaign_id):
        seed = site().master.unwrap(key.wrapped, f"signing|{campaign_id}")
        limit = "" if key.retired_at_size is None else f" {key.retired_at_size}"
        lines.append(f"{signed_notes.Signer(origin, seed).verifier_key()}{limit}\n")
    return "".join(lines)


def auditor_keys(tx: Transaction, campaign_id: int) -> str:
    """Returns the auditors' verifier keys, one a line."""
    return "".join(f"{key}\n" for key in tx.column(_AUDITORS, {"campaign_id": campaign_id}))


def latest_checkpoint(campaign_id: int) -> str:
    """Returns the newest signed note; raises NotFound before the first."""
    with site().store.reading() as tx:
        checkpoint = entries.latest_checkpoint(tx, campaign_id)
    if checkpoint is None:
        raise NotFound
    return checkpoint.note


def checkpoint_notes(
    campaign_id: int, state: Transaction | None = None
) -> Iterator[entries.Checkpoint]:
    """Yields every checkpoint, oldest first: of one state, or of the newest at each piece."""
    above = -1
    while True:
        with _reading(state) as tx:
            checkpoints = _CHECKPOINTS.all(tx, {"campaign_id": campaign_id, "above": above})
        if not checkpoints:
            return
        yield from checkpoints
        above = checkpoints[-1].size


def entry_lines(
    campaign_id: int, first: int, end: int, state: Transaction | None = None
) -> Iterator[bytes]:
    """Yields the bodies of the entries [first, end), each with its LF, in pieces."""
    for begin in range(first, end, MAX_ENTRIES):
        with _reading(state) as tx:
            rows = entries.bodies(tx, campaign_id, begin, min(begin + MAX_ENTRIES, end))
        yield b"".join(body + b"\n" for body in rows)


def first_end(campaign_id: int) -> str:
    """Return the end of voting that was announced when the ledger opened.

    Raises NotFound before that.
    """
    require_open(campaign_id)
    with site().store.reading() as tx:
        return str(json.loads(entries.bodies(tx, campaign_id, 0, 1)[0])["to"])


def final_result(campaign_id: int, state: Transaction | None = None) -> Entry:
    """Returns ballots, voided and votes of the last `close` or `recount`.

    Raises NotFound before `close`.
    """
    with _reading(state) as tx:
        body = tx.value(_RESULT, {"campaign_id": campaign_id})
    if body is None:
        raise NotFound
    entry = json.loads(body)
    return {key: entry[key] for key in ("ballots", "voided", "votes")}


def opened_choices(tx: Transaction, campaign_id: int) -> Iterator[tuple[int, str]]:
    """Yields (n, JCS of the choices) of every ballot, ascending; for archive and auditors only."""
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    above = -1
    while ballots := _SEALED.all(tx, {"campaign_id": campaign_id, "above": above}):
        for ballot in ballots:
            yield ballot.n, terms.open_choices(ballot.n, ballot.sealed).decode()
        above = ballots[-1].n


def _reading(state: Transaction | None) -> AbstractContextManager[Transaction]:
    """Returns what to read from: the one state that a caller holds, or the newest commit.

    A page that streams holds none, so that a slow reader keeps no connection.
    """
    return nullcontext(state) if state is not None else site().store.reading()


def _voided_by_rule(tx: Transaction, campaign_id: int) -> dict[str, int]:
    """Returns how many ballots are void now, by the rule of their last void."""
    rules: dict[int, str] = {}
    for body in tx.column(_SANCTIONS, {"campaign_id": campaign_id}):
        entry = json.loads(body)
        if entry["k"] == "void":
            rules[entry["of"]] = entry["rule"]
        else:
            rules.pop(entry["of"], None)
    return {rule: list(rules.values()).count(rule) for rule in sorted(set(rules.values()))}
