"""Hearing the body concerned: staff ask it about an objection, and it replies behind its own link.

It reads the question alone: neither the objection nor who made it.
"""

from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, keys
from votesite.domain.candidates import listing
from votesite.domain.hearing import answering, concerns, links
from votesite.domain.hearing.answering import HANDLERS
from votesite.domain.staff.roles import require_role
from votesite.domain.texts import length_fault, required, tidy
from votesite.errors import Fault, InvalidFields, InvalidObjection, Lapsed, NotFound
from votesite.extensions import db, load, writing
from votesite.models.hearing import Hearing, Objection

MAX_QUESTION = 2000
MAX_REPLY = 4000


class Heard(NamedTuple):
    """A hearing, opened: what candidate `no` was asked and said, "" while it has not."""

    row: Hearing
    question: str
    reply: str


def ask(
    campaign_id: int,
    objection_id: int,
    no: int | None,
    question: str,
    *,
    by: int,
    clock: Clock = now,
) -> None:
    """Ask a candidate about an objection. Raises NotFound, Forbidden, InvalidFields, Lapsed."""
    said = required("question", question, MAX_QUESTION)
    with writing():
        now = clock()
        require_role(by, campaign_id, HANDLERS)
        objection = answering.find(campaign_id, objection_id)
        concerns.refuse_concerned(objection, by)
        if not answering.is_owed(objection):
            raise Lapsed
        if no is None or listing.candidate_numbered(campaign_id, no) is None:
            raise InvalidFields({"candidate": Fault("unknown-choice")})
        row = Hearing(
            objection_id=objection.id, no=no, question=b"", asked_by=by, asked_at=minute(now)
        )
        db.session.add(row)
        db.session.flush()
        row.question = keys.seal_field(said, _bound_to(row, "question"))
        audit.note(by, "ask-body", "hearings", row.id, ("question",), campaign_id, now=now)


def of_objection(objection_id: int) -> list[Heard]:
    """What was asked about an objection, oldest first."""
    query = select(Hearing).where(Hearing.objection_id == objection_id)
    return [_opened(row) for row in db.session.scalars(query.order_by(Hearing.id))]


def of_candidate(campaign_id: int, no: int) -> list[Heard]:
    """What a candidate was asked, oldest first; nothing that `purge` has destroyed."""
    rows = db.session.scalars(
        select(Hearing)
        .join(Objection, Objection.id == Hearing.objection_id)
        .where(Objection.campaign_id == campaign_id, Hearing.no == no)
        .order_by(Hearing.id)
    )
    return [_opened(row) for row in rows if row.question]


def is_owed(row: Hearing) -> bool:
    """Whether a reply is still wanted: none was given, and the objection is unanswered."""
    return row.reply is None and answering.is_owed(load(Objection, row.objection_id))


def reply(token: str, hearing_id: int, text: str, *, clock: Clock = now) -> None:
    """Reply to a question behind a link; once, as long as the objection is unanswered.

    Raises NotFound, InvalidObjection, Lapsed.
    """
    said = tidy(text)
    if fault := length_fault(said, MAX_REPLY, least=1):
        raise InvalidObjection({"reply": fault})
    with writing():
        now = clock()
        link = links.find(token, now=now)
        row = load(Hearing, hearing_id)
        objection = load(Objection, row.objection_id)
        if (objection.campaign_id, row.no) != (link.campaign_id, link.no):
            raise NotFound
        if row.reply is not None or not answering.is_owed(objection):
            raise Lapsed
        row.reply = keys.seal_field(said, _bound_to(row, "reply"))
        row.replied_at = minute(now)
        fields = ("reply",)
        audit.note(None, "reply-body", "hearings", row.id, fields, objection.campaign_id, now=now)


def _opened(row: Hearing) -> Heard:
    return Heard(row, _open(row, "question", row.question), _open(row, "reply", row.reply))


def _open(row: Hearing, column: str, sealed: bytes | None) -> str:
    return keys.open_field(sealed, _bound_to(row, column)) if sealed else ""


def _bound_to(row: Hearing, column: str) -> str:
    return f"hearings|{row.id}|{column}"
