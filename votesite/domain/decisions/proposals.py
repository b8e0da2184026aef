"""Decisions that take two people: one proposes, another decides, and the ledger records it.

In a campaign whose decisions are signed, a proposal begins unsigned: nobody else sees it before its
proposer has signed the exact words of the entry, and a second person's signature over the same
words puts it into effect. Elsewhere the second person confirms.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit
from votesite.domain.decisions import effects, fixing, honours, possible, signatures
from votesite.domain.decisions.draft import Draft
from votesite.domain.decisions.kinds import KINDS
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided, new_id
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.staff.roles import has_role, require_role
from votesite.domain.texts import length_fault, tidy
from votesite.errors import (
    Fault,
    Forbidden,
    Frozen,
    InvalidFields,
    InvalidSignature,
    Lapsed,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, load, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.decisions import HONOUR_KINDS, PEOPLE_KINDS, RULE_KINDS, Decision
from votesite.store import Transaction

MAX_AGE_UNSIGNED = timedelta(hours=1)
MAX_WHY = 500
WHY_IS_VALUE = ("pause", "resume", "incident")


def propose(campaign_id: int, by: int, change: Change, why: str, *, clock: Clock = now) -> Decision:
    """Propose a change and return the proposal, which fixes all that its entry will hold.

    It waits for a second person, or for its proposer's own signature first. The value of a pause, a
    resume or an incident is always `why`. Raises Forbidden, NotSigner, InvalidFields for what is
    wrong with the value, waits already or is impossible now, also for a candidate without whom no
    ballot could be filled, Frozen after the count, and Lapsed or NotFound if what it is about no
    longer waits.
    """
    why = tidy(why)
    change = _checked(change, why, by)
    with writing() as tx:
        now = clock()
        campaign = load(Campaign, campaign_id)
        require_role(by, campaign_id, proposers(change.kind))
        _refuse_concerned(campaign_id, change, by)
        possible.refuse_impossible(campaign, change, now)
        possible.refuse_twice(change, waiting(campaign_id, now=now))
        signatures.require_signer(tx, campaign_id, change.kind, by, now)
        _sweep(campaign_id, now)
        entry_id = new_id()
        fixed = fixing.fix(tx, Draft(campaign, change, why, entry_id, now))
        is_signed = signatures.are_needed(campaign, change.kind)
        decision = Decision(
            campaign_id=campaign_id,
            kind=change.kind,
            payload=fixed.change.as_entry(),
            why=why,
            entry_id=entry_id,
            fields=fixed.fields,
            sealed=fixed.sealed,
            proposed_by=by,
            proposed_at=minute(now),
            state="unsigned" if is_signed else "proposed",
        )
        db.session.add(decision)
        db.session.flush()
        if not is_signed:
            _note_proposal(decision, now)
    return decision


def sign(decision_id: int, by: int, signature: str, *, clock: Clock = now) -> Decision:
    """Sign a proposal as its proposer, which shows it to others, or as its second person.

    The second signature puts it into effect. Raises NotFound for the unsigned proposal of somebody
    else, InvalidSignature, also where nothing is signed, and what `confirm` raises.
    """
    with writing() as tx:
        now = clock()
        decision = _open_decision(decision_id, by, now)
        if not signatures.are_needed(load(Campaign, decision.campaign_id), decision.kind):
            raise InvalidSignature
        if decision.state == "unsigned":
            _sign_first(tx, decision, signature, now)
        else:
            _require_second(tx, decision, by, now)
            if not signatures.is_by(tx, decision, by, signature, now):
                raise InvalidSignature
            if not signatures.is_by(tx, decision, decision.proposed_by, decision.signature, now):
                raise Lapsed
            decision.second_signature = signature
            _carry_out(tx, decision, by, now)
            _note(by, f"sign-{decision.kind}", decision, ["state", "second_signature"], now)
    effects.follow_up(decision, clock)
    return decision


def confirm(
    decision_id: int, by: int, *, on_screen_of: int | None = None, clock: Clock = now
) -> Decision:
    """Put a proposal into effect as its second person, without a signature, and return it.

    `on_screen_of` is the account whose browser session the confirmation came from, None if it was
    one's own; where decisions are signed, nobody confirms on another's screen. Raises NotFound,
    InvalidSignature where a signature is needed, SecondPersonNeeded, Forbidden, NotSigner, Frozen,
    and Lapsed if the proposal is too old or what it is about no longer holds.
    """
    with writing() as tx:
        now = clock()
        decision = _open_decision(decision_id, by, now)
        campaign = load(Campaign, decision.campaign_id)
        if campaign.signed and on_screen_of is not None:
            raise NotFound
        _require_second(tx, decision, by, now)
        if signatures.are_needed(campaign, decision.kind):
            raise InvalidSignature
        _carry_out(tx, decision, by, now)
        screen = [] if on_screen_of is None else [f"on-screen-of:{on_screen_of}"]
        _note(by, f"confirm-{decision.kind}", decision, ["state", *screen], now)
    effects.follow_up(decision, clock)
    return decision


def take_back(decision_id: int, by: int, *, clock: Clock = now) -> None:
    """Withdraw one's own proposal before a second person has decided it.

    One that was never signed leaves no trace. Raises NotFound, Forbidden for somebody else's,
    Lapsed if it is decided or too old.
    """
    with writing():
        now = clock()
        decision = _open_decision(decision_id, by, now)
        if decision.proposed_by != by:
            raise Forbidden
        if decision.state == "unsigned":
            db.session.delete(decision)
            return
        _decide(decision, "withdrawn", by, now)
        decision.sealed = None
        _note(by, "take-back", decision, ["state"], now)


def open_ledger(campaign_id: int, by: int, *, clock: Clock = now) -> None:
    """Write entry 0 before the first ballot does: from then on rules and names are frozen.

    Raises NotFound, Forbidden, Lapsed if the entry exists or the campaign is a draft, and
    PublishFaults if the campaign is incomplete.
    """
    with writing() as tx:
        now = clock()
        campaign = load(Campaign, campaign_id)
        require_role(by, campaign_id, proposers("publish"))
        log = open_log(tx, campaign_id)
        if log.size or not campaign.is_published:
            raise Lapsed
        possible.refuse_incomplete(campaign, now)
        write_open(log, now)
        log.touch(rules=True)
        audit.note(by, "open-ledger", "log_entries", 0, campaign_id=campaign_id, now=now)


def has_ledger(campaign: Campaign) -> bool:
    """Whether there is a ledger that can tell of an incident: opened, or lost after it was."""
    return possible.has_ledger(campaign)


def is_clock_behind(campaign_id: int, now: datetime) -> bool:
    """Whether the clock is so far behind the ledger's last entry that ballots are refused."""
    with site().store.reading() as tx:
        return read_head(tx, campaign_id).is_clock_behind(now)


