"""The log as files of one size, hashes and entries: the tiles of C2SP tlog-tiles.

A tile has 256 places and is named by level and number; one that is not full yet is partial, and
named by its width too. Only what the newest checkpoint covers is served: that never changes, so
a full tile may be kept for good.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from votesite.domain.ledger import entries
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Statement, Transaction

WIDTH = 256
LEVEL_HEIGHT = 8  # levels of the tree from one level of tiles to the next
MAX_LEVEL = 63
ENTRIES_AT_A_TIME = 32

_PATH = re.compile(r"((?:x[0-9]{3}/){0,4})([0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII)
_LEAVES = Statement(
    "SELECT leaf FROM log_entries WHERE campaign_id = :campaign_id AND n >= :first AND n < :end"
    " ORDER BY n"
)
_NODES = Statement(
    "SELECT hash FROM log_tiles WHERE campaign_id = :campaign_id AND level = :level"
    " AND tile >= :first AND tile < :end ORDER BY tile"
)


class Tile(NamedTuple):
    """A tile's number in its level, and how many of its places are asked for."""

    number: int
    width: int

    @property
    def is_full(self) -> bool:
        """Whether it will never be wider."""
        return self.width == WIDTH

    @property
    def first(self) -> int:
        """The place in its level where it begins."""
        return self.number * WIDTH

    @property
    def end(self) -> int:
        """The place in its level behind its last one."""
        return self.first + self.width


def parse(path: str) -> Tile:
    """Returns the tile that the end of an address names, `x001/x234/067` or `067.p/12`.

    Raises NotFound for any other spelling of it.
    """
    match = _PATH.fullmatch(path)
    if match is None or match[1].startswith("x000/"):
        raise NotFound
    number = int(match[1].replace("x", "").replace("/", "") + match[2])
    width = int(match[3] or WIDTH)
    if match[3] and width >= WIDTH:
        raise NotFound
    return Tile(number, width)


def level_of(text: str) -> int:
    """Returns the level that an address names; raises NotFound."""
    is_level = text.isascii() and text.isdigit() and str(int(text[:3])) == text
    if not is_level or int(text) > MAX_LEVEL:
        raise NotFound
    return int(text)


def hashes(campaign_id: int, level: int, tile: Tile) -> bytes:
    """Returns the hashes of a tile, joined; raises NotFound for what no checkpoint covers."""
    with site().store.snapshot() as tx:
        _require_covered(tx, campaign_id, level, tile)
        values = {"campaign_id": campaign_id, "first": tile.first, "end": tile.end}
        if level:
            return b"".join(tx.column(_NODES, {**values, "level": level}))
        return b"".join(tx.column(_LEAVES, values))


def bundle(campaign_id: int, tile: Tile) -> Iterator[bytes]:
    """Returns the bodies of a tile's entries, each behind its length in two bytes, in pieces.

    Raises NotFound for what no checkpoint covers.
    """
    with site().store.snapshot() as tx:
        _require_covered(tx, campaign_id, 0, tile)
    return _bodies(campaign_id, tile)


def _bodies(campaign_id: int, tile: Tile) -> Iterator[bytes]:
    for first in range(tile.first, tile.end, ENTRIES_AT_A_TIME):
        with site().store.reading() as tx:
            end = min(first + ENTRIES_AT_A_TIME, tile.end)
            rows = entries.bodies(tx, campaign_id, first, end)
        yield b"".join(struct.pack(">H", len(body)) + body for body in rows)


def _require_covered(tx: Transaction, campaign_id: int, level: int, tile: Tile) -> None:
    """Raise NotFound unless the newest checkpoint's tree has every place of a tile."""
    checkpoint = entries.latest_checkpoint(tx, campaign_id)
    places = checkpoint.size >> LEVEL_HEIGHT * level if checkpoint else 0
    if tile.end > places:
        raise NotFound
