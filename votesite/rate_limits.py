"""Rate limits: how often one voter or one address may post, counted for all workers together.

They only slow floods down: what one voter may do at all is a constraint of the database. Counts
lie in a small SQLite file of their own, or in Redis where several hosts share them; while that
store is away each process counts for itself. Flask-Limiter brings stores and strategy. Its request
hooks stay off, because they would cost every page as much as rendering it: views ask where a brake
holds.
"""

import logging
import math
import os
import sqlite3
import threading
from pathlib import Path
from typing import ClassVar, cast
from urllib.parse import urlsplit

from flask import Flask, current_app
from flask_limiter import Limiter
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, Storage
from limits.storage.base import SlidingWindowCounterSupport
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter

from votesite import clock
from votesite.config import Settings
from votesite.errors import Misconfigured, TooManyRequests
from votesite.keys import mac
from votesite.networks import subscriber

WAITED_ADDRESS = "30/hour"  # who waits instead of computing: few people, not a farm's way in
PICTURE_VOTER = "20/minute"  # decoding one takes a second of the worker's confined process
CALLBACK_ADDRESS = "12000/minute"  # a carrier's address is thousands of voters on the first day
RETRY_STORE_AFTER = 5.0  # seconds that counts stay in the process after the store has failed
SWEEP_EVERY = 512

