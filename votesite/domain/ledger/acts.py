"""What people did in a log: its entries but votes and tallies, found by their own index."""

import json
from collections.abc import Collection

from votesite.domain.ledger.entries import Entry
from votesite.store import Statement, Transaction

# The condition is the index's own, word for word: else the database looks through every vote.
_ACTS = Statement(
    "SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND k NOT IN ('vote', 'tally')"
    " ORDER BY n"
)


def acts(tx: Transaction, campaign_id: int, kinds: Collection[str] = ()) -> list[Entry]:
    """Returns the entries that people or the count made, oldest first; with `kinds`, only those."""
    found = [json.loads(body) for body in tx.column(_ACTS, {"campaign_id": campaign_id})]
    return [entry for entry in found if not kinds or entry["k"] in kinds]
