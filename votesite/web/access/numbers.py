"""Numbers as addresses write them."""

from __future__ import annotations

from flask import request

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
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 100):
        raise MalformedRequest
    return min(int(text), MAX_NUMBER)


def candidate_number(text: str) -> int:
    """A candidate's number as the address writes it; raises NotFound for any other form."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and text[0] != "0"):
        raise NotFound
    return int(text)
