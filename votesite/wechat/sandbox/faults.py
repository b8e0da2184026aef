"""How WeChat fails: each fault a name on the switch page and a way to answer."""

import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from secrets import token_hex
from typing import Any

from flask import Response, request

LOGIN = "login"
SERVER = "server"
BROWSER = "browser"
SLOW_SECONDS = 4.0
TRICKLE_SECONDS = 9.0
TRICKLE_PAUSE = 0.3
FLOOD = 80 * 1024

MESSAGES = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40013: "invalid appid",
    40014: "invalid access_token",
    40029: "invalid code",
    40030: "invalid refresh_token",
    40125: "invalid appsecret",
    40163: "code been used",
    40164: "invalid ip 203.0.113.9 ipv6 ::ffff:203.0.113.9, not in whitelist",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    41009: "missing openid",
    42001: "access_token expired",
    42003: "code expired",
    43002: "require POST method",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower, retry next minute",
    47001: "data format error",
    48001: "api unauthorized",
}


def answer(value: Any) -> Response:
    """JSON the way WeChat sends it: as plain text."""
    return Response(json.dumps(value, ensure_ascii=False), mimetype="text/plain")


def error(code: int) -> Response:
    """An error the way WeChat sends it: with status 200."""
    rid = f"{token_hex(4)}-{token_hex(4)}-{token_hex(4)}"
    return answer({"errcode": code, "errmsg": f"{MESSAGES[code]}, rid: {rid}"})


def _slow() -> Response:
    time.sleep(SLOW_SECONDS)
    return error(-1)


def _trickle() -> Response:
    """A body that never quite ends, with bytes often enough for a naive time-out."""

    def bytes_now_and_then() -> Iterator[bytes]:
        yield b'{"openid": "'
        for _ in range(int(TRICKLE_SECONDS / TRICKLE_PAUSE)):
            time.sleep(TRICKLE_PAUSE)
            yield b"o"
        yield b'"}'

    return Response(bytes_now_and_then(), mimetype="text/plain")


def _reset() -> Response:
    """Hang up without a word where the server lets us, else a bare 502."""
    connection = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    if connection is not None:
        with suppress(OSError):
            linger = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.shutdown(socket.SHUT_RDWR)
    return Response(status=502)


# Faults of a whole answer: at the exchange of a code (LOGIN) and at the other calls (SERVER).
ANSWERS: dict[str, Callable[[], Response]] = {
    "slow": _slow,
    "trickle": _trickle,
    "html502": lambda: Response("<html><h1>502 Bad Gateway</h1></html>", 502),
    "reset": _reset,
    "busy": lambda: error(-1),
    "no-errmsg": lambda: answer({"errcode": 40029}),
    "not-whitelisted": lambda: error(40164),
    "quota": lambda: error(45009),
    "minute-quota": lambda: error(45011),
    "code-refused": lambda: error(40029),
    "token-refused": lambda: error(40001),
    "html": lambda: Response("<html><p>系统维护中</p></html>"),
    "list": lambda: answer([{"openid": "o"}]),
    "empty": lambda: answer({}),
    "empty-openid": lambda: answer({"openid": "", "access_token": "t", "expires_in": 7200}),
    "flood": lambda: answer({"openid": "o" * FLOOD}),
}

# Faults of the exchange that only change its good answer.
CHANGES: dict[str, dict[str, object]] = {
    "snapshot": {"is_snapshotuser": 1},
    "snapshot-text": {"is_snapshotuser": "1"},
    "snapshot-true": {"is_snapshotuser": True},
    "snapshot-unflagged": {"is_snapshotuser": 0},
}

# What the browser does on the way back.
PRESSES = ("refuse", "two-codes", "twice")

PLACES: dict[str, tuple[str, ...]] = {
    LOGIN: (*ANSWERS, *CHANGES),
    SERVER: tuple(ANSWERS),
    BROWSER: PRESSES,
}
