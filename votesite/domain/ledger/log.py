"""Appending to a campaign's log: the head, locked for one transaction (ledger.md sections 2 and 3).

A vote is an entry here and nowhere else. `open_log` locks a campaign's head and returns the `Log`
of the running transaction; appending leaves the head to its flush, just before the commit.
"""

from datetime import datetime
from typing import cast

from votesite.domain.ledger import entries, high_water, merkle, signed_notes
from votesite.domain.ledger.acts import ADD_ACT, COUNTLESS
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.head import COLUMNS, lock_head
from votesite.domain.ledger.terms import VotingTerms, load_terms, read_terms
from votesite.extensions import site
from votesite.store import Statement, Transaction

SAVED = tuple(name for name in COLUMNS if name != "fault")  # the self-check alone writes that one

_SAVE_HEAD = Statement(
    f"UPDATE log_heads SET {', '.join(f'{name} = :{name}' for name in SAVED)}"  # noqa: S608 -- our own names
    " WHERE campaign_id = :campaign_id"
)
_ADD_ENTRY = Statement(
    "INSERT INTO log_entries (campaign_id, n, k, body, leaf)"
    " VALUES (:campaign_id, :n, :k, :body, :leaf)"
)
_ADD_CHECKPOINT = Statement(
    "INSERT INTO checkpoints (campaign_id, size, note) VALUES (:campaign_id, :size, :note)"
)
ADD_TABLE = Statement(
    "INSERT INTO log_tables (campaign_id, n, name, body) VALUES (:campaign_id, :n, :name, :body)"
)
_ADD_SEALED = Statement(
    "INSERT INTO sealed_choices (campaign_id, n, sealed) VALUES (:campaign_id, :n, :sealed)"
)


class Log:
    """A campaign's log inside one write transaction: its head locked, saved again by `flush`.

    Belongs to its transaction and so to one thread: the writer's, or that of an `exclusive` block.
    Other processes are kept out by the gate or, on PostgreSQL, by the lock on the head. All jobs of
    a batch share it, which is why none of them may write before it has decided.
    """

    def __init__(self, tx: Transaction, campaign_id: int) -> None:
        self.tx = tx
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
        """The rules now in force; never from memory while a change of them is uncommitted."""
        if self.head.rules_version != self._read_version:
            return load_terms(self.tx, self.campaign_id, self.head.rules_version)
        if self._terms is None:
            self._terms = read_terms(self.tx, self.campaign_id, self.head.rules_version)
        return self._terms

    @property
    def counts(self) -> Counts:
        """The live counts, opened at their first use."""
        if self._counts is None:
            self._counts = Counts(self.terms, self.head.counts)
        return self._counts

    def append(self, k: str, fields: dict[str, object], now: datetime) -> int:
        """Append an entry of any kind but a vote; returns its number."""
        t = self.head.minute_of(now)
        self.head.t = t
        return self.append_body(k, canonical({**fields, "k": k, "n": self.size, "t": t}))

    def append_body(self, k: str, body: bytes) -> int:
        """Append an entry by its canonical body, whose `n` is the present size; returns `n`."""
        n = self.size
        leaf = merkle.leaf_hash(body)
        entry = {"campaign_id": self.campaign_id, "n": n, "k": k, "body": body, "leaf": leaf}
        self.tx.run(_ADD_ENTRY, entry)
        if k not in COUNTLESS:
            self.tx.run(ADD_ACT, {"campaign_id": self.campaign_id, "n": n, "k": k})
        for node in self.frontier.append(leaf):
            self.tx.run(entries.ADD_NODE, {"campaign_id": self.campaign_id, **node._asdict()})
        self._is_changed = True
        return n

    def add_table(self, n: int, name: str, table: object) -> None:
        """Keep the table to whose SHA-256 entry `n` commits, as its JCS bytes."""
        values = {"campaign_id": self.campaign_id, "n": n, "name": name, "body": canonical(table)}
        self.tx.run(ADD_TABLE, values)

    def seal_choices(self, n: int, choices: bytes) -> None:
        """Store what ballot `n` chose, sealed so that only the site's keys open it."""
        sealed = self.terms.seal_choices(n, choices)
        self.tx.run(_ADD_SEALED, {"campaign_id": self.campaign_id, "n": n, "sealed": sealed})

    def add_checkpoint(self) -> str:
        """Sign the tree as it stands; returns the note."""
        origin = entries.origin_of(self.tx, self.campaign_id)
        signers = [
            signed_notes.Signer(
                origin, site().master.unwrap(key.wrapped, f"signing|{self.campaign_id}")
            )
            for key in entries.signing_keys(self.tx, self.campaign_id)
            if key.retired_at_size is None
        ]
        note = signed_notes.checkpoint(origin, self.size, self.frontier.root(), signers)
        values = {"campaign_id": self.campaign_id, "size": self.size, "note": note}
        self.tx.run(_ADD_CHECKPOINT, values)
        self._note_high_water(origin)
        return note

    def note_incident(self) -> None:
        """Measure the log from here on: staff have said what became of what was published."""
        self._note_high_water(entries.origin_of(self.tx, self.campaign_id), high_water.INCIDENT)

    def _note_high_water(self, origin: str, kind: str = "") -> None:
        """After the commit, note outside the database how far the log has come."""
        slug, size, root = origin.rpartition("/")[2], self.size, self.frontier.root()
        self.tx.after_commit(lambda: high_water.note(slug, size, root, kind))

    def touch(self, *, rules: bool = False) -> None:
        """Say that something visible has changed; with `rules`, what decides about ballots too."""
        self.head.version += 1
        self.head.rules_version += rules
        self._is_changed = True
        if rules:
            self.head.due_at = 0

    def set_due(self, due_at: int | None) -> None:
        """Note when (epoch seconds) time alone makes a tally or the close due; None for never."""
        if due_at != self.head.due_at:
            self.head.due_at = due_at
            self._is_changed = True

    def flush(self, tx: Transaction) -> None:
        """Save the head; called by the transaction, once, before it commits."""
        if not self._is_changed:
            return
        self.head.size, self.head.frontier = self.size, self.frontier.packed()
        if self._counts:
            self.head.counts = self._counts.sealed()
        saved = {name: getattr(self.head, name) for name in SAVED}
        tx.run(_SAVE_HEAD, {**saved, "campaign_id": self.campaign_id})


def open_log(tx: Transaction, campaign_id: int) -> Log:
    """Returns the campaign's log in this transaction, locked; raises NotFound."""
    key = ("log", campaign_id)
    log = tx.pending.get(key)
    if log is None:
        log = tx.pending[key] = Log(tx, campaign_id)
    return cast(Log, log)
