"""Which names may mean the same body: likely duplicates among nominations and candidates."""

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

MIN_LIKENESS = 0.72
WITHIN = 0.95  # likeness of a name to a longer one that contains it
MIN_WITHIN = 3  # characters of the shorter one


def likeness(name: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; one that contains the other is nearly the same.

    Below MIN_LIKENESS the result may be 0, because an upper bound is tried before the real ratio.
    """
    if not name or not other:
        return 0.0
    if name == other:
        return 1.0
    if min(len(name), len(other)) >= MIN_WITHIN and (name in other or other in name):
        return WITHIN
    matcher = SequenceMatcher(None, name, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= MIN_LIKENESS else 0.0


@dataclass(frozen=True)
class Similar:
    """A candidate or another nomination that may be the same body.

    `is_same` says that the folded names are equal.
    """

    name: str
    candidate: Candidate | None = None
    nomination: Nomination | None = None
    is_same: bool = False


def similar(nomination: Nomination, limit: int = 6) -> list[Similar]:
    """Candidates and undecided nominations with a similar name, the most similar first.

    The candidate that an accepted nomination has become is not similar to it: it is the same.
    """
    others = [
        Similar(row.name, candidate=row)
        for row in candidates_of(nomination.campaign_id)
        if row.id != nomination.candidate_id
    ]
    undecided = select(Nomination).where(
        Nomination.campaign_id == nomination.campaign_id,
        Nomination.id != nomination.id,
        Nomination.status == "pending",
    )
    others += [Similar(row.name, nomination=row) for row in db.session.scalars(undecided)]
    name = fold(nomination.name)
    scored = [(likeness(name, fold(other.name)), other) for other in others]
    alike = sorted(
        (pair for pair in scored if pair[0] >= MIN_LIKENESS), key=lambda pair: pair[0], reverse=True
    )
    return [
        Similar(other.name, other.candidate, other.nomination, is_same=score == 1)
        for score, other in alike[:limit]
    ]


def namesake(nomination: Nomination) -> Candidate | None:
    """The candidate that has a nomination's name already, or None."""
    name = fold(nomination.name)
    present = candidates_of(nomination.campaign_id)
    return next((candidate for candidate in present if fold(candidate.name) == name), None)


def doubles(campaign_id: int, waiting: Sequence[Nomination]) -> frozenset[int]:
    """The ids of those nominations whose name is also that of another or of a candidate."""
    times = Counter(fold(nomination.name) for nomination in waiting)
    times.update(fold(candidate.name) for candidate in candidates_of(campaign_id))
    return frozenset(row.id for row in waiting if times[fold(row.name)] > 1)
