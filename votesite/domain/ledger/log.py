"""Appending to a campaign's log: the head, locked for one transaction (ledger.md sections 2 and 3).

A vote is an entry here and nowhere else. `open_log` locks a campaign's head and returns the `Log`
of the running transaction; appending leaves the head to its flush, just before the commit.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from votesite.clock import minute, parse_minute
from votesite.domain.ledger import entries, high_water, merkle, signed_notes
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.head import COLUMNS, lock_head
from votesite.domain.ledger.terms import VotingTerms, load_terms, read_terms
from votesite.errors import Busy, Frozen, Lapsed
from votesite.extensions import site
from votesite.store import Statement, Transaction

SAVED = tuple(name for name in COLUMNS if name != "fault")  # the self-check alone writes that one

_SAVE_HEAD = Statement(
    "UPDATE log_heads SET size = :size, t = :t, frontier = :frontier, ballots = :ballots,"
    " voided = :voided, counts = :counts, vote_t = :vote_t, tally_n = :tally_n,"
    " tally_ballots = :tally_ballots, tally_t = :tally_t, tallied_at = :tallied_at,"
    " close_n = :close_n, due_at = :due_at, version = :version, rules_version = :rules_version"
    " WHERE campaign_id = :campaign_id"
)
_ADD_ENTRY = Statement(
    "INSERT INTO log_entries (campaign_id, n, k, body, leaf)"
    " VALUES (:campaign_id, :n, :k, :body, :leaf)"
)
_ADD_TILE = Statement(
    "INSERT INTO log_tiles (campaign_id, level, tile, hash)"
    " VALUES (:campaign_id, :level, :tile, :hash)"
)
_ADD_CHECKPOINT = Statement(
    "INSERT INTO checkpoints (campaign_id, size, note) VALUES (:campaign_id, :size, :note)"
)
_ADD_SEALED = Statement(
    "INSERT INTO sealed_choices (campaign_id, n, sealed) VALUES (:campaign_id, :n, :sealed)"
)
SIGNING_KEYS = Statement(
    "SELECT id, wrapped FROM wrapped_keys WHERE purpose = 'signing' AND campaign_id = :campaign_id"
    " AND retired_at_size IS NULL ORDER BY id"
)


class Log:
    """A campaign's log inside one write transaction: its head locked, saved again by `flush`."""

    def __init__(self, tx: Transaction, campaign_id: int) -> None:
        self._tx = tx
        self.campaign_id = campaign_id
        self.head = lock_head(tx, campaign_id)
        self.frontier = merkle.Frontier(self.head.size, self.head.frontier)
        self._read_version = self.head.rules_version
        self._counts: Counts | None = None
        self._terms: VotingTerms | None = None
        self._is_changed = False

    @property
    def size(self) -> int:
        """Entries so far; 0 before `open`."""
        return self.frontier.size

    @property
    def terms(self) -> VotingTerms:
        """The rules now in force; not kept in memory while a change of them is uncommitted."""
        if self.head.rules_version != self._read_version:
            return load_terms(self._tx, self.campaign_id, self.head.rules_version)
        if self._terms is None:
            self._terms = read_terms(self._tx, self.campaign_id, self.head.rules_version)
        return self._terms

    @property
    def counts(self) -> Counts:
        """The live counts; whoever reads them means to change or publish them."""
        if self._counts is None:
            self._counts = Counts(self.terms, self.head.counts)
        return self._counts

    def append(self, k: str, fields: dict[str, Any], moment: datetime) -> int:
        """Append an entry of any kind but a vote; returns its number."""
        t = self.head.minute_of(moment)
        self.head.t = t
        return self.append_body(k, entries.canonical({**fields, "k": k, "n": self.size, "t": t}))

    def append_body(self, k: str, body: bytes) -> int:
        """Append an entry by its canonical body, whose `n` is the present size."""
        n = self.size
        leaf = merkle.leaf_hash(body)
        entry = {"campaign_id": self.campaign_id, "n": n, "k": k, "body": body, "leaf": leaf}
        self._tx.run(_ADD_ENTRY, entry)
        for level, tile, digest in self.frontier.append(leaf):
            values = {"campaign_id": self.campaign_id, "level": level, "tile": tile, "hash": digest}
            self._tx.run(_ADD_TILE, values)
        self._is_changed = True
        return n

    def seal_choices(self, n: int, choices: bytes) -> None:
        """Keep what ballot `n` chose, so that only the site's keys open it."""
        sealed = self.terms.sealer.seal(choices, f"{self.campaign_id}|{n}".encode())
        self._tx.run(_ADD_SEALED, {"campaign_id": self.campaign_id, "n": n, "sealed": sealed})

    def add_checkpoint(self) -> str:
        """Sign the tree as it stands."""
        origin = entries.origin_of(self._tx, self.campaign_id)
        signers = [
            signed_notes.Signer(
                origin, site().master.unwrap(wrapped, f"signing|{self.campaign_id}")
            )
            for _, wrapped in self._tx.all(SIGNING_KEYS, {"campaign_id": self.campaign_id})
        ]
        note = signed_notes.checkpoint(origin, self.size, self.frontier.root(), signers)
        values = {"campaign_id": self.campaign_id, "size": self.size, "note": note}
        self._tx.run(_ADD_CHECKPOINT, values)
        self._note_high_water(origin)
        return note

    def note_incident(self) -> None:
        """From here on the log is measured anew: staff have said what became of the rest."""
        self._note_high_water(entries.origin_of(self._tx, self.campaign_id), high_water.INCIDENT)

    def _note_high_water(self, origin: str, kind: str = "") -> None:
        """Once this is committed, note outside the database how far the log has come."""
        slug, size, root = origin.rpartition("/")[2], self.size, self.frontier.root()
        self._tx.after_commit(lambda: high_water.note(slug, size, root, kind))

    def touch(self, *, rules: bool = False) -> None:
        """Something visible has changed; with `rules` also what decides about ballots."""
        self.head.version += 1
        self.head.rules_version += rules
        self._is_changed = True
        if rules:
            self.head.due_at = 0

    def set_due(self, due_at: int | None) -> None:
        """Note when time alone makes a tally or the close due."""
        if due_at != self.head.due_at:
            self.head.due_at = due_at
            self._is_changed = True

    def flush(self, tx: Transaction) -> None:
        """Save the head."""
        if not self._is_changed:
            return
        self.head.size, self.head.frontier = self.size, self.frontier.packed()
        if self._counts:
            self.head.counts = self._counts.sealed()
        saved = {name: getattr(self.head, name) for name in SAVED}
        tx.run(_SAVE_HEAD, {**saved, "campaign_id": self.campaign_id})


