"""By which ballots a result written now would differ from those published before.

What voids and restores change after `close` anybody can subtract: a result from any earlier one.
"""

from collections.abc import Collection
from itertools import groupby
from typing import NamedTuple

from votesite.domain.ledger.acts import acts
from votesite.store import Query, Transaction


class _Turn(NamedTuple):
    """That entry `n` voided or restored ballot `of`."""

    of: int
    n: int
    k: str


# Every turn of the ballots that were turned after an entry.
_TURNS = Query(
    _Turn,
    "FROM sanctions WHERE campaign_id = :campaign_id AND of IN (SELECT l.of FROM sanctions l"
    " WHERE l.campaign_id = :campaign_id AND l.n > :after) ORDER BY of, n",
)


def differences(
    tx: Transaction, campaign_id: int, turned: Collection[int] = ()
) -> list[frozenset[int]]:
    """Returns, for each result so far, the ballots that one written now would count otherwise.

    `turned` are ballots that are voided or restored before it. Before `close` there is no result.
    """
    results = [entry["n"] for entry in acts(tx, campaign_id, ("close", "recount"))]
    if not results:
        return []
    turns = _TURNS.all(tx, {"campaign_id": campaign_id, "after": results[0]})
    by_ballot = {of: list(rows) for of, rows in groupby(turns, key=lambda turn: turn.of)}
    return [_changed(by_ballot, n) ^ frozenset(turned) for n in results]


def _changed(by_ballot: dict[int, list[_Turn]], after: int) -> frozenset[int]:
    """The ballots that are void now and were not at an entry, or the other way round."""
    return frozenset(
        of
        for of, turns in by_ballot.items()
        if _is_void(turns) != _is_void([turn for turn in turns if turn.n <= after])
    )


def _is_void(turns: list[_Turn]) -> bool:
    return bool(turns) and turns[-1].k == "void"
