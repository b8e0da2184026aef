"""A disk that forgets what was not synced: SQLite's file system, held in memory, through apsw.

A write lies in a cache until its file is synced. When the power goes, each sector of each cached
write is kept, lost or garbled by chance, in any order; a file that was never synced may be gone.
Shared memory is not offered, so SQLite must run in exclusive locking mode; journal and syncs are
the same as without.
"""

import random
from typing import Any

import apsw

SECTOR = 512


class PowerLost(Exception):
    """There is no power any more."""


class Stored:
    """One file: what the platter holds, what programs see, and what lies in between."""

    def __init__(self, content: bytes = b"") -> None:
        self.durable = bytearray(content)
        self.seen = bytearray(content)
        self.is_durable = bool(content)
        self.cached: list[tuple[int, bytes]] = []

    def write(self, data: bytes, offset: int) -> None:
        """Write into the cache."""
        _put(self.seen, data, offset)
        self.cached.append((offset, data))

    def truncate(self, size: int) -> None:
        """Cut in the cache; journals are only cut, so losing a cut is as if it came later."""
        del self.seen[size:]
        self.cached.append((size, b""))

    def sync(self) -> None:
        """Bring everything to the platter."""
        self.durable[:] = self.seen
        self.is_durable = True
        self.cached.clear()

    def after_power_loss(self, chance: random.Random) -> "Stored | None":
        """What is found when the power is back."""
        if not self.is_durable and chance.random() < 0.5:
            return None
        found = bytearray(self.durable)
        fate = chance.choice(("lost", "kept", "mixed", "mixed"))
        for offset, data in self.cached:
            if fate == "lost":
                break
            if not data:
                if fate == "kept" or chance.random() < 0.5:
                    del found[offset:]
                continue
            _put_some(found, data, offset, chance if fate == "mixed" else None)
        return Stored(bytes(found))


class Disk:
    """The files of one machine, and how many operations it does before its power goes."""

    def __init__(self) -> None:
        self.files: dict[str, Stored] = {}
        self.left: int | None = None
        self.syncs = 0

    def step(self) -> None:
        """Count one operation that changes something; raises PowerLost when it was the last."""
        if self.left is None:
            return
        if self.left <= 0:
            raise PowerLost
        self.left -= 1

    def restart(self, chance: random.Random) -> None:
        """The power is back: only what the platters hold is left."""
        found = {name: file.after_power_loss(chance) for name, file in self.files.items()}
        self.files = {name: file for name, file in found.items() if file is not None}
        self.left = None


class MemoryVFS(apsw.VFS):
    """SQLite's way to a Disk."""

    def __init__(self, name: str, disk: Disk) -> None:
        self._disk = disk
        super().__init__(name, base="")

    def xOpen(self, name: Any, flags: list[int]) -> "_Handle":  # noqa: N802 -- SQLite's name
        """Open or make a file."""
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        path = path or f"temporary-{id(flags)}"
        flags[1] = flags[0]
        return _Handle(self._disk, path, self._disk.files.setdefault(path, Stored()))

    def xDelete(self, path: str, _is_synced: bool) -> None:  # noqa: N802
        """Delete a file; at once for good, which is the harder case for a journal."""
        self._disk.step()
        self._disk.files.pop(path, None)

    def xAccess(self, path: str, _flags: int) -> bool:  # noqa: N802
        """Whether a file is there."""
        return path in self._disk.files

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        """There are no folders."""
        return name


class _Handle:
    """An open file."""

    def __init__(self, disk: Disk, path: str, stored: Stored) -> None:
        self._disk = disk
        self._path = path
        self._stored = stored

    def xRead(self, amount: int, offset: int) -> bytes:  # noqa: N802
        return bytes(self._stored.seen[offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.step()
        self._stored.write(bytes(data), offset)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._disk.step()
        self._stored.truncate(size)

    def xSync(self, _flags: int) -> None:  # noqa: N802
        self._disk.step()
        self._disk.syncs += 1
        self._stored.sync()

    def xFileSize(self) -> int:  # noqa: N802
        return len(self._stored.seen)

    def xLock(self, _level: int) -> None:  # noqa: N802
        """One program alone uses the disk."""

    def xUnlock(self, _level: int) -> None:  # noqa: N802
        """See xLock."""

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return False

    def xFileControl(self, _operation: int, _pointer: int) -> bool:  # noqa: N802
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return SECTOR

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        """What SQLite takes for granted on Linux: a write spoils no byte beside it."""
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xClose(self) -> None:  # noqa: N802
        """Nothing is held."""


def _put(content: bytearray, data: bytes, offset: int) -> None:
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _put_some(content: bytearray, data: bytes, offset: int, chance: random.Random | None) -> None:
    """Write data sector by sector; by chance a sector is lost or garbled."""
    at = 0
    while at < len(data):
        end = min(len(data), at + SECTOR - (offset + at) % SECTOR)
        fate = chance.random() if chance else 0.0
        if fate < 0.6:
            _put(content, data[at:end], offset + at)
        elif fate > 0.9 and chance:
            _put(content, chance.randbytes(end - at), offset + at)
        at = end
