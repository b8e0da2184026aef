"""The method in words: every rule has its sentence, and the example adds up as it says."""

import re
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

import pytest

from votesite.domain.scoring import example
from votesite.web.wording import method

AWARD = {
    "public": 30,
    "expert": 50,
    "satisfaction": 20,
    "objective": 0,
    "public_score": "rank",
    "cap": 0,
    "expert_score": "rank",
    "criteria": [{"key": "service", "weight": 60}, {"key": "own", "weight": 40}],
    "trim": 1,
    "decimals": 2,
    "ties": ["public", "lot"],
    "missing": "refuse",
    "seats": [["乡镇", 3]],
    "region_cap": 0,
    "min_answers": 30,
    "notice_days": 5,
}


def award(**changes):
    return {**AWARD, **changes}


def steps_of(made):
    inputs, ranking = example.made_up(made)
    return method.steps(example.worked_example(inputs, ranking, 1))


@pytest.mark.parametrize(
    ("public_score", "expert_score", "trim", "decimals"),
    list(product(("rank", "share", "cap"), ("rank", "points"), (0, 1), (2, 4))),
)
def test_every_figure_of_the_example_follows_from_those_before(
    app, public_score, expert_score, trim, decimals
):
    cap = 6000 if public_score == "cap" else 0
    with app.test_request_context("/"):
        public, expert, total, _place = steps_of(
            award(
                public_score=public_score,
                expert_score=expert_score,
                trim=trim,
                decimals=decimals,
                cap=cap,
            )
        )

    unit = Decimal(1).scaleb(-decimals)
    shown = total.split("（")[1].split("）")[0]
    parts = [Decimal(a) * int(b) for a, b in re.findall(r"([\d.]+) × (\d+)", shown)]
    told = Decimal(re.search(r"= ([\d.]+)。", total)[1])
    assert (sum(parts) / 100).quantize(unit, ROUND_HALF_UP) == told
    assert public.rstrip("。").split("= ")[-1] == re.findall(r"[\d.]+", shown)[0]
    values = [Decimal(v) for v in re.search(r"是 ([\d.、]+)", expert)[1].split("、")]
    counted = values[1:-1] if trim else values
    mean = (sum(counted) / len(counted)).quantize(unit, ROUND_HALF_UP)
    assert Decimal(re.search(r"平均 ([\d.]+)", expert)[1]) == mean
    assert values == sorted(values)


def test_only_components_with_weight_are_told_of(app):
    with app.test_request_context("/"):
        told = dict(method.chapters(award(public=100, expert=0, satisfaction=0, criteria=[]), {}))

    assert "群众投票" in told
    assert not {"专家评审", "满意度", "客观指标"} & set(told)


@pytest.mark.parametrize("missing", ["refuse", "zero", "drop"])
@pytest.mark.parametrize("ties", [[], ["public"], ["expert", "lot"]])
def test_every_rule_has_its_sentence(app, missing, ties):
    with app.test_request_context("/"):
        told = dict(
            method.chapters(award(missing=missing, ties=ties, region_cap=2), {"own": "创新"})
        )

    assert all(told.values())
    assert "创新 40%" in told["专家评审"]
    assert "最多 2 个" in told["名额"]
