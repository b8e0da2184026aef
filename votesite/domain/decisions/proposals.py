"""Decisions that take two people: one proposes, another confirms, and the ledger records it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import voids
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import append_incident, write_open
from votesite.domain.ledger.terms import disagrees
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.staff.roles import has_role, require_role
from votesite.domain.texts import length_fault
from votesite.errors import (
    Fault,
    Forbidden,
    Frozen,
    InvalidFields,
    Lapsed,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, load, site, writing
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.models.decisions import BALLOT_KINDS, KINDS, RULE_KINDS, Decision
from votesite.store import Transaction

MAX_AGE = timedelta(hours=24)
MAX_WHY = 500
PROPOSERS = frozenset({"owner", "editor"})
CONFIRMERS = frozenset({"owner", "editor", "supervisor"})


def propose(campaign_id: int, by: int, change: Change, why: str, *, clock: Clock = now) -> Decision:
    """Propose a change and return the proposal, which waits for a second person.

    The value of a pause, a resume or an incident is always `why`. Raises Forbidden, InvalidFields
    for what is wrong with the value, waits already or is impossible now, also for a candidate
    without whom no ballot could be filled, Frozen after the count, and Lapsed or NotFound if what
    it is about no longer waits.
    """
    why = why.strip()
    change = _checked(change, why)
    with writing():
        now = clock()
        campaign = load(Campaign, campaign_id)
        require_role(by, campaign_id, proposers(change.kind))
        _refuse_impossible(campaign, change, now)
        _refuse_twice(campaign_id, change, now)
        _sweep(campaign_id, now)
        decision = Decision(
            campaign_id=campaign_id,
            kind=change.kind,
            payload=change.as_entry(),
            why=why,
            proposed_by=by,
            proposed_at=minute(now),
        )
        db.session.add(decision)
        db.session.flush()
        _note(by, f"propose-{change.kind}", decision, ["payload", "why"], now)
    return decision


def confirm(
    decision_id: int, by: int, *, on_screen_of: int | None = None, clock: Clock = now
) -> Decision:
    """Put a proposal into effect as its second person, and return it.

    `on_screen_of` is the account whose browser session the confirmation came from, None if it was
    one's own. Raises NotFound, SecondPersonNeeded, Forbidden, Frozen, and Lapsed if the proposal is
    too old or there is nothing left to change.
    """
    with writing() as tx:
        now = clock()
        decision = _open_decision(decision_id, now)
        if decision.proposed_by == by:
            raise SecondPersonNeeded
        require_role(by, decision.campaign_id, confirmers(decision.kind))
        if not has_role(decision.proposed_by, decision.campaign_id, proposers(decision.kind)):
            raise Lapsed
        decided = Decided((decision.proposed_by, by), decision.entry_id)
        _carry_out(tx, decision, decided, now)
        _decide(decision, "done", by, now)
        screen = [] if on_screen_of is None else [f"on-screen-of:{on_screen_of}"]
        _note(by, f"confirm-{decision.kind}", decision, ["state", *screen], now)
    return decision


def take_back(decision_id: int, by: int, *, clock: Clock = now) -> Decision:
    """Withdraw one's own proposal before anybody has confirmed it, and return it.

    Raises NotFound, Forbidden for somebody else's, Lapsed if it is decided or too old.
    """
    with writing():
        now = clock()
        decision = _open_decision(decision_id, now)
        if decision.proposed_by != by:
            raise Forbidden
        _decide(decision, "withdrawn", by, now)
        _note(by, "take-back", decision, ["state"], now)
    return decision


def open_ledger(campaign_id: int, by: int, *, clock: Clock = now) -> None:
    """Write entry 0 before the first ballot does: from then on rules and names are frozen.

    Raises NotFound, Forbidden, Lapsed if the entry exists or the campaign is a draft, and
    PublishFaults if the campaign is incomplete.
    """
    with writing() as tx:
        now = clock()
        campaign = load(Campaign, campaign_id)
        require_role(by, campaign_id, PROPOSERS)
        log = open_log(tx, campaign_id)
        if log.size or not campaign.is_published:
            raise Lapsed
        _refuse_incomplete(campaign, now)
        write_open(log, now)
        log.touch(rules=True)
        audit.note(by, "open-ledger", "log_entries", 0, campaign_id=campaign_id, now=now)


def has_ledger(campaign: Campaign) -> bool:
    """Whether there is a ledger that can tell of an incident: opened, or lost after it was."""
    return freeze.ledger_state(campaign).is_open or disagrees(campaign.id, campaign.slug)


def is_clock_behind(campaign_id: int, now: datetime) -> bool:
    """Whether the clock is so far behind the ledger's last entry that ballots are refused."""
    with site().store.reading() as tx:
        return read_head(tx, campaign_id).is_clock_behind(now)


