"""The site checks its own ledger: the published checks of ledger.md, run on the database itself.

tools/verify.py reads the entries here too, so that there is one reading of the rules. What only the
database has is compared beside it: leaves, tiles, frontier, slots, sealed choices, counts, and the
rows that pages read. A difference is named by the number of the check it belongs to.
"""

import importlib.util
import json
import struct
from collections.abc import Iterator
from functools import cache
from typing import Any

from votesite.clock import Clock, minute, now
from votesite.domain import keys
from votesite.domain.ledger import archive, entries, merkle, publication, signed_notes
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.terms import VotingTerms, forget_terms, read_terms, rules_version
from votesite.errors import Lapsed
from votesite.extensions import site
from votesite.keys import Unreadable
from votesite.store import Statement, Transaction

_ENTRIES = Statement(
    "SELECT n, k, body, leaf FROM log_entries WHERE campaign_id = :campaign_id AND n > :above"
    " ORDER BY n LIMIT 2000"
)
_SEALED = Statement(
    "SELECT n, sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n > :above"
    " ORDER BY n LIMIT 2000"
)
_CHECKPOINTS = Statement(
    "SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id AND size > :above"
    " ORDER BY size LIMIT 2000"
)
_SLOTS = Statement(
    "SELECT p, v, slot, n FROM vote_slots WHERE campaign_id = :campaign_id"
    " AND (p, v, slot) > (:p, :v, :slot) ORDER BY p, v, slot LIMIT 2000"
)
_TILES = Statement(
    "SELECT level, tile, hash FROM log_tiles WHERE campaign_id = :campaign_id ORDER BY level, tile"
)
_ADD_TILE = Statement(
    "INSERT INTO log_tiles (campaign_id, level, tile, hash)"
    " VALUES (:campaign_id, :level, :tile, :hash)"
)
_SANCTIONED = Statement(
    "SELECT n, k, body FROM log_entries WHERE campaign_id = :campaign_id"
    " AND k IN ('void', 'restore') ORDER BY n"
)
_SANCTIONS = Statement("SELECT n, k, of FROM sanctions WHERE campaign_id = :campaign_id ORDER BY n")
_FORGET_SANCTIONS = Statement("DELETE FROM sanctions WHERE campaign_id = :campaign_id")
_ADD_SANCTION = Statement(
    "INSERT INTO sanctions (campaign_id, n, k, of) VALUES (:campaign_id, :n, :k, :of)"
)
_KEEP = Statement(
    "UPDATE log_heads SET fault = :fault, checked_at = :checked_at WHERE campaign_id = :campaign_id"
)
_PROJECTED = Statement(
    "UPDATE log_heads SET size = :size, t = :t, frontier = :frontier, ballots = :ballots,"
    " voided = :voided, counts = :counts, version = version + 1 WHERE campaign_id = :campaign_id"
)


def verify(campaign_id: int) -> int | None:
    """The lowest check that fails for a campaign's log and what hangs on it; None where all agrees.

    Reads one state of the database, whatever is written meanwhile; a million ballots take a minute.
    """
    with site().store.snapshot() as tx:
        found = _Reading(tx, campaign_id)
        found.read()
        if found.log.opening:
            found.compare()
        return min(found.log.faults, default=None)


def check(campaign_id: int, *, clock: Clock = now) -> int | None:
    """Verify a ledger and keep what was found: a fault stops publication and is shown to all."""
    failed = verify(campaign_id)
    moment = minute(clock())
    site().store.write(lambda tx: _keep(tx, campaign_id, failed, moment))
    return failed


def _keep(tx: Transaction, campaign_id: int, failed: int | None, moment: str) -> None:
    log = open_log(tx, campaign_id)
    values = {"campaign_id": campaign_id, "fault": failed, "checked_at": moment}
    tx.run(_KEEP, values)
    if failed != log.head.fault:
        log.touch()
        log.set_due(0)


def rebuild(campaign_id: int) -> None:
    """Make what can be derived from entries and sealed choices anew: counts, frontier, lost tiles.

    Raises Lapsed where the entries themselves cannot be counted: then only a backup helps.
    """
    site().store.write(lambda tx: _rebuild(tx, campaign_id))
    forget_terms(campaign_id)


