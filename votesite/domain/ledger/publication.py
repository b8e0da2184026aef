"""The ledger as the world reads it: keys, checkpoints, entries, tables, figures, results."""

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from votesite.domain import keys
from votesite.domain.ledger import entries, signed_notes
from votesite.domain.ledger.acts import acts
from votesite.domain.ledger.entries import Checkpoint, Entry
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.signed_notes import Signature
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


class _Cosignature(NamedTuple):
    """A signature that somebody outside has put under the checkpoint of a size."""

    size: int
    name: str
    key_id: bytes
    signature: bytes


class _VoidsOfRule(NamedTuple):
    """How many ballots are void now by a rule: a restore bears the rule of the void it lifts."""

    rule: str
    ballots: int


_CHECKPOINTS = Query(
    Checkpoint,
    "FROM checkpoints WHERE campaign_id = :campaign_id AND size > :above ORDER BY size LIMIT 500",
)
_CHECKPOINT = Query(
    Checkpoint, "FROM checkpoints WHERE campaign_id = :campaign_id AND size = :size"
)
_COSIGNATURES = Query(
    _Cosignature,
    "FROM cosignatures WHERE campaign_id = :campaign_id AND size >= :first AND size <= :last"
    " ORDER BY size",
)
_AUDITORS = Statement(
    "SELECT verifier_key FROM auditor_keys WHERE campaign_id = :campaign_id ORDER BY id"
)
_SEALED = Query(
    _Sealed,
    "FROM sealed_choices WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 1000",
)
_TABLE = Statement(
    "SELECT body FROM log_tables WHERE campaign_id = :campaign_id AND n = :n AND name = :name"
)
_COUNTED = Statement(
    "SELECT n FROM log_tables WHERE campaign_id = :campaign_id AND name = 'votes' ORDER BY n"
)
_LAST = Query(
    _EntryRow,
    "FROM log_entries WHERE campaign_id = :campaign_id ORDER BY n DESC LIMIT :limit",
)
_VOIDED = Query(
    _VoidsOfRule,
    "FROM sanctions WHERE campaign_id = :campaign_id GROUP BY rule ORDER BY rule",
    expressions={"ballots": "SUM(CASE k WHEN 'void' THEN 1 ELSE -1 END)"},
)


@dataclass(frozen=True)
class LedgerFigures:
    """What the page for people shows.

    `latest`: (number, kind, minute) of the last entries, oldest first. The checkpoint is the
    newest, `fingerprint` its 26 characters for paper; without one its size is 0, both are empty.
    `voided_by_rule`: how many ballots are void now, by the rule of their void. `opening` is entry
    0, `roster_size` how many codes there are now, 0 without a roster. `voters` is how many
    different pseudonyms have voted, on the busiest day where there is another for each day.
    """

    size: int
    ballots: int
    latest: list[tuple[int, str, str]]
    checkpoint: Checkpoint
    fingerprint: str
    voided_by_rule: dict[str, int]
    opening: Entry
    close_n: int | None
    roster_size: int
    voters: int


def require_open(campaign_id: int) -> int:
    """Returns the log's size; raises NotFound before entry 0."""
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
    if not size:
        raise NotFound
    return size


