"""Who of the staff is concerned by an objection: they neither read it nor decide about it."""

from collections.abc import Collection

from sqlalchemy import exists, select

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.staff.roles import holders, require_role
from votesite.domain.texts import required
from votesite.errors import Fault, Forbidden, InvalidFields
from votesite.extensions import db, load_in, writing
from votesite.models.hearing import Concern, Objection

READERS = frozenset({"owner", "editor", "reviewer", "supervisor"})
MAX_WHY = 500


def is_concerned(campaign_id: int, numbers: Collection[int], staff_id: int) -> bool:
    """Whether somebody is concerned by one of the objections with these entries."""
    query = select(
        exists().where(
            Concern.objection_id == Objection.id,
            Concern.staff_id == staff_id,
            Objection.campaign_id == campaign_id,
            Objection.n.in_(numbers),
        )
    )
    return bool(db.session.scalar(query))


def of_objection(objection_id: int) -> list[Concern]:
    """Who is concerned by an objection, by their number."""
    query = select(Concern).where(Concern.objection_id == objection_id)
    return list(db.session.scalars(query.order_by(Concern.staff_id)))


def refuse_concerned(objection: Objection, by: int) -> None:
    """Raise Forbidden for somebody whom an objection concerns."""
    if db.session.get(Concern, (objection.id, by)) is not None:
        raise Forbidden


def note(
    campaign_id: int, objection_id: int, staff_id: int, why: str, *, by: int, clock: Clock = now
) -> None:
    """Note that somebody who decides in this campaign is concerned: oneself or a colleague.

    Raises NotFound, Forbidden, InvalidFields.
    """
    reason = required("why", why, MAX_WHY)
    with writing():
        now = clock()
        require_role(by, campaign_id, READERS)
        objection = load_in(Objection, objection_id, campaign_id)
        if staff_id not in holders(campaign_id, READERS):
            raise InvalidFields({"colleague": Fault("unknown-choice")})
        if db.session.get(Concern, (objection.id, staff_id)) is None:
            row = Concern(
                objection_id=objection.id,
                staff_id=staff_id,
                why=reason,
                noted_by=by,
                noted_at=minute(now),
            )
            db.session.add(row)
            fields = ("staff_id", "why")
            audit.note(by, "note-concern", "objections", objection.id, fields, campaign_id, now=now)


def drop(
    campaign_id: int, objection_id: int, staff_id: int, *, by: int, clock: Clock = now
) -> None:
    """Take back that somebody is concerned: by a colleague, never by themselves.

    Raises NotFound, Forbidden.
    """
    with writing():
        now = clock()
        require_role(by, campaign_id, READERS)
        objection = load_in(Objection, objection_id, campaign_id)
        refuse_concerned(objection, by)
        row = db.session.get(Concern, (objection.id, staff_id))
        if row is not None:
            db.session.delete(row)
            audit.note(
                by,
                "drop-concern",
                "objections",
                objection.id,
                ("staff_id",),
                campaign_id,
                now=now,
            )
