"""A stretch of the ledger for people to read: its entries, and what became of their ballots."""

import json
from typing import NamedTuple

from votesite.domain.ledger import entries
from votesite.domain.ledger.entries import Entry
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Query


class Fate(NamedTuple):
    """What happened to ballot `of`: the kind and number of the entry that says so."""

    of: int
    k: str
    n: int


class ReadEntry(NamedTuple):
    """An entry, its body as published, and the `void` or `restore` that came last to its ballot."""

    entry: Entry
    body: str
    fate: Fate | None


class Stretch(NamedTuple):
    """Entries that follow each other; `size` is the whole log's, `sealed` the last checkpoint's."""

    size: int
    sealed: int
    entries: list[ReadEntry]


_FATES = Query(
    Fate,
    "FROM sanctions WHERE campaign_id = :campaign_id AND of >= :first AND of < :end ORDER BY n",
)


def read(campaign_id: int, first: int, end: int) -> Stretch:
    """Returns the entries [first, end), as far as there are any; raises NotFound before entry 0."""
    values = {"campaign_id": campaign_id, "first": first, "end": end}
    with site().store.snapshot() as tx:
        size = entries.size_of(tx, campaign_id)
        if not size:
            raise NotFound
        checkpoint = entries.latest_checkpoint(tx, campaign_id)
        bodies = entries.bodies(tx, campaign_id, first, end)
        fates = {fate.of: fate for fate in _FATES.all(tx, values)}  # the last of each stays
    read_entries = [json.loads(body) for body in bodies]
    return Stretch(
        size,
        checkpoint.size if checkpoint else 0,
        [
            ReadEntry(entry, body.decode("utf-8", "replace"), fates.get(entry["n"]))
            for entry, body in zip(read_entries, bodies, strict=True)
        ],
    )