def find(decision_id: int) -> Decision:
    """Return a decision by its number. Raises NotFound."""
    return load(Decision, decision_id)


def of_campaign(campaign_id: int) -> list[Decision]:
    """Every decision of a campaign, newest first."""
    query = select(Decision).where(Decision.campaign_id == campaign_id).order_by(Decision.id.desc())
    return list(db.session.scalars(query))


def changes_in_force(campaign_id: int) -> list[Decision]:
    """Return the changes of rules that took effect once the ledger was open, oldest first."""
    return [
        decision
        for decision in reversed(of_campaign(campaign_id))
        if decision.state == "done" and decision.kind in RULE_KINDS
    ]


def waiting(campaign_id: int, *, now: datetime) -> list[Decision]:
    """Proposals that somebody can still confirm, oldest first."""
    return [
        proposal for proposal in reversed(of_campaign(campaign_id)) if is_waiting(proposal, now)
    ]


def is_waiting(decision: Decision, now: datetime) -> bool:
    """Whether a proposal is undecided and at most a day old."""
    return decision.is_open and now - parse_minute(decision.proposed_at) <= MAX_AGE


def proposers(kind: str) -> frozenset[str]:
    """The roles that may propose a decision of this kind."""
    return voids.PROPOSERS if kind in BALLOT_KINDS else PROPOSERS


def confirmers(kind: str) -> frozenset[str]:
    """The roles that may confirm a decision of this kind."""
    return voids.CONFIRMERS if kind in BALLOT_KINDS else CONFIRMERS


def later_windows(campaign: Campaign, to: str) -> dict[str, list[str]]:
    """Return the schedule if voting ended at minute `to`.

    Later phases keep their windows unless they would overlap with voting; then all of them move on
    by the same time.
    """
    schedule = {phase: list(window) for phase, window in campaign.schedule.items()}
    schedule["voting"][1] = to
    later = [phase for phase in SCHEDULED[SCHEDULED.index("voting") + 1 :] if phase in schedule]
    begins = min((parse_minute(schedule[phase][0]) for phase in later), default=None)
    shift = parse_minute(to) - begins if begins else timedelta()
    if shift > timedelta():
        for phase in later:
            schedule[phase] = [minute(parse_minute(edge) + shift) for edge in schedule[phase]]
    return schedule


def _checked(change: Change, why: str) -> Change:
    """A change as it is stored, well formed; raises InvalidFields."""
    faults: dict[str, Fault] = {}
    if change.kind not in KINDS:
        faults["kind"] = Fault("unknown-choice")
    if why or change.kind != "publish":
        fault = length_fault(why, MAX_WHY, least=1)
        faults |= {"why": fault} if fault else {}
    if change.kind == "to" and not _is_minute(change.value):
        faults["to"] = Fault("invalid")
    if faults:
        raise InvalidFields(faults)
    return Change(change.kind, why) if change.kind in ("pause", "resume", "incident") else change


def _is_minute(text: str) -> bool:
    try:
        parse_minute(text)
    except ValueError:
        return False
    return True


def _open_decision(decision_id: int, now: datetime) -> Decision:
    decision = load(Decision, decision_id)
    if not is_waiting(decision, now):
        raise Lapsed
    return decision


def _decide(decision: Decision, state: str, by: int, now: datetime) -> None:
    decision.state, decision.decided_by, decision.decided_at = state, by, minute(now)


