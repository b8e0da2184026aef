"""What a confirmed decision about ballots does: voids a case's, or restores an appellant's.

One ledger entry for each ballot, one line in the public register for all, and after `close` a
recount: all in the transaction in which the second person confirms.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import minute
from votesite.domain.ledger import sanctions
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.log import open_log
from votesite.errors import Lapsed, NotFound
from votesite.extensions import db
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.integrity import Appeal, Case, CaseBallot, CleanUp
from votesite.store import Transaction

PROPOSERS = frozenset({"owner", "reviewer"})
CONFIRMERS = frozenset({"owner", "reviewer", "supervisor"})
NEARLY_ALL = 0.9


def refuse_impossible(campaign: Campaign, kind: str, value: Any) -> None:
    """Raise NotFound or Lapsed where there is nothing to void or restore."""
    if kind == "restore":
        _appeal(campaign.id, value)
        return
    if value["rule"] not in {rule["id"] for rule in campaign.void_rules}:
        raise NotFound
    _case(campaign.id, value["case"])


def carry_out(tx: Transaction, decision: Decision, by: Sequence[int], now: datetime) -> None:
    """Write the ledger's entries and the register's line."""
    campaign_id = decision.campaign_id
    change = Change.of(decision.payload)
    kind, value = change.kind, change.value
    batch = CleanUp(
        campaign_id=campaign_id,
        decision_id=decision.id,
        k=kind,
        why=decision.why,
        t=open_log(tx, campaign_id).head.minute_of(now),
    )
    if kind == "void":
        _void(tx, batch, _case(campaign_id, value["case"]), value["rule"], list(by), now)
    else:
        _restore(tx, batch, _appeal(campaign_id, value), list(by), now)
    sanctions.append_recount(tx, campaign_id, now)
    db.session.add(batch)


def _void(
    tx: Transaction, batch: CleanUp, case: Case, rule: str, by: list[int], now: datetime
) -> None:
    query = select(CaseBallot.n).where(CaseBallot.case_id == case.id).order_by(CaseBallot.n)
    counted = [
        n for n in db.session.scalars(query) if not sanctions.is_voided(tx, case.campaign_id, n)
    ]
    if not counted:
        raise Lapsed
    named = Counter[int]()
    for n in counted:
        named.update(
            sanctions.append_void(tx, case.campaign_id, n, rule=rule, why=batch.why, by=by, now=now)
        )
    batch.case_id, batch.rule, batch.ballots = case.id, rule, len(counted)
    batch.first, batch.last = counted[0], counted[-1]
    batch.candidate = _named_by_nearly_all(tx, case.campaign_id, named, len(counted))
    case.state, case.rule, case.handled_by, case.handled_at = "voided", rule, by[1], minute(now)


def _named_by_nearly_all(
    tx: Transaction, campaign_id: int, named: Counter[int], ballots: int
) -> int:
    """Whom the register may name: never where it would show a single voter's choice."""
    terms = open_log(tx, campaign_id).terms
    ((no, most),) = named.most_common(1)
    is_enough = ballots >= max(terms.rules.min_batch, 5)
    return no if is_enough and most >= NEARLY_ALL * ballots else 0


def _restore(tx: Transaction, batch: CleanUp, appeal: Appeal, by: list[int], now: datetime) -> None:
    sanctions.append_restore(tx, appeal.campaign_id, appeal.n, why=batch.why, by=by, now=now)
    batch.ballots, batch.first, batch.last = 1, appeal.n, appeal.n
    appeal.state, appeal.answered_by, appeal.answered_at = "restored", by[1], minute(now)


def _case(campaign_id: int, case_id: int) -> Case:
    found = db.session.get(Case, case_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound
    if found.state != "held":
        raise Lapsed
    return found


def _appeal(campaign_id: int, appeal_id: int) -> Appeal:
    found = db.session.get(Appeal, appeal_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound
    if found.state != "open":
        raise Lapsed
    return found
