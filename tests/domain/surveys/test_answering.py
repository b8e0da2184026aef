"""Answering: who may, when, once, and that anonymous answers are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_urlsafe
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign, voter
from tests.support.surveys import RATED, TABLE, WHY, answered, make_survey
from votesite.domain.surveys import answering, listing, pool
from votesite.domain.voting import casting, voters
from votesite.domain.voting.casting import Ballot
from votesite.domain.voting.consents import has_consent
from votesite.errors import (
    Closed,
    ConsentRequired,
    LimitReached,
    NotEligible,
)
from votesite.extensions import db, writing
from votesite.models.surveys import Survey, SurveyAnswer, SurveyMark
from votesite.models.voting import Consent


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_answer_is_kept_under_the_voter_key_with_its_day(app):
    campaign = make_campaign()
    survey = make_survey(campaign)

    kept = answered(survey, rate="5")

    row = db.session.get(SurveyAnswer, kept)
    assert (row.answers, row.answered_on) == ({"rate": "5"}, "2026-11-20")
    assert row.voter == voters.voter_key(campaign.id, voter(1))
    assert count(SurveyMark) == 0


def test_anonymous_answer_and_the_mark_of_its_voter_have_nothing_in_common(app):
    survey = make_survey(make_campaign(), anonymous=True)
    for who in range(1, 9):
        answered(survey, who)
    pool.mix(least=1)

    marks = db.session.scalars(select(SurveyMark)).all()
    kept = db.session.scalars(select(SurveyAnswer)).all()
    assert len(marks) == len(kept) == 8
    assert {row.voter for row in kept} == {None}
    assert not {mark.id for mark in marks} & {row.id for row in kept}
    keys = {voters.voter_key(survey.campaign_id, voter(who)) for who in range(1, 9)}
    assert not keys & {mark.mark for mark in marks}
    assert set(SurveyMark.__table__.columns.keys()) == {"id", "survey_id", "mark"}


@pytest.mark.sqlite
@pytest.mark.parametrize("table", ["survey_marks", "survey_answers", "survey_pool"])
def test_order_of_rows_does_not_say_which_answer_came_with_which_mark(app, table):
    found = db.session.scalar(
        text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
    )

    assert "WITHOUT ROWID" in found


@pytest.mark.parametrize("anonymous", [True, False])
def test_second_answer_of_a_voter_is_refused(app, anonymous):
    survey = make_survey(make_campaign(), anonymous=anonymous)
    answered(survey)

    with pytest.raises(LimitReached):
        answered(survey, rate="1")
    answered(survey, 2)

    assert listing.how_many(survey.id) == 2
    assert answering.has_answered(survey, voters.voter_key(survey.campaign_id, voter(1)))
    assert not answering.has_answered(survey, voters.voter_key(survey.campaign_id, voter(3)))


def test_one_answer_a_voter_is_a_constraint_of_the_database(app):
    survey = make_survey(make_campaign())
    answered(survey)
    key = db.session.scalar(select(SurveyAnswer.voter))
    row = SurveyAnswer(id="a" * 32, survey_id=survey.id, voter=key, answers={}, answered_on="")
    db.session.add(row)

    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_one_mark_a_voter_is_a_constraint_of_the_database(app):
    survey = make_survey(make_campaign(), anonymous=True)
    answered(survey)
    mark = db.session.scalar(select(SurveyMark.mark))
    db.session.add(SurveyMark(id="a" * 32, survey_id=survey.id, mark=mark))

    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_answering_needs_consent_once(app):
    campaign = make_campaign()
    survey = make_survey(campaign)

    with pytest.raises(ConsentRequired):
        answered(survey, consents=False)
    assert (count(SurveyAnswer), count(Consent)) == (0, 0)

    answered(survey)
    assert count(Consent) == 1
    assert has_consent(campaign, voters.voter_key(campaign.id, voter(1)))


def test_questionnaire_for_voters_takes_them_only(app):
    campaign = make_campaign()
    survey = make_survey(campaign, audience="voters")
    with pytest.raises(NotEligible):
        answered(survey)

    casting.cast(Ballot(campaign.id, voter(1), ["1"], token_urlsafe(18), True), clock=at(NOON))
    answered(survey)

    assert count(SurveyAnswer) == 1


@pytest.mark.parametrize(
    ("phases", "moment", "is_open"),
    [
        (["voting"], OPENS - timedelta(minutes=1), False),
        (["voting"], OPENS, True),
        (["voting"], CLOSES, False),
        (["final"], CLOSES - timedelta(minutes=1), False),
        (["final"], CLOSES, True),
        (["voting", "final"], CLOSES + timedelta(days=400), True),
        (["publicity"], OPENS - timedelta(days=5), True),
    ],
)
def test_questionnaire_is_open_in_the_phases_it_names(app, phases, moment, is_open):
    campaign = make_campaign()
    survey = make_survey(campaign, phase=phases)

    assert answering.is_open(survey, campaign, moment) == is_open
    assert (answering.open_surveys(campaign, moment) == [survey]) == is_open


def test_closed_questionnaire_says_when_it_opens(app):
    survey = make_survey(make_campaign())

    with pytest.raises(Closed) as early:
        answered(survey, clock=at(OPENS - timedelta(days=1)))
    with pytest.raises(Closed) as late:
        answered(survey, clock=at(CLOSES))

    assert (early.value.next_at, late.value.next_at) == (OPENS, None)


def test_paused_campaign_takes_no_answers(app):
    campaign = make_campaign()
    survey = make_survey(campaign)
    with writing():
        campaign.paused = "系统检修"

    with pytest.raises(Closed) as closed:
        answered(survey)
    assert closed.value.reason == "系统检修"


def test_folder_brings_questionnaires_to_what_it_says(app):
    campaign = make_campaign()
    first = make_survey(campaign, RATED)
    definition = {**listing.folder_form(campaign.id)[0], "title": "另一个标题"}
    with writing():
        listing.store_from_folder(campaign, [definition, {**definition, "id": "second"}])

    assert [(found.key, found.title) for found in listing.surveys_of(campaign.id)] == [
        ("feedback", "另一个标题"),
        ("second", "另一个标题"),
    ]
    assert listing.find(campaign.id, "feedback").id == first.id

    answered(first)
    with writing():
        listing.store_from_folder(campaign, [])
    assert [found.key for found in listing.surveys_of(campaign.id)] == ["feedback"]


def test_folder_form_is_what_was_loaded(app):
    campaign = make_campaign()
    make_survey(campaign, RATED, TABLE, WHY)

    (form,) = listing.folder_form(campaign.id)

    assert form == {
        "id": "feedback",
        "title": "办事体验问卷",
        "audience": "everyone",
        "phase": ["voting"],
        "anonymous": False,
        "questions": [RATED, TABLE, WHY],
    }


def test_person_sees_and_deletes_own_answers_but_not_anonymous_ones(app):
    campaign = make_campaign()
    named = make_survey(campaign)
    definition = {**listing.folder_form(campaign.id)[0], "id": "quiet", "anonymous": True}
    with writing():
        listing.store_from_folder(campaign, [*listing.folder_form(campaign.id), definition])
    quiet = listing.find(campaign.id, "quiet")
    for who in (1, 2):
        answered(named, who)
        answered(quiet, who)

    assert [(found.id, kept.answers) for _, found, kept in answering.mine(voter(1))] == [
        (named.id, {"rate": "4"})
    ]
    assert answering.delete_mine(voter(1)) == 1

    assert answering.mine(voter(1)) == []
    assert [listing.how_many(found) for found in (named.id, quiet.id)] == [1, 2]
    with pytest.raises(LimitReached):
        answered(quiet)


def test_survey_of_another_campaign_has_its_own_marks(app):
    one = make_survey(make_campaign(), anonymous=True)
    other = make_survey(make_campaign(slug="other-2026"), anonymous=True)
    answered(one)
    answered(other)

    assert len(set(db.session.scalars(select(SurveyMark.mark)))) == 2
    assert count(Survey) == 2


@pytest.mark.parametrize("anonymous", [True, False])
def test_parallel_answers_of_one_voter_leave_one(app, anonymous):
    survey = SimpleNamespace(id=make_survey(make_campaign(), anonymous=anonymous).id)

    def attempt(_number):
        with app.app_context():
            try:
                return answered(survey)
            except LimitReached:
                return None

    with ThreadPoolExecutor(8) as pool:
        kept = [found for found in pool.map(attempt, range(8)) if found]

    db.session.rollback()
    assert len(kept) == listing.how_many(survey.id) == 1
