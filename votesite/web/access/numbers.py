"""Numbers as addresses write them."""

from __future__ import annotations

from flask import request

from votesite.domain.texts import whole
from votesite.errors import (
    MalformedRequest,
    NotFound,
)

MAX_NUMBER = 10**15  # more than anything here is numbered to; databases can still compare it


def whole_number(name: str, default: int | None = None) -> int:
    """A query parameter as whole number, at most MAX_NUMBER; raises MalformedRequest."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    number = None if text is None else whole(text, 100)
    if number is None:
        raise MalformedRequest
    return min(number, MAX_NUMBER)


def candidate_number(text: str) -> int:
    """A candidate's number as the address writes it; raises NotFound for any other form."""
    number = whole(text, 4)
    if number is None or text.startswith("0"):
        raise NotFound
    return number
