"""The worked example: each of its steps, followed with a calculator, gives the ranking's numbers."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

from tests.support.awards import random_inputs
from votesite.domain.scoring.composite import Candidate, Inputs, rank
from votesite.domain.scoring.effective import measured
from votesite.domain.scoring.example import first_of, made_up, worked_example
from votesite.domain.scoring.margin import Margin, margin

PAGE = Path(__file__).parents[3] / "docs" / "award.md"


def schoolbook(fraction):
    """Schoolbook rounding of a fraction, by decimals instead of whole numbers."""
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def by_place(step, full):
    return schoolbook(Fraction(full * (step.field - step.place + 1), step.field))


def followed_public(example):
    step, full = example.public, example.full
    if step.score == "rank":
        return by_place(step, full)
    return schoolbook(Fraction(full * min(step.votes, step.most), step.most)) if step.most else 0


def followed_mean(example):
    values = example.expert.values[1:-1] if example.expert.is_trimmed else example.expert.values
    return schoolbook(Fraction(example.full * sum(values), 100_000 * len(values))) if values else -1


def follow(example):
    """The total that a reader comes to by the example's own steps."""
    if example.public:
        assert followed_public(example) == example.public.points
    if example.expert:
        step = example.expert
        assert followed_mean(example) == step.mean
        if step.score == "rank" and step.values:
            assert by_place(step, example.full) == step.points
        else:
            assert step.points == step.mean
    assert example.weighted == sum(
        part.weight * part.points
        for part in example.parts
        if part.points > 0 and not part.is_dropped
    )
    return schoolbook(Fraction(example.weighted, example.divisor)) if example.divisor else 0


def test_every_candidate_of_random_campaigns_can_be_followed():
    kinds = set()
    for seed in range(150):
        inputs = random_inputs(seed)
        ranking = rank(inputs)
        for no, place, awarded, total, *points in ranking.rows:
            example = worked_example(inputs, ranking, no)
            assert follow(example) == example.total == total
            assert (example.rank, example.is_honoured) == (place, bool(awarded))
            assert [part.points for part in example.parts] == [
                each for each, weight in zip(points, weights(inputs), strict=True) if weight
            ]
            kinds.add((bool(example.public), bool(example.expert), example.divisor < 100))

    assert len(kinds) >= 6


def weights(inputs):
    return [inputs.award[key] for key in ("public", "expert", "satisfaction", "objective")]


def test_made_up_example_follows_any_award_and_is_complete():
    for seed in range(80):
        award = random_inputs(seed).award
        inputs, ranking = made_up(award)
        example = worked_example(inputs, ranking, first_of(ranking))

        assert example.no == 1
        assert follow(example) == example.total > 0
        assert ranking.missing == []
        assert example.divisor == 100
        assert example.category in [name for name, _ in award["seats"]]


def test_example_of_nobody_is_of_no_number():
    inputs = random_inputs(1)

    assert first_of(rank(type(inputs)(inputs.award, [], {}))) is None


def tables_of_the_page():
    """The rows of the two tables of docs/award.md, by their heads."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found, heads = [], []
    for before, line in zip(["", *lines], lines, strict=False):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|---"):
            heads = [cell.strip() for cell in before.strip("|").split("|")]
            found.append([])
        elif line.startswith("|") and heads and found:
            found[-1].append(dict(zip(heads, cells, strict=True)))
        elif not line.startswith("|"):
            heads = []
    return found


def inputs_of_the_page(rows):
    """What the page's first table says, under the rule that the page states."""
    award = random_inputs(1).award | {
        "public": 30, "expert": 50, "satisfaction": 20, "objective": 0, "public_score": "share",
        "cap": 0, "expert_score": "points", "criteria": [{"key": "one", "weight": 100}], "trim": 1,
        "decimals": 2, "ties": ["public"], "missing": "refuse", "seats": [["", 2]], "region_cap": 0,
    }  # fmt: skip
    sheets = [
        [[int(row["no"]), [int(row["sheets"].split()[judge].replace(".", ""))]] for row in rows]
        for judge in range(5)
    ]
    return Inputs(
        award,
        [Candidate(int(row["no"]), "", "") for row in rows],
        {int(row["no"]): int(row["votes"].replace(",", "")) for row in rows},
        sheets,
        {int(row["no"]): points(row["satisfaction"]) for row in rows},
    )


def points(text):
    return int(text.replace(".", ""))


def test_page_about_the_award_is_recomputed():
    given, result = tables_of_the_page()
    inputs = inputs_of_the_page(given)
    ranking = rank(inputs)

    assert len(given) == len(result) == 4
    assert [row[:7] for row in ranking.rows] == [
        [
            int(row["no"]),
            int(row["rank"]),
            int(row["honoured"] == "yes"),
            *(points(row[key]) for key in ("total", "votes", "experts", "satisfaction")),
        ]
        for row in result
    ]
    assert margin(inputs, ranking) == [Margin("", 929, 4, 1)]
    shares = {key: round(100 * share) for key, share in measured(inputs, ranking).items()}
    assert shares == {"public": 132, "expert": -27, "satisfaction": -5}
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert "candidate 4, is 929 votes: with 929 fewer its total is 82.36" in text
    assert "make 132% of what separates these four, experts -27% and satisfaction -5%" in text


def test_steps_of_the_page_are_those_of_the_worked_example():
    inputs = inputs_of_the_page(tables_of_the_page()[0])
    example = worked_example(inputs, rank(inputs), 1)

    assert (example.public.votes, example.public.most, example.public.points) == (4275, 6400, 6680)
    assert example.expert.values == [72000, 86000, 88000, 90500, 91500]
    assert (example.expert.is_trimmed, example.expert.mean) == (True, 8817)
    assert (example.weighted, example.divisor, example.total) == (823_650, 100, 8237)
