"""`python -m bench.attack [--long] [NAME…]`: every scanner, or some, on the site and the control.

Exits 1 when a scanner found something on the site, or nothing on the control: then it is blind.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.attack import ffuf, hydra, mutated, schemathesis, slow, sqlmap, target, wapiti
from bench.attack.programs import Missing
from bench.report import Report

SCANNERS: dict[str, Callable[..., Report]] = {
    "mutated": mutated.run,
    "slow": slow.run,
    "ffuf": ffuf.run,
    "hydra": hydra.run,
    "schemathesis": schemathesis.run,
    "wapiti": wapiti.run,
    "sqlmap": sqlmap.run,
}


def main() -> None:
    """Run what was named, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("--long", action="store_true", help="the long settings")
    parser.add_argument("names", nargs="*", choices=[*SCANNERS, []], metavar="NAME")
    options = parser.parse_args()
    is_broken = False
    for name in options.names or SCANNERS:
        report = attacked(name, is_long=options.long)
        print("\n".join(report.lines()), flush=True)
        is_broken |= bool(report.broken)
    sys.exit(is_broken)


def attacked(name: str, *, is_long: bool = False) -> Report:
    """One scanner on a fresh site and a fresh control."""
    with tempfile.TemporaryDirectory(prefix="votesite-attack-") as made:
        folder = Path(made)
        (folder / "scanner").mkdir()
        with target.both(folder) as (site, control):
            try:
                return SCANNERS[name](site, control, folder / "scanner", is_long=is_long)
            except Missing as missing:
                return Report(name, broken=[str(missing)])


if __name__ == "__main__":
    main()
