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
    """Candidates in a campaign's order; `seed` decides a shuffle (an hour's, or a session's)."""
    found = sorted(candidates, key=lambda candidate: candidate.no)
    if order == "stroke":
        found.sort(key=lambda candidate: stroke_key(candidate.name))
    elif order == "random":
        Random(seed).shuffle(found)  # noqa: S311 -- an order, not a secret
    return found


def stroke_key(name: str) -> list[int]:
    """A name's place in stroke order, character by character; other characters come last."""
    ranks = _ranks()
    return [ranks.get(char, len(ranks) + ord(char)) for char in name]


@cache
def _ranks() -> dict[str, int]:
    text = _STROKES.read_text(encoding="utf-8").strip()
    return {char: rank for rank, char in enumerate(text)}
