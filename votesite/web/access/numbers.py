"""Reading the numbers in addresses."""

from flask import request

from votesite.domain.texts import whole
from votesite.errors import MalformedRequest, NotFound

MAX_NUMBER = 10**15  # above every number here, and within what databases can compare


def whole_number(name: str, default: int | None = None) -> int:
    """Return a query parameter as a whole number, capped at MAX_NUMBER; raises MalformedRequest."""
    text = request.args.get(name)
    if text is None and default is not None:
        return default
    number = None if text is None else whole(text, 100)
    if number is None:
        raise MalformedRequest
    return min(number, MAX_NUMBER)


def candidate_number(text: str) -> int:
    """Return a candidate's number from an address; raises NotFound for any other spelling of it."""
    number = whole(text, 4)
    if number is None or text.startswith("0"):
        raise NotFound
    return number
