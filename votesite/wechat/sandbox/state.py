"""What the simulator remembers, in `instance/sandbox.db`: hashed codes, personas, switches.

No openid, code, state or token is written: they are derived from the app's id when it answers.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from secrets import token_hex
from typing import Any

from votesite.clock import Clock, real
from votesite.wechat.sandbox.personas import PERSONAS, persona_of

CODE_SECONDS = 300
TOKEN_SECONDS = 7200
OLD_TOKEN_SECONDS = 300
ALWAYS = -1
EVERYONE = ""

_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS codes (
    hash TEXT PRIMARY KEY, persona TEXT NOT NULL, made_at REAL NOT NULL, used INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS personas (
    id TEXT PRIMARY KEY, follows INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS switches (
    place TEXT NOT NULL, persona TEXT NOT NULL, name TEXT NOT NULL, remaining INTEGER NOT NULL,
    PRIMARY KEY (place, persona, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (generation INTEGER PRIMARY KEY, ends_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS calls (path TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""


class CodeState(Enum):
    """What a code is worth."""

    GOOD = auto()
    UNKNOWN = auto()
    USED = auto()
    EXPIRED = auto()


class State:
    """The simulator's memory, shared by all workers; each question opens a connection."""

    def __init__(self, path: Path, clock: Clock = real) -> None:
        self._path = path
        self._clock = clock
        with self._open() as connection:
            connection.executescript(_SCHEMA)

    def new_codes(self, personas: list[str]) -> list[str]:
        """Returns a code for each persona, good once and for five minutes."""
        codes, now = [token_hex(16) for _ in personas], self._clock().timestamp()
        with self._open() as connection:
            connection.execute("DELETE FROM codes WHERE made_at < ?", (now - 4 * CODE_SECONDS,))
            connection.executemany(
                "INSERT INTO codes (hash, persona, made_at, used) VALUES (?, ?, ?, 0)",
                [(_hash(code), who, now) for code, who in zip(codes, personas, strict=True)],
            )
            connection.executemany(
                "INSERT OR IGNORE INTO personas (id, follows) VALUES (?, ?)",
                [(who, self._follows_at_first(who)) for who in personas],
            )
        return codes

    def owner(self, code: str) -> str:
        """Returns whose code it is, without using it; EVERYONE for an unknown code."""
        row = self._one("SELECT persona FROM codes WHERE hash = ?", _hash(code))
        return str(row[0]) if row else EVERYONE

    def use_code(self, code: str) -> CodeState:
        """Use up a code and return its state; only the first of several callers gets GOOD."""
        with self._open() as connection:
            is_first = connection.execute(
                "UPDATE codes SET used = 1 WHERE hash = ? AND used = 0 AND made_at >= ?",
                (_hash(code), self._clock().timestamp() - CODE_SECONDS),
            ).rowcount
            row = connection.execute(
                "SELECT used FROM codes WHERE hash = ?", (_hash(code),)
            ).fetchone()
        if is_first:
            return CodeState.GOOD
        if row is None:
            return CodeState.UNKNOWN
        return CodeState.USED if row[0] else CodeState.EXPIRED

    def follows(self, persona: str) -> bool:
        """Whether a persona follows the account."""
        row = self._one("SELECT follows FROM personas WHERE id = ?", persona)
        return bool(row[0]) if row else self._follows_at_first(persona)

    def set_follows(self, persona: str, follows: bool) -> None:
        """Let a persona follow or leave the account."""
        self._run("INSERT OR REPLACE INTO personas (id, follows) VALUES (?, ?)", persona, follows)

    def known_personas(self) -> list[str]:
        """Returns the ids of all who are listed or have ever pressed a button."""
        with self._open() as connection:
            rows = connection.execute("SELECT id FROM personas ORDER BY id").fetchall()
        listed = [persona.id for persona in PERSONAS]
        return listed + [row[0] for row in rows if row[0] not in listed]

    def switch_on(self, place: str, persona: str, name: str, times: int) -> None:
        """Turn a fault on, for a number of times or ALWAYS."""
        self._run(
            "INSERT OR REPLACE INTO switches (place, persona, name, remaining) VALUES (?, ?, ?, ?)",
            *(place, persona, name, times),
        )

    def switch_off(self, place: str, persona: str, name: str) -> None:
        """Turn a fault off."""
        self._run(
            "DELETE FROM switches WHERE place = ? AND persona = ? AND name = ?",
            place,
            persona,
            name,
        )

    def switches(self) -> list[tuple[str, str, str, int]]:
        """Returns all faults that are on, as (place, persona, name, remaining)."""
        with self._open() as connection:
            return connection.execute(
                "SELECT place, persona, name, remaining FROM switches ORDER BY place, persona, name"
            ).fetchall()

    def take(self, place: str, persona: str) -> list[str]:
        """Returns the faults that apply to this persona now; a counted one counts down."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT name FROM switches WHERE place = ? AND persona IN (?, ?) ORDER BY name",
                (place, persona, EVERYONE),
            ).fetchall()
            if rows:
                connection.execute(
                    "UPDATE switches SET remaining = remaining - 1"
                    " WHERE place = ? AND persona IN (?, ?) AND remaining > 0",
                    (place, persona, EVERYONE),
                )
                connection.execute("DELETE FROM switches WHERE remaining = 0")
        return [row[0] for row in rows]

    def token_generation(self) -> int:
        """Returns the current base token's number; a new one if the old one has ended."""
        now = self._clock().timestamp()
        row = self._one("SELECT generation, ends_at FROM tokens ORDER BY generation DESC LIMIT 1")
        if row is None or row[1] <= now:
            return self.rotate(grace=0)
        return int(row[0])

    def token_life(self, generation: int) -> int:
        """Returns how many seconds a token is still good for; 0 for an invented or ended one."""
        row = self._one("SELECT ends_at FROM tokens WHERE generation = ?", generation)
        return max(0, int(row[0] - self._clock().timestamp())) if row else 0

    def rotate(self, grace: int = OLD_TOKEN_SECONDS) -> int:
        """Begin a new base token and return its number; older ones work `grace` seconds more."""
        now = self._clock().timestamp()
        with self._open() as connection:
            connection.execute("UPDATE tokens SET ends_at = min(ends_at, ?)", (now + grace,))
            cursor = connection.execute(
                "INSERT INTO tokens (ends_at) VALUES (?)", (now + TOKEN_SECONDS,)
            )
            return int(cursor.lastrowid or 0)

    def count(self, path: str) -> None:
        """Count a call."""
        self._run(
            "INSERT INTO calls (path, n) VALUES (?, 1) ON CONFLICT (path) DO UPDATE SET n = n + 1",
            path,
        )

    def calls(self) -> dict[str, int]:
        """Returns how often each address was called."""
        with self._open() as connection:
            return dict(connection.execute("SELECT path, n FROM calls").fetchall())

    def reset(self) -> None:
        """Forget everything."""
        with self._open() as connection:
            for table in ("codes", "personas", "switches", "tokens", "calls"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608 -- names written above

    def _follows_at_first(self, persona: str) -> bool:
        known = persona_of(persona)
        return known is not None and known.follows

    def _one(self, sql: str, *values: str | int) -> tuple[Any, ...] | None:
        with self._open() as connection:
            row: tuple[Any, ...] | None = connection.execute(sql, values).fetchone()
            return row

    def _run(self, sql: str, *values: str | int) -> None:
        with self._open() as connection:
            connection.execute(sql, values)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=5, isolation_level="IMMEDIATE")
        try:
            connection.execute("PRAGMA synchronous = OFF")
            with connection:
                yield connection
        finally:
            connection.close()


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "replace")).hexdigest()
