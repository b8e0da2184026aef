"""Notes: short texts under a keyed hash, which all workers share and change one after the other.

A change names the text that it follows: if another change was faster, nothing is written.
"""

import threading
from typing import Protocol

from limits.storage import RedisStorage

from votesite import clock

MANY = 512  # notes of a process from which on the ended ones are looked for

_SWAP_IN_REDIS = """
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""


class Notes(Protocol):
    """Short texts that all who share them change one after the other."""

    def read_note(self, key: str) -> str:
        """Return the text under a key, empty if there is none."""

    def swap_note(self, key: str, old: str, new: str, seconds: int) -> bool:
        """Write `new` for so many seconds and return True, or False if the text is not `old`."""


class RedisNotes:
    """Notes in the Redis that holds the counts."""

    def __init__(self, storage: RedisStorage) -> None:
        self._client = storage.storage
        self._prefix = f"{storage.key_prefix}:note:"

    def read_note(self, key: str) -> str:
        """Return the text under a key, empty if there is none."""
        text: bytes | None = self._client.get(self._prefix + key)
        return text.decode() if text else ""

    def swap_note(self, key: str, old: str, new: str, seconds: int) -> bool:
        """Write `new` for so many seconds and return True, or False if the text is not `old`."""
        swapped = self._client.eval(_SWAP_IN_REDIS, 1, self._prefix + key, old, new, seconds)
        return bool(swapped)


class OwnNotes:
    """Notes of this process alone, for the time while the shared ones are away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, tuple[str, float]] = {}  # all of it under the lock

    def read_note(self, key: str) -> str:
        """Return the text under a key, empty if there is none."""
        with self._lock:
            return self._read(key)

    def swap_note(self, key: str, old: str, new: str, seconds: int) -> bool:
        """Write `new` for so many seconds and return True, or False if the text is not `old`."""
        now = clock.monotonic()
        with self._lock:
            if self._read(key) != old:
                return False
            if len(self._texts) >= MANY:
                self._texts = {k: note for k, note in self._texts.items() if note[1] > now}
            self._texts[key] = (new, now + seconds)
            return True

    def _read(self, key: str) -> str:
        text, until = self._texts.get(key, ("", 0.0))
        return text if until > clock.monotonic() else ""
