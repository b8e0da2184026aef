"""Appeals: the voter of a voided ballot says why it should count; two people may restore it.

After the count a restore changes the result, and what it changes anybody can subtract. So whoever
appeals then says whether the difference may show the ballot.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from votesite.clock import Clock, minute, now, parse_minute
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals, voids
from votesite.domain.decisions.kinds import REVIEWERS
from votesite.domain.ledger import sanctions
from votesite.domain.ledger.acts import act_numbers, acts
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import roles
from votesite.domain.texts import required
from votesite.domain.voting import own
from votesite.errors import (
    Closed,
    Fault,
    Lapsed,
    LimitReached,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, load, load_in, site, writing
from votesite.models.decisions import Decision
from votesite.models.sanctions import Appeal
from votesite.store import Transaction

MAX_TEXT = 500
AFTER_CLOSE = timedelta(days=7)  # so long appeals are taken once the votes are counted,
AFTER_VOID = timedelta(hours=72)  # and against every void at least so long


def appeal(
    campaign_id: int,
    voter: bytes,
    n: int,
    text: str,
    *,
    shown_alone: bool = False,
    clock: Clock = now,
) -> Appeal:
    """Appeal against the void of one's own ballot `n`; once only. `voter` is the site voter.

    `shown_alone` agrees that the difference of two results may show the ballot; whoever has not
    agreed can do so later, as long as the appeal is undecided. Raises NotFound for somebody else's
    ballot, Lapsed for one that counts, Closed after the end, LimitReached for a second appeal,
    InvalidFields for an empty or overlong text.
    """
    if not own.owns(campaign_id, voter, n):
        raise NotFound
    made = of_ballot(campaign_id, n)
    if shown_alone and made is not None and made.state == "open" and not made.shown_alone:
        return _agree(made.id)
    sealed = keys.seal_field(required("text", text, MAX_TEXT), _bound_to(campaign_id, n, "text"))
    with writing() as tx:
        now = clock()
        if not sanctions.is_voided(tx, campaign_id, n):
            raise Lapsed
        if of_ballot(campaign_id, n) is not None:
            raise LimitReached
        end = _until(tx, campaign_id, n)
        if end is not None and now >= end:
            raise Closed
        appeal = Appeal(
            campaign_id=campaign_id,
            n=n,
            text=sealed,
            shown_alone=shown_alone,
            made_at=minute(now),
        )
        db.session.add(appeal)
    return appeal


def until(campaign_id: int, n: int) -> datetime | None:
    """Until when the void of ballot `n` can be appealed; None while that is not known yet.

    It is not known before the votes are counted, and from a ranking on until the list is final.
    """
    with site().store.snapshot() as tx:
        return _until(tx, campaign_id, n)


def of_ballot(campaign_id: int, n: int) -> Appeal | None:
    """The appeal about a ballot, or None."""
    query = select(Appeal).where(Appeal.campaign_id == campaign_id, Appeal.n == n)
    return db.session.scalar(query)


def appeals_of(campaign_id: int) -> list[Appeal]:
    """A campaign's appeals: open ones first, each kind newest first."""
    query = select(Appeal).where(Appeal.campaign_id == campaign_id).order_by(Appeal.id.desc())
    return sorted(db.session.scalars(query), key=lambda appeal: appeal.state != "open")


def waiting(campaign_id: int) -> int:
    """How many appeals are undecided."""
    return sum(appeal.state == "open" for appeal in appeals_of(campaign_id))


def find(campaign_id: int, appeal_id: int) -> Appeal:
    """Return an appeal of this campaign; raises NotFound, for those of others too."""
    return load_in(Appeal, appeal_id, campaign_id)


def text_of(appeal: Appeal) -> str:
    """What the voter wrote."""
    return keys.open_field(appeal.text, _bound_to(appeal.campaign_id, appeal.n, "text"))


def reply_of(appeal: Appeal) -> str:
    """The reply to the voter; empty until there is one."""
    if not appeal.reply:
        return ""
    return keys.open_field(appeal.reply, _bound_to(appeal.campaign_id, appeal.n, "reply"))


def erase_words(appeal: Appeal) -> None:
    """Replace text and reply by nothing and leave the decision; the caller commits."""
    appeal.text = keys.seal_field("", _bound_to(appeal.campaign_id, appeal.n, "text"))
    appeal.reply = b""


def has_voided(appeal: Appeal, by: int) -> bool:
    """Whether this account proposed or confirmed the void."""
    entry = sanctions.void_of(appeal.campaign_id, appeal.n)
    return entry is not None and by in entry["by"]


