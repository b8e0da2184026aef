"""Serve one checkout with a clock that stands still and randomness that repeats.

Run with the checkout as working directory and in a process of its own: `server.py PORT MOMENT`. Of
the site only `wsgi:app` is imported, so that any state of the repository can be served.
"""

import hashlib
import os
import random
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

DISK = SimpleNamespace(total=200 * 10**9, used=100 * 10**9, free=100 * 10**9)
MOMENT = "HTTP_COMPARE_MOMENT"  # a request may set the clock; it stands still until the next does

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Chance:
    """Random bytes that depend on the request and on how often it was sent before."""

    def __init__(self) -> None:
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sent: Counter[str] = Counter()

    def begin(self, request: str) -> None:
        """Begin the bytes of a request anew, in the thread that answers it."""
        with self._lock:
            self._sent[request] += 1
            count = self._sent[request]
        self._start(f"{request}|{count}")

    def read(self, size: int) -> bytes:
        """The next bytes, in place of `os.urandom`."""
        if not hasattr(self._local, "seed"):
            self._start(threading.current_thread().name)
        drawn = b""
        while len(drawn) < size:
            self._local.drawn += 1
            block = f"{self._local.seed}|{self._local.drawn}".encode()
            drawn += hashlib.sha256(block).digest()
        return drawn[:size]

    def _start(self, seed: str) -> None:
        self._local.seed, self._local.drawn = seed, 0


class Clock:
    """A moment that only changes when it is set."""

    def __init__(self, moment: float) -> None:
        self.moment = moment

    def read(self) -> float:
        """The moment, in place of `time.time`."""
        return self.moment


class Handler(WSGIRequestHandler):
    """Requests without an access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave out the line a request."""


def repeating(app: Application, clock: Clock, chance: Chance) -> Application:
    """The site, each of whose answers depends on nothing but its data and the requests so far."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if moment := environ.pop(MOMENT, ""):
            clock.moment = float(moment)
        request = f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        chance.begin(request)
        random.seed(request)
        return app(environ, start_response)

    return answer


def main(port: int, moment: float) -> None:
    """Replace clock and randomness before the site can take hold of them, then serve it."""
    clock, chance = Clock(moment), Chance()
    time.time = clock.read
    os.urandom = chance.read
    shutil.disk_usage = lambda _path: DISK  # type: ignore[assignment,return-value]
    vars(random)["_urandom"] = chance.read  # what `secrets` draws from
    sys.path[0] = str(Path.cwd())
    from wsgi import app  # noqa: PLC0415 -- not before its clock stands still

    site = repeating(app, clock, chance)
    make_server("127.0.0.1", port, site, threaded=True, request_handler=Handler).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
