"""What proof, secrecy and signals take of a ballot's time: timers around them, inside the site.

`python -m bench.ballot_cost [--ballots N] [--threads N]` posts ballots of distinct voters to the
site's own WSGI application, from several threads, so that they share transactions as under
gunicorn, and prints the processor time of each part in microseconds a ballot and as share of all
that the process spent. The server's own work (parsing HTTP) is not in it, which makes shares
larger, not smaller. `make bench` runs it last. Exits 1 above 15 per cent.
"""

import argparse
import io
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlencode

from tests.support.factories import make_campaign
from tests.support.site import BASE_URL, make_app
from tests.support.voters import Voter, ballot_fields, voter_session
from votesite import clock
from votesite.domain.integrity import regions, traces
from votesite.domain.ledger import entries, merkle
from votesite.domain.ledger.counts import Counts
from votesite.domain.ledger.log import Log
from votesite.domain.voting import checks, recording
from votesite.store import Statement, Transaction

SLUG = "cost-2026"
CANDIDATES, PICKS = 30, 10
MOST = 15.0  # per cent
PARTS: dict[str, list[tuple[Any, tuple[str, ...]]]] = {
    "leaf": [(merkle, ("leaf_hash",)), (recording, ("commitment",))],
    "tiles": [(merkle.Frontier, ("__init__", "append", "packed"))],
    "sealing": [(Log, ("seal_choices",)), (Counts, ("__init__", "add", "sealed"))],
    "signals": [
        (traces, ("source_of", "agent_of")),
        (regions, ("is_outside",)),
        (checks, ("require",)),
    ],
}
STATEMENTS: dict[str, Statement] = {"tiles": entries.ADD_NODE, "signals": recording.ADD_TRACE}


class Timers:
    """Processor seconds by part, of all threads together."""

    def __init__(self) -> None:
        self.spent = Counter[str]()
        self.calls = Counter[str]()
        self._lock = threading.Lock()

    def around(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                self._add(part, function.__qualname__, time.thread_time() - begun)

        return timed

    def around_statements(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """`Transaction.run`, timed for the statements of a part."""
        parts = {id(statement): part for part, statement in STATEMENTS.items()}

        def timed(self_: Any, statement: Statement, values: Any = None) -> Any:
            part = parts.get(id(statement))
            if part is None:
                return run(self_, statement, values)
            return self.around(part, run)(self_, statement, values)

        return timed

    def unused(self) -> set[str]:
        """Returns the timed functions that nothing called: the site has moved on."""
        names = {getattr(owner, name).__qualname__ for owner, name in timed_functions()}
        return names - set(self.calls)

    def _add(self, part: str, name: str, seconds: float) -> None:
        with self._lock:
            self.spent[part] += seconds
            self.calls[name] += 1


def timed_functions() -> Iterator[tuple[Any, str]]:
    """Yields owner and name of each function that a part is made of."""
    for owners in PARTS.values():
        for owner, names in owners:
            for name in names:
                yield owner, name


@contextmanager
def timers() -> Iterator[Timers]:
    """Timers around every part while the block runs; nothing is replaced."""
    made = Timers()
    patches = [
        patch.object(owner, name, made.around(part, getattr(owner, name)))
        for part, owners in PARTS.items()
        for owner, names in owners
        for name in names
    ]
    patches.append(patch.object(Transaction, "run", made.around_statements(Transaction.run)))
    for one in patches:
        one.start()
    try:
        yield made
    finally:
        for one in patches:
            one.stop()


def environ(voter: Voter, number: int) -> dict[str, Any]:
    """A ballot as a WSGI server hands it over."""
    picks = sorted(1 + (number + step) % CANDIDATES for step in range(PICKS))
    body = urlencode(ballot_fields(voter, picks)).encode()
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"/c/{SLUG}/ballot",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": f"10.{number % 250}.{number // 250 % 250}.7",
        "HTTP_HOST": BASE_URL.removeprefix("http://"),
        "HTTP_ORIGIN": BASE_URL,
        "HTTP_ACCEPT": "application/json",
        "HTTP_COOKIE": voter.cookie,
        "HTTP_USER_AGENT": f"Mozilla/5.0 MicroMessenger/8.0.{number % 300}",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def post_all(app: Any, environs: list[dict[str, Any]], number: int) -> Counter[str]:
    """Post them from so many threads; how often each status came."""
    found = Counter[str]()
    waiting = iter(environs)
    lock = threading.Lock()

    def start(status: str, _headers: Any, _fault: Any = None) -> None:
        with lock:
            found[status[:3]] += 1

    def work() -> None:
        while True:
            with lock:
                one = next(waiting, None)
            if one is None:
                return
            b"".join(app.wsgi_app(one, start))

    threads = [threading.Thread(target=work) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def measure(ballots: int, threads: int) -> tuple[dict[str, float], float]:
    """Microseconds a ballot by part, and in all."""
    wide = {"LIMIT_BALLOT_VOTER": "100000/minute", "LIMIT_BALLOT_ADDRESS": "100000000/minute"}
    with tempfile.TemporaryDirectory(prefix="votesite-cost-") as folder:
        app = make_app(Path(folder), **wide)
        with app.app_context():
            now = clock.now()
            span = {"opens": now - timedelta(hours=1), "closes": now + timedelta(days=2)}
            make_campaign(slug=SLUG, candidates=CANDIDATES, picks=[PICKS, PICKS], **span)
            voters = [voter_session(app, f"cost-{number}") for number in range(ballots + 200)]
            environs = [environ(voter, number) for number, voter in enumerate(voters)]
        post_all(app, environs[:200], threads)  # keys, statements and books come into memory
        with timers() as found:
            begun = time.process_time()
            statuses = post_all(app, environs[200:], threads)
            spent = time.process_time() - begun
        if statuses != Counter({"201": ballots}):
            raise SystemExit(f"not every ballot was recorded: {dict(statuses)}")
        if found.unused():
            raise SystemExit(f"no ballot calls {sorted(found.unused())}: mend PARTS")
        scale = 1e6 / ballots
        return {part: found.spent[part] * scale for part in PARTS}, spent * scale


def main(arguments: list[str] | None = None) -> None:
    """Print the table; exit 1 where the parts take more than they may."""
    parser = argparse.ArgumentParser(prog="python -m bench.ballot_cost", description=__doc__)
    parser.add_argument("--ballots", type=int, default=5000)
    parser.add_argument("--threads", type=int, default=32)
    options = parser.parse_args(arguments)
    parts, whole = measure(options.ballots, options.threads)
    print(f"{'part of a ballot':20}{'µs':>8}{'share':>9}")
    for part, spent in parts.items():
        print(f"{part:20}{spent:8.1f}{100 * spent / whole:8.1f}%")
    together = sum(parts.values())
    print(f"{'together':20}{together:8.1f}{100 * together / whole:8.1f}%  (at most {MOST:.0f} %)")
    print(f"{'whole ballot':20}{whole:8.1f}")
    sys.exit(100 * together / whole > MOST)


if __name__ == "__main__":
    main()
