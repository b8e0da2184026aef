"""Decisions that take two people: one proposes, another confirms, and the ledger records it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from votesite import clock as times
from votesite.clock import Clock, minute, parse_minute
from votesite.domain import audit
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import voids
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import append_incident, append_rule, open_log, write_open
from votesite.domain.staff.roles import has_role
from votesite.errors import (
    Fault,
    Forbidden,
    Frozen,
    InvalidFields,
    Lapsed,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, site, writing
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.models.decisions import BALLOT_KINDS, KINDS, Decision
from votesite.store import Transaction

MAX_AGE = timedelta(hours=24)
MAX_WHY = 500
PROPOSERS = frozenset({"owner", "editor"})
CONFIRMERS = frozenset({"owner", "editor", "supervisor"})


def propose(
    campaign_id: int, staff_id: int, change: Change, why: str, *, clock: Clock = times.now
) -> Decision:
    """Propose a change: one of pause, resume, withdraw, reinstate, to, publish, void, restore.

    The reason of a pause or resume is `why`, whatever value stands there. Raises Forbidden,
    InvalidFields, Frozen after the count, Lapsed where there is nothing to change.
    """
    why = why.strip()
    change = _checked(change, why)
    kind = change.kind
    with writing():
        now = clock()
        campaign = _campaign(campaign_id)
        _require(staff_id, campaign_id, proposers(kind))
        _refuse_impossible(campaign, kind, change.value, now)
        _sweep(campaign_id, now)
        decision = Decision(
            campaign_id=campaign_id,
            kind=kind,
            payload=change.as_entry(),
            why=why,
            proposed_by=staff_id,
            proposed_at=minute(now),
        )
        db.session.add(decision)
        db.session.flush()
        audit.note(
            staff_id,
            f"propose-{kind}",
            "decisions",
            decision.id,
            ["payload", "why"],
            campaign_id,
            now=now,
        )
    return decision


def confirm(
    decision_id: int, staff_id: int, *, on_screen_of: int | None = None, clock: Clock = times.now
) -> Decision:
    """Put a proposal into effect as its second person; `on_screen_of`: whose session it came from.

    Raises SecondPersonNeeded, Forbidden, Frozen, and Lapsed if it is too old or came to nothing.
    """
    with writing() as tx:
        now = clock()
        decision = _open_decision(decision_id, now)
        if decision.proposed_by == staff_id:
            raise SecondPersonNeeded
        _require(staff_id, decision.campaign_id, confirmers(decision.kind))
        if not has_role(decision.proposed_by, decision.campaign_id, proposers(decision.kind)):
            raise Lapsed
        _carry_out(tx, decision, [decision.proposed_by, staff_id], now)
        decision.state, decision.decided_by, decision.decided_at = "done", staff_id, minute(now)
        screen = [] if on_screen_of is None else [f"on-screen-of:{on_screen_of}"]
        audit.note(
            staff_id,
            f"confirm-{decision.kind}",
            "decisions",
            decision_id,
            ["state", *screen],
            decision.campaign_id,
            now=now,
        )
    return decision


def take_back(decision_id: int, staff_id: int, *, clock: Clock = times.now) -> Decision:
    """Withdraw one's own proposal before anybody has confirmed it."""
    with writing():
        now = clock()
        decision = _open_decision(decision_id, now)
        if decision.proposed_by != staff_id:
            raise Forbidden
        decision.state, decision.decided_by, decision.decided_at = (
            "withdrawn",
            staff_id,
            minute(now),
        )
        audit.note(
            staff_id,
            "take-back",
            "decisions",
            decision_id,
            ["state"],
            decision.campaign_id,
            now=now,
        )
    return decision


def open_ledger(campaign_id: int, staff_id: int, *, clock: Clock = times.now) -> None:
    """Write entry 0 before the first ballot does: from then on rules and names are frozen.

    Raises Lapsed where it exists or the campaign is a draft, PublishFaults where something lacks.
    """
    with writing() as tx:
        now = clock()
        campaign = _campaign(campaign_id)
        _require(staff_id, campaign_id, PROPOSERS)
        log = open_log(tx, campaign_id)
        if log.size or not campaign.is_published:
            raise Lapsed
        _refuse_unfit(campaign, now)
        write_open(log, now)
        log.touch(rules=True)
        audit.note(staff_id, "open-ledger", "log_entries", 0, campaign_id=campaign_id, now=now)


def record_incident(
    campaign_id: int, staff_id: int, what: str, *, clock: Clock = times.now
) -> None:
    """Write what happened to the site into the public ledger: an outage, a restore, a clock fault.

    One person does it, for it changes nothing. Raises InvalidFields, Lapsed before entry 0.
    """
    what = what.strip()
    faults = _text_faults("what", what)
    if faults:
        raise InvalidFields(faults)
    with writing() as tx:
        now = clock()
        _require(staff_id, campaign_id, PROPOSERS)
        n = append_incident(tx, campaign_id, what, now)
        audit.note(staff_id, "incident", "log_entries", n, ["what"], campaign_id, now=now)


def is_clock_behind(campaign_id: int, now: datetime) -> bool:
    """Whether the clock stands so far before the ledger's end that ballots are refused."""
    with site().store.reading() as tx:
        return read_head(tx, campaign_id).is_clock_behind(now)


