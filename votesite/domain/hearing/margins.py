"""How close the list of honours was, as everybody may read it: the margin of the last honours."""

from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import rank
from votesite.domain.scoring.margin import Margin, margin
from votesite.extensions import site

WHOLE = 100  # percent: votes alone decide


def margins_of(campaign_id: int, ranking_n: int) -> list[Margin]:
    """Returns the margin of each category in the ranking of entry `ranking_n`.

    None is told where that ranking is not the last one, or what it was made of has changed since.
    """
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        is_last = state.ranking is not None and state.ranking["n"] == ranking_n
        if not is_last or not state.is_ranking_current:
            return []
        made_of = inputs.gather(tx, campaign_id)
    return margin(made_of, rank(made_of))


def margins_of_votes(campaign_id: int) -> list[Margin]:
    """Returns the margins by the count that stands, for a campaign in which votes alone decide.

    None is told before `close`, and where a ranking could not be made of it yet.
    """
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        if state.award["public"] < WHOLE or state.is_sanctioned or state.counted_n is None:
            return []
        if state.final is None and inputs.reasons(tx, campaign_id):
            return []
        made_of = inputs.gather(tx, campaign_id)
    return margin(made_of, rank(made_of))
