"""The hash tree of RFC 6962 section 2.1: leaves, frontier, inclusion and consistency proofs.

Pure functions over hashes of 32 bytes. `Subtree` takes (height, index) and returns the hash of a
perfect subtree: the one with 2**height leaves whose first leaf is number index * 2**height.

Of the inner hashes every eighth level is stored, one hash a row (`StoredNode`). That spacing is the
one of C2SP tlog-tiles, but a tile there is a file of up to 256 hashes, which this log has not.
"""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

Subtree = Callable[[int, int], bytes]

EMPTY = hashlib.sha256(b"").digest()
NODE_HEIGHT = 8  # levels of the tree from one stored level to the next


class StoredNode(NamedTuple):
    """One hash to store: that of the perfect subtree number `position` of 256**level leaves."""

    level: int
    position: int
    hash: bytes


def leaf_hash(body: bytes) -> bytes:
    """Returns the hash of one entry's body."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Returns the hash over two subtrees."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Frontier:
    """The perfect subtrees that make up a tree of `size` leaves, largest first.

    All that a log needs to grow: at most one hash for each bit of its size.
    """

    def __init__(self, size: int = 0, packed: bytes = b"") -> None:
        self.size = size
        self._hashes = [packed[i : i + 32] for i in range(0, len(packed), 32)]

    def append(self, leaf: bytes) -> list[StoredNode]:
        """Add a leaf; returns the hashes to store that it completes, mostly none."""
        nodes = []
        position, height = self.size, 0
        self._hashes.append(leaf)
        while position & 1:
            right, left = self._hashes.pop(), self._hashes.pop()
            self._hashes.append(node_hash(left, right))
            position >>= 1
            height += 1
            if height % NODE_HEIGHT == 0:
                nodes.append(StoredNode(height // NODE_HEIGHT, position, self._hashes[-1]))
        self.size += 1
        return nodes

    def root(self) -> bytes:
        """Returns the tree's root."""
        if not self._hashes:
            return EMPTY
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    def packed(self) -> bytes:
        """Returns the hashes joined, largest subtree first: 32 bytes each."""
        return b"".join(self._hashes)


def root(subtree: Subtree, first: int, end: int) -> bytes:
    """Returns the root over the leaves [first, end).

    The largest power of two below their number must divide `first`.
    """
    if first == end:
        return EMPTY
    count = end - first
    if count & (count - 1) == 0:
        height = count.bit_length() - 1
        return subtree(height, first >> height)
    middle = first + _split(count)
    return node_hash(root(subtree, first, middle), root(subtree, middle, end))


def inclusion(subtree: Subtree, n: int, size: int) -> list[bytes]:
    """Returns the path from leaf `n` to the root of `size` leaves (RFC 6962 section 2.1.1)."""
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
    """Returns the proof that `old` leaves are a prefix of `new` (RFC 6962 section 2.1.2)."""
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
    """Returns the root that an inclusion path claims.

    Raises ValueError for a path of the wrong length.
    """
    node, last, hashes = leaf, size - 1, path[::-1]
    while last > 0:
        if n & 1 or n < last:
            if not hashes:
                raise ValueError(path)
            other = hashes.pop()
            node = node_hash(other, node) if n & 1 else node_hash(node, other)
        n >>= 1
        last >>= 1
    if hashes:
        raise ValueError(path)
    return node


def _split(count: int) -> int:
    """The largest power of two below `count`."""
    return 1 << ((count - 1).bit_length() - 1)
