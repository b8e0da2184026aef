"""Interleaved rounds: each runs every case once, so that a noisy minute falls on all alike.

H is the bare Flask app under gunicorn with the site's own settings; only ratios within one round
compare, and the table has their medians: a worker that happened to take most of the connections
halves a run. Ballots are real: signed sessions of different voters, CSRF, brakes, durable commits.
After the rounds every ballot that was answered is looked for in the ledger.
"""

import argparse
import resource
import statistics
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench import ballot_cost, ranking, wrk
from bench.wrk import Run
from tests.support.factories import make_campaign
from tests.support.live import free_port
from tests.support.servers import running, served_settings, serving
from tests.support.voters import ballot_fields, get_json, voter_session
from votesite import clock

SLUG = "bench-2026"
CANDIDATES, PICKS = 30, 10
OPEN = {"LIMIT_BALLOT_VOTER": "100000/minute", "LIMIT_BALLOT_ADDRESS": "100000000/minute"}


class Ballots:
    """Prepared ballots of distinct voters, each sent at most once."""

    def __init__(self, server: Any, folder: Path, number: int) -> None:
        self.file = folder / "ballots"
        self.url = server.url
        self.used = 0
        self.answered = 0
        self.number = number
        with self.file.open("wb") as output:
            for n in range(number):
                output.write(self._request(voter_session(server.app, f"bench-{n}"), n) + b"\0")

    def send(self, seconds: int, connections: int) -> Run:
        """One run; its requests are not used again."""
        run = wrk.run(self.url, seconds, connections=connections, replay=(self.file, self.used))
        self.used += run.requests + 2 * connections
        self.answered += run.requests - run.faults
        return run

    def _request(self, voter: Any, n: int) -> bytes:
        picks = sorted(1 + (n + step) % CANDIDATES for step in range(PICKS))
        body = urlencode(ballot_fields(voter, picks))
        host = self.url.removeprefix("http://")
        return (
            f"POST /c/{SLUG}/ballot HTTP/1.1\r\nHost: {host}\r\nOrigin: {self.url}\r\n"
            f"Accept: application/json\r\nCookie: {voter.cookie}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def main() -> None:
    """Run the rounds and print the table."""
    options = _options()
    _allow_many_files()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="votesite-bench-")))
        (folder / "site").mkdir()
        (folder / "hello").mkdir()
        server = stack.enter_context(serving(folder / "site", **OPEN))
        bare = served_settings(folder / "hello", free_port())
        stack.enter_context(running(bare, entry="bench.hello:app"))
        stack.enter_context(server.app.app_context())
        now = clock.now()
        make_campaign(
            slug=SLUG,
            candidates=CANDIDATES,
            picks=[PICKS, PICKS],
            opens=now - timedelta(hours=1),
            closes=now + timedelta(days=2),
        )
        print(f"preparing {options.ballots} voters ...", flush=True)
        ballots = Ballots(server, folder, options.ballots)
        cases: dict[str, Callable[[], Run]] = {
            "bare Flask app (H)": lambda: wrk.run(bare["PUBLIC_BASE_URL"], options.seconds),
            "campaign page": lambda: wrk.run(f"{server.url}/c/{SLUG}/", options.seconds),
            "results.json": lambda: wrk.run(f"{server.url}/c/{SLUG}/results.json", options.seconds),
            "ballot POST": lambda: ballots.send(options.seconds, wrk.CONNECTIONS),
        }
        for path in ("", "results.json"):  # both workers make each page once, uncounted
            wrk.run(f"{server.url}/c/{SLUG}/{path}", 1, connections=4)
        _print_table(_rounds(cases, options.rounds))
        burst = ballots.send(options.seconds, options.burst)
        print(
            f"burst of {options.burst} connections: {burst.per_second:,.0f} ballots/s,"
            f" p50 {burst.p50:,.0f} ms, p99 {burst.p99:,.0f} ms, {burst.faults} faults"
        )
        counted = get_json(server.url, f"/c/{SLUG}/results.json")["ballots"]
        print(f"{ballots.answered:,} ballots were answered, {counted:,} are in the ledger")
        if counted < ballots.answered:
            raise SystemExit("ballots that were answered are missing")
    print()
    ballot_cost.main([])
    print()
    ranking.main([])


def _rounds(cases: dict[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    runs: dict[str, list[Run]] = {name: [] for name in cases}
    for number in range(rounds):
        for name, measure in cases.items():
            runs[name].append(measure())
            last = runs[name][-1]
            print(f"round {number + 1}  {name:20} {last.per_second:10,.0f}/s", flush=True)
    return runs


def _print_table(runs: dict[str, list[Run]]) -> None:
    yardstick = next(iter(runs.values()))
    print(f"\n{'case':22}{'median/s':>10}{'x H':>7}{'p50 ms':>9}{'p99 ms':>9}{'faults':>8}")
    for name, found in runs.items():
        rate = statistics.median(run.per_second for run in found)
        pairs = zip(found, yardstick, strict=True)
        ratio = statistics.median(run.per_second / h.per_second for run, h in pairs)
        p50 = statistics.median(run.p50 for run in found)
        p99 = statistics.median(run.p99 for run in found)
        faults = sum(run.faults for run in found)
        print(f"{name:22}{rate:10,.0f}{ratio:7.2f}{p50:9.1f}{p99:9.1f}{faults:8}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--ballots", type=int, default=40_000)
    parser.add_argument("--burst", type=int, default=2000)
    wrk.find()
    return parser.parse_args()


def _allow_many_files() -> None:
    """A burst of 2,000 connections is as many files."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))


if __name__ == "__main__":
    main()
