"""The public, append-only log of a campaign: entries, tree, checkpoints, receipts (ledger.md 2, 3).

A vote is an entry here and nowhere else. `open_log` locks a campaign's head and hands out the `Log`
of the running transaction; whoever appends to it leaves the head to its flush, just before commit.
"""

import hashlib
import json
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, cast
from unicodedata import normalize

from votesite.clock import at, day, hour_of_day, minute, parse_minute
from votesite.domain import high_water, keys, merkle, notes
from votesite.errors import Busy, Frozen, Lapsed, NotFound, SecondPersonNeeded
from votesite.extensions import site
from votesite.keys import Sealer, mac
from votesite.store import Statement, Transaction

STEP_BACK = timedelta(minutes=5)
RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
FAR_OFF = 1 << 53

_HEAD = Statement(
    "SELECT size, t, frontier, ballots, voided, counts, vote_t, tally_n, tally_ballots, tally_t,"
    " tallied_at, close_n, due_at, version, rules_version, fault"
    " FROM log_heads WHERE campaign_id = :campaign_id",
    locks=True,
)
_SIZE = Statement("SELECT size FROM log_heads WHERE campaign_id = :campaign_id")
_RULES_VERSION = Statement("SELECT rules_version FROM log_heads WHERE campaign_id = :campaign_id")
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
_CAMPAIGN = Statement(
    "SELECT slug, title, results, recount, schedule, ballot, categories, void_rules, notice_text,"
    " notice_version, paused, published_at FROM campaigns WHERE id = :campaign_id"
)
_CANDIDATES = Statement(
    "SELECT no, name, category, withdrawn FROM candidates"
    " WHERE campaign_id = :campaign_id ORDER BY no"
)
_BODY = Statement("SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND n = :n")
_BODIES = Statement(
    "SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND n >= :first AND n < :end"
    " ORDER BY n"
)
_LEAVES = Statement(
    "SELECT leaf FROM log_entries WHERE campaign_id = :campaign_id AND n >= :first AND n < :end"
    " ORDER BY n"
)
_TILES = Statement(
    "SELECT hash FROM log_tiles WHERE campaign_id = :campaign_id AND level = :level"
    " AND tile >= :first AND tile < :end ORDER BY tile"
)
_RECEIPT = Statement(
    "SELECT r.n, e.body, e.leaf FROM receipts r JOIN log_entries e"
    " ON e.campaign_id = r.campaign_id AND e.n = r.n"
    " WHERE r.campaign_id = :campaign_id AND r.code = :code"
)
_COVERING = Statement(
    "SELECT size, note FROM checkpoints WHERE campaign_id = :campaign_id AND size > :n"
    " ORDER BY size LIMIT 1"
)
_LAST_SANCTION = Statement(
    "SELECT k, n FROM sanctions WHERE campaign_id = :campaign_id AND of = :n"
    " ORDER BY n DESC LIMIT 1"
)
_ADD_SANCTION = Statement(
    "INSERT INTO sanctions (campaign_id, n, k, of) VALUES (:campaign_id, :n, :k, :of)"
)
_SEALED_BALLOT = Statement(
    "SELECT sealed FROM sealed_choices WHERE campaign_id = :campaign_id AND n = :n"
)
_SIGNING = Statement(
    "SELECT id, wrapped FROM wrapped_keys WHERE purpose = 'signing' AND campaign_id = :campaign_id"
    " AND retired_at_size IS NULL ORDER BY id"
)


def canonical(value: Any) -> bytes:
    """The RFC 8785 serialisation of a value of strings, integers, arrays and objects."""
    return json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":")).encode()


def _sorted(value: Any) -> Any:
    """Objects with their keys in the order of UTF-16 code units."""
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in ordered}
    if isinstance(value, list | tuple):
        return [_sorted(item) for item in value]
    return value


