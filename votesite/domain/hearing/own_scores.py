"""The component scores of one candidate, once a notice shows its ranking to everybody."""

import json
from datetime import datetime
from typing import NamedTuple

from votesite.clock import minute
from votesite.domain.ledger import publication
from votesite.domain.ledger.proceedings import proceedings
from votesite.extensions import site

COMPONENTS = ("public", "expert", "satisfaction", "objective")  # as in the table of a ranking
_TOTAL = 3  # no, rank, awarded, total, then the components
MISSING = -1


class Score(NamedTuple):
    """A component's weight in percent, and its points as text; empty where it has none."""

    component: str
    weight: int
    points: str


class OwnScores(NamedTuple):
    """What a candidate is told: its components, and the total that they make."""

    scores: list[Score]
    total: str


def own_scores(campaign_id: int, no: int, *, now: datetime) -> OwnScores | None:
    """Returns a candidate's own scores of the ranking that the last notice begun names.

    None before the first notice has begun, and for a candidate who is not ranked.
    """
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        begun = [notice for notice in state.notices if notice["from"] <= minute(now)]
        if not begun:
            return None
        table = json.loads(publication.table(tx, campaign_id, begun[-1]["ranking"], "ranking"))
    row = next((row for row in table if row[0] == no), None)
    if row is None:
        return None
    award = state.award
    scores = [
        Score(name, award[name], _written(points, award["decimals"]))
        for name, points in zip(COMPONENTS, row[_TOTAL + 1 :], strict=True)
        if award[name]
    ]
    return OwnScores(scores, _written(row[_TOTAL], award["decimals"]))


def _written(points: int, decimals: int) -> str:
    if points == MISSING:
        return ""
    whole, rest = divmod(points, 10**decimals)
    return f"{whole}.{rest:0{decimals}}"
