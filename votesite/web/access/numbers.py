"""Reading the numbers in addresses."""

from flask import request

from votesite.errors import MalformedRequest, NotFound

MAX_NUMBER = 10**15  # above every number here, and within what databases can compare


def whole_number(name: str, default: int | None = None) -> int:
    """Return a query parameter as a whole number, capped at MAX_NUMBER; raises MalformedRequest."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    if text is None or not (text.isascii() and text.isdigit() and len(text) <= 100):
        raise MalformedRequest
    return min(int(text), MAX_NUMBER)


def candidate_number(text: str) -> int:
    """Return a candidate's number from an address; raises NotFound for any other spelling of it."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 4 and text[0] != "0"):
        raise NotFound
    return int(text)
