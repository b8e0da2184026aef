"""HTTP to WeChat with an end: time-outs, a deadline over everything read, a size, no detours.

requests and wechatpy have none of these. A platform that hangs, trickles or floods must cost a
worker's thread five seconds at most.
"""

import logging
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.util.ssl_ import create_urllib3_context

from votesite.clock import monotonic

CONNECT_SECONDS = 2.0
READ_SECONDS = 3.0
DEADLINE_SECONDS = 5.0
MAX_BYTES = 64 * 1024
POOL = 32


class TooMuch(requests.RequestException):
    """The body is over 64 KB or came too slowly."""


class _ImpatientSocket(socket.socket):
    """A socket that no longer listens when its exchange is over time, however little it drips."""

    ends_at = float("inf")

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_patience(self.ends_at))
        return super().recv_into(*args, **kwargs)


class _ImpatientTLSSocket(ssl.SSLSocket):
    """The same over TLS."""

    ends_at = float("inf")

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_patience(self.ends_at))
        return super().recv_into(*args, **kwargs)


def _patience(ends_at: float) -> float:
    left = ends_at - monotonic()
    if left <= 0:
        raise TimeoutError("over the deadline")
    return min(READ_SECONDS, left)


class _Deadline:
    """Gives the socket of a connection a new deadline with every exchange."""

    sock: Any

    def connect(self) -> None:
        super().connect()  # type: ignore[misc]
        if type(self.sock) is socket.socket:
            patience = self.sock.gettimeout()
            self.sock = _ImpatientSocket(fileno=self.sock.detach())
            self.sock.settimeout(patience)
        self.sock.ends_at = monotonic() + DEADLINE_SECONDS

    def putrequest(self, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:
            self.sock.ends_at = monotonic() + DEADLINE_SECONDS
        super().putrequest(*args, **kwargs)  # type: ignore[misc]


class _Plain(_Deadline, HTTPConnection):
    pass


class _Secure(_Deadline, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Connections with deadlines, for requests."""

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **kwargs: Any
    ) -> None:
        context = create_urllib3_context()
        context.sslsocket_class = _ImpatientTLSSocket
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, ssl_context=context, **kwargs
        )
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


class Transport(requests.Session):
    """A requests session for wechatpy that follows nothing, keeps nothing and always returns."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(pool_maxsize=POOL))

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """One exchange; never log the exceptions of requests: their texts hold the address."""
        kwargs |= {
            "stream": True,
            "allow_redirects": False,
            "timeout": (CONNECT_SECONDS, READ_SECONDS),
        }
        response = super().request(method, url, **kwargs)
        try:
            body = b""
            for chunk in response.iter_content(8192):
                body += chunk
                if len(body) > MAX_BYTES:
                    raise TooMuch
        except BaseException:
            response.close()
            raise
        response._content = body
        return response


def _is_worth_logging(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


# urllib3 writes the whole address of each call, secret and code included, at DEBUG.
logging.getLogger("urllib3.connectionpool").addFilter(_is_worth_logging)
