"""How the result of a campaign stands: what a ranking written now would say, and what it lacks."""

from dataclasses import dataclass
from typing import Any

from votesite.domain.candidates import listing
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.proceedings import Proceedings, proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import Inputs, Ranking, rank
from votesite.domain.scoring.margin import Margin, margin
from votesite.domain.scoring.tables import Ground
from votesite.extensions import site
from votesite.models.campaigns import Campaign


@dataclass(frozen=True)
class Standing:
    """What would be ranked now: `reasons` are codes why nothing can be, `state` the log's.

    `gathered`, `ranking` and `margins` are None and empty before the count is published, and while
    scores that the rules refuse to do without are missing altogether.
    """

    state: Proceedings
    reasons: list[str]
    gathered: Inputs | None
    ranking: Ranking | None
    margins: list[Margin]


def standing(campaign_id: int) -> Standing:
    """Returns how the result stands; of sheets nothing before the panel is closed."""
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        reasons = inputs.reasons(tx, campaign_id)
        if read_head(tx, campaign_id).close_n is None:
            return Standing(state, reasons, None, None, [])
        gathered = inputs.gather(tx, campaign_id)
    ranking = rank(gathered)
    margins = [] if reasons and reasons != ["final"] else margin(gathered, ranking)
    return Standing(state, reasons, gathered, ranking, margins)


def state_of(campaign_id: int) -> Proceedings:
    """Returns how far a campaign has come from votes to honours."""
    with site().store.snapshot() as tx:
        return proceedings(tx, campaign_id)


def award_of(campaign_id: int) -> dict[str, Any]:
    """Returns the award of entry 0, or what it will be."""
    return state_of(campaign_id).award


def honoured(campaign_id: int) -> list[int]:
    """Returns who holds an honour of the final list; none before."""
    with site().store.snapshot() as tx:
        return inputs.honoured(tx, campaign_id, proceedings(tx, campaign_id))


def next_judge(campaign_id: int) -> int:
    """Returns the lowest number that no judge has had."""
    return max(state_of(campaign_id).judges, default=0) + 1


def ground(campaign: Campaign) -> Ground:
    """Returns what a table of figures is held against."""
    listed = listing.candidates_of(campaign.id)
    return Ground(
        names={one.no: one.name for one in listed},
        withdrawn={one.no for one in listed if one.is_withdrawn},
        decimals=award_of(campaign.id)["decimals"],
    )
