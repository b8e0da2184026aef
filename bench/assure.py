"""`make assure`: every harness in its short setting, one after the other, and what each found.

The figures of docs/assurance.md come from here; exits 1 when a harness found a promise broken.
`python -m bench.assure NAME…` runs some.
"""

import argparse
import subprocess
import sys
import time

HARNESSES = {
    "tamper": ["pytest", "-q", "tests/test_tamper.py"],
    "verify": ["bench.verify_million"],
    "proofs": ["bench.proofs"],
    "faults": ["bench.faults"],
    "crowds": ["bench.crowds", "--per-day", "350"],
    "removals": ["bench.removals"],
    "attack": ["bench.attack"],
    "cost": ["bench.ballot_cost"],
}


def main() -> None:
    """Run what was named, or everything; print a line for each at the end."""
    parser = argparse.ArgumentParser(prog="make assure", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*HARNESSES, []], metavar="NAME")
    names = parser.parse_args().names or list(HARNESSES)
    lines, is_broken = [], False
    for name in names:
        print(f"== {name}: python -m {' '.join(HARNESSES[name])}", flush=True)
        begun = time.monotonic()
        code = subprocess.run([sys.executable, "-m", *HARNESSES[name]], check=False).returncode
        is_broken |= bool(code)
        lines.append(
            f"{name:10}{'kept' if not code else 'BROKEN':8}{time.monotonic() - begun:6.0f} s"
        )
    print("\n" + "\n".join(lines))
    sys.exit(is_broken)


if __name__ == "__main__":
    main()