@dataclass(frozen=True)
class Rules:
    """The `rules` of entry 0, all fields always present."""

    scope: str
    ballots: int
    picks: tuple[int, int]
    category_picks: dict[str, tuple[int, int]]
    hours: tuple[str, str]
    repeat: str
    results: str
    recount: str
    eligibility: str
    min_batch: int
    publish_every: int

    def as_entry(self) -> dict[str, Any]:
        """The object as the ledger and `/me` publish it."""
        return {
            "scope": self.scope,
            "ballots": self.ballots,
            "picks": list(self.picks),
            "category_picks": {name: list(bounds) for name, bounds in self.category_picks.items()},
            "hours": list(self.hours),
            "repeat": self.repeat,
            "results": self.results,
            "recount": self.recount,
            "eligibility": self.eligibility,
            "min_batch": self.min_batch,
            "publish_every": self.publish_every,
        }

    @property
    def picks_span_ballots(self) -> bool:
        """Whether a voter's picks must differ over several ballots: then they are marked."""
        return self.ballots > 1 or (self.scope == "day" and self.repeat == "never")

    def period(self, moment: datetime) -> str:
        """`p` of a vote at a moment."""
        return "all" if self.scope == "campaign" else day(moment).isoformat()

    def is_within_hours(self, moment: datetime) -> bool:
        """Whether the time of day is inside [begin, end)."""
        return self.hours[0] <= hour_of_day(moment) < self.hours[1]

    def first_open(self, moment: datetime, begins: datetime, ends: datetime) -> datetime | None:
        """The first minute at or after `moment` in which a ballot is possible, or None."""
        found = max(moment, begins)
        if not self.is_within_hours(found):
            later = day(found) + timedelta(days=hour_of_day(found) >= self.hours[1])
            found = at(later, self.hours[0])
        return found if found < ends else None


def rules_of(
    ballot: dict[str, Any], categories: Iterable[dict[str, Any]], results: str, recount: str
) -> Rules:
    """The rules that a campaign's settings make."""
    return Rules(
        scope=ballot["scope"],
        ballots=ballot["ballots"],
        picks=(ballot["picks"][0], ballot["picks"][1]),
        category_picks={
            category["name"]: (category["picks"][0], category["picks"][1])
            for category in categories
            if category.get("picks")
        },
        hours=(ballot["hours"][0], ballot["hours"][1]),
        repeat="never" if ballot["scope"] == "campaign" else ballot["repeat"],
        results=results,
        recount=recount,
        eligibility=ballot["eligibility"],
        min_batch=ballot["min_batch"],
        publish_every=ballot["publish_every"],
    )


@dataclass(frozen=True)
class Book:
    """What decides about a ballot, as now in force; read anew when `rules_version` has changed."""

    campaign_id: int
    rules_version: int
    slug: str
    title: str
    rules: Rules
    opens: datetime
    closes: datetime
    count_published_at: datetime
    paused: str
    is_published: bool
    candidates: tuple[tuple[int, str, str], ...]
    withdrawn: frozenset[int]
    void_rules: tuple[dict[str, str], ...]
    schedule: dict[str, list[str]]
    notice_text: str
    notice_version: str
    is_halted: bool = False
    positions: dict[int, int] = field(repr=False, default_factory=dict)

    @cached_property
    def origin(self) -> str:
        """The log's origin as the base URL makes it; entry 0 keeps it for ever."""
        return f"{site().settings.host}/c/{self.slug}"

    @cached_property
    def pseudonym_key(self) -> bytes:
        """Turns site voter ids into voter keys, and those into pseudonyms."""
        return keys.campaign_key(self.campaign_id, "pseudonym")

    @cached_property
    def opening_key(self) -> bytes:
        """Makes the salts of the commitments."""
        return keys.campaign_key(self.campaign_id, "opening")

    @cached_property
    def sealer(self) -> Sealer:
        """Seals choices and counts."""
        return Sealer(keys.campaign_key(self.campaign_id, "choices"))


def read_book(tx: Transaction, campaign_id: int, rules_version: int) -> Book:
    """The campaign's book, from memory while its rules have not changed."""
    kept = cast(dict[int, Book], site().books)
    found = kept.get(campaign_id)
    if found is None or found.rules_version != rules_version or found.is_halted:
        found = kept[campaign_id] = _load_book(tx, campaign_id, rules_version)
    return found


def _load_book(tx: Transaction, campaign_id: int, rules_version: int) -> Book:
    row = tx.one(_CAMPAIGN, {"campaign_id": campaign_id})
    if row is None:
        raise NotFound
    schedule, ballot, categories, void_rules = (_json(row[i]) for i in (4, 5, 6, 7))
    candidates = tx.all(_CANDIDATES, {"campaign_id": campaign_id})
    closes = parse_minute(schedule["voting"][1])
    hidden_until = schedule.get("counting", schedule["voting"])[1]
    return Book(
        campaign_id=campaign_id,
        rules_version=rules_version,
        slug=row[0],
        title=row[1],
        rules=rules_of(ballot, categories, row[2], row[3]),
        opens=parse_minute(schedule["voting"][0]),
        closes=closes,
        count_published_at=parse_minute(hidden_until) if row[2] == "hidden" else closes,
        paused=row[10],
        is_published=row[11] is not None,
        candidates=tuple((no, name, category) for no, name, category, _ in candidates),
        withdrawn=frozenset(no for no, _, _, withdrawn in candidates if withdrawn),
        void_rules=tuple(void_rules),
        schedule=schedule,
        notice_text=row[8],
        notice_version=row[9],
        is_halted=disagrees(campaign_id, row[0]),
        positions={no: position for position, (no, *_) in enumerate(candidates)},
    )


