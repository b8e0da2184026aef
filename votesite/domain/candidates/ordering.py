"""The order in which candidates are shown: by number, by strokes, or shuffled."""

from collections.abc import Iterable
from random import Random

from votesite.domain.candidates.han import stroke_rank
from votesite.models.candidates import Candidate


def ordered(candidates: Iterable[Candidate], order: str, seed: str) -> list[Candidate]:
    """Return candidates in a campaign's order: number, stroke or random.

    `seed` decides a random order, so that it stays the same for an hour or a session.
    """
    by_number = sorted(candidates, key=lambda candidate: candidate.no)
    if order == "stroke":
        by_number.sort(key=lambda candidate: stroke_key(candidate.name))
    elif order == "random":
        Random(seed).shuffle(by_number)  # noqa: S311 -- an order, not a secret
    return by_number


def stroke_key(name: str) -> list[int]:
    """Return a sort key: each character's rank in stroke order; others come after all of them."""
    return [stroke_rank(char) for char in name]