def _note(by: int, action: str, decision: Decision, fields: Sequence[str], now: datetime) -> None:
    """Add the audit log's line about a decision."""
    audit.note(by, action, "decisions", decision.id, fields, decision.campaign_id, now=now)


def _sweep(campaign_id: int, now: datetime) -> None:
    """Mark the proposals that have lapsed."""
    for decision in of_campaign(campaign_id):
        if decision.is_open and not is_waiting(decision, now):
            decision.state = "lapsed"


def _refuse_impossible(campaign: Campaign, change: Change, now: datetime) -> None:
    state = freeze.ledger_state(campaign)
    if change.kind == "publish":
        if state.is_published:
            raise Lapsed
        return _refuse_incomplete(campaign, now)
    if change.kind in BALLOT_KINDS:
        return voids.refuse_impossible(campaign, change)
    if change.kind == "incident":
        faults = {} if has_ledger(campaign) else {"kind": Fault("no-ledger")}
    elif state.is_closed:
        raise Frozen
    else:
        faults = _rule_faults(campaign, change, now)
    if faults:
        raise InvalidFields(faults)
    return None


def _refuse_twice(campaign_id: int, change: Change, now: datetime) -> None:
    """Raise InvalidFields for what waits to be confirmed already, whatever its reason is."""
    if change.kind in BALLOT_KINDS:
        return  # their cases know what is proposed
    is_one_of_kind = change.kind in ("pause", "resume")
    for other in waiting(campaign_id, now=now):
        value = Change.of(other.payload).value
        if other.kind == change.kind and (is_one_of_kind or value == change.value):
            field = "why" if change.kind == "incident" else "kind"
            raise InvalidFields({field: Fault("waits-already")})


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
    candidate = listing.candidate_numbered(campaign.id, change.value)
    if candidate is None or candidate.is_withdrawn != (change.kind == "reinstate"):
        return {"no": Fault("unknown-choice")}
    if change.kind == "withdraw" and not _can_go(campaign, change.value):
        return {"no": Fault("needed")}
    return {}


def _end_fault(campaign: Campaign, to: str, now: datetime) -> str:
    """Why voting cannot end at minute `to`, as a code; empty if it can."""
    begins, ends = campaign.schedule["voting"]
    if to == ends:
        return "same-end"
    if to <= begins:
        return "before-begin"
    return "in-the-past" if to < minute(now) else ""


def _can_go(campaign: Campaign, no: int) -> bool:
    """Whether ballots can be filled without a candidate: a withdrawal lowers no minimum."""
    left = [one for one in listing.candidates_of(campaign.id) if not one.is_withdrawn]
    return publishing.can_fill(campaign, [one for one in left if one.no != no])


def _refuse_incomplete(campaign: Campaign, now: datetime) -> None:
    faults = publishing.publish_blockers(campaign, listing.candidates_of(campaign.id), now)
    if faults:
        raise publishing.PublishFaults(faults)


def _carry_out(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> None:
    """Write the ledger first, because it checks the state under the lock; then the pages' rows."""
    campaign = load(Campaign, decision.campaign_id)
    change = Change.of(decision.payload)
    if change.kind == "publish":
        _refuse_impossible(campaign, change, now)
        publishing.make_public(campaign, now)
    elif change.kind in BALLOT_KINDS:
        voids.carry_out(tx, decision, decided, now)
    elif change.kind == "incident":
        append_incident(tx, campaign.id, change.value, now)
    else:
        if change.kind == "withdraw" and not _can_go(campaign, change.value):
            raise Lapsed
        append_rule(tx, campaign.id, change, why=decision.why, decided=decided, now=now)
        _project(campaign, change, decision.why)
    publishing.touch(tx, campaign.id, rules=True)


def _project(campaign: Campaign, change: Change, why: str) -> None:
    """Bring the rows that pages read to what the ledger's `rule` entry says."""
    if change.kind == "to":
        campaign.schedule = later_windows(campaign, change.value)
        return
    if change.kind in ("pause", "resume"):
        campaign.paused = change.value if change.kind == "pause" else ""
        return
    candidate = listing.candidate_numbered(campaign.id, change.value)
    if candidate is None:
        raise NotFound
    candidate.withdrawn = why if change.kind == "withdraw" else ""
