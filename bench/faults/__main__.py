"""`python -m bench.faults [--long] [NAME…]`: run the harnesses, print their figures.

Exits 1 when a promise was broken.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.faults import clock, disk, kill, locked, power, wechat_down
from bench.report import Report

HARNESSES: dict[str, Callable[..., Report]] = {
    "kill": kill.run,
    "power": power.run,
    "disk": disk.run,
    "clock": clock.run,
    "wechat_down": wechat_down.run,
    "locked": locked.run,
}


def main() -> None:
    """Run what was named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="the long settings")
    parser.add_argument("--rounds", type=int, help="so many rounds of kill and power")
    parser.add_argument("names", nargs="*", choices=[*HARNESSES, []], metavar="NAME")
    options = parser.parse_args()
    is_broken = False
    for name in options.names or HARNESSES:
        rounds = {"rounds": options.rounds} if name in ("kill", "power") else {}
        with tempfile.TemporaryDirectory(prefix="votesite-faults-") as folder:
            report = HARNESSES[name](is_long=options.long, folder=Path(folder), **rounds)
        print("\n".join(report.lines()), flush=True)
        is_broken |= bool(report.broken)
    sys.exit(is_broken)


if __name__ == "__main__":
    main()