def _json(value: Any) -> Any:
    """A JSON column: text from SQLite, parsed already from PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value


class Counts:
    """Gross and net votes in candidate order; sealed at rest: no file shows a ballot's picks.

    A plain table would: two states of it in a write-ahead log differ by one ballot's choices.
    """

    def __init__(self, book: Book, sealed: bytes) -> None:
        self._book = book
        self._bound_to = f"{book.campaign_id}|counts".encode()
        width = 2 * len(book.candidates)
        if sealed:
            self._figures = list(
                struct.unpack(f">{width}I", book.sealer.open(sealed, self._bound_to))
            )
        else:
            self._figures = [0] * width

    def add(self, picks: Iterable[int], *, gross: int, net: int) -> None:
        """Count a ballot's picks, or take them out again with a negative net."""
        for no in picks:
            position = 2 * self._book.positions[no]
            self._figures[position] += gross
            self._figures[position + 1] += net

    def sealed(self) -> bytes:
        """The figures as the head stores them."""
        packed = struct.pack(f">{len(self._figures)}I", *self._figures)
        return self._book.sealer.seal(packed, self._bound_to)

    def net(self) -> list[list[int]]:
        """[[no, net], …] ascending by number."""
        nets = self._figures[1::2]
        return [[no, nets[i]] for i, (no, *_) in enumerate(self._book.candidates)]

    def gross_and_net(self) -> list[list[int]]:
        """[[no, gross, net], …] ascending by number."""
        figures = self._figures
        return [
            [no, figures[2 * i], figures[2 * i + 1]]
            for i, (no, *_) in enumerate(self._book.candidates)
        ]


