"""The worked example: each of its steps, followed with a calculator, gives the ranking's numbers."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.support.awards import random_inputs
from votesite.domain.scoring.composite import rank
from votesite.domain.scoring.example import first_of, made_up, worked_example


def half_up(fraction):
    """Schoolbook rounding of a fraction, by decimals instead of whole numbers."""
    exact = Decimal(fraction.numerator) / Decimal(fraction.denominator)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def by_place(step, full):
    return half_up(Fraction(full * (step.field - step.place + 1), step.field))


def followed_public(example):
    step, full = example.public, example.full
    if step.score == "rank":
        return by_place(step, full)
    return half_up(Fraction(full * min(step.votes, step.most), step.most)) if step.most else 0


def followed_mean(example):
    values = example.expert.values[1:-1] if example.expert.is_trimmed else example.expert.values
    return half_up(Fraction(example.full * sum(values), 100_000 * len(values))) if values else -1


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
    return half_up(Fraction(example.weighted, example.divisor)) if example.divisor else 0


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