def open_log(tx: Transaction, campaign_id: int) -> Log:
    """The campaign's log in this transaction, locked; raises NotFound."""
    key = ("log", campaign_id)
    found = tx.pending.get(key)
    if found is None:
        found = tx.pending[key] = Log(tx, campaign_id)
    return cast(Log, found)


def write_open(log: Log, moment: datetime) -> None:
    """Write entry 0, from which on rules, names and dates are frozen; nothing if it exists."""
    if log.size:
        return
    terms = log.terms
    log.append(
        "open",
        {
            "version": 1,
            "site": site().settings.host,
            "campaign": terms.slug,
            "title": terms.title,
            "from": minute(terms.opens),
            "to": minute(terms.closes),
            "rules": terms.rules.as_entry(),
            "candidates": [
                {"no": no, "name": name, "category": category}
                for no, name, category in terms.candidates
            ],
            "void_rules": [{"id": rule["id"], "text": rule["text"]} for rule in terms.void_rules],
            "opening_key_sha256": hashlib.sha256(terms.opening_key).hexdigest(),
            "notice_sha256": hashlib.sha256(terms.notice_text.encode()).hexdigest(),
        },
        moment,
    )
    log.add_checkpoint()
    log.touch()


def append_rule(
    tx: Transaction,
    campaign_id: int,
    change: dict[str, Any],
    *,
    why: str,
    by: Sequence[int],
    moment: datetime,
) -> int:
    """Append a `rule` entry; `change` has exactly one of to, withdraw, reinstate, pause, resume.

    Writes entry 0 first if it is missing. The caller projects the change onto the campaign's rows
    in the same transaction. Raises Frozen after `close`, Lapsed for a change that is none any more.
    """
    log = open_log(tx, campaign_id)
    if log.head.close_n is not None:
        raise Frozen
    if log.head.is_clock_behind(moment):
        raise Busy
    _check_change(log, change, moment)
    write_open(log, moment)
    n = log.append("rule", {"set": change, "why": why, "by": list(by)}, moment)
    log.touch(rules=True)
    return n


def append_incident(tx: Transaction, campaign_id: int, what: str, moment: datetime) -> int:
    """Record a restore, a clock fault or an outage; raises Lapsed before entry 0.

    Voting that stood still because the log was not the published one any more goes on; where a
    restore has lost even entry 0, it is written again.
    """
    log = open_log(tx, campaign_id)
    if not log.size and not log.terms.is_halted:
        raise Lapsed
    write_open(log, moment)
    n = log.append("incident", {"what": what}, moment)
    log.note_incident()
    log.touch(rules=True)
    return n


def _check_change(log: Log, change: dict[str, Any], moment: datetime) -> None:
    """Refuse a change that is impossible in the state now in force (ledger.md section 2)."""
    terms = log.terms
    ((name, value),) = change.items()
    present = set(terms.positions) - terms.withdrawn
    if name == "to":
        is_possible = parse_minute(value) > terms.opens and value >= log.head.minute_of(moment)
    else:
        is_possible = {
            "withdraw": value in present,
            "reinstate": value in terms.withdrawn,
            "pause": not terms.paused,
            "resume": bool(terms.paused),
        }[name]
    if not is_possible:
        raise Lapsed
