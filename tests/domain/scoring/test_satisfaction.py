"""Satisfaction from a questionnaire: the answers array and the table that follows from it."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal, localcontext

from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import make_campaign
from tests.support.surveys import EACH, RATED, TABLE, answered, make_survey
from votesite.domain.scoring import satisfaction

ANSWERS = st.lists(
    st.integers(2, 7).flatmap(
        lambda steps: st.tuples(st.integers(1, 4), st.integers(0, steps - 1), st.just(steps))
    ),
    max_size=60,
)


def test_answers_are_those_about_each_candidate_from_worst_to_best(app):
    survey = make_survey(make_campaign(), RATED, EACH)
    answered(survey, 1, rate="5", each__1="5", each__2="1")
    answered(survey, 2, rate="5", each__1="4")

    assert satisfaction.answers_of(survey.campaign_id, survey.key, 1) == [
        [1, 3, 5],
        [1, 4, 5],
        [2, 0, 5],
    ]
    assert satisfaction.answers_of(survey.campaign_id, survey.key, 2) == [[1, 3, 5], [1, 4, 5]]


def test_a_form_that_shows_the_best_first_counts_the_same(app):
    best_first = {**EACH, "options": ["好", "中", "差"], "best": "first"}
    survey = make_survey(make_campaign(), best_first)
    answered(survey, 1, each__1="好", each__2="差")

    assert satisfaction.answers_of(survey.campaign_id, survey.key, 1) == [[1, 2, 3], [2, 0, 3]]


def test_each_row_of_a_matrix_about_a_candidate_is_an_answer(app):
    survey = make_survey(make_campaign(), {**TABLE, "per_candidate": True})
    answered(survey, 1, table__1__1="好", table__1__2="差")

    assert satisfaction.answers_of(survey.campaign_id, survey.key, 2) == [[1, 0, 3], [1, 2, 3]]


@given(ANSWERS, st.sampled_from([2, 4]), st.integers(1, 8))
def test_table_is_the_rounded_mean_of_whoever_has_answers_enough(answers, decimals, least):
    means = defaultdict(list)
    for no, step, steps in answers:
        means[no].append((step, steps - 1))
    expected = []
    with localcontext(prec=60):
        for no, found in sorted(means.items()):
            if len(found) >= least:
                share = sum(Decimal(step * 60 // below) for step, below in found) / 60 / len(found)
                points = (share * 100 * 10**decimals).quantize(Decimal(1), ROUND_HALF_UP)
                expected.append([no, int(points)])

    assert satisfaction.table_of(answers, decimals, least) == expected


@given(ANSWERS, st.randoms())
def test_order_of_answers_does_not_matter(answers, random):
    shuffled = list(answers)
    random.shuffle(shuffled)

    assert satisfaction.table_of(shuffled, 4, 1) == satisfaction.table_of(answers, 4, 1)


def test_half_a_point_is_rounded_up():
    """One of 32 is 3.125 points: 3.13 with two decimals."""
    assert satisfaction.table_of([(1, 1, 4)], 2, 1) == [[1, 3333]]
    assert satisfaction.table_of([(1, 1, 2), (1, 0, 2), *[(1, 0, 2)] * 14], 2, 1) == [[1, 625]]
    assert satisfaction.table_of([(1, 1, 2), *[(1, 0, 2)] * 31], 2, 1) == [[1, 313]]
