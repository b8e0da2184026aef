"""What a panel's sheets tell once they are open: spread, severity, agreement; never a ranking."""

from typing import NamedTuple

from votesite.domain.ledger.opening import candidates
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.ledger.terms import read_terms, rules_version
from votesite.domain.scoring import inputs
from votesite.domain.scoring.agreement import Agreement, Severity, agreement
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.extensions import site
from votesite.store import Transaction


class Findings(NamedTuple):
    """How far the judges agree; `severities` by the judge's number.

    `trimmed`: in which categories highest and lowest scores are left out. `is_ranked`: whether
    votes and figures are there, so that a corrected ranking means something.
    """

    agreement: Agreement
    severities: list[tuple[int, Severity]]
    trimmed: dict[str, bool]
    is_ranked: bool


def findings(campaign_id: int) -> Findings | None:
    """What the counting sheets tell; None before the panel is closed."""
    with site().store.snapshot() as tx:
        state = proceedings(tx, campaign_id)
        if state.panel is None:
            return None
        numbers = list(inputs.counting_sheets(tx, campaign_id, state))
        is_counted = state.counted_n is not None
        gathered = (inputs.gather if is_counted else _of_sheets)(tx, campaign_id)
    ranking = rank(gathered)
    found = agreement(gathered, ranking)
    return Findings(
        found,
        [(numbers[one.judge], one) for one in found.severities],
        dict(ranking.trimmed),
        is_counted and all(key in state.data for key in inputs.TABLES if state.award[key]),
    )


def _of_sheets(tx: Transaction, campaign_id: int) -> Inputs:
    """The sheets alone, before anything else may be read."""
    state = proceedings(tx, campaign_id)
    terms = read_terms(tx, campaign_id, rules_version(tx, campaign_id))
    return Inputs(
        award=state.award,
        candidates=[
            Candidate(each["no"], each["category"], each["region"])
            for each in candidates(tx, campaign_id)
            if each["no"] not in terms.withdrawn
        ],
        votes={},
        sheets=list(inputs.counting_sheets(tx, campaign_id, state).values()),
    )
