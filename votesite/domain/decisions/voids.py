"""What a confirmed decision about ballots does: voids those of a case, or restores appellants'.

All of it happens in the transaction in which the second person decides: one ledger entry, and one
row of the public clean-ups. After `close` a recount follows in its time.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select

from votesite.clock import minute
from votesite.domain.ledger import sanctions
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.decided import Decided
from votesite.domain.ledger.log import open_log
from votesite.domain.results.differences import differences
from votesite.domain.results.guard import Guard, guard_in, voters_of
from votesite.errors import Fault, InvalidFields, Lapsed, NotFound
from votesite.extensions import db, load_in
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.integrity import Case, CaseBallot
from votesite.models.sanctions import Appeal, CleanUp
from votesite.store import Transaction

MAX_BALLOTS = sanctions.MAX_BALLOTS  # in one entry; larger cases are decided in parts


def refuse_impossible(campaign: Campaign, change: Change) -> None:
    """Raise NotFound or Lapsed if there is nothing to void or restore."""
    if change.kind == "restore":
        _open_appeals(campaign.id, change.value)
        return
    if change.value["rule"] not in {rule["id"] for rule in campaign.void_rules}:
        raise NotFound
    _held_case(campaign.id, change.value["case"])


def entry_fields(tx: Transaction, campaign_id: int, change: Change) -> dict[str, Any]:
    """The fields of the entry but `why`: which ballots, and by which rule they are void.

    A case with more ballots than an entry holds is decided in parts. Raises NotFound, Lapsed if
    there is nothing left to void or restore, and InvalidFields for appeals after whose restore a
    voter who has not agreed to it could be read off the result.
    """
    if change.kind == "restore":
        of = sorted(appeal.n for appeal in _open_appeals(campaign_id, change.value))
        shown = shown_by_restoring(tx, campaign_id, of)
        if shown:
            raise InvalidFields({"appeal": shown})
        return {"of": of}
    counted = counted_of(tx, _held_case(campaign_id, change.value["case"]))
    if not counted:
        raise Lapsed
    return {"of": counted[:MAX_BALLOTS], "rule": change.value["rule"]}


def shown_by_restoring(tx: Transaction, campaign_id: int, of: Sequence[int]) -> Fault | None:
    """Why ballots cannot be restored: the difference of two results would show one of them.

    None if it would not, if the voters of all that it would show have agreed to it, or if everybody
    may open every ballot anyway. Before the count there are no two results.
    """
    guard = guard_in(tx, campaign_id)
    if guard.tells_of_each:
        return None
    unwilling = _unwilling(tx, campaign_id, of)
    shown = [changed for changed in differences(tx, campaign_id, of) if changed & unwilling]
    return _too_few(tx, campaign_id, guard, shown)


def shown_by_voiding(tx: Transaction, campaign_id: int, of: Sequence[int]) -> Fault | None:
    """That what is published of a void would show ballots: too few voters share the difference.

    Before the count it is the difference of gross and net votes in the result to come. None if
    there are enough, or if everybody may open every ballot after the count anyway.
    """
    guard = guard_in(tx, campaign_id)
    if guard.recount == "public":
        return None
    return _too_few(tx, campaign_id, guard, differences(tx, campaign_id, of) or [frozenset(of)])


def counted_of(tx: Transaction, case: Case) -> list[int]:
    """The ballots of a case that are not void, ascending."""
    query = select(CaseBallot.n).where(CaseBallot.case_id == case.id).order_by(CaseBallot.n)
    return [
        n for n in db.session.scalars(query) if not sanctions.is_voided(tx, case.campaign_id, n)
    ]


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
    clean_up.case_id, clean_up.rule = case.id, rule
    clean_up.candidate = _named_by_many(tx, case.campaign_id, of, chosen)
    if not counted_of(tx, case):
        case.state, case.rule = "voided", rule
        case.handled_by, case.handled_at = decided.by[1], minute(now)


def _named_by_many(
    tx: Transaction, campaign_id: int, of: Sequence[int], chosen: list[list[int]]
) -> int:
    """The candidate that a clean-up may name once it is counted; 0 if that would show a ballot."""
    guard = guard_in(tx, campaign_id)
    ((no, naming),) = Counter(no for picks in chosen for no in picks).most_common(1)
    voters = voters_of(tx, campaign_id, of, guard.min_batch)
    return no if guard.may_name(naming=naming, ballots=len(of), voters=voters) else 0


def _restore(
    tx: Transaction, clean_up: CleanUp, decision: Decision, decided: Decided, now: datetime
) -> None:
    campaign_id, of = decision.campaign_id, decision.fields["of"]
    restored = _open_appeals(campaign_id, decision.payload["restore"])
    if shown_by_restoring(tx, campaign_id, of):
        raise Lapsed
    sanctions.append_restore(tx, campaign_id, of, why=clean_up.why, decided=decided, now=now)
    for appeal in restored:
        appeal.state, appeal.answered_by = "restored", decided.by[1]
        appeal.answered_at = minute(now)


def _unwilling(tx: Transaction, campaign_id: int, of: Sequence[int]) -> frozenset[int]:
    """The ballots, of these and of those restored before, whose voters have not agreed to be shown.

    A ballot that was voided again is shown by that, not by its restore.
    """
    query = select(Appeal.n).where(
        Appeal.campaign_id == campaign_id,
        Appeal.shown_alone.is_(False),
        or_(Appeal.state == "restored", Appeal.n.in_(of)),
    )
    return frozenset(
        n
        for n in db.session.scalars(query)
        if n in of or not sanctions.is_voided(tx, campaign_id, n)
    )


def _too_few(
    tx: Transaction, campaign_id: int, guard: Guard, sets: Sequence[frozenset[int]]
) -> Fault | None:
    """Which set of ballots comes from fewer voters than a step of the figures holds."""
    least = guard.min_batch
    voters = min((voters_of(tx, campaign_id, ballots, least) for ballots in sets), default=least)
    return Fault("shown-alone", n=voters, least=least) if voters < least else None


def _held_case(campaign_id: int, case_id: int) -> Case:
    case = load_in(Case, case_id, campaign_id)
    if case.state != "held":
        raise Lapsed
    return case


def _open_appeals(campaign_id: int, appeal_ids: Sequence[int]) -> list[Appeal]:
    """Undecided appeals of this campaign, at least one; raises NotFound, Lapsed."""
    found = [load_in(Appeal, appeal_id, campaign_id) for appeal_id in sorted(set(appeal_ids))]
    if not found or any(appeal.state != "open" for appeal in found):
        raise Lapsed
    return found
