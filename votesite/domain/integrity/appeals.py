"""Appeals: the voter of a voided ballot says why it should count; two people may restore it."""

from sqlalchemy import select

from votesite import clock as times
from votesite.clock import Clock, minute
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals
from votesite.domain.decisions.voids import PROPOSERS
from votesite.domain.ledger import sanctions
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import roles
from votesite.domain.voting import own
from votesite.errors import (
    Fault,
    Forbidden,
    InvalidFields,
    Lapsed,
    LimitReached,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, writing
from votesite.models.decisions import Decision
from votesite.models.integrity import Appeal

MAX_TEXT = 500


def appeal(
    campaign_id: int, voter: bytes, n: int, text: str, *, clock: Clock = times.now
) -> Appeal:
    """Appeal against the void of one's own ballot, once.

    Raises NotFound for another's ballot, Lapsed for one that counts, LimitReached for a second
    time, InvalidFields for an empty or overlong text.
    """
    if not own.owns(campaign_id, voter, n):
        raise NotFound
    sealed = keys.seal_field(_checked(text, "text"), f"appeals|{campaign_id}-{n}|text")
    with writing() as tx:
        now = clock()
        if not sanctions.is_voided(tx, campaign_id, n):
            raise Lapsed
        if of_ballot(campaign_id, n) is not None:
            raise LimitReached
        made = Appeal(campaign_id=campaign_id, n=n, text=sealed, made_at=minute(now))
        db.session.add(made)
    return made


def of_ballot(campaign_id: int, n: int) -> Appeal | None:
    """The appeal about a ballot, or None."""
    query = select(Appeal).where(Appeal.campaign_id == campaign_id, Appeal.n == n)
    return db.session.scalar(query)


def appeals_of(campaign_id: int) -> list[Appeal]:
    """A campaign's appeals, those that wait first, then the newest."""
    query = select(Appeal).where(Appeal.campaign_id == campaign_id).order_by(Appeal.id.desc())
    return sorted(db.session.scalars(query), key=lambda one: one.state != "open")


def waiting(campaign_id: int) -> int:
    """How many appeals nobody has decided."""
    return sum(one.state == "open" for one in appeals_of(campaign_id))


def find(campaign_id: int, appeal_id: int) -> Appeal:
    """An appeal of a campaign; raises NotFound, for those of others too."""
    found = db.session.get(Appeal, appeal_id)
    if found is None or found.campaign_id != campaign_id:
        raise NotFound
    return found


def text_of(found: Appeal) -> str:
    """What the voter wrote."""
    return keys.open_field(found.text, f"appeals|{found.campaign_id}-{found.n}|text")


def reply_of(found: Appeal) -> str:
    """What the voter is answered; empty before."""
    if not found.reply:
        return ""
    return keys.open_field(found.reply, f"appeals|{found.campaign_id}-{found.n}|reply")


def may_reject(found: Appeal, staff_id: int) -> bool:
    """Whether somebody may answer that the ballot stays void.

    Not who has proposed or confirmed that void, while a colleague is there who has not.
    """
    entry = sanctions.void_of(found.campaign_id, found.n)
    voiders = set(entry["by"]) if entry else set()
    able = roles.holders(found.campaign_id, PROPOSERS)
    return staff_id in able and (staff_id not in voiders or able <= voiders)


def reject(appeal_id: int, staff_id: int, reply: str, *, clock: Clock = times.now) -> None:
    """Leave the ballot void, and tell its voter why.

    Raises Forbidden, SecondPersonNeeded for who has voided it, Lapsed, InvalidFields.
    """
    found = _found(appeal_id)
    bound_to = f"appeals|{found.campaign_id}-{found.n}|reply"
    sealed = keys.seal_field(_checked(reply, "reply"), bound_to)
    with writing():
        now = clock()
        found = _found(appeal_id)
        if not roles.has_role(staff_id, found.campaign_id, PROPOSERS):
            raise Forbidden
        if found.state != "open" or proposal(found, clock=lambda: now) is not None:
            raise Lapsed
        if not may_reject(found, staff_id):
            raise SecondPersonNeeded
        found.state, found.answered_by, found.answered_at = "rejected", staff_id, minute(now)
        found.reply = sealed
        audit.note(
            staff_id,
            "reject-appeal",
            "appeals",
            found.id,
            ["state", "reply"],
            found.campaign_id,
            now=now,
        )


def propose_restore(
    appeal_id: int, staff_id: int, why: str, *, clock: Clock = times.now
) -> Decision:
    """Propose to let the ballot count again; `why` becomes public. A second person confirms."""
    found = _found(appeal_id)
    change = Change("restore", appeal_id)
    return proposals.propose(found.campaign_id, staff_id, change, why, clock=clock)


def proposal(found: Appeal, *, clock: Clock = times.now) -> Decision | None:
    """The proposal to restore that waits for a second person, or None."""
    for one in proposals.waiting(found.campaign_id, now=clock()):
        if one.kind == "restore" and one.payload["restore"] == found.id:
            return one
    return None


def _found(appeal_id: int) -> Appeal:
    found = db.session.get(Appeal, appeal_id)
    if found is None:
        raise NotFound
    return found


def _checked(text: str, name: str) -> str:
    said = text.strip()
    if not said:
        raise InvalidFields({name: Fault("missing")})
    if len(said) > MAX_TEXT:
        raise InvalidFields({name: Fault("too-long", max=MAX_TEXT, n=len(said) - MAX_TEXT)})
    return said
