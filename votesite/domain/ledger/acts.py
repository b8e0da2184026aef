"""What people did in a log: its entries but votes and tallies, found by their own index."""

import json
from collections.abc import Collection
from functools import cache

from votesite.domain.ledger.entries import Entry
from votesite.store import Statement, Transaction

KINDS = ("open", "void", "restore", "rule", "signer", "drop", "incident", "close", "recount")


def acts(tx: Transaction, campaign_id: int, kinds: Collection[str] = KINDS) -> list[Entry]:
    """Returns the entries of some kinds, none of them votes or tallies, oldest first."""
    bodies = tx.column(select_acts(tuple(kinds)), {"campaign_id": campaign_id})
    return [json.loads(body) for body in bodies]


@cache
def select_acts(kinds: tuple[str, ...]) -> Statement:
    """Returns the question for entries of some kinds.

    It repeats the index's condition word for word and names every kind: else the database looks
    through the votes. Raises ValueError for a kind that is none of KINDS.
    """
    if not kinds or not set(kinds) <= set(KINDS):
        raise ValueError(kinds)
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return Statement(
        "SELECT body FROM log_entries WHERE campaign_id = :campaign_id"  # noqa: S608 -- own names
        f" AND k NOT IN ('vote', 'tally') AND k IN ({named}) ORDER BY n"
    )
