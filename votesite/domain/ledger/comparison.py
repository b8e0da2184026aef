"""What hangs on a log, held against it: leaves, stored hashes, slots, counts, rows of pages.

Only the database has these; tools/verify.py never sees them. A difference is reported under the
number of the check of ledger.md that it belongs to.
"""

import struct
from typing import NamedTuple

from votesite.clock import minute
from votesite.domain.ledger import publication, signed_notes
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.recount import Recount, Sanction, verifier
from votesite.keys import Unreadable
from votesite.store import Query


class _Slot(NamedTuple):
    p: str
    v: bytes
    slot: int
    n: int


class _Node(NamedTuple):
    level: int
    tile: int
    hash: bytes


_SLOTS = Query(
    _Slot,
    "FROM vote_slots WHERE campaign_id = :campaign_id AND (p, v, slot) > (:p, :v, :slot)"
    " ORDER BY p, v, slot LIMIT 2000",
)
NODES = Query(_Node, "FROM log_tiles WHERE campaign_id = :campaign_id ORDER BY level, tile")
_SANCTIONS = Query(Sanction, "FROM sanctions WHERE campaign_id = :campaign_id ORDER BY n")


class Comparison:
    """Compares one recount with everything stored beside its entries; faults go into its log."""

    def __init__(self, recount: Recount) -> None:
        self._recount = recount
        self._head = read_head(recount.tx, recount.campaign_id)

    def compare(self) -> None:
        """Compare everything that is stored beside the entries with them."""
        self._compare_checkpoints()
        self._compare_tree()
        self._compare_slots()
        self._compare_sanctions()
        self._compare_figures()
        self._compare_campaign()

    def _compare_checkpoints(self) -> None:
        recount, expect = self._recount, self._recount.log.expect
        origin = f"{recount.log.opening['site']}/c/{recount.log.opening['campaign']}"
        keys = self._verifier_keys()
        for size, note in recount.notes.items():
            with recount.log.check(1):
                covered, root, name = verifier().read_note(note)
                verifier().require(covered == size and name == origin, "origin")
                signed = [
                    signed_notes.is_signed_by(note, key) for key, limit in keys if size <= limit
                ]
                verifier().require(any(signed), "signature")
                expect(6, recount.log.roots[size] == root)
        final = recount.last.get("final", recount.last.get("open", {"n": -1}))
        expect(1, bool(recount.notes))
        expect(6, max(recount.notes, default=0) > final["n"])

    def _verifier_keys(self) -> list[tuple[str, float]]:
        """Returns each key with the size up to which it counts; none where one is unreadable."""
        try:
            lines = publication.verifier_keys(self._recount.tx, self._recount.campaign_id)
        except Unreadable:
            self._recount.log.expect(1, False)
            return []
        parts = [line.partition(" ") for line in lines.splitlines()]
        return [(key, float(limit or "inf")) for key, _, limit in parts]

    def _compare_tree(self) -> None:
        head, recount = self._head, self._recount
        stored = {(row.level, row.tile): row.hash for row in NODES.all(recount.tx, recount.values)}
        expect = recount.log.expect
        expect(6, head.size == recount.log.size and head.frontier == recount.frontier.packed())
        expect(6, stored == recount.nodes)
        expect(5, head.t == recount.log.t)

    def _compare_slots(self) -> None:
        """Slots and votes must be the same, in whatever order: sums of keyed hashes show it."""
        recount, total = self._recount, 0
        last = _Slot("", b"", -1, 0)
        while rows := _SLOTS.all(recount.tx, {**recount.values, **last._asdict()}):
            total += sum(hash((row.n, row.p, row.v.hex(), row.slot)) for row in rows)
            last = rows[-1]
        recount.log.expect(9, total == recount.slots)

    def _compare_sanctions(self) -> None:
        """Receipts ask a table which ballots are void: it must say what the log says."""
        stored = _SANCTIONS.all(self._recount.tx, self._recount.values)
        self._recount.log.expect(10, stored == self._recount.sanctions())

    def _compare_figures(self) -> None:
        head, log, last = self._head, self._recount.log, self._recount.last
        log.expect(15, (head.ballots, head.voided) == (log.ballots, len(log.void)))
        try:
            stored = Counts(self._recount.terms, head.counts).gross_and_net()
            log.expect(15, stored == [[no, log.gross[no], log.net[no]] for no in sorted(log.bits)])
        except (Unreadable, struct.error):
            log.expect(15, False)
        tally = last.get("tally", {"n": None, "ballots": 0, "t": ""})
        written = (head.tally_n, head.tally_ballots, head.tally_t)
        log.expect(15, written == (tally["n"], tally["ballots"], tally["t"]))
        log.expect(16, head.close_n == last.get("final", {"n": None})["n"])

    def _compare_campaign(self) -> None:
        terms, log = self._recount.terms, self._recount.log
        opening, expect = log.opening, log.expect
        expect(4, terms.rules.as_entry() == opening["rules"])
        listed = [(each["no"], each["name"], each["category"]) for each in opening["candidates"]]
        expect(4, sorted(listed) == sorted(terms.candidates))
        expect(8, (minute(terms.opens), minute(terms.closes)) == (opening["from"], log.to))
        expect(8, bool(terms.paused) == ("pause" in log.out))
        expect(14, terms.withdrawn == log.out - {"pause"})
        expect(11, not terms.is_halted)  # the marks outside the database still fit
