"""Whether a log is whole: numbers, leaves, tree, tiles, checkpoints, ballots, limits and counts.

It asks through the site's own `Transaction`, so that it reads any database the site can run on, and
recomputes everything but the hashing of two nodes from the rows themselves.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Iterable

from votesite.domain.ledger import merkle
from votesite.domain.ledger.log import Log
from votesite.store import Statement, Transaction

_ENTRIES = Statement(
    "SELECT n, k, body, leaf FROM log_entries WHERE campaign_id = :campaign_id AND n >= :first"
    " ORDER BY n"
)
_TILES = Statement("SELECT level, tile, hash FROM log_tiles WHERE campaign_id = :campaign_id")
_NOTES = Statement("SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id")
_SEALED = Statement(
    "SELECT n, sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n >= :first"
)
_NUMBERS = {
    table: Statement(f"SELECT n FROM {table} WHERE campaign_id = :campaign_id ORDER BY n")
    for table in ("vote_slots", "vote_tokens", "receipts", "sealed_choices")
}
_RECEIPT = Statement("SELECT n FROM receipts WHERE campaign_id = :campaign_id AND code = :code")


class Audit:
    """One log, examined again and again; only what was added is read anew unless `whole` is asked.

    `ballots` is how many a voter may cast in a period.
    """

    def __init__(self, campaign_id: int, ballots: int) -> None:
        self._campaign_id = campaign_id
        self._ballots = ballots
        self._begin()

    def _begin(self) -> None:
        self._frontier = merkle.Frontier()
        self._roots: dict[int, bytes] = {}
        self._tiles: set[tuple[int, int, bytes]] = set()
        self._votes: list[int] = []
        self._cast: Counter[tuple[str, str]] = Counter()
        self._picks: Counter[int] = Counter()

    @property
    def votes(self) -> int:
        """Vote entries seen."""
        return len(self._votes)

    def examine(self, tx: Transaction, *, whole: bool = False) -> list[str]:
        """What is wrong, in words; nothing when all is well."""
        if whole:
            self._begin()
        first = self._frontier.size
        values = {"campaign_id": self._campaign_id, "first": first}
        faults = [
            fault
            for n, k, body, leaf in tx.all(_ENTRIES, values)
            for fault in self._read_entry(n, k, bytes(body), bytes(leaf))
        ]
        log = Log(tx, self._campaign_id)
        for n, sealed in tx.all(_SEALED, values):
            opened = log.terms.open_choices(n, bytes(sealed))
            self._picks.update(json.loads(opened))
        return faults + self._tree_faults(tx, log) + self._vote_faults(tx, log)

    def missing(self, tx: Transaction, receipts: Iterable[tuple[str, int]]) -> list[str]:
        """Acknowledged ballots, (code, number), that the database does not hold."""
        votes = set(self._votes)
        values = {"campaign_id": self._campaign_id}
        return [
            f"ballot {n} was acknowledged and is lost"
            for code, n in receipts
            if n not in votes or tx.one(_RECEIPT, {**values, "code": code}) != (n,)
        ]

    def _read_entry(self, n: int, k: str, body: bytes, leaf: bytes) -> list[str]:
        entry = json.loads(body)
        is_sound = (n, n, k) == (self._frontier.size, entry["n"], entry["k"])
        is_sound &= leaf == hashlib.sha256(b"\0" + body).digest()
        self._tiles.update(self._frontier.append(leaf))
        self._roots[self._frontier.size] = self._frontier.root()
        if k == "vote":
            self._votes.append(n)
            self._cast[entry["v"], entry["p"]] += 1
            is_sound &= self._cast[entry["v"], entry["p"]] <= self._ballots
        return [] if is_sound else [f"entry {n} is not sound"]

    def _tree_faults(self, tx: Transaction, log: Log) -> list[str]:
        values = {"campaign_id": self._campaign_id}
        faults = []
        if log.size != self._frontier.size or log.frontier.packed() != self._frontier.packed():
            faults.append(f"the head has {log.size} entries, the log {self._frontier.size}")
        if {(level, tile, bytes(found)) for level, tile, found in tx.all(_TILES, values)} != (
            self._tiles
        ):
            faults.append("the tiles are not the log's")
        for size, note in tx.all(_NOTES, values):
            lines = note.split("\n")
            root = base64.b64encode(self._roots.get(size, b"")).decode()
            if lines[1:3] != [str(size), root]:
                faults.append(f"the checkpoint of {size} is not the log's")
        return faults

    def _vote_faults(self, tx: Transaction, log: Log) -> list[str]:
        values = {"campaign_id": self._campaign_id}
        faults = [
            f"{table} does not agree with the votes"
            for table, statement in _NUMBERS.items()
            if [row[0] for row in tx.all(statement, values)] != self._votes
        ]
        if log.head.ballots != len(self._votes):
            faults.append(f"the head counts {log.head.ballots} ballots, the log {len(self._votes)}")
        counted = {no: gross for no, gross, _ in log.counts.gross_and_net() if gross}
        if counted != dict(self._picks):
            faults.append("the counts are not the sum of the ballots")
        return faults
