"""Reading a campaign's log: entries, hashes, sizes, signed notes. Nothing here locks or writes."""

import json
from typing import Any, NamedTuple, cast

from votesite.domain.ledger import merkle
from votesite.errors import NotFound
from votesite.store import Query, Statement, Transaction

Entry = dict[str, Any]  # an entry's fields as ledger.md section 2 names them, by kind


class Checkpoint(NamedTuple):
    """A signed tree head: the number of entries it covers and the whole note."""

    size: int
    note: str


class SigningKey(NamedTuple):
    """A wrapped signing key; a retired one counts up to that size."""

    wrapped: bytes
    retired_at_size: int | None


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
_NODES = Statement(
    "SELECT hash FROM log_tiles WHERE campaign_id = :campaign_id AND level = :level"
    " AND tile >= :first AND tile < :end ORDER BY tile"
)
_LATEST = Query(
    Checkpoint, "FROM checkpoints WHERE campaign_id = :campaign_id ORDER BY size DESC LIMIT 1"
)
_KEYS = Query(
    SigningKey,
    "FROM wrapped_keys WHERE purpose = 'signing' AND campaign_id = :campaign_id ORDER BY id",
)

# Written by the log as it grows, and by the self-check where it finds them lost.
ADD_NODE = Statement(
    "INSERT INTO log_tiles (campaign_id, level, tile, hash)"
    " VALUES (:campaign_id, :level, :position, :hash)"
)
ADD_SANCTION = Statement(
    "INSERT INTO sanctions (campaign_id, of, n, k, rule) VALUES (:campaign_id, :of, :n, :k, :rule)"
)


def size_of(tx: Transaction, campaign_id: int) -> int:
    """Returns how many entries the log has, as last committed; 0 for a campaign without a log."""
    return int(tx.value(_SIZE, {"campaign_id": campaign_id}) or 0)


def origin_of(tx: Transaction, campaign_id: int) -> str:
    """Returns the log's origin, as entry 0 fixed it; raises NotFound before entry 0."""
    entry = read_entry(tx, campaign_id, 0)
    return f"{entry['site']}/c/{entry['campaign']}"


def read_entry(tx: Transaction, campaign_id: int, n: int) -> Entry:
    """Returns an entry as an object; raises NotFound."""
    body = tx.value(_BODY, {"campaign_id": campaign_id, "n": n})
    if body is None:
        raise NotFound
    entry: Entry = json.loads(body)
    return entry


def bodies(tx: Transaction, campaign_id: int, first: int, end: int) -> list[bytes]:
    """Returns the canonical bodies of the entries [first, end)."""
    values = {"campaign_id": campaign_id, "first": first, "end": end}
    return [as_bytes(body) for body in tx.column(_BODIES, values)]


def latest_checkpoint(tx: Transaction, campaign_id: int) -> Checkpoint | None:
    """Returns the newest signed tree head, or None before the first."""
    return _LATEST.one(tx, {"campaign_id": campaign_id})


def signing_keys(tx: Transaction, campaign_id: int) -> list[SigningKey]:
    """Returns the log's keys, retired ones too, oldest first."""
    return _KEYS.all(tx, {"campaign_id": campaign_id})


def as_bytes(stored: bytes | str) -> bytes:
    """Returns a stored body; SQLite holds text where somebody has edited the file by hand."""
    return stored.encode() if isinstance(stored, str) else stored


def subtrees(tx: Transaction, campaign_id: int) -> merkle.Subtree:
    """Returns a function that reads the hash of a perfect subtree: at most 255 rows each."""

    def subtree(height: int, index: int) -> bytes:
        level, above = divmod(height, merkle.NODE_HEIGHT)
        first, end = index << above, (index + 1) << above
        values = {"campaign_id": campaign_id, "first": first, "end": end}
        if level:
            hashes = tx.column(_NODES, {**values, "level": level})
        else:
            hashes = tx.column(_LEAVES, values)
        while len(hashes) > 1:
            pairs = zip(hashes[::2], hashes[1::2], strict=True)
            hashes = [merkle.node_hash(left, right) for left, right in pairs]
        return cast(bytes, hashes[0])

    return subtree
