"""What was changed in a dossier while its names were frozen: public, with the former text."""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlalchemy import select

from votesite.clock import minute
from votesite.domain.schemas import Tree
from votesite.extensions import db
from votesite.models.candidates import Candidate, DossierVersion, Medium

TEXTS = ("level", "slogan", "summary")


@dataclass(frozen=True)
class Shown:
    """What a dossier shows: texts by their part, captions of pictures by token, in order."""

    texts: dict[str, str]
    pictures: dict[str, str]


@dataclass(frozen=True)
class Change:
    """What was changed within one minute."""

    at: str
    parts: list[DossierVersion]


def shown(candidate: Candidate) -> Shown:
    """What a dossier shows now, to be compared after an edit."""
    chapters = {f"dossier.{key}": text for key, text in (candidate.dossier or {}).items()}
    media = [db.session.get(Medium, token) for token in candidate.images]
    return Shown(
        {**{name: getattr(candidate, name) for name in TEXTS}, **chapters},
        {row.token: row.alt for row in media if row},
    )


def keep(candidate: Candidate, before: Shown, now: datetime) -> None:
    """Keep what an edit has changed; call it inside `writing()`.

    Of a picture that was taken down its caption stays: the picture itself may have had to go.
    """
    after = shown(candidate)
    for row in (*_texts(before.texts, after.texts), *_pictures(before.pictures, after.pictures)):
        db.session.add(DossierVersion(candidate_id=candidate.id, at=minute(now), **row))


def changes_of(candidate_id: int) -> list[Change]:
    """The changes of a dossier, the first first."""
    rows = db.session.scalars(
        select(DossierVersion)
        .where(DossierVersion.candidate_id == candidate_id)
        .order_by(DossierVersion.id)
    )
    return [Change(at, list(parts)) for at, parts in groupby(rows, key=lambda row: row.at)]


def changed_at(candidate_id: int, at: str) -> list[DossierVersion]:
    """What was changed in a dossier within one minute."""
    return list(
        db.session.scalars(
            select(DossierVersion)
            .where(DossierVersion.candidate_id == candidate_id, DossierVersion.at == at)
            .order_by(DossierVersion.id)
        )
    )


def _texts(had: dict[str, str], has: dict[str, str]) -> list[Tree]:
    changed = [part for part in {**had, **has} if had.get(part, "") != has.get(part, "")]
    return [_row(part, had.get(part, ""), has.get(part, "")) for part in changed]


def _pictures(had: dict[str, str], has: dict[str, str]) -> list[Tree]:
    down = [_row("picture-down", had[token], "", token) for token in had if token not in has]
    up = [_row("picture-up", "", has[token], token) for token in has if token not in had]
    stayed = [token for token in had if token in has]
    captions = [
        _row("caption", had[token], has[token], token)
        for token in stayed
        if had[token] != has[token]
    ]
    now = [token for token in has if token in had]
    places = [str(list(had).index(token) + 1) for token in now]
    order = [] if now == stayed else [_row("order", "", " ".join(places))]
    return [*down, *up, *captions, *order]


def _row(part: str, former: str, later: str, token: str = "") -> Tree:
    return {"part": part, "former": former, "later": later, "token": token}
