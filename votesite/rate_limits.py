"""Rate limits: how often one voter or one address may post, counted for all workers together.

They only slow floods down; what one voter may do at all is a constraint of the database. Counts are
kept in a small SQLite file of their own, or in Redis if several hosts share them. While that store
is unreachable, each process counts for itself. Flask-Limiter provides the stores and the strategy.
Views call the checks below in their place in the order of refusals (contract.md section 3), so the
extension's request hooks are left out: docs/decisions/0006.

The same store holds notes (`shared_notes.py`), for rules that have to remember more than a number.
"""

import logging
import math
import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from votesite import clock
from votesite.config import Settings
from votesite.errors import Misconfigured, TooManyRequests
from votesite.keys import mac
from votesite.networks import prefix, subscriber
from votesite.shared_notes import Notes, OwnNotes, RedisNotes

WAITED_ADDRESS = "30/hour"  # waiting instead of computing is for a few people, not for a farm
PICTURE_VOTER = "20/minute"  # decoding takes a second of the worker's confined process
CALLBACK_ADDRESS = "12000/minute"  # behind a carrier's address are thousands of voters on day one
REFUSED_CODES = "60/minute"  # a network's codes that WeChat did not know
RETRY_STORE_AFTER = 5.0  # seconds for which a process counts for itself after the store has failed
SWEEP_EVERY = 512  # hits of a process between two deletions of old counts

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hits (
    key TEXT PRIMARY KEY, slot INTEGER NOT NULL, n INTEGER NOT NULL, before INTEGER NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID
"""
# A single statement that finishes in one step, so that no thread holds the file's write lock while
# it waits for the interpreter. RETURNING would hold that lock until the row is fetched.
_ACQUIRE = """
INSERT INTO hits (key, slot, n, before, until) VALUES (:key, :slot, :amount, 0, :until)
ON CONFLICT (key) DO UPDATE SET
    n = CASE slot WHEN :slot THEN n + :amount ELSE :amount END,
    before = CASE slot WHEN :slot THEN before WHEN :slot - 1 THEN n ELSE 0 END,
    slot = :slot,
    until = :until
WHERE :amount + CASE slot
    WHEN :slot THEN n + before * :weight
    WHEN :slot - 1 THEN n * :weight
    ELSE 0 END <= :limit
"""
_INCREASE = """
INSERT INTO hits (key, slot, n, before, until) VALUES (:key, 0, :amount, 0, :until)
ON CONFLICT (key) DO UPDATE SET
    n = CASE WHEN hits.until > :now THEN n + :amount ELSE :amount END,
    until = CASE WHEN hits.until > :now THEN hits.until ELSE :until END
RETURNING n
"""
_NOTES = """
CREATE TABLE IF NOT EXISTS notes (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, until REAL NOT NULL
) WITHOUT ROWID
"""
_SWAP = """
INSERT INTO notes (key, text, until) VALUES (:key, :new, :until)
ON CONFLICT (key) DO UPDATE SET text = :new, until = :until
WHERE CASE WHEN until > :now THEN text ELSE '' END = :old
"""
_SWEEPS = (
    "DELETE FROM hits WHERE key IN (SELECT key FROM hits WHERE until < ? LIMIT 1000)",
    "DELETE FROM notes WHERE key IN (SELECT key FROM notes WHERE until < ? LIMIT 1000)",
)

T = TypeVar("T")


class SQLiteStorage(Storage, SlidingWindowCounterSupport):
    """Counts shared by the workers of one host, in a file of their own; one connection per process.

    The file is never synced. A power cut may damage it; it is then replaced by an empty one, since
    a rate limit can afford to forget.
    """

    STORAGE_SCHEME: ClassVar[list[str] | None] = ["sqlite"]  # type: ignore[misc]

    def __init__(
        self, uri: str | None = None, wrap_exceptions: bool = False, **options: float | str | bool
    ) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._path = Path(urlsplit(uri or "").path)
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._process = 0
        self._hits = 0

    @property
    def base_exceptions(self) -> type[Exception]:
        """The exceptions that a damaged or locked file raises."""
        return sqlite3.Error

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count a hit and return True, or return False if the sliding window is full.

        The window before this one counts in proportion to how much of it still lies within
        `expiry` seconds.
        """
        if amount > limit:
            return False
        slot, elapsed = divmod(clock.real().timestamp(), expiry)
        values = {
            "key": key,
            "slot": int(slot),
            "amount": amount,
            "weight": 1 - elapsed / expiry,
            "limit": limit,
            "until": (slot + 2) * expiry,
        }
        with self._lock:
            self._sweep()
            return self._open().execute(_ACQUIRE, values).rowcount == 1

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return hits and seconds left for the window before this one, then for this one."""
        slot, elapsed = divmod(clock.real().timestamp(), expiry)
        with self._lock:
            query = "SELECT slot, n, before FROM hits WHERE key = ?"
            row = self._open().execute(query, (key,)).fetchone()
        at, count, before = row or (0, 0, 0)
        rest = expiry - elapsed
        if at == slot:
            return before, rest, count, rest + expiry
        return (count if at == slot - 1 else 0), rest, 0, rest + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 -- the base's
        """Forget the hits of a key."""
        self.clear(key)

    def read_note(self, key: str) -> str:
        """Return the text under a key, empty if there is none."""
        with self._lock:
            query = "SELECT text FROM notes WHERE key = ? AND until > ?"
            row = self._open().execute(query, (key, clock.real().timestamp())).fetchone()
        return str(row[0]) if row else ""

    def swap_note(self, key: str, old: str, new: str, seconds: int) -> bool:
        """Write `new` for so many seconds and return True, or False if the text is not `old`."""
        now = clock.real().timestamp()
        values = {"key": key, "old": old, "new": new, "now": now, "until": now + seconds}
        with self._lock:
            self._sweep()
            return self._open().execute(_SWAP, values).rowcount == 1

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count a hit in a fixed window that begins with its first hit; return the count."""
        now = clock.real().timestamp()
        values = {"key": key, "amount": amount, "now": now, "until": now + expiry}
        with self._lock:
            row = self._open().execute(_INCREASE, values).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """Return the hits in the fixed window of a key."""
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        """Return when the fixed window of a key ends, in seconds since the epoch."""
        return float(self._row(key)[1])

    def check(self) -> bool:
        """Return whether the file can be read."""
        try:
            self._row("")
        except (sqlite3.Error, OSError):
            return False
        return True

    def reset(self) -> int:
        """Forget all hits; return how many keys had any."""
        with self._lock:
            return self._open().execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Forget the hits of a key."""
        with self._lock:
            self._open().execute("DELETE FROM hits WHERE key = ?", (key,))

    def close(self) -> None:
        """Close this process's connection; the next hit opens a new one."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _row(self, key: str) -> tuple[int, float]:
        now = clock.real().timestamp()
        with self._lock:
            query = "SELECT n, until FROM hits WHERE key = ? AND until > ?"
            row = self._open().execute(query, (key, now)).fetchone()
        return row or (0, now)

    def _sweep(self) -> None:
        self._hits += 1
        if self._hits % SWEEP_EVERY == 0:
            for sweep in _SWEEPS:
                self._open().execute(sweep, (clock.real().timestamp(),))

    def _open(self) -> sqlite3.Connection:
        """Return this process's connection; one opened before a fork must not be used."""
        if self._connection is None or self._process != os.getpid():
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as fault:
                if isinstance(fault, sqlite3.OperationalError):
                    raise
                log.warning("the rate limits' file is damaged and replaced by an empty one")
                for suffix in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
                self._connection = self._connect()
            self._process = os.getpid()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        self._path.touch(mode=0o600)
        connection = sqlite3.connect(
            self._path, timeout=1.0, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=OFF")
            connection.execute(_SCHEMA)
            connection.execute(_NOTES)
            if connection.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
                raise sqlite3.DatabaseError
        except sqlite3.Error:
            connection.close()
            raise
        return connection


class RateLimits:
    """The rate limits of one app."""

    def __init__(self, strategy: RateLimiter, settings: Settings) -> None:
        self._strategy = strategy
        self._notes = _notes_in(strategy.storage)
        self._own_notes = OwnNotes()
        self._key = mac(settings.secret_key.encode(), b"brakes")
        self._fallback: RateLimiter | None = None
        self._away_until = 0.0
        self._starting = threading.Lock()
        self.ballot_voter = _parse("LIMIT_BALLOT_VOTER", settings.limit_ballot_voter)
        self.ballot_address = _parse("LIMIT_BALLOT_ADDRESS", settings.limit_ballot_address)
        self.callback_address = parse_many(CALLBACK_ADDRESS)
        self.refused_codes = parse_many(REFUSED_CODES)
        self.waited_address = parse_many(WAITED_ADDRESS)
        self.picture_voter = parse_many(PICTURE_VOTER)

    def check(self, limits: list[RateLimitItem], scope: bytes, who: bytes) -> None:
        """Count one hit against each limit. Raises TooManyRequests at the first that is reached.

        The store holds `who` only as a keyed hash, which cannot be joined to any other data.
        """
        name = self.mark(scope, who)
        for limit in limits:
            if not self._hit(limit, name):
                raise TooManyRequests(self._retry_after(limit, name))

    def is_reached(self, limits: list[RateLimitItem], scope: bytes, who: bytes) -> bool:
        """Return whether one of the limits is reached, without counting anything."""
        name = self.mark(scope, who)
        try:
            return not all(self._strategy.test(limit, name) for limit in limits)
        except self._failures:
            return not all(self._in_process().test(limit, name) for limit in limits)

    def store_answers(self) -> bool:
        """Return whether the shared store can be reached."""
        return self._strategy.storage.check()

    def mark(self, scope: bytes, who: bytes) -> str:
        """Return the keyed hash under which somebody is known to the store."""
        return mac(self._key, scope + b"|" + who)[:12].hex()

    def with_notes(self, act: Callable[[Notes], T]) -> T:
        """Read or change notes: the shared ones, or while they are away this process's own."""
        if self._away_until and clock.monotonic() < self._away_until:
            return act(self._own_notes)
        try:
            done = act(self._notes)
        except self._failures as fault:
            self._note_away(fault)
            return act(self._own_notes)
        self._away_until = 0.0
        return done

    def _hit(self, limit: RateLimitItem, name: str) -> bool:
        if self._away_until and clock.monotonic() < self._away_until:
            return self._in_process().hit(limit, name)
        try:
            passed = self._strategy.hit(limit, name)
        except self._failures as fault:
            self._note_away(fault)
            return self._in_process().hit(limit, name)
        self._away_until = 0.0
        return passed

    def _note_away(self, fault: Exception) -> None:
        log.warning("the rate limits' store is away, counting in this process: %s", type(fault))
        self._away_until = clock.monotonic() + RETRY_STORE_AFTER

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        """The exceptions of an unreachable store: its own and the network's."""
        own = self._strategy.storage.base_exceptions
        return (*(own if isinstance(own, tuple) else (own,)), OSError)

    def _in_process(self) -> RateLimiter:
        with self._starting:
            if self._fallback is None:
                self._fallback = SlidingWindowCounterRateLimiter(MemoryStorage())
        return self._fallback

    def _retry_after(self, limit: RateLimitItem, name: str) -> int:
        """Return the seconds after which one more hit will pass."""
        away = self._away_until > clock.monotonic()
        strategy = self._in_process() if away else self._strategy
        window = limit.get_expiry()
        try:
            storage = cast(SlidingWindowCounterSupport, strategy.storage)
            hits = storage.get_sliding_window(limit.key_for(name), window)
        except self._failures:
            return window
        before, before_lasts, count, count_lasts = hits
        if count < limit.amount:
            wait = before_lasts - (limit.amount - 1 - count) * window / max(before, 1)
        else:
            wait = count_lasts % window + window * (1 - (limit.amount - 1) / max(count, 1))
        return min(max(math.ceil(wait), 1), 2 * window)


def init_app(app: Flask, settings: Settings) -> None:
    """Count in Redis if the settings name one, else in a file of the instance folder.

    Raises Misconfigured for a limit that cannot be read.
    """
    uri = settings.redis_url or f"sqlite://{settings.instance / 'limits.db'}"
    options: dict[str, str | int] = {}
    if settings.redis_url:
        options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    limiter = Limiter(
        key_func=str, storage_uri=uri, storage_options=options, strategy="sliding-window-counter"
    )
    limiter.init_app(Flask("rate_limits"))  # serves nothing: our requests run none of its hooks
    app.extensions["votesite.rate_limits"] = RateLimits(limiter.limiter, settings)


def check_ballot(voter: bytes | None, address: str) -> None:
    """Count a post of one voter and of their address. Raises TooManyRequests.

    The voter comes first: posts beyond their limit do not use up their neighbours' address.
    """
    limits = _rate_limits()
    if voter is not None:
        limits.check(limits.ballot_voter, b"ballot-voter", voter)
    limits.check(limits.ballot_address, b"ballot-address", subscriber(address))


def check_picture(voter: bytes) -> None:
    """Count a picture of one voter, refused ones too. Raises TooManyRequests."""
    limits = _rate_limits()
    limits.check(limits.picture_voter, b"picture-voter", voter)


def check_callback(address: str) -> None:
    """Count a login callback of one address. Raises TooManyRequests.

    Each callback costs a call to WeChat, which has limits of its own.
    """
    limits = _rate_limits()
    limits.check(limits.callback_address, b"callback", subscriber(address))


def note_refused_code(address: str) -> None:
    """Count a login's code that WeChat refused, for the network that it came from."""
    limits = _rate_limits()
    with suppress(TooManyRequests):
        limits.check(limits.refused_codes, b"refused-code", prefix(address))


def brings_refused_codes(address: str) -> bool:
    """Return whether WeChat has refused so many of this network's codes that they are invented."""
    limits = _rate_limits()
    return limits.is_reached(limits.refused_codes, b"refused-code", prefix(address))


def check_waited(address: str) -> None:
    """Count a ballot whose browser waited instead of computing. Raises TooManyRequests."""
    limits = _rate_limits()
    limits.check(limits.waited_address, b"waited", subscriber(address))


def mark(scope: bytes, *who: bytes) -> str:
    """Return the keyed hash under which the store holds a note about somebody."""
    return _rate_limits().mark(scope, b"".join(len(part).to_bytes(4) + part for part in who))


def read_note(mark: str) -> str:
    """Return the note under a mark, empty if there is none."""
    return _rate_limits().with_notes(lambda notes: notes.read_note(mark))


def swap_note(mark: str, old: str, new: str, seconds: int) -> bool:
    """Replace the note `old` by `new`, for so many seconds; False if it is another by now."""
    return _rate_limits().with_notes(lambda notes: notes.swap_note(mark, old, new, seconds))


def store_answers() -> bool:
    """Return whether the store shared by all workers can be reached."""
    return _rate_limits().store_answers()


def _rate_limits() -> RateLimits:
    limits: RateLimits = current_app.extensions["votesite.rate_limits"]
    return limits


def _notes_in(storage: Storage) -> Notes:
    """Return the notes beside the counts of one of the two stores."""
    if isinstance(storage, RedisStorage):
        return RedisNotes(storage)
    return cast(SQLiteStorage, storage)


def _parse(name: str, text: str) -> list[RateLimitItem]:
    try:
        return parse_many(text)
    except ValueError:
        raise Misconfigured(
            [f"VOTESITE_{name} is {text!r}: it must look like 30/minute."]
        ) from None
