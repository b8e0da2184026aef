"""Telephone numbers as offices write them, each with the address that dials it."""

import re

_BETWEEN = re.compile(r"(\s*[/,;、]\s*)")
_EXTENSION = re.compile(r"\s*[\u8f6c\u8f49x].*")
_AREA = re.compile(r"\(?(0\d{2,3})(?:\)|-|\s)\s*(?=[2-9])")
_WITH_EXTENSION = re.compile(r"(0\d{2,3}-\d{7,8})-\d{1,5}")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
_TRUNK = re.compile(r"(\+\d+\s*)\(0\)")
SHORTEST = 3  # digits of a number, such as 110
WHOLE, REST = 7, 4  # digits of a number, and of the end of one that stands for another

Piece = tuple[str, str]


def pieces(text: str) -> list[Piece]:
    """The text in pieces, each with `tel:` and a number, or with nothing where none is meant.

    A number goes on with the area of the one before it. What is too short for a number of its own,
    as in `8123456/57`, is none, and an extension is not dialled: it is there to be read.
    """
    found: list[Piece] = []
    area, between, is_whole = "", "", False
    for position, part in enumerate(_BETWEEN.split(text)):
        is_between = position % 2 == 1
        between = part if is_between else between
        number = "" if is_between else _number(part)
        is_rest = is_whole and "/" in between and len(number) <= REST
        if len(number) < SHORTEST or is_rest:
            found.append((part, ""))
            continue
        is_whole = len(number) >= WHOLE
        area = known[1] if (known := _AREA.match(part.strip())) else area
        found.append((part, f"tel:{area if _LOCAL.fullmatch(number) else ''}{number}"))
    return [piece for piece in found if piece[0]]


def _number(part: str) -> str:
    """What is dialled of a number with its blanks, brackets, dashes and extension."""
    main = _TRUNK.sub(r"\1", _EXTENSION.sub("", part.strip()))
    if known := _WITH_EXTENSION.fullmatch(main):
        main = known[1]
    return ("+" if main.startswith("+") else "") + re.sub(r"\D", "", main, flags=re.ASCII)
