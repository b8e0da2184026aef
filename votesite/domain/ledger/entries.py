"""Reading a campaign's log: entries, hashes, size. Nothing here locks or writes."""

import hashlib
import json
from typing import Any, cast

from votesite.domain.ledger import merkle
from votesite.errors import NotFound
from votesite.keys import mac
from votesite.store import Statement, Transaction

_SIZE = Statement("SELECT size FROM log_heads WHERE campaign_id = :campaign_id")
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


def size_of(tx: Transaction, campaign_id: int) -> int:
    """How many entries the log has, as last committed; 0 for a campaign without a log."""
    row = tx.one(_SIZE, {"campaign_id": campaign_id})
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


def commitment(opening_key: bytes, n: int, choices: bytes) -> str:
    """`c` of ballot `n`: SHA-256(salt ‖ JCS(choices)), hex."""
    salt = mac(opening_key, f"salt|{n}".encode())
    return hashlib.sha256(salt + choices).hexdigest()