class _Reading:
    """A campaign's log read from the database, with the tree and the recount it makes."""

    def __init__(self, tx: Transaction, campaign_id: int) -> None:
        self.tx = tx
        self.values = {"campaign_id": campaign_id}
        self.campaign_id = campaign_id
        forget_terms(campaign_id)  # what is in memory may be older than the rows
        self.terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
        self.notes: dict[int, str] = dict(self._rows(_CHECKPOINTS))
        self.frontier = merkle.Frontier()
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.log = _verifier().Ledger()
        self.log.roots = dict.fromkeys(self.notes)
        self.log.key = self._opening_key()
        self.log.openings = self._openings()
        self.last: dict[str, dict[str, Any]] = {}
        self.slots = 0

    def read(self) -> None:
        """Take every entry, and compare each stored leaf and kind with its body."""
        for n, k, stored, leaf in self._rows(_ENTRIES):
            body = entries.as_bytes(stored)
            self.log.add(body + b"\n")
            self.log.expect(4, n == self.log.size - 1)
            self.log.expect(6, leaf == merkle.leaf_hash(body))
            for level, tile, digest in self.frontier.append(merkle.leaf_hash(body)):
                self.tiles[level, tile] = digest
            if self.log.faults.keys() & {3, 4}:
                continue
            entry = json.loads(body)
            self.log.expect(4, k == entry["k"])
            if k == "vote":
                slot = self.log.used[int(entry["v"], 16)] - 1
                self.slots += hash((n, entry["p"], entry["v"], slot))
            else:
                self.last["final" if k in ("close", "recount") else k] = entry
        self.log.expect(13, next(self.log.openings, None) is None)

    def compare(self) -> None:
        """Hold everything beside the entries against them."""
        self._compare_checkpoints()
        self._compare_tree()
        self._compare_slots()
        self._compare_sanctions()
        self._compare_figures()
        self._compare_campaign()

    def _compare_checkpoints(self) -> None:
        expect = self.log.expect
        opening = self.log.opening
        origin = f"{opening['site']}/c/{opening['campaign']}"
        lines: list[str] = []
        try:
            lines = publication.verifier_keys(self.tx, self.campaign_id).splitlines()
        except Unreadable:
            expect(1, False)
        known = [
            (key, float(limit or "inf")) for key, _, limit in (li.partition(" ") for li in lines)
        ]
        verifier = _verifier()
        for size, note in self.notes.items():
            with self.log.check(1):
                covered, root, name = verifier.read_note(note)
                verifier.require(covered == size and name == origin, "origin")
                signed = [
                    signed_notes.is_signed_by(note, key) for key, limit in known if size <= limit
                ]
                verifier.require(any(signed), "signature")
                expect(6, self.log.roots[size] == root)
        final = self.last.get("final", self.last.get("open", {"n": -1}))
        expect(1, bool(self.notes))
        expect(6, max(self.notes, default=0) > final["n"])

    def _compare_tree(self) -> None:
        head = read_head(self.tx, self.campaign_id)
        stored = {(level, tile): digest for level, tile, digest in self.tx.all(_TILES, self.values)}
        self.log.expect(6, head.size == self.log.size and head.frontier == self.frontier.packed())
        self.log.expect(6, stored == self.tiles)
        self.log.expect(5, head.t == self.log.t)

    def _compare_slots(self) -> None:
        """Slots and votes are the same, whatever their order: sums over keyed hashes tell."""
        found = 0
        last: dict[str, Any] = {"p": "", "v": b"", "slot": -1}
        while rows := self.tx.all(_SLOTS, {**self.values, **last}):
            found += sum(hash((n, p, v.hex(), slot)) for p, v, slot, n in rows)
            last = dict(zip(("p", "v", "slot"), rows[-1], strict=False))
        self.log.expect(9, found == self.slots)

    def _compare_sanctions(self) -> None:
        """Receipts ask a table what is void: it must say what the log says."""
        stored = [tuple(row) for row in self.tx.all(_SANCTIONS, self.values)]
        self.log.expect(10, stored == _sanctions(self.tx, self.values))

    def _compare_figures(self) -> None:
        head = read_head(self.tx, self.campaign_id)
        expect, log = self.log.expect, self.log
        expect(15, (head.ballots, head.voided) == (log.ballots, len(log.void)))
        try:
            stored = Counts(self.terms, head.counts).gross_and_net()
            expect(15, stored == [[no, log.gross[no], log.net[no]] for no in sorted(log.bits)])
        except (Unreadable, struct.error):
            expect(15, False)
        tally = self.last.get("tally", {"n": None, "ballots": 0, "t": ""})
        written = (head.tally_n, head.tally_ballots, head.tally_t)
        expect(15, written == (tally["n"], tally["ballots"], tally["t"]))
        expect(16, head.close_n == self.last.get("final", {"n": None})["n"])

    def _compare_campaign(self) -> None:
        terms, log, expect = self.terms, self.log, self.log.expect
        opening = log.opening
        expect(4, terms.rules.as_entry() == opening["rules"])
        listed = [(each["no"], each["name"], each["category"]) for each in opening["candidates"]]
        expect(4, sorted(listed) == sorted(terms.candidates))
        expect(8, (minute(terms.opens), minute(terms.closes)) == (opening["from"], log.to))
        expect(8, bool(terms.paused) == ("pause" in log.out))
        expect(14, terms.withdrawn == log.out - {"pause"})
        expect(11, not terms.is_halted)  # the marks outside of the database still fit

    def _opening_key(self) -> bytes:
        """The key, or any other where it is lost: then no commitment opens."""
        try:
            return self.terms.opening_key
        except (Unreadable, keys.KeyMissing):
            self.log.faults[12] = "the opening key is lost"
            return bytes(32)

    def _rows(self, statement: Statement) -> Iterator[Any]:
        """Every row of a statement ordered by its first column, in pieces."""
        above = -1
        while rows := self.tx.all(statement, {**self.values, "above": above}):
            yield from rows
            above = rows[-1][0]

    def _openings(self) -> Iterator[bytes]:
        """The sealed choices as openings.jsonl has them; an unreadable one is an empty line."""
        for n, sealed in self._rows(_SEALED):
            try:
                choices = self.terms.sealer.open(sealed, f"{self.campaign_id}|{n}".encode())
            except (Unreadable, keys.KeyMissing):
                yield b""
            else:
                yield b'{"n":%d,"choices":%s}' % (n, choices)