class Log:
    """A campaign's log inside one write transaction: its head locked, saved again by `flush`."""

    def __init__(self, tx: Transaction, campaign_id: int) -> None:
        row = tx.one(_HEAD, {"campaign_id": campaign_id})
        if row is None:
            raise NotFound
        self._tx = tx
        self.campaign_id = campaign_id
        self.frontier = merkle.Frontier(row[0], row[2])
        self.t: str = row[1]
        self.ballots: int = row[3]
        self.voided: int = row[4]
        self._sealed_counts: bytes = row[5]
        self.vote_t: str = row[6]
        self.tally_n: int | None = row[7]
        self.tally_ballots: int = row[8]
        self.tally_t: str = row[9]
        self.tallied_at: int = row[10]
        self.close_n: int | None = row[11]
        self.due_at: int | None = row[12]
        self.version: int = row[13]
        self.rules_version: int = row[14]
        self.fault: int | None = row[15]
        self._read_version = self.rules_version
        self._counts: Counts | None = None
        self._book: Book | None = None
        self._is_changed = False

    @property
    def size(self) -> int:
        """Entries so far; 0 before `open`."""
        return self.frontier.size

    @property
    def book(self) -> Book:
        """The rules now in force; not kept in memory while a change of them is uncommitted."""
        if self.rules_version != self._read_version:
            return _load_book(self._tx, self.campaign_id, self.rules_version)
        if self._book is None:
            self._book = read_book(self._tx, self.campaign_id, self.rules_version)
        return self._book

    @property
    def counts(self) -> Counts:
        """The live counts; whoever reads them means to change or publish them."""
        if self._counts is None:
            self._counts = Counts(self.book, self._sealed_counts)
        return self._counts

    def minute_of(self, moment: datetime) -> str:
        """The entry's time for a clock's moment: it never goes back."""
        return max(minute(moment), self.t)

    def is_clock_behind(self, moment: datetime) -> bool:
        """Whether the clock stands more than five minutes before the head."""
        return minute(moment + STEP_BACK) < self.t

    def append(self, k: str, fields: dict[str, Any], moment: datetime) -> int:
        """Append an entry of any kind but a vote; returns its number."""
        t = self.minute_of(moment)
        self.t = t
        return self.append_body(k, canonical({**fields, "k": k, "n": self.size, "t": t}))

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
        sealed = self.book.sealer.seal(choices, f"{self.campaign_id}|{n}".encode())
        self._tx.run(_ADD_SEALED, {"campaign_id": self.campaign_id, "n": n, "sealed": sealed})

    def add_checkpoint(self) -> str:
        """Sign the tree as it stands."""
        origin = origin_of(self._tx, self.campaign_id)
        signers = [
            notes.Signer(origin, site().master.unwrap(wrapped, f"signing|{self.campaign_id}"))
            for _, wrapped in self._tx.all(_SIGNING, {"campaign_id": self.campaign_id})
        ]
        note = notes.checkpoint(origin, self.size, self.frontier.root(), signers)
        values = {"campaign_id": self.campaign_id, "size": self.size, "note": note}
        self._tx.run(_ADD_CHECKPOINT, values)
        self._note_high_water(origin)
        return note

    def note_incident(self) -> None:
        """From here on the log is measured anew: staff have said what became of the rest."""
        self._note_high_water(origin_of(self._tx, self.campaign_id), high_water.INCIDENT)

    def _note_high_water(self, origin: str, kind: str = "") -> None:
        """Once this is committed, note outside the database how far the log has come."""
        slug, size, root = origin.rpartition("/")[2], self.size, self.frontier.root()
        self._tx.after_commit(lambda: high_water.note(slug, size, root, kind))

    def touch(self, *, rules: bool = False) -> None:
        """Something visible has changed; with `rules` also what decides about ballots."""
        self.version += 1
        self.rules_version += rules
        self._is_changed = True
        if rules:
            self.due_at = 0

    def set_due(self, due_at: int | None) -> None:
        """Note when time alone makes a tally or the close due."""
        if due_at != self.due_at:
            self.due_at = due_at
            self._is_changed = True

    def flush(self, transaction: Transaction) -> None:
        """Save the head."""
        if not self._is_changed:
            return
        transaction.run(
            _SAVE_HEAD,
            {
                "campaign_id": self.campaign_id,
                "size": self.size,
                "t": self.t,
                "frontier": self.frontier.packed(),
                "ballots": self.ballots,
                "voided": self.voided,
                "counts": self._counts.sealed() if self._counts else self._sealed_counts,
                "vote_t": self.vote_t,
                "tally_n": self.tally_n,
                "tally_ballots": self.tally_ballots,
                "tally_t": self.tally_t,
                "tallied_at": self.tallied_at,
                "close_n": self.close_n,
                "due_at": self.due_at,
                "version": self.version,
                "rules_version": self.rules_version,
            },
        )


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
    book = log.book
    log.append(
        "open",
        {
            "version": 1,
            "site": site().settings.host,
            "campaign": book.slug,
            "title": book.title,
            "from": minute(book.opens),
            "to": minute(book.closes),
            "rules": book.rules.as_entry(),
            "candidates": [
                {"no": no, "name": name, "category": category}
                for no, name, category in book.candidates
            ],
            "void_rules": [{"id": rule["id"], "text": rule["text"]} for rule in book.void_rules],
            "opening_key_sha256": hashlib.sha256(book.opening_key).hexdigest(),
            "notice_sha256": hashlib.sha256(book.notice_text.encode()).hexdigest(),
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
    if log.close_n is not None:
        raise Frozen
    if log.is_clock_behind(moment):
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
    if not log.size and not log.book.is_halted:
        raise Lapsed
    write_open(log, moment)
    n = log.append("incident", {"what": what}, moment)
    log.note_incident()
    log.touch(rules=True)
    return n


def disagrees(campaign_id: int, slug: str) -> bool:
    """Whether the log is shorter than, or another than, what was published of it before.

    The marks are read before the log: they are written after the commit they tell of.
    """
    trees = high_water.marks(slug).trees()
    if not trees:
        return False
    with site().store.reading() as tx:
        size = _committed_size(tx, campaign_id)
        subtree = subtrees(tx, campaign_id)
        try:
            return any(
                known > size or merkle.root(subtree, 0, known).hex() != root
                for known, root in trees
            )
        except (IndexError, ValueError):  # leaves or tiles are lost
            return True


def _committed_size(tx: Transaction, campaign_id: int) -> int:
    row = tx.one(_SIZE, {"campaign_id": campaign_id})
    return int(row[0]) if row else 0


def _check_change(log: Log, change: dict[str, Any], moment: datetime) -> None:
    """Refuse a change that is impossible in the state now in force (ledger.md section 2)."""
    book = log.book
    ((name, value),) = change.items()
    present = set(book.positions) - book.withdrawn
    if name == "to":
        is_possible = parse_minute(value) > book.opens and value >= log.minute_of(moment)
    else:
        is_possible = {
            "withdraw": value in present,
            "reinstate": value in book.withdrawn,
            "pause": not book.paused,
            "resume": bool(book.paused),
        }[name]
    if not is_possible:
        raise Lapsed


def rules_version(tx: Transaction, campaign_id: int) -> int:
    """Which state of the rules is in force."""
    row = tx.one(_RULES_VERSION, {"campaign_id": campaign_id})
    return int(row[0]) if row else 0


def head_size(tx: Transaction, campaign_id: int) -> int:
    """How many entries the log has."""
    row = tx.one(_HEAD, {"campaign_id": campaign_id})
    return int(row[0]) if row else 0


def origin_of(tx: Transaction, campaign_id: int) -> str:
    """The log's origin, as entry 0 fixed it; raises NotFound before entry 0."""
    entry = read_entry(tx, campaign_id, 0)
    return f"{entry['site']}/c/{entry['campaign']}"


def read_entry(tx: Transaction, campaign_id: int, n: int) -> dict[str, Any]:
    """An entry as object; raises NotFound."""
    row = tx.one(_BODY, {"campaign_id": campaign_id, "n": n})
    if row is None:
        raise NotFound
    entry: dict[str, Any] = json.loads(row[0])
    return entry


def bodies(tx: Transaction, campaign_id: int, first: int, end: int) -> list[bytes]:
    """The canonical bodies [first, end)."""
    values = {"campaign_id": campaign_id, "first": first, "end": end}
    return [as_bytes(row[0]) for row in tx.all(_BODIES, values)]


def as_bytes(stored: bytes | str) -> bytes:
    """A stored body; where somebody edited the file by hand SQLite may hold text in its place."""
    return stored.encode() if isinstance(stored, str) else stored


def subtrees(tx: Transaction, campaign_id: int) -> merkle.Subtree:
    """The hashes of a log's perfect subtrees, from leaves and tiles: at most 255 rows each."""

    def subtree(height: int, index: int) -> bytes:
        level, above = divmod(height, merkle.TILE_HEIGHT)
        first, end = index << above, (index + 1) << above
        values = {"campaign_id": campaign_id, "first": first, "end": end}
        rows = tx.all(_TILES, {**values, "level": level}) if level else tx.all(_LEAVES, values)
        hashes = [row[0] for row in rows]
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [merkle.node_hash(left, right) for left, right in pairs]
        return cast(bytes, hashes[0])

    return subtree


@dataclass(frozen=True)
class Proof:
    """What a receipt shows: a ballot's place in the log, and the signed tree that covers it."""

    n: int
    t: str
    leaf: bytes
    size: int
    path: list[bytes]
    checkpoint: str
    voided: bool


def new_receipt_code(random: bytes) -> str:
    """A receipt's code from 10 random bytes: 16 characters of Crockford's base 32."""
    number = int.from_bytes(random)
    return "".join(RECEIPT_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))


def read_code(text: str) -> str | None:
    """A receipt code as typed: case, blanks and hyphens do not matter; None for any other form."""
    code = re.sub(r"[\s-]", "", text).upper().replace("O", "0").replace("I", "1").replace("L", "1")
    is_code = len(code) == 16 and all(char in RECEIPT_ALPHABET for char in code)
    return code if is_code else None


def prove(campaign_id: int, code: str) -> Proof:
    """The proof that a receipt's ballot is in the log; raises NotFound for an unknown code.

    A checkpoint is signed now when none covers the ballot yet; receipts asked for at the same time
    share it.
    """
    values = {"campaign_id": campaign_id, "code": code}
    with site().store.snapshot() as tx:
        row = tx.one(_RECEIPT, values)
        if row is None:
            raise NotFound
        n, body, leaf = row
        covering = tx.one(_COVERING, {"campaign_id": campaign_id, "n": n})
    if covering is None:
        covering = site().store.write(lambda tx: _cover(tx, campaign_id, n))
    size, note = covering
    with site().store.snapshot() as tx:
        path = merkle.inclusion(subtrees(tx, campaign_id), n, size)
        voided = is_voided(tx, campaign_id, n)
    return Proof(n, json.loads(body)["t"], leaf, size, path, note, voided)


def is_voided(tx: Transaction, campaign_id: int, n: int) -> bool:
    """Whether ballot `n` is void at the log's end."""
    row = tx.one(_LAST_SANCTION, {"campaign_id": campaign_id, "n": n})
    return row is not None and row[0] == "void"


def void_of(campaign_id: int, n: int) -> dict[str, Any] | None:
    """The entry by which ballot `n` is void now; None while it counts."""
    with site().store.snapshot() as tx:
        row = tx.one(_LAST_SANCTION, {"campaign_id": campaign_id, "n": n})
        return read_entry(tx, campaign_id, row[1]) if row and row[0] == "void" else None


def _cover(tx: Transaction, campaign_id: int, n: int) -> tuple[int, str]:
    found = tx.one(_COVERING, {"campaign_id": campaign_id, "n": n})
    if found is not None:
        return found[0], found[1]
    log = open_log(tx, campaign_id)
    return log.size, log.add_checkpoint()


def commitment(opening_key: bytes, n: int, choices: bytes) -> str:
    """`c` of ballot `n`: SHA-256(salt ‖ JCS(choices)), hex."""
    salt = mac(opening_key, f"salt|{n}".encode())
    return hashlib.sha256(salt + choices).hexdigest()


def append_void(  # noqa: PLR0913 -- the entry's fields
    tx: Transaction,
    campaign_id: int,
    of: int,
    *,
    rule: str,
    why: str,
    by: Sequence[int],
    moment: datetime,
) -> list[int]:
    """Append a `void` entry: ballot `of` counts no more. Returns whom the ballot had named.

    Raises NotFound for what is no ballot or no published rule, Lapsed for a ballot void already.
    """
    log = _log_for_sanction(tx, campaign_id, of, moment)
    if rule not in {known["id"] for known in read_entry(tx, campaign_id, 0)["void_rules"]}:
        raise NotFound
    if is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "rule": rule, "why": normalize("NFC", why), "by": _two(by)}
    return _sanction(log, tx, "void", fields, moment)


