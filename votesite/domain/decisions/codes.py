"""The codes of voters whom two people have added to a roster: its proposer fetches them, once."""

from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.voting.roster_additions import named_additions, open_additions
from votesite.errors import Lapsed, NotFound
from votesite.extensions import load, writing
from votesite.models.decisions import Decision


def fetch(decision_id: int, by: int, *, clock: Clock = now) -> list[tuple[str, str]]:
    """Return (label, code) of the voters that a decision has added, and forget the codes.

    Raises NotFound for any other decision, one that is not in effect and somebody else's, Lapsed if
    the codes have been fetched.
    """
    with writing():
        decision = load(Decision, decision_id)
        if decision.kind != "roster" or decision.state != "done" or decision.proposed_by != by:
            raise NotFound
        if decision.sealed is None:
            raise Lapsed
        added = open_additions(decision.sealed, decision.entry_id)
        decision.sealed = None
        audit.note(
            by, "fetch-codes", "decisions", decision.id, [], decision.campaign_id, now=clock()
        )
    return [(addition.label, addition.code) for addition in added]


def named(decision: Decision) -> list[tuple[str, bool]]:
    """Whom a decision adds to a roster, and whether each only gets another code.

    Nobody once the codes have been fetched, and of a decision of any other kind.
    """
    if decision.kind != "roster" or decision.sealed is None:
        return []
    return named_additions(decision.sealed, decision.entry_id)
