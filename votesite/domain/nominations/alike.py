"""When two names mean the same body: likely duplicates among nominations and candidates."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy import select

from votesite.domain.candidates.listing import candidates_of
from votesite.domain.texts import fold
from votesite.extensions import db
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination

ALIKE = 0.72


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; a name within another counts as nearly the same."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one in other or other in one):
        return 0.95
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0.0


@dataclass(frozen=True)
class Similar:
    """A candidate or another nomination that may be the same body."""

    name: str
    candidate: Candidate | None = None
    nomination: Nomination | None = None
    is_same: bool = False


def similar(nomination: Nomination, limit: int = 6) -> list[Similar]:
    """Candidates and undecided or accepted nominations with a name alike, the most alike first."""
    found = [Similar(row.name, candidate=row) for row in candidates_of(nomination.campaign_id)]
    others = select(Nomination).where(
        Nomination.campaign_id == nomination.campaign_id,
        Nomination.id != nomination.id,
        Nomination.status == "pending",
    )
    found += [Similar(row.name, nomination=row) for row in db.session.scalars(others)]
    name = fold(nomination.name)
    scored = [(likeness(name, fold(one.name)), one) for one in found]
    alike = sorted(
        (pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: pair[0], reverse=True
    )
    return [
        Similar(one.name, one.candidate, one.nomination, is_same=score == 1)
        for score, one in alike[:limit]
    ]


def doubles(campaign_id: int, waiting: Sequence[Nomination]) -> frozenset[int]:
    """Which of these nominations name the same body as another of them or as a candidate."""
    times = Counter(fold(nomination.name) for nomination in waiting)
    times.update(fold(candidate.name) for candidate in candidates_of(campaign_id))
    return frozenset(found.id for found in waiting if times[fold(found.name)] > 1)