log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hits (
    key TEXT PRIMARY KEY, slot INTEGER NOT NULL, n INTEGER NOT NULL, before INTEGER NOT NULL,
    until REAL NOT NULL
) WITHOUT ROWID
"""
# One statement that is done in one step: the file's write lock is never held while its thread
# waits for the interpreter. So it cannot use RETURNING, whose lock lasts until the row is fetched.
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
_SWEEP = "DELETE FROM hits WHERE key IN (SELECT key FROM hits WHERE until < ? LIMIT 1000)"


class SQLiteStorage(Storage, SlidingWindowCounterSupport):
    """Counts that the workers of one host share, in a file of their own; one connection a process.

    The file is never synced: a power cut may break it, and then it is made anew, for a brake can
    bear to forget.
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
        """What a broken file raises."""
        return sqlite3.Error

    def acquire_sliding_window_entry(
        self, key: str, limit: int, expiry: int, amount: int = 1
    ) -> bool:
        """Count a hit unless this window and the fading one before it are full."""
        if amount > limit:
            return False
        slot, elapsed = divmod(clock.now().timestamp(), expiry)
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
        """Hits of the window before and for how long they count, hits of this one and the same."""
        slot, elapsed = divmod(clock.now().timestamp(), expiry)
        with self._lock:
            found = self._open().execute("SELECT slot, n, before FROM hits WHERE key = ?", (key,))
            row = found.fetchone()
        at, count, before = row or (0, 0, 0)
        rest = expiry - elapsed
        if at == slot:
            return before, rest, count, rest + expiry
        return (count if at == slot - 1 else 0), rest, 0, rest + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:  # noqa: ARG002 -- the base's
        """Forget a key."""
        self.clear(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count a hit in a window that begins with its first."""
        now = clock.now().timestamp()
        values = {"key": key, "amount": amount, "now": now, "until": now + expiry}
        with self._lock:
            row = self._open().execute(_INCREASE, values).fetchone()
        return int(row[0])

    def get(self, key: str) -> int:
        """Hits in the window of a key."""
        return int(self._row(key)[0])

    def get_expiry(self, key: str) -> float:
        """When the window of a key ends."""
        return float(self._row(key)[1])

    def check(self) -> bool:
        """Whether the file answers."""
        try:
            self._row("")
        except sqlite3.Error:
            return False
        return True

    def reset(self) -> int:
        """Forget everything."""
        with self._lock:
            return self._open().execute("DELETE FROM hits").rowcount

    def clear(self, key: str) -> None:
        """Forget a key."""
        with self._lock:
            self._open().execute("DELETE FROM hits WHERE key = ?", (key,))

    def close(self) -> None:
        """Close this process's connection; the next hit opens another."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    def _row(self, key: str) -> tuple[int, float]:
        now = clock.now().timestamp()
        with self._lock:
            query = "SELECT n, until FROM hits WHERE key = ? AND until > ?"
            row = self._open().execute(query, (key, now)).fetchone()
        return row or (0, now)

    def _sweep(self) -> None:
        self._hits += 1
        if self._hits % SWEEP_EVERY == 0:
            self._open().execute(_SWEEP, (clock.now().timestamp(),))

    def _open(self) -> sqlite3.Connection:
        """The connection of this process: one from before a fork must not be used."""
        if self._connection is None or self._process != os.getpid():
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as fault:
                if isinstance(fault, sqlite3.OperationalError):
                    raise
                log.warning("the rate limits' file is damaged and made anew")
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
        self._key = mac(settings.secret_key.encode(), b"brakes")
        self._fallback: RateLimiter | None = None
        self._away_until = 0.0
        self._starting = threading.Lock()
        self.ballot_voter = _parse("LIMIT_BALLOT_VOTER", settings.limit_ballot_voter)
        self.ballot_address = _parse("LIMIT_BALLOT_ADDRESS", settings.limit_ballot_address)
        self.callback_address = parse_many(CALLBACK_ADDRESS)
        self.waited_address = parse_many(WAITED_ADDRESS)
        self.picture_voter = parse_many(PICTURE_VOTER)

    def check(self, limits: list[RateLimitItem], scope: bytes, who: bytes) -> None:
        """Count one hit, or raise TooManyRequests.

        The store sees who only as a keyed hash: nothing in it can be joined to anything else.
        """
        name = mac(self._key, scope + b"|" + who)[:12].hex()
        for limit in limits:
            if not self._hit(limit, name):
                raise TooManyRequests(self._retry_after(limit, name))

    def store_answers(self) -> bool:
        """Whether the shared store can be reached."""
        return self._strategy.storage.check()

    def _hit(self, limit: RateLimitItem, name: str) -> bool:
        if self._away_until and clock.monotonic() < self._away_until:
            return self._in_process().hit(limit, name)
        try:
            passed = self._strategy.hit(limit, name)
        except self._failures as fault:
            log.warning("the rate limits' store is away, counting in this process: %s", type(fault))
            self._away_until = clock.monotonic() + RETRY_STORE_AFTER
            return self._in_process().hit(limit, name)
        self._away_until = 0.0
        return passed

    @property
    def _failures(self) -> tuple[type[Exception], ...]:
        """What the store raises when it is away: its own errors and the network's."""
        own = self._strategy.storage.base_exceptions
        return (*(own if isinstance(own, tuple) else (own,)), OSError)

    def _in_process(self) -> RateLimiter:
        with self._starting:
            if self._fallback is None:
                self._fallback = SlidingWindowCounterRateLimiter(MemoryStorage())
        return self._fallback

    def _retry_after(self, limit: RateLimitItem, name: str) -> int:
        """Seconds after which one more hit passes."""
        away = self._away_until > clock.monotonic()
        strategy = self._in_process() if away else self._strategy
        window = limit.get_expiry()
        try:
            storage = cast(SlidingWindowCounterSupport, strategy.storage)
            found = storage.get_sliding_window(limit.key_for(name), window)
        except self._failures:
            return window
        before, before_lasts, count, count_lasts = found
        if count < limit.amount:
            wait = before_lasts - (limit.amount - 1 - count) * window / max(before, 1)
        else:
            wait = count_lasts % window + window * (1 - (limit.amount - 1) / max(count, 1))
        return min(max(math.ceil(wait), 1), 2 * window)


def init_app(app: Flask, settings: Settings) -> None:
    """Count in Redis where it is set, else in a file of the instance folder."""
    uri = settings.redis_url or f"sqlite://{settings.instance / 'limits.db'}"
    options: dict[str, str | int] = {}
    if settings.redis_url:
        options = {"socket_connect_timeout": 1, "socket_timeout": 1}
    limiter = Limiter(
        key_func=str, storage_uri=uri, storage_options=options, strategy="sliding-window-counter"
    )
    app.extensions.setdefault("limiter", set()).add(limiter)  # known already: it adds no hooks
    limiter.init_app(app)
    app.extensions["votesite.rate_limits"] = RateLimits(limiter.limiter, settings)


def check_ballot(voter: bytes | None, address: str) -> None:
    """Limit ballot posts of one voter and of one address; raises TooManyRequests."""
    limits = _rate_limits()
    if voter is not None:
        limits.check(limits.ballot_voter, b"ballot-voter", voter)
    limits.check(limits.ballot_address, b"ballot-address", subscriber(address))


def check_picture(voter: bytes) -> None:
    """Limit the pictures of one voter, refused ones too; raises TooManyRequests."""
    limits = _rate_limits()
    limits.check(limits.picture_voter, b"picture-voter", voter)


def check_callback(address: str) -> None:
    """Limit the callbacks of one address: each costs a call to WeChat, which has its own limit."""
    limits = _rate_limits()
    limits.check(limits.callback_address, b"callback", subscriber(address))


def check_waited(address: str) -> None:
    """Limit the ballots of one address whose browsers waited where they were to compute."""
    limits = _rate_limits()
    limits.check(limits.waited_address, b"waited", subscriber(address))


def store_answers() -> bool:
    """Whether the store that all workers share can be reached."""
    return _rate_limits().store_answers()


def _rate_limits() -> RateLimits:
    found: RateLimits = current_app.extensions["votesite.rate_limits"]
    return found


def _parse(name: str, text: str) -> list[RateLimitItem]:
    try:
        return parse_many(text)
    except ValueError:
        raise Misconfigured(
            [f"VOTESITE_{name} is {text!r}: it must look like 30/minute."]
        ) from None
