"""What WeChat answers: JSON under any content type, errors under status 200."""

import json
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from votesite.errors import WeChatUnavailable
from votesite.wechat.transport import Transport

HTTP_OK = 200
BUSY = -1


class ErrorReply(Exception):
    """WeChat answered with an error code. Its message is dropped: it may repeat what we sent."""

    def __init__(self, code: int) -> None:
        super().__init__(f"errcode {code}")
        self.code = code


def ask(transport: Transport, method: str, url: str, **kwargs: Any) -> dict[str, object]:
    """Returns the object that a call is answered with, at the second try if WeChat is busy.

    Raises ErrorReply for an error code, WeChatUnavailable for any other answer or none.
    """
    try:
        return _ask(transport, method, url, **kwargs)
    except ErrorReply as reply:
        if reply.code != BUSY:
            raise
    return _ask(transport, method, url, **kwargs)


def _ask(transport: Transport, method: str, url: str, **kwargs: Any) -> dict[str, object]:
    body = None
    try:
        response = transport.request(method, url, **kwargs)
        if response.status_code == HTTP_OK:
            body = response.content
    except (requests.RequestException, HTTPError, OSError, ValueError):
        pass  # raised below, outside of this block: the cause's text holds the address
    reply = None if body is None else _object(body)
    if reply is None:
        raise WeChatUnavailable
    code = whole(reply.get("errcode", 0))
    if code is None:
        raise WeChatUnavailable
    if code:
        raise ErrorReply(code)
    return reply


def _object(body: bytes) -> dict[str, object] | None:
    try:
        reply = json.loads(body.decode("utf-8-sig"), strict=False)
    except (ValueError, RecursionError):
        return None
    return reply if isinstance(reply, dict) else None


def whole(value: object) -> int | None:
    """Returns a number as WeChat writes it, sometimes in quotes; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        return int(value[:20])
    return value if isinstance(value, int) else None


def text(value: object, max_length: int) -> str | None:
    """Returns a word of printable ASCII, as identifiers and tokens are; None for anything else."""
    if not isinstance(value, str) or not 0 < len(value) <= max_length:
        return None
    return value if value.isascii() and value.isprintable() else None