def find(decision_id: int, reader: int) -> Decision:
    """Return a decision by its number. Raises NotFound, also for others' that are not signed."""
    decision = load(Decision, decision_id)
    if decision.state == "unsigned" and decision.proposed_by != reader:
        raise NotFound
    return decision


def of_campaign(campaign_id: int) -> list[Decision]:
    """Every decision of a campaign that was proposed to others, newest first."""
    query = select(Decision).where(
        Decision.campaign_id == campaign_id, Decision.state != "unsigned"
    )
    return list(db.session.scalars(query.order_by(Decision.id.desc())))


def unsigned_of(campaign_id: int, by: int, *, now: datetime) -> list[Decision]:
    """The proposals that somebody has made and can still sign, oldest first."""
    query = select(Decision).filter_by(campaign_id=campaign_id, proposed_by=by, state="unsigned")
    made = db.session.scalars(query.order_by(Decision.id))
    return [decision for decision in made if is_fresh(decision, now)]


def changes_in_force(campaign_id: int) -> list[Decision]:
    """Return the changes of rules that took effect once the ledger was open, oldest first."""
    return [
        decision
        for decision in reversed(of_campaign(campaign_id))
        if decision.state == "done" and decision.kind in (*RULE_KINDS, "roster")
    ]


def waiting(campaign_id: int, *, now: datetime) -> list[Decision]:
    """Proposals that a second person can still decide, oldest first."""
    return [
        proposal for proposal in reversed(of_campaign(campaign_id)) if is_waiting(proposal, now)
    ]


def is_waiting(decision: Decision, now: datetime) -> bool:
    """Whether a proposal waits for a second person, and is not too old."""
    return decision.state == "proposed" and is_fresh(decision, now)


def is_fresh(decision: Decision, now: datetime) -> bool:
    """Whether a proposal is undecided and can still be: as its kind says, unsigned for an hour."""
    return decision.is_open and now <= until(decision)


def until(decision: Decision) -> datetime:
    """The last moment at which a proposal can be decided, or signed by its proposer."""
    is_unsigned = decision.state == "unsigned"
    age = MAX_AGE_UNSIGNED if is_unsigned else timedelta(days=KINDS[decision.kind].days)
    return parse_minute(decision.proposed_at) + age


def is_about(decision: Decision, staff_id: int) -> bool:
    """Whether it makes somebody a signer or drops them: others decide that."""
    return decision.kind in PEOPLE_KINDS and decision.fields["staff"] == staff_id


def proposers(kind: str) -> frozenset[str]:
    """The roles that may propose a decision of this kind."""
    return KINDS[kind].proposers


def confirmers(kind: str) -> frozenset[str]:
    """The roles that may confirm a decision of this kind."""
    return KINDS[kind].confirmers


