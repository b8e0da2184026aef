"""The announced ranking: what everybody may read of a result once its public notice has begun."""

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from votesite.clock import minute
from votesite.domain.ledger import publication
from votesite.domain.ledger.entries import Entry, size_of
from votesite.domain.ledger.knowledge import Late, knowledge
from votesite.domain.ledger.opening import candidates
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.scoring.composite import Inputs, Ranking, rank
from votesite.domain.scoring.effective import measured
from votesite.domain.scoring.example import Example, first_of, worked_example
from votesite.domain.scoring.inputs import gather
from votesite.domain.scoring.margin import Margin, margin
from votesite.errors import NotFound
from votesite.extensions import site
from votesite.store import Transaction


@dataclass(frozen=True)
class Announced:
    """The ranking that the last notice names, once it has begun.

    `ranking`, `margins`, `shares` and `example` are there as long as votes, sheets and figures are
    those it was made of. `late` are the acts after the count, with the honours that they changed.
    """

    n: int
    notice: Entry
    is_final: bool
    revoked: list[int]
    award: dict[str, Any]
    rows: list[list[int]]
    names: dict[int, tuple[str, str]]
    late: list[Late]
    ranking: Ranking | None = None
    margins: list[Margin] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)
    example: Example | None = None


def announced(campaign_id: int, now: datetime) -> Announced:
    """The ranking that everybody may read; raises NotFound before the first notice has begun."""
    with site().store.snapshot() as tx:
        if not size_of(tx, campaign_id):
            raise NotFound
        state = proceedings(tx, campaign_id)
        begun = [each for each in state.notices if each["from"] <= minute(now)]
        if not begun:
            raise NotFound
        n = begun[-1]["ranking"]
        rows = json.loads(publication.table(tx, campaign_id, n, "ranking"))
        listed = {
            each["no"]: (each["name"], each["category"]) for each in candidates(tx, campaign_id)
        }
        late = list(knowledge(tx, campaign_id).late)
        inputs = _inputs_of(tx, campaign_id, rows)
    found = Announced(
        n, begun[-1], state.final is not None, state.revoked, state.award, rows, listed, late
    )
    return _explained(found, inputs) if inputs else found


def _explained(found: Announced, inputs: Inputs) -> Announced:
    """A ranking with its method: margins, what the parts weighed, an example."""
    ranking = rank(inputs)
    no = first_of(ranking)
    return replace(
        found,
        ranking=ranking,
        margins=margin(inputs, ranking),
        shares=measured(inputs, ranking),
        example=None if no is None else worked_example(inputs, ranking, no),
    )


def _inputs_of(tx: Transaction, campaign_id: int, rows: list[list[int]]) -> Inputs | None:
    """What a table was made of, or None where votes, sheets or figures have changed since."""
    inputs = gather(tx, campaign_id)
    return inputs if rank(inputs).rows == rows else None
