"""A stretch of the ledger for people to read: its entries, and what became of their ballots."""

import json
from typing import NamedTuple

from votesite.domain.ledger import entries, publication
from votesite.domain.ledger.entries import Entry
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Query, Transaction

COUNTS = ("close", "recount")


class Fate(NamedTuple):
    """What happened to ballot `of`: the kind and number of the entry that says so."""

    of: int
    k: str
    n: int


class ReadEntry(NamedTuple):
    """An entry, its body as published, and the `void` or `restore` that came last to its ballot.

    `votes` are [no, gross, net] of each candidate, from the table of a `close` or `recount`.
    """

    entry: Entry
    body: str
    fate: Fate | None
    votes: list[list[int]]


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
    with site().store.snapshot() as tx:
        size = entries.size_of(tx, campaign_id)
        if not size:
            raise NotFound
        checkpoint = entries.latest_checkpoint(tx, campaign_id)
        values = {"campaign_id": campaign_id, "first": first, "end": end}
        fates = {fate.of: fate for fate in _FATES.all(tx, values)}  # the last of each stays
        found = []
        for body in entries.bodies(tx, campaign_id, first, end):
            entry = json.loads(body)
            text = body.decode("utf-8", "replace")
            votes = _votes(tx, campaign_id, entry)
            found.append(ReadEntry(entry, text, fates.get(entry["n"]), votes))
    return Stretch(size, checkpoint.size if checkpoint else 0, found)


def _votes(tx: Transaction, campaign_id: int, entry: Entry) -> list[list[int]]:
    if entry["k"] not in COUNTS:
        return []
    votes: list[list[int]] = json.loads(publication.table(tx, campaign_id, entry["n"], "votes"))
    return votes