def _refuse_concerned(campaign_id: int, change: Change, by: int) -> None:
    """Raise Forbidden where somebody would decide about an objection that concerns them."""
    if change.kind in HONOUR_KINDS:
        honours.refuse_concerned(campaign_id, change.kind, change.value, by)


def _checked(change: Change, why: str, by: int) -> Change:
    """A change as it is stored, well formed; raises InvalidFields."""
    faults: dict[str, Fault] = {}
    if change.kind not in KINDS:
        faults["kind"] = Fault("unknown-choice")
    is_needed = change.kind in KINDS and KINDS[change.kind].has_why
    if why or (is_needed and change.kind not in ("publish", "ranking")):
        fault = length_fault(why, MAX_WHY, least=1)
        faults |= {"why": fault} if fault else {}
    if change.kind == "to" and not _is_minute(change.value):
        faults["to"] = Fault("invalid")
    if change.kind in PEOPLE_KINDS and change.value == by:
        faults["staff"] = Fault("not-oneself")
    if faults:
        raise InvalidFields(faults)
    return Change(change.kind, why) if change.kind in WHY_IS_VALUE else change


def _is_minute(text: str) -> bool:
    try:
        parse_minute(text)
    except ValueError:
        return False
    return True


def _open_decision(decision_id: int, by: int, now: datetime) -> Decision:
    """A decision that can still be decided; raises NotFound, Lapsed."""
    decision = find(decision_id, by)
    if not is_fresh(decision, now):
        raise Lapsed
    return decision


def _sign_first(tx: Transaction, decision: Decision, signature: str, now: datetime) -> None:
    """Take the proposer's signature, if the proposal is as possible as when it was made."""
    campaign_id, by = decision.campaign_id, decision.proposed_by
    require_role(by, campaign_id, proposers(decision.kind))
    signatures.require_signer(tx, campaign_id, decision.kind, by, now)
    if not signatures.is_by(tx, decision, by, signature, now):
        raise InvalidSignature
    change = Change.of(decision.payload)
    try:
        possible.refuse_impossible(load(Campaign, campaign_id), change, now)
        possible.refuse_twice(change, waiting(campaign_id, now=now))
    except (InvalidFields, Frozen) as refusal:
        raise Lapsed from refusal
    decision.state, decision.signature = "proposed", signature
    _note_proposal(decision, now)


def _require_second(tx: Transaction, decision: Decision, by: int, now: datetime) -> None:
    """Raise unless `by` may decide as the second person what somebody may still propose."""
    if decision.state == "unsigned":
        raise InvalidSignature
    if decision.proposed_by == by:
        raise SecondPersonNeeded
    require_role(by, decision.campaign_id, confirmers(decision.kind))
    if is_about(decision, by):
        raise Forbidden
    change = Change.of(decision.payload)
    _refuse_concerned(decision.campaign_id, change, by)
    _refuse_concerned(decision.campaign_id, change, decision.proposed_by)
    signatures.require_signer(tx, decision.campaign_id, decision.kind, by, now)
    if not has_role(decision.proposed_by, decision.campaign_id, proposers(decision.kind)):
        raise Lapsed


def _carry_out(tx: Transaction, decision: Decision, by: int, now: datetime) -> None:
    decided = Decided(
        (decision.proposed_by, by),
        decision.entry_id,
        (decision.signature, decision.second_signature),
    )
    decision.n = effects.carry_out(tx, decision, decided, now)
    _decide(decision, "done", by, now)


def _decide(decision: Decision, state: str, by: int, now: datetime) -> None:
    decision.state, decision.decided_by, decision.decided_at = state, by, minute(now)


def _note_proposal(decision: Decision, now: datetime) -> None:
    """Tell of a proposal in the audit log, once others can see it."""
    kind, by = decision.kind, decision.proposed_by
    _note(by, f"propose-{kind}", decision, ["payload", "why", *_signed(decision)], now)


def _signed(decision: Decision) -> list[str]:
    return ["signature"] if decision.signature else []


def _note(by: int, action: str, decision: Decision, fields: Sequence[str], now: datetime) -> None:
    """Add the audit log's line about a decision."""
    audit.note(by, action, "decisions", decision.id, fields, decision.campaign_id, now=now)


def _sweep(campaign_id: int, now: datetime) -> None:
    """Mark the proposals that have lapsed, and forget those that nobody has signed in time."""
    query = select(Decision).where(
        Decision.campaign_id == campaign_id, Decision.state.in_(("unsigned", "proposed"))
    )
    for decision in db.session.scalars(query):
        if is_fresh(decision, now):
            continue
        if decision.state == "unsigned":
            db.session.delete(decision)
        else:
            decision.state, decision.sealed = "lapsed", None
