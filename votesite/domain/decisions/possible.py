"""Whether a decision makes sense: looked at when it is proposed, again when it is signed."""

from collections.abc import Iterable
from datetime import datetime

from votesite.clock import minute
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import honours, voids
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.ledger.terms import disagrees
from votesite.domain.scoring import inputs
from votesite.domain.staff import roles
from votesite.errors import Fault, Frozen, InvalidFields, Lapsed
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.models.decisions import BALLOT_KINDS, HONOUR_KINDS, PEOPLE_KINDS, Decision

SIGNERS = frozenset({"owner", "editor", "reviewer", "supervisor", "accounts"})


def refuse_impossible(campaign: Campaign, change: Change, now: datetime) -> None:
    """Raise what `proposals.propose` raises of a change that is impossible in the state of now."""
    if change.kind == "publish":
        return _refuse_publishing(campaign, now)
    if change.kind in BALLOT_KINDS:
        return voids.refuse_impossible(campaign, change)
    if change.kind in HONOUR_KINDS:
        return honours.refuse_impossible(campaign, change.kind, now)
    faults = _faults(campaign, change, now)
    if faults:
        raise InvalidFields(faults)
    return None


def refuse_twice(change: Change, others: Iterable[Decision]) -> None:
    """Raise InvalidFields if one of those that wait says the same, whatever its reason is."""
    if change.kind in BALLOT_KINDS:
        return  # their cases know what is proposed
    is_one_of_kind = change.kind in ("pause", "resume", "roster")
    for other in others:
        value = Change.of(other.payload).value
        if other.kind != change.kind:
            continue
        if change.kind in HONOUR_KINDS:
            is_same = honours.is_same(change.kind, change.value, value)
        else:
            is_same = is_one_of_kind or value == change.value
        if is_same:
            field = "why" if change.kind == "incident" else "kind"
            raise InvalidFields({field: Fault("waits-already")})


def refuse_incomplete(campaign: Campaign, now: datetime) -> None:
    """Raise PublishFaults for a campaign that cannot be published yet."""
    faults = publishing.publish_blockers(campaign, listing.candidates_of(campaign.id), now)
    if faults:
        raise publishing.PublishFaults(faults)


def has_ledger(campaign: Campaign) -> bool:
    """Whether there is a ledger that can tell of an incident: opened, or lost after it was."""
    return freeze.ledger_state(campaign).is_open or disagrees(campaign.id, campaign.slug)


def can_go(campaign: Campaign, no: int) -> bool:
    """Whether ballots can be filled without a candidate: a withdrawal lowers no minimum.

    After the count there are no more ballots to fill.
    """
    if freeze.ledger_state(campaign).is_closed:
        return True
    left = [one for one in listing.candidates_of(campaign.id) if not one.is_withdrawn]
    return publishing.can_fill(campaign, [one for one in left if one.no != no])


def can_return(campaign: Campaign, no: int) -> bool:
    """Whether a withdrawn candidate can be ranked again: not without a score once scoring is over.

    Only where a missing score is refused.
    """
    with site().store.reading() as tx:
        state = proceedings(tx, campaign.id)
        if state.panel is None or state.award["missing"] != "refuse":
            return True
        sheets = inputs.counting_sheets(tx, campaign.id, state).values()
        return any(scored == no for sheet in sheets for scored, _ in sheet)


def _refuse_publishing(campaign: Campaign, now: datetime) -> None:
    if campaign.is_published:
        raise Lapsed
    refuse_incomplete(campaign, now)


def _faults(campaign: Campaign, change: Change, now: datetime) -> dict[str, Fault]:
    """What is wrong with a change of rules or signers, or an incident; raises Frozen."""
    if change.kind in PEOPLE_KINDS:
        return _people_faults(campaign, change, now)
    if change.kind == "incident":
        return {} if has_ledger(campaign) else {"kind": Fault("no-ledger")}
    is_closed = freeze.ledger_state(campaign).is_closed
    if campaign.final_n is not None or (is_closed and change.kind != "withdraw"):
        raise Frozen
    return _rule_faults(campaign, change, now)


def _people_faults(campaign: Campaign, change: Change, now: datetime) -> dict[str, Fault]:
    """Why somebody cannot become a signer; who can be dropped is seen where the entry is fixed."""
    if not freeze.is_frozen(campaign, now):
        return {"kind": Fault("signers-not-frozen")}
    if change.kind == "signer" and not roles.has_role(change.value, campaign.id, SIGNERS):
        return {"staff": Fault("unknown-choice")}
    return {}


def _rule_faults(campaign: Campaign, change: Change, now: datetime) -> dict[str, Fault]:
    """Why a change of rules is impossible now, by the field of the form that could mend it."""
    if not freeze.is_frozen(campaign, now):
        return {"kind": Fault("not-frozen")}
    if change.kind == "to":
        code = _end_fault(campaign, change.value, now)
        return {"to": Fault(code)} if code else {}
    if change.kind in ("pause", "resume"):
        is_senseless = bool(campaign.paused) == (change.kind == "pause")
        return {"kind": Fault(f"nothing-to-{change.kind}")} if is_senseless else {}
    if change.kind == "roster":
        is_listed = campaign.ballot.get("eligibility") == "roster"
        return {} if is_listed else {"kind": Fault("no-roster")}
    candidate = listing.candidate_numbered(campaign.id, change.value)
    if candidate is None or candidate.is_withdrawn != (change.kind == "reinstate"):
        return {"no": Fault("unknown-choice")}
    if change.kind == "withdraw" and not can_go(campaign, change.value):
        return {"no": Fault("needed")}
    if change.kind == "reinstate" and not can_return(campaign, change.value):
        return {"no": Fault("unscored")}
    return {}


def _end_fault(campaign: Campaign, to: str, now: datetime) -> str:
    """Why voting cannot end at minute `to`, as a code; empty if it can."""
    begins, ends = campaign.schedule["voting"]
    if to == ends:
        return "same-end"
    if to <= begins:
        return "before-begin"
    return "in-the-past" if to < minute(now) else ""
