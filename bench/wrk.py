"""One run of wrk, bounded, on loopback."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 64
REPLAY = Path(__file__).with_name("replay.lua")
PERCENTILE = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s) *$", re.MULTILINE)
MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Run:
    """What wrk counted."""

    requests: int
    per_second: float
    p50: float
    p99: float
    faults: int


def find() -> str:
    """The program, or the end with a word on how to get it."""
    found = shutil.which("wrk")
    if found is None:
        raise SystemExit("The benchmark needs wrk: apt-get install wrk")
    return found


def run(
    url: str,
    seconds: int,
    *,
    connections: int = CONNECTIONS,
    replay: tuple[Path, int] | None = None,
) -> Run:
    """Ask `url` for some seconds; with `replay` send the file's requests from an offset on.

    One thread only: two would replay the same requests.
    """
    command = [find(), "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "--latency"]
    environment = dict(os.environ)
    if replay:
        command += ["-s", str(REPLAY)]
        environment |= {"REQUESTS": str(replay[0]), "OFFSET": str(replay[1])}
    answer = subprocess.run(
        [*command, url], env=environment, capture_output=True, text=True, check=True
    )
    return _read(answer.stdout)


def _read(report: str) -> Run:
    counted = re.search(r"(\d+) requests in ([\d.]+)(m?s)", report)
    if counted is None:
        raise SystemExit(f"wrk said something unexpected:\n{report}")
    requests = int(counted[1])
    seconds = float(counted[2]) * MILLISECONDS[counted[3]] / 1000
    latency = {
        percent: float(figure) * MILLISECONDS[unit]
        for percent, figure, unit in PERCENTILE.findall(report)
    }
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", report)
    errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", report
    )
    faults = (int(refused[1]) if refused else 0) + sum(map(int, errors.groups()) if errors else ())
    return Run(requests, requests / seconds, latency.get("50", 0), latency.get("99", 0), faults)
