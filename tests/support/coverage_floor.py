"""How much of the code the tests must reach: `python -m tests.support.coverage_floor`.

Lines and branches together, from the data that `pytest --cov` left in `.coverage`. What runs in
servers of its own (gunicorn, a command in a process) is not counted: the floors are for the tests
that work in their own process.
"""

import io
import sys

from coverage import Coverage
from coverage.exceptions import NoDataError

# Raise a floor when the tests reach more; lowering one takes a reason in the commit.
FLOORS = {
    "votesite/domain/*": 96.5,
    "votesite/models/*": 98.5,
    "votesite/web/*": 95.5,
    "votesite/wechat/*": 95.0,
    "votesite/*": 95.0,
}


def reached() -> dict[str, float]:
    """The percentage of each part, from the data of the last run."""
    measured = Coverage()
    measured.load()
    return {part: measured.report(include=part, file=io.StringIO()) for part in FLOORS}


def main() -> int:
    """Print each part's percentage; the exit code is 1 if one lies under its floor.

    So it is where nothing was measured.
    """
    below = False
    try:
        percentages = reached()
    except NoDataError:
        sys.stdout.write("Nothing was measured yet: run `make cover`.\n")
        return 1
    for part, percentage in percentages.items():
        is_below = round(percentage, 1) < FLOORS[part]
        below = below or is_below
        verdict = "under" if is_below else "at least"
        sys.stdout.write(f"{part:22}{percentage:6.1f} %  {verdict} {FLOORS[part]}\n")
    return int(below)


if __name__ == "__main__":
    sys.exit(main())