def find(decision_id: int) -> Decision:
    """A decision by its number; raises NotFound."""
    found = db.session.get(Decision, decision_id)
    if found is None:
        raise NotFound
    return found


def of_campaign(campaign_id: int) -> list[Decision]:
    """Every decision of a campaign, newest first."""
    query = select(Decision).where(Decision.campaign_id == campaign_id).order_by(Decision.id.desc())
    return list(db.session.scalars(query))


def waiting(campaign_id: int, *, now: datetime) -> list[Decision]:
    """Proposals that somebody can still confirm, oldest first."""
    return [found for found in reversed(of_campaign(campaign_id)) if is_waiting(found, now)]


def is_waiting(decision: Decision, now: datetime) -> bool:
    """Whether a proposal is undecided and not older than a day."""
    return decision.is_open and now - parse_minute(decision.proposed_at) <= MAX_AGE


def proposers(kind: str) -> frozenset[str]:
    """The roles that may propose a decision of a kind."""
    return voids.PROPOSERS if kind in BALLOT_KINDS else PROPOSERS


def confirmers(kind: str) -> frozenset[str]:
    """The roles that may confirm a decision of a kind."""
    return voids.CONFIRMERS if kind in BALLOT_KINDS else CONFIRMERS


def later_windows(campaign: Campaign, to: str) -> dict[str, list[str]]:
    """The schedule when voting ends at `to`: what would overlap moves on as a whole."""
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
    """Returns the change, well formed; raises InvalidFields."""
    kind, value = change.kind, change.value
    faults: dict[str, Fault] = {}
    if kind not in KINDS:
        faults["kind"] = Fault("unknown-choice")
    if why or kind != "publish":
        faults |= _text_faults("why", why)
    if kind == "to" and not _is_minute(value):
        faults["to"] = Fault("invalid")
    if faults:
        raise InvalidFields(faults)
    return Change(kind, why) if kind in ("pause", "resume") else change


def _text_faults(field: str, text: str) -> dict[str, Fault]:
    """What is wrong with a text that will be public for ever."""
    if not text:
        return {field: Fault("missing")}
    if len(text) > MAX_WHY:
        return {field: Fault("too-long", max=MAX_WHY, n=len(text) - MAX_WHY)}
    return {}


def _is_minute(text: str) -> bool:
    try:
        parse_minute(text)
    except ValueError:
        return False
    return True


def _campaign(campaign_id: int) -> Campaign:
    found = db.session.get(Campaign, campaign_id)
    if found is None:
        raise NotFound
    return found


def _require(staff_id: int, campaign_id: int, roles: frozenset[str]) -> None:
    if not has_role(staff_id, campaign_id, roles):
        raise Forbidden


def _open_decision(decision_id: int, now: datetime) -> Decision:
    decision = find(decision_id)
    if not is_waiting(decision, now):
        raise Lapsed
    return decision


def _sweep(campaign_id: int, now: datetime) -> None:
    """Mark what has lapsed."""
    for decision in of_campaign(campaign_id):
        if decision.is_open and not is_waiting(decision, now):
            decision.state = "lapsed"


def _refuse_impossible(campaign: Campaign, kind: str, value: Any, now: datetime) -> None:
    state = freeze.ledger_state(campaign)
    if kind == "publish":
        if state.is_published:
            raise Lapsed
        return _refuse_unfit(campaign, now)
    if kind in BALLOT_KINDS:
        return voids.refuse_impossible(campaign, kind, value)
    if state.is_closed:
        raise Frozen
    if not freeze.is_frozen(campaign, now) or not _is_possible(campaign, kind, value, now):
        raise Lapsed
    return None


def _is_possible(campaign: Campaign, kind: str, value: Any, now: datetime) -> bool:
    if kind == "to":
        begins, ends = campaign.schedule["voting"]
        return bool(begins < value != ends and value >= minute(now))
    if kind in ("pause", "resume"):
        return bool(campaign.paused) == (kind == "resume")
    candidate = listing.candidate_numbered(campaign.id, value)
    return candidate is not None and candidate.is_withdrawn == (kind == "reinstate")


def _refuse_unfit(campaign: Campaign, now: datetime) -> None:
    faults = publishing.publish_faults(campaign, listing.candidates_of(campaign.id), now)
    if faults:
        raise publishing.PublishFaults(faults)


def _carry_out(tx: Transaction, decision: Decision, by: list[int], now: datetime) -> None:
    """Ledger first, for it checks the state under the lock; then the rows that pages read."""
    campaign = _campaign(decision.campaign_id)
    change = Change.of(decision.payload)
    kind, value = change.kind, change.value
    if kind == "publish":
        _refuse_impossible(campaign, kind, value, now)
        publishing.make_public(campaign, now)
    elif kind in BALLOT_KINDS:
        voids.carry_out(tx, decision, by, now)
    else:
        append_rule(tx, campaign.id, change, why=decision.why, by=by, now=now)
        _project(campaign, kind, value, decision.why)
    publishing.touch(tx, campaign.id, rules=True)


def _project(campaign: Campaign, kind: str, value: Any, why: str) -> None:
    if kind == "to":
        campaign.schedule = later_windows(campaign, value)
        return
    if kind in ("pause", "resume"):
        campaign.paused = value if kind == "pause" else ""
        return
    candidate = listing.candidate_numbered(campaign.id, value)
    if candidate is None:
        raise NotFound
    candidate.withdrawn = why if kind == "withdraw" else ""
