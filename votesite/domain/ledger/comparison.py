"""What hangs on a log, held against it: leaves, stored hashes, slots, counts, rows of pages.

Only the database has these; tools/verify.py never sees them. A difference is reported under the
number of the check of ledger.md that it belongs to.
"""

import hashlib
import json
import struct
from typing import Any, NamedTuple

from votesite.clock import minute
from votesite.domain.ledger import publication, steps
from votesite.domain.ledger.acts import acts
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.electorate import electorate_of
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.honour_comparison import compare_honours
from votesite.domain.ledger.honours import WITH_CHECKPOINT
from votesite.domain.ledger.opening import award_to_be, candidates
from votesite.domain.ledger.recount import Recount, Sanction, verifier
from votesite.keys import Unreadable
from votesite.store import Query, Statement


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
_SANCTIONS = Query(Sanction, "FROM sanctions WHERE campaign_id = :campaign_id ORDER BY of, n")
ACTS = Statement("SELECT n, k FROM log_acts WHERE campaign_id = :campaign_id ORDER BY n")
PUBLISHED = Statement("SELECT votes FROM published_votes WHERE campaign_id = :campaign_id")
RESULT = Statement(
    "SELECT body FROM log_tables WHERE campaign_id = :campaign_id AND n = :n AND name = 'votes'"
)
# Kinds that a checkpoint covers at once; `counted` is a close or recount.
_SEALED = ("open", "counted", *sorted(WITH_CHECKPOINT))


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
        self._compare_electorate()
        compare_honours(self._recount)

    def _compare_checkpoints(self) -> None:
        """Every note is the log's own, signed by its keys, of the tree's root; the last covers."""
        recount, expect = self._recount, self._recount.log.expect
        origin = f"{recount.log.opening['site']}/c/{recount.log.opening['campaign']}"
        keys = self._verifier_keys()
        for size, text in recount.notes.items():
            with recount.log.check(1):
                note = verifier().read_note(text)
                verifier().require(note.size == size and note.origin == origin, "origin")
                verifier().check_note(note, keys)
                expect(6, recount.log.roots[size] == note.root)
        sealed = [recount.last[k]["n"] for k in _SEALED if k in recount.last]
        expect(1, bool(recount.notes))
        expect(6, max(recount.notes, default=0) > max(sealed, default=-1))

    def _verifier_keys(self) -> Any:
        """Returns the log's keys as the verifier reads them; none where one is unreadable."""
        try:
            lines = publication.verifier_keys(self._recount.tx, self._recount.campaign_id)
        except Unreadable:
            self._recount.log.expect(1, False)
            return {}
        return verifier().read_keys(lines)

    def _compare_tree(self) -> None:
        head, recount = self._head, self._recount
        stored = {(row.level, row.tile): row.hash for row in NODES.all(recount.tx, recount.values)}
        expect = recount.log.expect
        expect(6, head.size == recount.log.size and head.frontier == recount.frontier.packed())
        expect(6, stored == recount.nodes)
        expect(5, head.t == recount.log.t)
        expect(4, [tuple(row) for row in recount.tx.all(ACTS, recount.values)] == recount.acts)

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
        expected = [self._recount.sanctions[key] for key in sorted(self._recount.sanctions)]
        self._recount.log.expect(10, stored == expected)

    def _compare_figures(self) -> None:
        head, log, last = self._head, self._recount.log, self._recount.last
        log.expect(15, (head.ballots, head.voided) == (log.ballots, len(log.void)))
        log.expect(24, head.voters == log.voters)
        try:
            stored = Counts(self._recount.terms, head.counts).gross_and_net()
            log.expect(15, stored == log.rows())
        except (Unreadable, struct.error):
            log.expect(15, False)
        tally = last.get("tally", {"n": None, "t": ""})
        log.expect(15, (head.tally_n, head.tally_t) == (tally["n"], tally["t"]))
        log.expect(16, head.close_n == last.get("counted", {"n": None})["n"])
        self._compare_published()

    def _compare_published(self) -> None:
        """What pages show, what results commit to, and what the next step holds."""
        recount, log, head = self._recount, self._recount.log, self._head
        shown = recount.tx.value(PUBLISHED, recount.values)
        log.expect(15, json.loads(shown or "[]") == recount.published())
        for n, entry in log.results.items():
            votes = recount.tx.value(RESULT, {**recount.values, "n": n})
            log.expect(16, hashlib.sha256(votes or b"").hexdigest() == entry["votes_sha256"])
        if head.close_n is None:
            least = recount.terms.rules.min_batch
            step = steps.counted(recount.tx, recount.campaign_id, head.tally_n, least)
            log.expect(18, head.step == step)

    def _compare_campaign(self) -> None:
        terms, log = self._recount.terms, self._recount.log
        opening, expect = log.opening, log.expect
        expect(4, terms.rules.as_entry() == opening["rules"])
        expect(4, award_to_be(self._recount.tx, self._recount.campaign_id) == opening["award"])
        listed = candidates(self._recount.tx, self._recount.campaign_id)
        expect(21, listed == log.candidates)
        expect(8, (minute(terms.opens), minute(terms.closes)) == (opening["from"], log.to))
        expect(8, terms.paused == log.paused)
        expect(14, terms.withdrawn == log.withdrawn)
        expect(11, not terms.is_halted)  # the marks outside the database still fit

    def _compare_electorate(self) -> None:
        """The roster has the codes that entry 0 or the last change of it commits to, no others."""
        recount, log = self._recount, self._recount.log
        if log.opening["rules"]["eligibility"] != "roster":
            return
        committed = {key: log.opening["electorate"][key] for key in ("size", "sha256")}
        for rule in acts(recount.tx, recount.campaign_id, ("rule",)):
            committed = rule["set"].get("roster", committed)
        size, sha256 = electorate_of(recount.tx, recount.campaign_id)
        log.expect(24, committed == {"size": size, "sha256": sha256})
