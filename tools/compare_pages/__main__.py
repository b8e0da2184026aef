"""`python -m tools.compare_pages BASE_CHECKOUT [NEW_CHECKOUT]`: see the package's docstring."""

import argparse
import re
import sys
import tempfile
import time
from pathlib import Path

import tools.compare_pages as package
from tools.compare_pages.report import compare
from tools.compare_pages.sides import CannotCompare, Side, check_port, logins_of
from tools.compare_pages.walk import NothingTaken, NotSignedIn, Script, Walk

PORT = 8765
LEAST = 500  # fewer answers than that are no demo


def main() -> int:
    """Compare, print the report and return the exit code."""
    given = _arguments()
    try:
        if given.work:
            given.work.mkdir(parents=True)
            return _compare(given, given.work.resolve())
        with tempfile.TemporaryDirectory(prefix="compare-pages-") as work:
            return _compare(given, Path(work))
    except (CannotCompare, NotSignedIn, NothingTaken, FileExistsError) as fault:
        sys.stderr.write(f"cannot compare: {type(fault).__name__}: {fault}\n")
        return 2


def _arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parents[2]
    words = package.__doc__ or ""
    parser = argparse.ArgumentParser(
        "compare_pages", description=words, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("base", type=Path, help="checkout from before")
    parser.add_argument("new", type=Path, nargs="?", default=here, help="checkout from after")
    parser.add_argument("--instance", type=Path, help="a demo instance that base has seeded")
    parser.add_argument("--work", type=Path, help="new folder for the copies and the servers' logs")
    parser.add_argument("--port", type=int, default=PORT, help="port of both servers")
    parser.add_argument(
        "--except", dest="accepted", type=re.compile, help="pattern of what may differ"
    )
    parser.add_argument(
        "--without", action="append", default=[], metavar="ATTRIBUTE", help="leave it out of tags"
    )
    return parser.parse_args()


def _compare(given: argparse.Namespace, work: Path) -> int:
    check_port(given.port)
    sides = [
        Side("base", given.base.resolve(), given.port),
        Side("new", given.new.resolve(), given.port),
    ]
    data: Path = given.instance or work / "seeded"
    if given.instance is None:
        sides[0].seed(data)
    walks: list[Walk] = []
    script: Script | None = None
    for side in sides:
        begun = time.monotonic()
        with side.serving(data, work) as site:
            walk = Walk(site, logins_of(data), script)
            walk.go()
        walks.append(walk)
        script = walk.found
        _say(f"{side.name}: {len(walk.answers)} answers in {time.monotonic() - begun:.0f} s")
    if len(walks[0].answers) < LEAST:
        raise CannotCompare(f"base gave only {len(walks[0].answers)} answers")
    report = compare(walks[0], walks[1], given.accepted, given.without)
    for line in report.lines():
        _say(line)
    return 1 if report.differences else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
