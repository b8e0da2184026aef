"""What a decision does once the second person has decided it: ledger first, then the pages' rows.

All of it happens in one transaction. The ledger checks the state under its lock and writes exactly
the fields that were fixed when the decision was proposed.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from votesite.clock import Clock, minute, parse_minute
from votesite.domain.campaigns import publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import honour_effects, possible, voids
from votesite.domain.hearing import papers
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.opening import append_incident
from votesite.domain.ledger.two_person import append_drop, append_rule, append_signer
from votesite.domain.voting.roster_additions import take_additions
from votesite.errors import Busy, Lapsed, NotFound, TooManyRequests
from votesite.extensions import load
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.models.decisions import Decision
from votesite.store import Transaction

Effect = Callable[[Transaction, Decision, Decided, datetime], int | None]


def carry_out(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int | None:
    """Put a decision into effect; returns the number of its entry, if there is one.

    Raises Lapsed for what no longer holds, Frozen, Busy, and what the ledger says of the two.
    """
    n = _EFFECTS.get(decision.kind, _change_rule)(tx, decision, decided, now)
    publishing.touch(tx, decision.campaign_id, rules=True)
    return n


def follow_up(decision: Decision, clock: Clock) -> None:
    """Ask for the long work that a decision now in effect brings: a notice's printed form."""
    if decision.kind != "notice" or decision.state != "done" or decision.n is None:
        return
    with suppress(TooManyRequests, Busy):  # the desk shows that the paper is missing
        papers.ask(decision.campaign_id, decision.n, decision.proposed_by, clock=clock)


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


def _publish(_tx: Transaction, decision: Decision, _decided: Decided, now: datetime) -> None:
    campaign = load(Campaign, decision.campaign_id)
    possible.refuse_impossible(campaign, Change.of(decision.payload), now)
    publishing.make_public(campaign, now)


def _record_incident(tx: Transaction, decision: Decision, _decided: Decided, now: datetime) -> int:
    what = Change.of(decision.payload).value
    return append_incident(tx, decision.campaign_id, what, now)


def _change_rule(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    campaign, change = load(Campaign, decision.campaign_id), Change.of(decision.fields["set"])
    if change.kind == "withdraw" and not possible.can_go(campaign, change.value):
        raise Lapsed
    why = decision.fields["why"]
    n = append_rule(tx, campaign.id, change, why=why, decided=decided, now=now)
    if change.kind == "roster":
        sealed, entry_id = decision.sealed or b"", decision.entry_id
        take_additions(tx, campaign.id, decision.fields, sealed, entry_id)
    else:
        _project(campaign, change, why)
    return n


def _add_signer(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    fields = decision.fields
    return append_signer(
        tx,
        decision.campaign_id,
        fields["staff"],
        fields["keys"],
        why=fields["why"],
        decided=decided,
        now=now,
    )


def _drop_signer(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    staff, why = decision.fields["staff"], decision.fields["why"]
    return append_drop(tx, decision.campaign_id, staff, why=why, decided=decided, now=now)


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


_EFFECTS: Mapping[str, Effect] = {
    "publish": _publish,
    "incident": _record_incident,
    "void": voids.carry_out,
    "restore": voids.carry_out,
    "signer": _add_signer,
    "drop": _drop_signer,
    **honour_effects.EFFECTS,
}
