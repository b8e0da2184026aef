"""A campaign's log read from the database and counted again, with the published verifier.

tools/verify.py reads the entries here too, so that there is one reading of the rules.
"""

import importlib.util
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from typing import Any, NamedTuple, TypeVar

from votesite.domain import keys
from votesite.domain.ledger import archive, entries, merkle, publication
from votesite.domain.ledger.acts import COUNTLESS
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.honours import open_sheet
from votesite.domain.ledger.judges import open_identity
from votesite.domain.ledger.terms import forget_terms, read_terms, rules_version
from votesite.errors import NotFound
from votesite.keys import Unreadable
from votesite.store import Query, Transaction

RowType = TypeVar("RowType", bound=tuple[Any, ...])


class _EntryRow(NamedTuple):
    n: int
    k: str
    body: bytes
    leaf: bytes


class _SealedRow(NamedTuple):
    n: int
    sealed: bytes


class _JudgeRow(NamedTuple):
    n: int
    number: int
    sealed: bytes


class Sanction(NamedTuple):
    """That entry `n` voided or restored ballot `of`; `rule` is that of the void."""

    of: int
    n: int
    k: str
    rule: str


# Each is read in pieces, in the order of its first column.
_ENTRIES = Query(
    _EntryRow,
    "FROM log_entries WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 2000",
)
_SEALED = Query(
    _SealedRow,
    "FROM sealed_choices WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 2000",
)
_SHEETS = Query(
    _SealedRow,
    "FROM sealed_sheets WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 2000",
)
_JUDGES = Query(
    _JudgeRow,
    "FROM judges WHERE campaign_id = :campaign_id AND n > :above ORDER BY n LIMIT 2000",
)
_CHECKPOINTS = Query(
    entries.Checkpoint,
    "FROM checkpoints WHERE campaign_id = :campaign_id AND size > :above ORDER BY size LIMIT 2000",
)


