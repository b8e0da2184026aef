"""The order in which candidates are shown: by number, by strokes, or shuffled.

`strokes.txt` lists the CJK ideographs in stroke order, as the Unicode CLDR's `zh-u-co-stroke`
collation sorts them (Unicode License v3).
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random

from votesite.models.candidates import Candidate

_STROKES = Path(__file__).with_name("strokes.txt")


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
    ranks = _ranks()
    return [ranks.get(char, len(ranks) + ord(char)) for char in name]


@cache
def _ranks() -> dict[str, int]:
    text = _STROKES.read_text(encoding="utf-8").strip()
    return {char: rank for rank, char in enumerate(text)}
