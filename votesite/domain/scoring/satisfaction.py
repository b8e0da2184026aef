"""Satisfaction from a questionnaire of the site: its answers as an array, and the table of them.

Both as ledger.md section 2a has them: anybody who has the answers can make the table again.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any

from sqlalchemy import select

from votesite.domain.surveys.listing import find, questions_of
from votesite.domain.surveys.questions import Question
from votesite.extensions import db
from votesite.models.surveys import Survey, SurveyAnswer

Rated = Sequence[tuple[Question, bool]]
MIN_STEPS = 2


def answers_of(campaign_id: int, key: str, min_answers: int) -> list[list[int]]:
    """The answers array of the questionnaire with this key; raises NotFound.

    [no, step, steps] for every answer to a scale or to a row of a matrix that was asked about each
    candidate, of candidates with at least `min_answers` of them; step 0 is the worst.
    """
    survey = find(campaign_id, key)
    rated = rated_questions(survey)
    query = select(SurveyAnswer.answers).where(SurveyAnswer.survey_id == survey.id)
    found = [
        step
        for given in db.session.scalars(query.execution_options(yield_per=500))
        for step in _steps(rated, given)
    ]
    counted = counts(found)
    return sorted(step for step in found if counted[step[0]] >= min_answers)


def table_of(answers: Iterable[Sequence[int]], decimals: int, min_answers: int) -> list[list[int]]:
    """The table that follows from answers: for each candidate the mean, in points, half up."""
    found: dict[int, list[Fraction]] = defaultdict(list)
    for no, step, steps in answers:
        found[no].append(Fraction(step, steps - 1))
    full = 100 * 10**decimals
    return [
        [no, floor(full * sum(shares, Fraction(0)) / len(shares) + Fraction(1, 2))]
        for no, shares in sorted(found.items())
        if len(shares) >= min_answers
    ]


def rated_questions(survey: Survey) -> list[tuple[Question, bool]]:
    """The scales and matrices asked about each candidate, and whether the first step is best."""
    first = {data["id"] for data in survey.questions if data.get("best") == "first"}
    return [
        (question, question.id in first)
        for question in questions_of(survey)
        if question.per_candidate and question.is_rated and len(question.options) >= MIN_STEPS
    ]


def counts(answers: Iterable[Sequence[int]]) -> Mapping[int, int]:
    """How many of the answers are about each candidate; 0 for one without."""
    found: dict[int, int] = defaultdict(int)
    for no, _step, _steps_of in answers:
        found[no] += 1
    return found


def _steps(rated: Rated, given: Mapping[str, Any]) -> Iterator[list[int]]:
    """What one filled-in questionnaire says of the candidates."""
    for question, is_first_best in rated:
        places = {text: place for place, text in enumerate(question.options)}
        for no, answer in given.get(question.id, {}).items():
            for chosen in answer.values() if question.type == "matrix" else [answer]:
                if chosen in places:
                    steps = len(places)
                    place = places[chosen]
                    yield [int(no), steps - 1 - place if is_first_best else place, steps]