class Recount:
    """A campaign's log read from the database, with the tree and the count that it makes.

    `log` is the verifier's own state: its `faults` are {number of a check: what is wrong}. `nodes`
    are the hashes to store by (level, position). `last` has the newest entry of each kind; that of
    `close` and `recount` is called `counted`. `acts` are (number, kind) of what is no vote or
    tally, `sanctions` what voids and restores say of ballots, by ballot and entry. `slots` is a sum
    over what the votes say of slots. `sheets` are the judges' sheets that open, by number,
    `dismissed` the entries that dismissed judges, `lost_tables` (number, name) of what should lie
    beside an entry and does not.
    """

    def __init__(self, tx: Transaction, campaign_id: int) -> None:
        self.tx = tx
        self.values = {"campaign_id": campaign_id}
        self.campaign_id = campaign_id
        forget_terms(campaign_id)  # what is in memory may be older than the rows
        self.terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
        self.notes = {each.size: each.note for each in self._pieces(_CHECKPOINTS)}
        self.frontier = merkle.Frontier()
        self.nodes: dict[tuple[int, int], bytes] = {}
        self.log = verifier().Log(candidates=self._candidates())
        self.log.roots = dict.fromkeys(self.notes)
        self.log.key = self._opening_key()
        self.log.openings = self._openings()
        self.log.sheet_key = self._sheet_key()
        self.sanctions: dict[tuple[int, int], Sanction] = {}
        self.acts: list[tuple[int, str]] = []
        self.counted_votes: dict[int, list[list[int]]] = {}
        self._rules: dict[int, str] = {}
        self.last: dict[str, Entry] = {}
        self.slots = 0
        self.sheets: dict[int, list[list[Any]]] = {}
        self.lost_tables: list[tuple[int, str]] = []
        self.dismissed: dict[int, int] = {}

    def read(self) -> None:
        """Read every entry, and compare each stored leaf and kind with its body."""
        for n, k, stored, leaf in self._pieces(_ENTRIES):
            body = entries.as_bytes(stored)
            self.log.add(body)
            self.log.expect(4, n == self.log.size - 1)
            self.log.expect(6, leaf == merkle.leaf_hash(body))
            for node in self.frontier.append(merkle.leaf_hash(body)):
                self.nodes[node.level, node.position] = node.hash
            if not self.log.is_sound:
                continue
            entry = json.loads(body)
            self.log.expect(4, k == entry["k"])
            if k == "vote":
                slot = self.log.used[int(entry["v"], 16)] - 1
                self.slots += hash((n, entry["p"], entry["v"], slot))
            else:
                self._take(entry)
        self.log.expect(13, next(self.log.openings, None) is None)
        self._read_honours()

    def counts(self) -> Counts:
        """Returns the recount as the head stores it."""
        counts = Counts(self.terms, b"")
        for no, gross, net in self.log.rows():
            counts.add([no], gross=gross, net=net)
        return counts

    def published(self) -> list[list[int]]:
        """Returns [[no, net], …] as the last tally, close or recount published them, or nothing."""
        if "counted" in self.last and self.last["counted"]["n"] in self.counted_votes:
            return self.counted_votes[self.last["counted"]["n"]]
        if "tally" not in self.last:
            return []
        return [[no, self.log.published.get(no, 0)] for no in self.log.numbers]

    def _take(self, entry: Entry) -> None:
        """Remember what hangs on an entry that is no vote."""
        k, n = entry["k"], entry["n"]
        if k not in COUNTLESS:
            self.acts.append((n, k))
        self.last["counted" if k in ("close", "recount") else k] = entry
        if k == "dismiss":
            self.dismissed[entry["judge"]] = n
        if k in ("close", "recount"):
            self.counted_votes[n] = [[no, net] for no, _, net in self.log.rows()]
        for of in entry["of"] if k in ("void", "restore") else ():
            rule = entry["rule"] if k == "void" else self._rules.get(of, "")
            self._rules[of] = rule
            self.sanctions[of, n] = Sanction(of, n, k, rule)

    def _read_honours(self) -> None:
        """Hold sheets, tables, rankings and the judges' names against the entries."""
        for n, sealed in self._pieces(_SHEETS):
            with suppress(Unreadable, keys.KeyMissing):
                self.sheets[n] = open_sheet(self.campaign_id, n, sealed)
        self.log.check_honours(self._table, self.sheets, self._panel())

    def _table(self, n: int, name: str) -> bytes | None:
        """Returns the table of an entry; a ranking's that is lost is made from what it follows."""
        try:
            return publication.table(self.tx, self.campaign_id, n, name)
        except NotFound:
            self.lost_tables.append((n, name))
            if name == "ranking":
                return None
            raise KeyError(name) from None

    def _panel(self) -> list[dict[str, Any]]:
        """Returns who judges, as `panel.json` has it; whoever cannot be read is not in it."""
        named = []
        for n, number, sealed in self._pieces(_JUDGES):
            with suppress(Unreadable, keys.KeyMissing):
                who = open_identity(self.campaign_id, number, sealed)
                named.append({"n": n, "judge": number, **who._asdict()})
        return named

    def _sheet_key(self) -> bytes:
        """Returns the key of the sheets, or another where it is lost: then no sheet opens."""
        try:
            return keys.campaign_key(self.campaign_id, "sheet")
        except (Unreadable, keys.KeyMissing):
            return bytes(32)

    def _candidates(self) -> bytes:
        """Returns the table to which entry 0 commits; a lost one fails the check of its hash."""
        try:
            return publication.candidates(self.tx, self.campaign_id)
        except NotFound:
            return b""

    def _opening_key(self) -> bytes:
        """Returns the opening key, or another where it is lost: then no commitment opens."""
        try:
            return self.terms.opening_key
        except (Unreadable, keys.KeyMissing):
            self.log.faults[12] = "the opening key is lost"
            return bytes(32)

    def _pieces(self, query: Query[RowType]) -> Iterator[RowType]:
        """Yields every row of a query that is ordered by its first column, read in pieces."""
        above = -1
        while rows := query.all(self.tx, {**self.values, "above": above}):
            yield from rows
            above = rows[-1][0]

    def _openings(self) -> Iterator[bytes]:
        """Yields the choices as lines of openings.jsonl; an unreadable one is an empty line."""
        for n, sealed in self._pieces(_SEALED):
            try:
                choices = self.terms.open_choices(n, sealed)
            except (Unreadable, keys.KeyMissing):
                yield b""
            else:
                yield b'{"n":%d,"choices":%s}' % (n, choices)


@cache
def verifier() -> Any:
    """Returns tools/verify.py, which stands outside the package because it travels alone."""
    spec = importlib.util.spec_from_file_location("votesite_verifier", archive.VERIFIER)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(archive.VERIFIER)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