def _rebuild(tx: Transaction, campaign_id: int) -> None:
    found = _Reading(tx, campaign_id)
    found.read()
    log = found.log
    if not log.opening or log.faults.keys() & {3, 4, 13}:
        raise Lapsed
    stored = {(level, tile) for level, tile, _ in tx.all(_TILES, found.values)}
    lost = found.tiles.keys() - stored
    tx.many(
        _ADD_TILE,
        [
            {**found.values, "level": level, "tile": tile, "hash": found.tiles[level, tile]}
            for level, tile in sorted(lost)
        ],
    )
    tx.run(_FORGET_SANCTIONS, found.values)
    tx.many(
        _ADD_SANCTION,
        [{**found.values, "n": n, "k": k, "of": of} for n, k, of in _sanctions(tx, found.values)],
    )
    tx.run(
        _PROJECTED,
        {
            **found.values,
            "size": log.size,
            "t": log.t,
            "frontier": found.frontier.packed(),
            "ballots": log.ballots,
            "voided": len(log.void),
            "counts": _counts(found.terms, log).sealed(),
        },
    )


def _sanctions(tx: Transaction, values: dict[str, Any]) -> list[tuple[int, str, int]]:
    """Entry, kind and ballot of every void and restore, as the log has them."""
    found = []
    for n, k, body in tx.all(_SANCTIONED, values):
        try:
            found.append((n, k, json.loads(body)["of"]))
        except (ValueError, KeyError):  # a broken body has a fault of its own
            continue
    return found


def _counts(terms: VotingTerms, log: Any) -> Counts:
    """The recount as the head stores it."""
    counts = Counts(terms, b"")
    for no in log.bits:
        counts.add([no], gross=log.gross[no], net=log.net[no])
    return counts


@cache
def _verifier() -> Any:
    """tools/verify.py, which stands outside of the package because it travels alone."""
    spec = importlib.util.spec_from_file_location("votesite_verifier", archive.VERIFIER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(archive.VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
