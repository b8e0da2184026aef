"""What a confirmed decision about ballots does: voids those of a case, or restores an appellant's.

All of it happens in the transaction in which the second person confirms: one ledger entry for each
ballot, one row of the public clean-ups for all of them, and after `close` a recount.
"""

from collections import Counter
from datetime import datetime

from sqlalchemy import select

from votesite.clock import minute
from votesite.domain.ledger import sanctions
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.log import open_log
from votesite.errors import Lapsed, NotFound
from votesite.extensions import db, load_in
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.integrity import Case, CaseBallot
from votesite.models.sanctions import Appeal, CleanUp
from votesite.store import Transaction

PROPOSERS = frozenset({"owner", "reviewer"})
CONFIRMERS = frozenset({"owner", "reviewer", "supervisor"})
NEARLY_ALL = 0.9  # share of a clean-up's ballots that name a candidate
MIN_NAMED = 5  # ballots below which no clean-up says whom they named


def refuse_impossible(campaign: Campaign, change: Change) -> None:
    """Raise NotFound or Lapsed if there is nothing to void or restore."""
    if change.kind == "restore":
        _open_appeal(campaign.id, change.value)
        return
    if change.value["rule"] not in {rule["id"] for rule in campaign.void_rules}:
        raise NotFound
    _held_case(campaign.id, change.value["case"])


def carry_out(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> None:
    """Write the ledger's entries and the public clean-up.

    Raises NotFound or Lapsed if there is nothing left to void or restore.
    """
    campaign_id, change = decision.campaign_id, Change.of(decision.payload)
    clean_up = CleanUp(
        campaign_id=campaign_id,
        decision_id=decision.id,
        k=change.kind,
        why=decision.why,
        t=open_log(tx, campaign_id).head.minute_of(now),
    )
    if change.kind == "void":
        case = _held_case(campaign_id, change.value["case"])
        _void(tx, clean_up, case, change.value["rule"], decided, now)
    else:
        _restore(tx, clean_up, _open_appeal(campaign_id, change.value), decided, now)
    db.session.add(clean_up)


def _void(
    tx: Transaction, clean_up: CleanUp, case: Case, rule: str, decided: Decided, now: datetime
) -> None:
    query = select(CaseBallot.n).where(CaseBallot.case_id == case.id).order_by(CaseBallot.n)
    counted = [
        n for n in db.session.scalars(query) if not sanctions.is_voided(tx, case.campaign_id, n)
    ]
    if not counted:
        raise Lapsed
    chosen = sanctions.append_void(
        tx, case.campaign_id, counted, rule=rule, why=clean_up.why, decided=decided, now=now
    )
    named = Counter(no for picks in chosen for no in picks)
    clean_up.case_id, clean_up.rule, clean_up.ballots = case.id, rule, len(counted)
    clean_up.first, clean_up.last = counted[0], counted[-1]
    clean_up.candidate = _named_by_nearly_all(tx, case.campaign_id, named, len(counted))
    case.state, case.rule, case.handled_at = "voided", rule, minute(now)
    case.handled_by = decided.by[1]


def _named_by_nearly_all(
    tx: Transaction, campaign_id: int, named: Counter[int], ballots: int
) -> int:
    """The candidate that a clean-up may name; 0 if that could reveal a single voter's choice."""
    terms = open_log(tx, campaign_id).terms
    ((no, most),) = named.most_common(1)
    is_enough = ballots >= max(terms.rules.min_batch, MIN_NAMED)
    return no if is_enough and most >= NEARLY_ALL * ballots else 0


def _restore(
    tx: Transaction, clean_up: CleanUp, appeal: Appeal, decided: Decided, now: datetime
) -> None:
    sanctions.append_restore(
        tx, appeal.campaign_id, [appeal.n], why=clean_up.why, decided=decided, now=now
    )
    clean_up.ballots, clean_up.first, clean_up.last = 1, appeal.n, appeal.n
    appeal.state, appeal.answered_by, appeal.answered_at = "restored", decided.by[1], minute(now)


def _held_case(campaign_id: int, case_id: int) -> Case:
    case = load_in(Case, case_id, campaign_id)
    if case.state != "held":
        raise Lapsed
    return case


def _open_appeal(campaign_id: int, appeal_id: int) -> Appeal:
    appeal = load_in(Appeal, appeal_id, campaign_id)
    if appeal.state != "open":
        raise Lapsed
    return appeal