def figures(campaign_id: int) -> LedgerFigures:
    """Returns entries and ballots, the last nine, the newest checkpoint, what is void by rule.

    Costs the same however long the log is. Raises NotFound before entry 0.
    """
    with site().store.snapshot() as tx:
        head = read_head(tx, campaign_id)
        checkpoint = _latest(tx, campaign_id)
        note = checkpoint.note if checkpoint else ""
        opening = entries.read_entry(tx, campaign_id, 0)
        last = _LAST.all(tx, {"campaign_id": campaign_id, "limit": LATEST_ENTRIES})
        voided = _VOIDED.all(tx, {"campaign_id": campaign_id})
        return LedgerFigures(
            size=head.size,
            ballots=head.ballots,
            latest=[(row.n, row.k, json.loads(row.body)["t"]) for row in reversed(last)],
            checkpoint=checkpoint or Checkpoint(0, ""),
            fingerprint=signed_notes.fingerprint(note) if note else "",
            voided_by_rule={row.rule: int(row.ballots) for row in voided if row.ballots},
            opening=opening,
            close_n=head.close_n,
            roster_size=_roster_size(tx, campaign_id, opening),
            voters=head.voters,
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
    """Returns the newest note with all that was signed under it; raises NotFound before it."""
    with site().store.snapshot() as tx:
        checkpoint = _latest(tx, campaign_id)
    if checkpoint is None:
        raise NotFound
    return checkpoint.note


def note_of(tx: Transaction, campaign_id: int, size: int) -> str:
    """Returns the note of a size: the log's own lines, then the cosignatures by name and key id.

    Raises NotFound where no checkpoint has this size.
    """
    checkpoint = _CHECKPOINT.one(tx, {"campaign_id": campaign_id, "size": size})
    if checkpoint is None:
        raise NotFound
    return _cosigned(tx, campaign_id, [checkpoint])[0].note


def fingerprint_of(campaign_id: int, size: int) -> str:
    """Returns the 26 characters of the checkpoint of a size for paper; empty without one."""
    with site().store.snapshot() as tx:
        try:
            return signed_notes.fingerprint(note_of(tx, campaign_id, size))
        except NotFound:
            return ""


def checkpoint_notes(campaign_id: int, state: Transaction | None = None) -> Iterator[Checkpoint]:
    """Yields every checkpoint, oldest first: of one state, or of the newest at each piece."""
    above = -1
    while True:
        with _reading(state) as tx:
            checkpoints = _CHECKPOINTS.all(tx, {"campaign_id": campaign_id, "above": above})
            if not checkpoints:
                return
            notes = _cosigned(tx, campaign_id, checkpoints)
        yield from notes
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
    with site().store.reading() as tx:
        return str(entries.read_entry(tx, campaign_id, 0)["to"])


def candidates(tx: Transaction, campaign_id: int) -> bytes:
    """Returns the JCS bytes that `candidates_sha256` of entry 0 is of; raises NotFound."""
    return table(tx, campaign_id, 0, "candidates")


def table(tx: Transaction, campaign_id: int, n: int, name: str) -> bytes:
    """Returns the JCS bytes that entry `n` holds by their hash; raises NotFound."""
    body = tx.value(_TABLE, {"campaign_id": campaign_id, "n": n, "name": name})
    if body is None:
        raise NotFound
    return entries.as_bytes(body)


def result(tx: Transaction, campaign_id: int, n: int | None = None) -> Entry:
    """Returns a published count: of entry `n`, or of the last `close` or `recount`.

    Raises NotFound before `close`, and where entry `n` is neither.
    """
    at = read_head(tx, campaign_id).close_n if n is None else n
    if at is None:
        raise NotFound
    votes = json.loads(table(tx, campaign_id, at, "votes"))
    entry = entries.read_entry(tx, campaign_id, at)
    return {"n": at, "ballots": entry["ballots"], "voided": entry["voided"], "votes": votes}


def final_result(campaign_id: int) -> Entry:
    """Returns the count that stands now; raises NotFound before `close`."""
    with site().store.snapshot() as tx:
        return result(tx, campaign_id)


def counted(tx: Transaction, campaign_id: int) -> list[int]:
    """Returns the numbers of every `close` and `recount`, in order."""
    return tx.column(_COUNTED, {"campaign_id": campaign_id})


def require_openings(campaign_id: int) -> None:
    """Raise NotFound unless everybody may read the openings: recounted in public, and closed."""
    with site().store.snapshot() as tx:
        opening = entries.read_entry(tx, campaign_id, 0)
        is_closed = read_head(tx, campaign_id).close_n is not None
    if not is_closed or opening["rules"]["recount"] != "public":
        raise NotFound


def opening_key(campaign_id: int) -> bytes:
    """Returns the key that opens every ballot as the archive's file has it: 64 hex and an LF."""
    return f"{keys.campaign_key(campaign_id, 'opening').hex()}\n".encode()


def opening_lines(campaign_id: int, state: Transaction | None = None) -> Iterator[bytes]:
    """Yields {"n","choices"} of every ballot, one a line, ascending, in pieces.

    For the archive, for auditors, and for everybody where `require_openings` lets them.
    """
    for _, ballots in groupby(_opened(campaign_id, state), lambda one: one[0] // 1000):
        lines = [f'{{"n":{n},"choices":{choices}}}\n' for n, choices in ballots]
        yield "".join(lines).encode()


def opened_choices(tx: Transaction, campaign_id: int) -> Iterator[tuple[int, str]]:
    """Yields (n, JCS of the choices) of every ballot, ascending; for archive and auditors only."""
    return _opened(campaign_id, tx)


def _opened(campaign_id: int, state: Transaction | None) -> Iterator[tuple[int, str]]:
    with _reading(state) as tx:
        terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    above = -1
    while True:
        with _reading(state) as tx:
            ballots = _SEALED.all(tx, {"campaign_id": campaign_id, "above": above})
        if not ballots:
            return
        for ballot in ballots:
            yield ballot.n, terms.open_choices(ballot.n, ballot.sealed).decode()
        above = ballots[-1].n


def _roster_size(tx: Transaction, campaign_id: int, opening: Entry) -> int:
    """Returns the size of the roster in force: as the last `rule` about it says, or entry 0."""
    size: int = opening["electorate"]["size"]
    if not size:  # no roster: nothing to look for
        return 0
    for rule in acts(tx, campaign_id, ("rule",)):
        if "roster" in rule["set"]:
            size = rule["set"]["roster"]["size"]
    return size


def _latest(tx: Transaction, campaign_id: int) -> Checkpoint | None:
    checkpoint = entries.latest_checkpoint(tx, campaign_id)
    return _cosigned(tx, campaign_id, [checkpoint])[0] if checkpoint else None


def _cosigned(
    tx: Transaction, campaign_id: int, checkpoints: Sequence[Checkpoint]
) -> list[Checkpoint]:
    """Returns checkpoints, which follow each other, with the lines of cosigners."""
    values = {"first": checkpoints[0].size, "last": checkpoints[-1].size}
    found = _COSIGNATURES.all(tx, {"campaign_id": campaign_id, **values})
    lines: dict[int, list[Signature]] = {}
    for size, name, key_id, signature in found:
        lines.setdefault(size, []).append(Signature(name, key_id, signature))
    return [
        Checkpoint(size, note + "".join(each.line() for each in sorted(lines.get(size, []))))
        for size, note in checkpoints
    ]


def _reading(state: Transaction | None) -> AbstractContextManager[Transaction]:
    """Returns what to read from: the one state that a caller holds, or the newest commit.

    A page that streams holds none, so that a slow reader keeps no connection.
    """
    return nullcontext(state) if state is not None else site().store.reading()
