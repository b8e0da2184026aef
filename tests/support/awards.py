"""Made-up results of campaigns for tests of the composite: small, full of ties and gaps."""

import random

from votesite.domain.scoring.composite import Candidate, Inputs

REGIONS = ("", "甲县", "乙县", "丙县")
NAMES = ("城郊乡镇", "山区乡镇", "街道")


def random_inputs(seed, *, most_candidates=8, most_votes=30, **changes):
    """Votes, sheets and tables of an invented campaign; `changes` to its award."""
    pick = random.Random(seed)
    award = random_award(pick) | changes
    full = 100 * 10 ** award["decimals"]
    candidates = _candidates(pick, award, most_candidates)
    numbers = [candidate.no for candidate in candidates]
    return Inputs(
        award=award,
        candidates=candidates,
        votes={no: pick.randint(0, most_votes) for no in numbers},
        sheets=_sheets(pick, award, candidates),
        satisfaction=_table(pick, award, "satisfaction", numbers, full),
        objective=_table(pick, award, "objective", numbers, full),
        lot="2026-12-15 双色球 03 09 14 22 28 31 + 07" if "lot" in award["ties"] else "",
    )


def random_award(pick):
    """An `award` of entry 0 with all its fields."""
    weights = _weights(pick)
    score = pick.choice(("share", "rank", "cap"))
    ties = pick.sample(("public", "expert", "satisfaction", "objective"), pick.randint(0, 4))
    names = NAMES[: pick.randint(1, 3)] if pick.random() < 0.8 else ("",)
    criteria = pick.choice(((100,), (60, 40), (30, 30, 40), (33, 33, 34)))
    return {
        **weights,
        "public_score": score,
        "cap": pick.randint(1, 20) if score == "cap" else 0,
        "expert_score": pick.choice(("points", "rank")),
        "criteria": [
            {"key": f"k{place}", "weight": weight}
            for place, weight in enumerate(criteria if weights["expert"] else ())
        ],
        "trim": pick.randint(0, 1),
        "decimals": pick.choice((2, 4)),
        "ties": [*ties, "lot"] if pick.random() < 0.3 else ties,
        "missing": pick.choice(("refuse", "zero", "drop")),
        "seats": [[name, pick.randint(0, 4)] for name in names],
        "region_cap": pick.choice((0, 0, 1, 2)),
        "sheets": pick.choice(("public", "auditors")),
        "panel": "numbered",
        "min_answers": 30,
        "notice_days": 5,
    }


def _weights(pick):
    cuts = sorted(pick.choice((0, 10, 20, 30, 50, 70, 100)) for _ in range(3))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
    pick.shuffle(parts)
    return dict(zip(("public", "expert", "satisfaction", "objective"), parts, strict=True))


def _candidates(pick, award, most):
    numbers = sorted(pick.sample(range(1, 60), pick.randint(len(award["seats"]), most)))
    names = [name for name, _ in award["seats"]]
    given = [*names, *(pick.choice(names) for _ in numbers)]
    return [
        Candidate(no, category, pick.choice(REGIONS))
        for no, category in zip(numbers, given, strict=False)
    ]


def _sheets(pick, award, candidates):
    if not award["expert"]:
        return []
    scores = pick.choice(((800, 850, 900), (0, 500, 1000), tuple(range(700, 1000))))
    sheets = []
    for _ in range(pick.randint(1, 7)):
        recused = {name for name, _ in award["seats"] if pick.random() < 0.1}
        sheets.append(
            [
                [candidate.no, [pick.choice(scores) for _ in award["criteria"]]]
                for candidate in candidates
                if candidate.category not in recused
            ]
        )
    return sheets


def _table(pick, award, key, numbers, full):
    if not award[key]:
        return {}
    gaps = 0.0 if award["missing"] == "refuse" else 0.1
    return {
        no: pick.choice((full, full * 9 // 10, pick.randint(0, full)))
        for no in numbers
        if pick.random() >= gaps
    }
