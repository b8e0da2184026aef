"""Answering questionnaires: who may answer which and when, and storing one answer per voter."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

from sqlalchemy import select

from votesite.clock import Clock, day, now
from votesite.domain import keys
from votesite.domain.candidates.listing import candidates_of
from votesite.domain.ledger.log import open_log
from votesite.domain.surveys import listing, pool
from votesite.domain.surveys.questions import Fields, Question, read_answers
from votesite.domain.voting import own, voters
from votesite.domain.voting.consents import give_consent, has_consent
from votesite.errors import (
    Closed,
    ConsentRequired,
    Fault,
    InvalidAnswers,
    LimitReached,
    MalformedFields,
    NotEligible,
    NotFound,
)
from votesite.extensions import db, load, writing
from votesite.keys import mac
from votesite.models.campaigns import Campaign
from votesite.models.surveys import (
    Answers,
    Survey,
    SurveyAnswer,
    SurveyMark,
)
from votesite.store import Transaction


@dataclass(frozen=True)
class SurveyPost:
    """What a citizen posts. `voter` is the site voter; `is_clean` says that every field is text."""

    survey_id: int
    voter: bytes
    fields: Fields
    consents: bool = False
    is_clean: bool = True


def is_open(survey: Survey, campaign: Campaign, now: datetime) -> bool:
    """Whether a phase in which it can be answered is open."""
    if not campaign.is_published or campaign.paused:
        return False
    if campaign.phase_at(now) in survey.phases:
        return True
    return any(campaign.is_open(phase, now) for phase in survey.phases)


def open_surveys(campaign: Campaign, now: datetime) -> list[Survey]:
    """The questionnaires that may be answered now."""
    return [survey for survey in listing.surveys_of(campaign.id) if is_open(survey, campaign, now)]


def check_open(survey: Survey, campaign: Campaign, now: datetime) -> None:
    """Raise Closed unless it may be answered now, NotFound if the campaign is a draft."""
    if not campaign.is_published:
        raise NotFound
    if campaign.paused:
        raise Closed(reason=campaign.paused)
    if is_open(survey, campaign, now):
        return
    raise Closed(next_opening(survey, campaign, now))


def next_opening(survey: Survey, campaign: Campaign, now: datetime) -> datetime | None:
    """When the next phase in which it can be answered begins, or None."""
    windows = [campaign.window(phase) for phase in survey.phases]
    return min((window[0] for window in windows if window and now < window[0]), default=None)


def may_answer(survey: Survey, voter: bytes) -> bool:
    """Whether a voter key belongs to its audience."""
    return survey.audience == "everyone" or own.has_voted(survey.campaign_id, voter)


def has_answered(survey: Survey, voter: bytes) -> bool:
    """Whether a voter key has answered it."""
    if survey.anonymous:
        query = select(SurveyMark.id).where(
            SurveyMark.survey_id == survey.id, SurveyMark.mark == _mark(survey, voter)
        )
    else:
        query = select(SurveyAnswer.id).where(
            SurveyAnswer.survey_id == survey.id, SurveyAnswer.voter == voter
        )
    return db.session.scalar(query) is not None


def answer(post: SurveyPost, *, clock: Clock = now) -> str:
    """Store one answered questionnaire, and return a random id; a refusal stores nothing.

    Raises NotFound, Closed, NotEligible for voters outside the audience, ConsentRequired,
    InvalidAnswers, MalformedFields, and LimitReached for a second answer.
    """
    with writing() as tx:
        now = clock()
        survey = load(Survey, post.survey_id)
        campaign = load(Campaign, survey.campaign_id)
        open_log(tx, campaign.id)  # locks the campaign, so that answers of one voter come in turn
        voter = voters.voter_key(campaign.id, post.voter)
        check_open(survey, campaign, now)
        if not may_answer(survey, voter):
            raise NotEligible
        numbers = [candidate.no for candidate in candidates_of(campaign.id)]
        questions = listing.questions_of(survey)
        if not (post.consents or has_consent(campaign, voter)):
            raise ConsentRequired(_faults(questions, numbers, post.fields))
        answers = read_answers(questions, numbers, post.fields)
        if not post.is_clean:
            raise MalformedFields
        if has_answered(survey, voter):
            raise LimitReached
        give_consent(tx, campaign, voter, now)
        if survey.anonymous:
            return _keep_apart(tx, survey, voter, answers, now)
        return _keep(survey, voter, answers, now)


def _faults(
    questions: Sequence[Question], numbers: Sequence[int], fields: Fields
) -> dict[str, Fault]:
    """What is wrong with the answers, for whoever has to consent as well."""
    try:
        read_answers(questions, numbers, fields)
    except InvalidAnswers as refusal:
        return refusal.fields
    return {}


def mine(site_voter: bytes) -> list[tuple[Campaign, Survey, SurveyAnswer]]:
    """A site voter's answers that are not anonymous, in every campaign that still knows people."""
    answers = []
    published = select(Campaign).where(Campaign.published_at.is_not(None))
    for campaign in db.session.scalars(published.order_by(Campaign.id)).all():
        try:
            voter = voters.voter_key(campaign.id, site_voter)
        except keys.KeyMissing:
            continue
        rows = db.session.execute(
            select(Survey, SurveyAnswer)
            .join(SurveyAnswer, SurveyAnswer.survey_id == Survey.id)
            .where(Survey.campaign_id == campaign.id, SurveyAnswer.voter == voter)
        )
        answers += [(campaign, survey, answer) for survey, answer in rows]
    return answers


def delete_mine(site_voter: bytes) -> int:
    """Delete a person's answers, and return how many there were.

    Anonymous answers cannot be found any more. Their marks stay, because nothing else prevents a
    second answer.
    """
    ids = [answer.id for _, _, answer in mine(site_voter)]
    with writing():
        rows = db.session.scalars(select(SurveyAnswer).where(SurveyAnswer.id.in_(ids))).all()
        for row in rows:
            db.session.delete(row)
    return len(ids)


def _mark(survey: Survey, voter: bytes) -> bytes:
    key = keys.campaign_key(survey.campaign_id, "pseudonym")
    return mac(key, f"survey|{survey.id}|".encode() + voter)


def _keep_apart(
    tx: Transaction, survey: Survey, voter: bytes, answers: Answers, now: datetime
) -> str:
    mark = SurveyMark(id=token_hex(16), survey_id=survey.id, mark=_mark(survey, voter))
    db.session.add(mark)
    db.session.flush()
    terms = voters.current_terms(tx, survey.campaign_id)
    return pool.put(tx, terms, survey.id, answers, now)


def _keep(survey: Survey, voter: bytes, answers: Answers, now: datetime) -> str:
    answer = SurveyAnswer(
        id=token_hex(16),
        survey_id=survey.id,
        voter=voter,
        answers=answers,
        answered_on=day(now).isoformat(),
    )
    db.session.add(answer)
    return answer.id
