"""How long a composite ranking takes: `python -m bench.ranking [--candidates N] [--judges N]`.

Invented votes, sheets and figures of a large campaign, ranked by the site's own calculation. Prints
processor seconds of the ranking, of its margins, of what a chair sees of the judges, and exits 1
where the ranking alone takes more than two.
"""

import argparse
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from votesite.domain.scoring.agreement import agreement
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.domain.scoring.margin import margin

MOST = 2.0  # processor seconds of a ranking
CRITERIA = (20, 20, 20, 20, 10, 10)
CATEGORIES = ("市直部门", "县（市、区）", "乡镇（街道）", "窗口", "公共服务企业")
REGIONS = 40


def main(arguments: list[str] | None = None) -> None:
    """Rank and print; exit 1 above the bound."""
    parser = argparse.ArgumentParser(prog="python -m bench.ranking", description=__doc__)
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--judges", type=int, default=30)
    options = parser.parse_args(arguments)
    inputs = invented(options.candidates, options.judges)
    ranking, spent = _timed(lambda: rank(inputs))
    print(
        f"{options.candidates:,} candidates, {options.judges} judges, {len(CRITERIA)} criteria:"
        f" ranked in {spent:.2f} s, {len(ranking.ties)} ties"
    )
    print(f"margins in {_timed(lambda: margin(inputs, ranking))[1]:.2f} s")
    print(f"agreement of the judges in {_timed(lambda: agreement(inputs, ranking))[1]:.2f} s")
    if spent > MOST:
        sys.exit(f"a ranking takes {spent:.2f} s of processor time, more than {MOST:.0f}")


def invented(candidates: int, judges: int) -> Inputs:
    """Returns results in which every part of the rule is at work; always the same."""
    pick = random.Random(13)
    award = {
        "public": 30, "expert": 40, "satisfaction": 20, "objective": 10, "public_score": "rank",
        "cap": 0, "expert_score": "rank", "trim": 1, "decimals": 4, "missing": "refuse",
        "criteria": [{"key": str(at), "weight": weight} for at, weight in enumerate(CRITERIA)],
        "ties": ["public", "expert", "satisfaction", "objective", "lot"], "region_cap": 4,
        "seats": [[name, 20] for name in CATEGORIES],
    }  # fmt: skip
    numbers = range(1, candidates + 1)
    return Inputs(
        award=award,
        candidates=[
            Candidate(no, CATEGORIES[no % len(CATEGORIES)], f"甲{no % REGIONS}县") for no in numbers
        ],
        votes={no: round(pick.lognormvariate(8, 1)) for no in numbers},
        sheets=[
            [[no, [pick.randint(700, 1000) for _ in CRITERIA]] for no in numbers]
            for _ in range(judges)
        ],
        satisfaction={no: pick.randint(700_000, 1_000_000) for no in numbers},
        objective={no: pick.randint(700_000, 1_000_000) for no in numbers},
        lot="2026-12-15 03 09 14 22 28 31 + 07",
    )


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    begun = time.process_time()
    return work(), time.process_time() - begun


if __name__ == "__main__":
    main()
