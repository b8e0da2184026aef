"""How a questionnaire was answered: figures by question, a table of answers, scores."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, now
from votesite.domain import audit
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.spreadsheets import Cell
from votesite.domain.surveys.listing import questions_of, surveys_of
from votesite.domain.surveys.questions import Question
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate
from votesite.models.surveys import Answers, Survey, SurveyAnswer

Key = tuple[str, str, str]  # question, candidate's number, row
Column = tuple[str, Callable[[Answers], Cell]]


@dataclass
class Series:
    """How one thing was answered: a question, a candidate in it, or a row of its matrix.

    `no` is the candidate's number or 0, `answered` the number of answers, `counts` the number of
    times that each option was chosen.
    """

    question: Question
    label: str = ""
    no: int = 0
    answered: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def mean(self) -> float | None:
        """The mean of a scale's steps, None if it is no scale or nobody answered."""
        if not (self.question.is_rated and self.answered):
            return None
        weights = self.question.weights
        return sum(weights.get(step, 0) * n for step, n in self.counts.items()) / self.answered

    @property
    def shares(self) -> list[tuple[str, int, float]]:
        """(option, number, percentage of the answers), in the question's order."""
        whole = self.answered or 1
        return [
            (option, self.counts[option], 100 * self.counts[option] / whole)
            for option in self.question.options
        ]


@dataclass
class Figures:
    """How a question was answered, by `answered` people.

    `texts` are (candidate's name or nothing, what somebody wrote).
    """

    question: Question
    answered: int = 0
    series: list[Series] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Satisfaction:
    """A candidate's score, 0 to 100, over all scales that were asked about each candidate."""

    no: int
    answers: int
    score: float


def figures(survey: Survey) -> list[Figures]:
    """How every question was answered."""
    names = {str(row.no): row.name for row in candidates_of(survey.campaign_id)}
    by_question = {question.id: Figures(question) for question in questions_of(survey)}
    series: dict[Key, Series] = {}
    for answers in _all_answers(survey.id):
        for question_id, given in answers.items():
            if question_id in by_question:
                _count(by_question[question_id], series, names, given)
    for figures in by_question.values():
        keys = _keys(figures.question, names)
        figures.series = [series[key] for key in keys if key in series]
    return list(by_question.values())


def answer_rows(survey: Survey) -> tuple[list[str], list[list[Cell]]]:
    """All answers as a table: the heads of the columns after the day, and the rows.

    Each row begins with the day. Rows are ordered by random id, which says nothing about time.
    """
    candidates = candidates_of(survey.campaign_id)
    columns = [
        column for question in questions_of(survey) for column in _columns(question, candidates)
    ]
    query = select(SurveyAnswer).where(SurveyAnswer.survey_id == survey.id)
    rows: list[list[Cell]] = [
        [answer.answered_on, *(cell(answer.answers) for _, cell in columns)]
        for answer in db.session.scalars(query.order_by(SurveyAnswer.id))
    ]
    return [head for head, _ in columns], rows


def export_answers(
    survey: Survey, *, by: int, clock: Clock = now
) -> tuple[list[str], list[list[Cell]]]:
    """As `answer_rows`, noting in the audit log who took the answers along."""
    with writing():
        audit.note(by, "export", "surveys", survey.id, ["answers"], survey.campaign_id, now=clock())
    return answer_rows(survey)


def satisfaction(campaign_id: int) -> dict[int, Satisfaction]:
    """Every candidate's score, by number, over the scales that were asked about each candidate."""
    points: dict[int, float] = defaultdict(float)
    answers: Counter[int] = Counter()
    for series in _rated_series(campaign_id):
        weights = series.question.weights
        least, most = min(weights.values()), max(weights.values())
        answers[series.no] += series.answered
        points[series.no] += sum(
            (weights.get(step, least) - least) * n / ((most - least) or 1)
            for step, n in series.counts.items()
        )
    return {no: Satisfaction(no, n, 100 * points[no] / n) for no, n in answers.items()}


def _rated_series(campaign_id: int) -> Iterator[Series]:
    for survey in surveys_of(campaign_id):
        for by_question in figures(survey):
            if by_question.question.per_candidate and by_question.question.is_rated:
                yield from by_question.series


def _all_answers(survey_id: int) -> Iterable[Answers]:
    query = select(SurveyAnswer.answers).where(SurveyAnswer.survey_id == survey_id)
    return db.session.scalars(query.order_by(SurveyAnswer.id).execution_options(yield_per=500))


def _count(
    figures: Figures, series: dict[Key, Series], names: Mapping[str, str], given: Any
) -> None:
    """Add one answer: a value, by row for a matrix, by candidate where each is asked about."""
    question = figures.question
    figures.answered += 1
    for no, answer in given.items() if question.per_candidate else [("", given)]:
        if question.type == "text":
            figures.texts.append((names.get(no, ""), answer))
            continue
        for row, value in answer.items() if question.type == "matrix" else [("", answer)]:
            key = (question.id, no, row)
            if key not in series:
                label = " · ".join(part for part in (names.get(no, ""), row) if part)
                series[key] = Series(question, label, int(no or 0))
            series[key].answered += 1
            series[key].counts.update(value if isinstance(value, list) else [value])


def _keys(question: Question, names: Mapping[str, str]) -> list[Key]:
    """The keys of a question's series, in the page's order."""
    rows = question.rows or ("",)
    subjects = names if question.per_candidate else ("",)
    return [(question.id, no, row) for no in subjects for row in rows]


def _columns(question: Question, candidates: Sequence[Candidate]) -> list[Column]:
    """A question's columns in a table of answers: a head, and how to find the cell."""
    subjects = [(str(row.no), row.name) for row in candidates]
    columns: list[Column] = []
    for no, name in subjects if question.per_candidate else [("", "")]:
        for row in question.rows or ("",):
            head = " · ".join(part for part in (question.text, name, row) if part)
            columns.append((head, partial(_cell, question.id, (no, row))))
    return columns


def _cell(question_id: str, path: tuple[str, str], answers: Answers) -> Cell:
    value = answers.get(question_id)
    for key in path:
        if key and isinstance(value, dict):
            value = value.get(key)
    if isinstance(value, list):
        return "；".join(value)
    return value if isinstance(value, str) else None