def append_restore(
    tx: Transaction, campaign_id: int, of: int, *, why: str, by: Sequence[int], moment: datetime
) -> list[int]:
    """Append a `restore` entry: ballot `of` counts again; Lapsed for one that is not void."""
    log = _log_for_sanction(tx, campaign_id, of, moment)
    if not is_voided(tx, campaign_id, of):
        raise Lapsed
    fields = {"of": of, "why": normalize("NFC", why), "by": _two(by)}
    return _sanction(log, tx, "restore", fields, moment)


def append_recount(tx: Transaction, campaign_id: int, moment: datetime) -> None:
    """After `close`: publish the result as voids and restores have left it; before it: nothing."""
    log = open_log(tx, campaign_id)
    log.touch()
    if log.close_n is None:
        return
    votes = log.counts.gross_and_net()
    fields = {"ballots": log.ballots, "voided": log.voided, "votes": votes}
    log.close_n = log.append("recount", fields, moment)
    log.add_checkpoint()


def _log_for_sanction(tx: Transaction, campaign_id: int, of: int, moment: datetime) -> Log:
    log = open_log(tx, campaign_id)
    if log.is_clock_behind(moment):
        raise Busy
    if not 0 < of < log.size or read_entry(tx, campaign_id, of)["k"] != "vote":
        raise NotFound
    return log


def _sanction(
    log: Log, tx: Transaction, k: str, fields: dict[str, Any], moment: datetime
) -> list[int]:
    """Append the entry and take the ballot's picks out of the net counts, or put them back."""
    of = fields["of"]
    values = {"campaign_id": log.campaign_id, "n": of}
    row = tx.one(_SEALED_BALLOT, values)
    if row is None:
        raise NotFound
    opened = log.book.sealer.open(row[0], f"{log.campaign_id}|{of}".encode())
    picks: list[int] = json.loads(opened)
    step = -1 if k == "void" else 1
    n = log.append(k, fields, moment)
    tx.run(_ADD_SANCTION, {"campaign_id": log.campaign_id, "n": n, "k": k, "of": of})
    log.counts.add(picks, gross=0, net=step)
    log.voided -= step
    return picks


def _two(by: Sequence[int]) -> list[int]:
    """The staff numbers of a sanction: two different ones."""
    if len(set(by)) != 2:
        raise SecondPersonNeeded
    return list(by)