def may_reject(appeal: Appeal, by: int) -> bool:
    """Whether this account may answer that the ballot stays void.

    Those who proposed or confirmed the void may not, as long as there is a colleague who did
    neither.
    """
    entry = sanctions.void_of(appeal.campaign_id, appeal.n)
    voiders = set(entry["by"]) if entry else set()
    able = roles.holders(appeal.campaign_id, REVIEWERS)
    return by in able and (by not in voiders or able <= voiders)


def reject(appeal_id: int, by: int, reply: str, *, clock: Clock = now) -> None:
    """Leave the ballot void; `reply` tells its voter why.

    Raises NotFound, InvalidFields, Forbidden, SecondPersonNeeded for those who voided it, and
    Lapsed if the appeal is decided or its restore has been proposed.
    """
    appeal = load(Appeal, appeal_id)
    bound_to = _bound_to(appeal.campaign_id, appeal.n, "reply")
    sealed = keys.seal_field(required("reply", reply, MAX_TEXT), bound_to)
    with writing():
        now = clock()
        appeal = load(Appeal, appeal_id)
        roles.require_role(by, appeal.campaign_id, REVIEWERS)
        if appeal.state != "open" or proposal(appeal, now=now) is not None:
            raise Lapsed
        if not may_reject(appeal, by):
            raise SecondPersonNeeded
        appeal.state, appeal.answered_by, appeal.answered_at = "rejected", by, minute(now)
        appeal.reply = sealed
        fields = ["state", "reply"]
        audit.note(by, "reject-appeal", "appeals", appeal.id, fields, appeal.campaign_id, now=now)


def propose_restore(
    appeal_ids: Sequence[int], by: int, why: str, *, clock: Clock = now
) -> Decision:
    """Propose to let the ballots of appeals count again; `why` becomes public.

    Returns the proposal, which waits for a second person. Raises NotFound, also for appeals of
    several campaigns, Lapsed where one of them waits already, and what `proposals.propose` raises.
    """
    listed = sorted(set(appeal_ids))
    first = load(Appeal, listed[0]) if listed else None
    if first is None:
        raise NotFound
    now = clock()
    if any(proposal(load_in(Appeal, one, first.campaign_id), now=now) for one in listed):
        raise Lapsed
    return proposals.propose(first.campaign_id, by, Change("restore", listed), why, clock=clock)


def proposal(appeal: Appeal, *, now: datetime) -> Decision | None:
    """The proposal to restore the ballot that waits for a second person, or None."""
    for decision in proposals.waiting(appeal.campaign_id, now=now):
        if decision.kind == "restore" and appeal.id in decision.payload["restore"]:
            return decision
    return None


def others_open(appeal: Appeal, *, now: datetime) -> list[Appeal]:
    """The other undecided appeals whose ballots could be restored together with this one's."""
    return [
        other
        for other in appeals_of(appeal.campaign_id)
        if other.state == "open" and other.id != appeal.id and not proposal(other, now=now)
    ]


def shown_by_restoring(appeal: Appeal, others: Collection[Appeal] = ()) -> Fault | None:
    """Why the ballot cannot be restored with those others: the result would show it; else None."""
    with site().store.snapshot() as tx:
        of = sorted({appeal.n, *(other.n for other in others)})
        return voids.shown_by_restoring(tx, appeal.campaign_id, of)


def _agree(appeal_id: int) -> Appeal:
    """Let an undecided appeal's ballot be shown by the difference of two results."""
    with writing():
        appeal = load(Appeal, appeal_id)
        if appeal.state != "open":
            raise Lapsed
        appeal.shown_alone = True
    return appeal


def _until(tx: Transaction, campaign_id: int, n: int) -> datetime | None:
    """With a ranking appeals end with the final list, whenever that is."""
    if final := acts(tx, campaign_id, ("final",)):
        return parse_minute(final[0]["t"])
    closed = acts(tx, campaign_id, ("close",))
    if not closed or act_numbers(tx, campaign_id, ("ranking",)):
        return None
    end = parse_minute(closed[0]["t"]) + AFTER_CLOSE
    voided = sanctions.void_in(tx, campaign_id, n)
    return end if voided is None else max(end, parse_minute(voided["t"]) + AFTER_VOID)


def _bound_to(campaign_id: int, n: int, column: str) -> str:
    return f"appeals|{campaign_id}-{n}|{column}"
