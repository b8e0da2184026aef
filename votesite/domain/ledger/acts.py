"""What people did in a log: its entries but votes and tallies, found by a table of their own."""

import json
from collections.abc import Collection

from votesite.domain.ledger.entries import Entry
from votesite.store import Statement, Transaction

COUNTLESS = ("vote", "tally")  # the kinds that are no acts

_ACTS = Statement(
    "SELECT e.body FROM log_acts a JOIN log_entries e"
    " ON e.campaign_id = a.campaign_id AND e.n = a.n"
    " WHERE a.campaign_id = :campaign_id ORDER BY a.n"
)
_ACTS_OF_KIND = Statement(
    "SELECT e.body FROM log_acts a JOIN log_entries e"
    " ON e.campaign_id = a.campaign_id AND e.n = a.n"
    " WHERE a.campaign_id = :campaign_id AND a.k = :k ORDER BY a.n"
)
_NUMBERS_OF_KIND = Statement(
    "SELECT n FROM log_acts WHERE campaign_id = :campaign_id AND k = :k ORDER BY n"
)
ADD_ACT = Statement("INSERT INTO log_acts (campaign_id, n, k) VALUES (:campaign_id, :n, :k)")


def acts(tx: Transaction, campaign_id: int, kinds: Collection[str] = ()) -> list[Entry]:
    """Returns the entries that are neither vote nor tally, oldest first; or some kinds of them."""
    values = {"campaign_id": campaign_id}
    if not kinds:
        bodies = tx.column(_ACTS, values)
    else:
        bodies = [body for k in kinds for body in tx.column(_ACTS_OF_KIND, {**values, "k": k})]
    return sorted((json.loads(body) for body in bodies), key=lambda entry: int(entry["n"]))


def act_numbers(tx: Transaction, campaign_id: int, kinds: Collection[str]) -> list[int]:
    """Returns the numbers of the entries of some kinds, without reading what they say."""
    values = {"campaign_id": campaign_id}
    return [n for k in kinds for n in tx.column(_NUMBERS_OF_KIND, {**values, "k": k})]


def is_final(tx: Transaction, campaign_id: int) -> bool:
    """Whether the list of honours is final: ballots, candidates and figures change no more."""
    return bool(act_numbers(tx, campaign_id, ("final",)))
