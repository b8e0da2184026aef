"""The hash tree of RFC 6962 section 2.1: leaves, frontier, inclusion and consistency proofs.

Pure functions over hashes. `Subtree` answers for the hash of a perfect subtree: the one with
2**height leaves whose first leaf is number index * 2**height.
"""

import hashlib
from collections.abc import Callable

Subtree = Callable[[int, int], bytes]

EMPTY = hashlib.sha256(b"").digest()
TILE_HEIGHT = 8


def leaf_hash(body: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The perfect subtrees that make up a tree of `size` leaves, largest first."""

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        self._hashes = [packed[i : i + 32] for i in range(0, len(packed), 32)]

    def append(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf; returns the tiles it completes as (level, number, hash)."""
        tiles = []
        position, height = self.size, 0
        self._hashes.append(leaf)
        while position & 1:
            right, left = self._hashes.pop(), self._hashes.pop()
            self._hashes.append(node_hash(left, right))
            position >>= 1
            height += 1
            if height % TILE_HEIGHT == 0:
                tiles.append((height // TILE_HEIGHT, position, self._hashes[-1]))
        self.size += 1
        return tiles

    def root(self) -> bytes:
        """The tree's root."""
        if not self._hashes:
            return EMPTY
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """The hashes as bytes, for storage."""
        return b"".join(self._hashes)


def root(subtree: Subtree, first: int, end: int) -> bytes:
    """The root over leaves [first, end); the largest power of two inside divides `first`."""
    if first == end:
        return EMPTY
    count = end - first
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return subtree(height, first >> height)
    middle = first + _split(count)
    return node_hash(root(subtree, first, middle), root(subtree, middle, end))


def inclusion(subtree: Subtree, n: int, size: int) -> list[bytes]:
    """The path from leaf `n` to the root of the first `size` leaves (RFC 6962 section 2.1.1)."""
    path = []
    first, end = 0, size
    while end - first > 1:
        middle = first + _split(end - first)
        if n < middle:
            path.append(root(subtree, middle, end))
            end = middle
        else:
            path.append(root(subtree, first, middle))
            first = middle
    return path[::-1]


def consistency(subtree: Subtree, old: int, new: int) -> list[bytes]:
    """The proof that the first `old` leaves are a prefix of `new` (RFC 6962 section 2.1.2)."""
    if old in (0, new):
        return []
    path = []
    first, end, whole = 0, new, True
    while old != end:
        middle = first + _split(end - first)
        if old <= middle:
            path.append(root(subtree, middle, end))
            end = middle
        else:
            path.append(root(subtree, first, middle))
            first, whole = middle, False
    if not whole:
        path.append(root(subtree, first, end))
    return path[::-1]


def root_from_path(leaf: bytes, n: int, size: int, path: list[bytes]) -> bytes:
    """The root that an inclusion path claims; ValueError for a path of the wrong length."""
    found, last, hashes = leaf, size - 1, path[::-1]
    while last > 0:
        if n & 1 or n < last:
            if not hashes:
                raise ValueError(path)
            other = hashes.pop()
            found = node_hash(other, found) if n & 1 else node_hash(found, other)
        n >>= 1
        last >>= 1
    if hashes:
        raise ValueError(path)
    return found


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
