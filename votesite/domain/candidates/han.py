"""Chinese characters: their order by strokes, their simplified and traditional forms, their sounds.

`han.txt` is made from Unicode's data by `tools/han.py`.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("han.txt")


def stroke_rank(char: str) -> int:
    """The place of a character in stroke order, counted from 1; others come after all of them."""
    ranks = _ranks()
    point = ord(char)
    return (ranks[point] if point < len(ranks) else 0) or len(ranks) + point


def simplified(text: str) -> str:
    """A text in simplified characters."""
    return text.translate(_forms()[0])


def forms_of(chars: Iterable[str]) -> str:
    """Every traditional form of some simplified characters, each before its simplified one."""
    known = _forms()[1]
    return "".join(older + char for char in sorted(set(chars)) for older in known.get(char, ""))


def sound(char: str) -> str:
    """The first reading of a character in Mandarin, without its tone; others sound as they are."""
    names, places = _sounds()
    point = ord(char)
    place = places[point] if point < len(places) else 0
    return names[place] if place else char


@cache
def _ranks() -> array[int]:
    """Ranks by code point: 100,000 of them would be a large dictionary."""
    (order,) = _section("strokes")
    ranks = array("I", bytes(array("I").itemsize * (max(map(ord, order)) + 1)))
    for rank, char in enumerate(order, start=1):
        ranks[ord(char)] = ranks[ord(char)] or rank
    return ranks


@cache
def _forms() -> tuple[dict[int, str], dict[str, str]]:
    """The simplified form by the traditional one's code point, and all of these by the former."""
    (pairs,) = _section("forms")
    to_simple: dict[int, str] = {}
    to_traditional: dict[str, str] = {}
    for older, newer in zip(pairs[::2], pairs[1::2], strict=True):
        to_simple[ord(older)] = newer
        to_traditional[newer] = to_traditional.get(newer, "") + older
    return to_simple, to_traditional


@cache
def _sounds() -> tuple[list[str], array[int]]:
    """The syllables, and of each code point which one it has."""
    lines = [line.split(" ") for line in _section("sounds")]
    points = [ord(char) for _name, chars in lines for char in chars]
    places = array("H", bytes(2 * (max(points) + 1)))
    for place, (_name, chars) in enumerate(lines, start=1):
        for char in chars:
            places[ord(char)] = place
    return ["", *(name for name, _chars in lines)], places


def _section(name: str) -> list[str]:
    """The lines of a part of the data."""
    text = _DATA.read_text(encoding="utf-8")
    return text.partition(f"\n[{name}]\n")[2].partition("\n[")[0].rstrip("\n").split("\n")
