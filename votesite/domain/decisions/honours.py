"""What the decisions from expert review to the final list share: when, about what, sealed how."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.domain import keys
from votesite.domain.hearing.concerns import is_concerned
from votesite.domain.ledger.proceedings import Proceedings
from votesite.domain.scoring import inputs
from votesite.errors import Fault, Forbidden, InvalidFields, NotFound
from votesite.extensions import db
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision
from votesite.models.hearing import Objection
from votesite.models.sanctions import Appeal
from votesite.store import Transaction


def seal(parts: Mapping[str, Any], entry_id: str) -> bytes:
    """Return what only those who decide may read of a proposal, sealed with its entry's id."""
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return keys.seal_field(text, _bound_to(entry_id))


def opened(decision: Decision) -> dict[str, Any]:
    """Return what a proposal sealed, for those who may decide it.

    judge {"name","unit","salt","staff"}; data {"table","answers"}; ranking {"table"}; answer
    {"reply"}; {} for the others. Raises Unreadable, KeyMissing.
    """
    if decision.sealed is None:
        return {}
    sealed: dict[str, Any] = json.loads(
        keys.open_field(decision.sealed, _bound_to(decision.entry_id))
    )
    return sealed


def is_same(kind: str, value: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two proposals of a kind are about the same."""
    if kind == "answer":
        return bool(set(value["objections"]) & set(other["objections"]))
    about = {"judge": "judge", "dismiss": "judge", "data": "key", "revoke": "no"}.get(kind)
    return about is None or value[about] == other[about]


def refuse_concerned(campaign_id: int, kind: str, value: Mapping[str, Any], by: int) -> None:
    """Raise Forbidden where somebody would decide about an objection that concerns them."""
    if kind == "answer" and is_concerned(campaign_id, value["objections"], by):
        raise Forbidden


def refuse_impossible(campaign: Campaign, kind: str, now: datetime) -> None:
    """Raise InvalidFields where a campaign is not so far that this could be decided.

    The first of these entries freezes what nominations could still change.
    """
    if not campaign.is_published:
        raise InvalidFields({"kind": Fault("not-published")})
    nomination = campaign.window("nomination")
    if nomination is not None and now < nomination[1]:
        raise InvalidFields({"kind": Fault("nomination-open")})
    if kind in ("judge", "dismiss", "panel") and not campaign.weights["expert"]:
        raise InvalidFields({"kind": Fault("no-experts")})


def refuse_unscored(
    tx: Transaction,
    campaign_id: int,
    state: Proceedings,
    *,
    without: int | None = None,
    is_closing: bool = False,
) -> None:
    """Raise InvalidFields where a score would be missing for good and none may be.

    `without` is a judge about to be dismissed, `is_closing` whether the panel is about to close.
    """
    if state.award["missing"] != "refuse" or not (is_closing or state.panel is not None):
        return
    missing = inputs.unscored(tx, campaign_id, without=without)
    if missing:
        raise InvalidFields({"kind": Fault("unscored", numbers=_numbers(missing))})


def objections_numbered(campaign_id: int, of: Sequence[int]) -> list[Objection]:
    """Return the objections of these entries, ascending; raises NotFound where one is missing."""
    query = select(Objection).where(Objection.campaign_id == campaign_id, Objection.n.in_(of))
    rows = list(db.session.scalars(query.order_by(Objection.n)))
    if len(rows) != len(of):
        raise NotFound
    return rows


def _numbers(numbers: Iterable[int]) -> str:
    return "、".join(str(no) for no in numbers)


def _bound_to(entry_id: str) -> str:
    return f"decisions|{entry_id}|sealed"


def has_open_appeals(campaign_id: int) -> bool:
    """Whether a voter's appeal is undecided: it could still change the votes."""
    query = select(Appeal.id).where(Appeal.campaign_id == campaign_id, Appeal.state == "open")
    return db.session.scalar(query.limit(1)) is not None
