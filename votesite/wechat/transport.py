"""HTTP to WeChat with an end: time-outs, a deadline over everything read, a size, no detours.

requests and wechatpy have none of these. A platform that hangs, trickles or floods must cost a
worker's thread five seconds at most.
"""

import logging
import socket
import ssl
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from threading import Condition, Lock
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
MAX_CONNECTIONS = 32
MAX_CALLS = 24  # at a time: of a worker's 32 threads some are left for people who only read
MAX_CALLS_IN_TROUBLE = 4
MAX_FROM_ONE = 16  # of them for one network, so that others always find a place
MAX_FROM_SUSPECT = 2  # of them for a network that has just brought many invented codes
TROUBLE_SECONDS = 10.0
SLOW_SECONDS = 1.0
QUEUE_SECONDS = 0.5


class TooMuch(requests.RequestException):
    """The body is over 64 KB or came too slowly."""


class Crowded(requests.RequestException):
    """Too many calls wait for WeChat already: one more thread must not wait with them."""


class _Places:
    """Limits concurrent calls: many while WeChat answers, few after it did not, until one succeeds.

    Without this a silent WeChat would hold every thread, and nobody could read a page. All fields
    belong to the lock of `_change`.
    """

    def __init__(self) -> None:
        self._change = Condition()
        self._begun: dict[object, float] = {}  # calls under way, and when each began
        self._trouble_until = 0.0  # monotonic seconds, as all times here

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place for one call; raises Crowded instead of waiting long."""
        call = object()
        with self._change:
            self._wait_for_a_place()
            self._begun[call] = monotonic()
        failed = True
        try:
            yield
            failed = False
        finally:
            with self._change:
                del self._begun[call]
                self._trouble_until = monotonic() + TROUBLE_SECONDS if failed else 0.0
                self._change.notify()

    def _wait_for_a_place(self) -> None:
        ends_at = monotonic() + QUEUE_SECONDS
        while True:
            now = monotonic()
            in_trouble = now < self._trouble_until
            if len(self._begun) < (MAX_CALLS_IN_TROUBLE if in_trouble else MAX_CALLS):
                return
            is_slow = now - min(self._begun.values()) > SLOW_SECONDS
            if in_trouble or is_slow or now >= ends_at:
                raise Crowded
            self._change.wait(ends_at - now)


class Shares:
    """Limits the calls that one network causes at a time, so that it cannot take all places."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held = Counter[bytes]()  # under the lock; networks without a call are not in it

    @contextmanager
    def one(self, network: bytes, most: int) -> Iterator[None]:
        """Hold one of a network's `most` calls; raises Crowded if it has them all already."""
        with self._lock:
            if self._held[network] >= most:
                raise Crowded
            self._held[network] += 1
        try:
            yield
        finally:
            with self._lock:
                self._held[network] -= 1
                self._held = +self._held


class _ImpatientSocket(socket.socket):
    """A socket that stops listening when its exchange is over time, however slowly bytes arrive."""

    ends_at = float("inf")

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        self.settimeout(_patience(self.ends_at))
        return super().recv_into(*args, **kwargs)


class _ImpatientTLSSocket(ssl.SSLSocket):
    """Like `_ImpatientSocket`, over TLS."""

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
    """Sets a new deadline on a connection's socket with every exchange."""

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
        self._places = _Places()
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter(pool_maxsize=MAX_CONNECTIONS))

    def request(self, method: str | bytes, url: str | bytes, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        """Make one exchange and return the whole answer.

        Raises requests' exceptions, which must never be logged: their texts hold the address.
        """
        kwargs |= {
            "stream": True,
            "allow_redirects": False,
            "timeout": (CONNECT_SECONDS, READ_SECONDS),
        }
        with self._places.one():
            response = super().request(method, url, **kwargs)
            response._content = _read(response)
        return response


def _read(response: requests.Response) -> bytes:
    body = b""
    try:
        for chunk in response.iter_content(8192):
            body += chunk
            if len(body) > MAX_BYTES:
                raise TooMuch
    except BaseException:
        response.close()
        raise
    return body


def _is_worth_logging(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


# urllib3 writes the whole address of each call, secret and code included, at DEBUG.
logging.getLogger("urllib3.connectionpool").addFilter(_is_worth_logging)
