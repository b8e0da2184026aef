"""The questionnaires of a campaign: finding them, and taking them from and into its folder."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import func, select

from votesite.domain.surveys.questions import Question, question_of
from votesite.errors import (
    NotFound,
)
from votesite.extensions import db
from votesite.models.campaigns import PHASES, Campaign
from votesite.models.surveys import (
    QuestionData,
    Questionnaire,
    Survey,
    SurveyAnswer,
    WaitingAnswer,
)


def store_from_folder(campaign: Campaign, surveys: Sequence[Questionnaire]) -> None:
    """Make a campaign's questionnaires what its folder says; the caller commits.

    Those that the folder no longer has are deleted, unless they have been answered.
    """
    present = {survey.key: survey for survey in surveys_of(campaign.id)}
    for position, definition in enumerate(surveys):
        survey = present.pop(definition["id"], None)
        if survey is None:
            survey = Survey(campaign_id=campaign.id, key=definition["id"])
            db.session.add(survey)
        survey.position = position
        survey.title = definition["title"]
        survey.audience = definition.get("audience", "everyone")
        survey.phases = [phase for phase in PHASES if phase in definition["phase"]]
        survey.anonymous = definition.get("anonymous", False)
        survey.questions = [question.copy() for question in definition["questions"]]
    for survey in present.values():
        if not how_many(survey.id):
            db.session.delete(survey)


def folder_form(campaign_id: int) -> list[Questionnaire]:
    """A campaign's questionnaires in the form of its folder."""
    return [
        {
            "id": survey.key,
            "title": survey.title,
            "audience": survey.audience,
            "phase": survey.phases,
            "anonymous": survey.anonymous,
            "questions": [
                cast(QuestionData, {key: value for key, value in question.items() if value})
                for question in survey.questions
            ],
        }
        for survey in surveys_of(campaign_id)
    ]


def surveys_of(campaign_id: int) -> list[Survey]:
    """Every questionnaire of a campaign, in its order."""
    query = select(Survey).where(Survey.campaign_id == campaign_id)
    return list(db.session.scalars(query.order_by(Survey.position, Survey.id)))


def find(campaign_id: int, key: str) -> Survey:
    """Return the questionnaire with this key; raises NotFound."""
    survey = db.session.scalar(
        select(Survey).where(Survey.campaign_id == campaign_id, Survey.key == key)
    )
    if survey is None:
        raise NotFound
    return survey


def questions_of(survey: Survey) -> list[Question]:
    """The questions of a questionnaire, in order."""
    return [question_of(stored) for stored in survey.questions]


def how_many(survey_id: int) -> int:
    """How many have answered a questionnaire; of an anonymous one, some answers may still wait."""
    counted = select(func.count()).where(SurveyAnswer.survey_id == survey_id)
    waiting = select(func.count()).where(WaitingAnswer.survey_id == survey_id)
    return (db.session.scalar(counted) or 0) + (db.session.scalar(waiting) or 0)
