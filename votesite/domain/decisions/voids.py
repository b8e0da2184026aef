"""What a confirmed decision about ballots does: voids those of a case, or restores an appellant's.

All of it happens in the transaction in which the second person decides: one ledger entry, and one
row of the public clean-ups. After `close` a recount follows in its time.
"""

from collections import Counter
from datetime import datetime
from typing import Any

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


def entry_fields(tx: Transaction, campaign_id: int, change: Change) -> dict[str, Any]:
    """The fields of the entry but `why`: which ballots, and by which rule they are void.

    A case with more ballots than an entry holds is decided in parts. Raises NotFound, and Lapsed if
    there is nothing left to void or restore.
    """
    if change.kind == "restore":
        return {"of": [_open_appeal(campaign_id, change.value).n]}
    counted = _counted(tx, _held_case(campaign_id, change.value["case"]))
    if not counted:
        raise Lapsed
    return {"of": counted[: sanctions.MAX_BALLOTS], "rule": change.value["rule"]}


def carry_out(tx: Transaction, decision: Decision, decided: Decided, now: datetime) -> int:
    """Write the ledger's entry and the public clean-up; returns the entry's number.

    Raises NotFound or Lapsed if a ballot of the entry can no longer be voided or restored.
    """
    campaign_id, change = decision.campaign_id, Change.of(decision.payload)
    log = open_log(tx, campaign_id)
    n, of = log.size, decision.fields["of"]
    clean_up = CleanUp(
        campaign_id=campaign_id,
        decision_id=decision.id,
        k=change.kind,
        why=decision.fields["why"],
        t=log.head.minute_of(now),
        ballots=len(of),
        first=of[0],
        last=of[-1],
    )
    if change.kind == "void":
        _void(tx, clean_up, decision, decided, now)
    else:
        _restore(tx, clean_up, decision, decided, now)
    db.session.add(clean_up)
    return n


def _void(
    tx: Transaction, clean_up: CleanUp, decision: Decision, decided: Decided, now: datetime
) -> None:
    case = _held_case(decision.campaign_id, decision.payload["void"]["case"])
    of, rule = decision.fields["of"], decision.fields["rule"]
    chosen = sanctions.append_void(
        tx, case.campaign_id, of, rule=rule, why=clean_up.why, decided=decided, now=now
    )
    named = Counter(no for picks in chosen for no in picks)
    clean_up.case_id, clean_up.rule = case.id, rule
    clean_up.candidate = _named_by_nearly_all(tx, case.campaign_id, named, len(of))
    if not _counted(tx, case):
        case.state, case.rule = "voided", rule
        case.handled_by, case.handled_at = decided.by[1], minute(now)


def _counted(tx: Transaction, case: Case) -> list[int]:
    """The ballots of a case that are not void, ascending."""
    query = select(CaseBallot.n).where(CaseBallot.case_id == case.id).order_by(CaseBallot.n)
    return [
        n for n in db.session.scalars(query) if not sanctions.is_voided(tx, case.campaign_id, n)
    ]


def _named_by_nearly_all(
    tx: Transaction, campaign_id: int, named: Counter[int], ballots: int
) -> int:
    """The candidate that a clean-up may name; 0 if that could reveal a single voter's choice."""
    terms = open_log(tx, campaign_id).terms
    ((no, most),) = named.most_common(1)
    is_enough = ballots >= max(terms.rules.min_batch, MIN_NAMED)
    return no if is_enough and most >= NEARLY_ALL * ballots else 0


def _restore(
    tx: Transaction, clean_up: CleanUp, decision: Decision, decided: Decided, now: datetime
) -> None:
    appeal = _open_appeal(decision.campaign_id, decision.payload["restore"])
    sanctions.append_restore(
        tx, appeal.campaign_id, [appeal.n], why=clean_up.why, decided=decided, now=now
    )
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
