"""Questionnaires: who may answer, what counts as an answer, and that anonymous ones are."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_urlsafe
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign, voter
from tests.support.surveys import EACH, HOW, RATED, TABLE, WHY, answered, make_survey
from votesite.domain.surveys import answering, figures
from votesite.domain.surveys.questions import SCALE, question_of, read_answers
from votesite.domain.voting import casting, voters
from votesite.domain.voting.casting import Ballot
from votesite.domain.voting.consents import has_consent
from votesite.errors import (
    Closed,
    ConsentRequired,
    Fault,
    InvalidAnswers,
    LimitReached,
    NotEligible,
)
from votesite.extensions import db, writing
from votesite.models.surveys import Survey, SurveyAnswer, SurveyMark
from votesite.models.voting import Consent


def read(question, numbers=(1, 2), **fields):
    given = {
        f"answers.{name.replace('__', '.')}": value if isinstance(value, list) else [value]
        for name, value in fields.items()
    }
    return read_answers([question_of(found) for found in question], numbers, given)


def faults(questions, **fields):
    with pytest.raises(InvalidAnswers) as refused:
        read(questions, **fields)
    return refused.value.fields


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

    marks = db.session.scalars(select(SurveyMark)).all()
    kept = db.session.scalars(select(SurveyAnswer)).all()
    assert len(marks) == len(kept) == 8
    assert {row.voter for row in kept} == {None}
    assert not {mark.id for mark in marks} & {row.id for row in kept}
    keys = {voters.voter_key(survey.campaign_id, voter(who)) for who in range(1, 9)}
    assert not keys & {mark.mark for mark in marks}
    assert set(SurveyMark.__table__.columns.keys()) == {"id", "survey_id", "mark"}


@pytest.mark.sqlite
@pytest.mark.parametrize("table", ["survey_marks", "survey_answers"])
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

    assert count(SurveyAnswer) == 2
    assert answering.has_answered(survey, voters.voter_key(survey.campaign_id, voter(1)))
    assert not answering.has_answered(survey, voters.voter_key(survey.campaign_id, voter(3)))


@pytest.mark.parametrize("anonymous", [True, False])
def test_one_answer_a_voter_is_a_constraint_of_the_database(app, anonymous):
    survey = make_survey(make_campaign(), anonymous=anonymous)
    answered(survey)
    if anonymous:
        mark = db.session.scalar(select(SurveyMark.mark))
        db.session.add(SurveyMark(id="a" * 32, survey_id=survey.id, mark=mark))
    else:
        key = db.session.scalar(select(SurveyAnswer.voter))
        row = SurveyAnswer(id="a" * 32, survey_id=survey.id, voter=key, answers={}, answered_on="")
        db.session.add(row)

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


def test_single_choice_takes_one_of_its_options():
    question = [{**HOW, "type": "single", "required": True}]

    assert read(question, how="网上") == {"how": "网上"}
    assert faults(question, how="传真") == {"how": Fault("unknown-choice")}
    assert faults(question, how=["网上", "窗口"]) == {"how": Fault("too-many", max=1)}
    assert faults(question, how="") == {"how": Fault("missing")}


def test_multiple_choice_keeps_the_order_of_the_options():
    assert read([HOW], how=["电话", "窗口"]) == {"how": ["窗口", "电话"]}
    assert faults([HOW], how=["电话", "传真"]) == {"how": Fault("unknown-choice")}


def test_scale_goes_from_one_to_five_or_has_named_steps():
    named = {**RATED, "options": ["不满意", "一般", "满意"]}

    assert read([RATED], rate="5") == {"rate": "5"}
    assert faults([RATED], rate="6") == {"rate": Fault("unknown-choice")}
    assert read([named], rate="满意") == {"rate": "满意"}
    assert question_of(named).weights == {"不满意": 1, "一般": 2, "满意": 3}
    assert question_of({**RATED, "options": ["0", "5", "10"]}).weights == {"0": 0, "5": 5, "10": 10}


def test_matrix_rates_each_row():
    assert read([TABLE], table__1="好", table__2="差") == {"table": {"态度": "好", "速度": "差"}}
    assert read([TABLE], table__2="中") == {"table": {"速度": "中"}}
    assert faults([{**TABLE, "required": True}], table__1="好") == {"table": Fault("missing")}
    assert question_of({**TABLE, "options": ["甲"]}).options == SCALE


def test_text_is_tidied_limited_and_without_control_characters():
    note = {"id": "note", "type": "text", "text": "说说"}

    assert read([note], note=" 很好\r\n谢谢 ") == {"note": "很好\n谢谢"}
    assert faults([note], note="好" * 2001) == {"note": Fault("too-long", max=2000, n=1)}
    assert faults([note], note="好\x00") == {"note": Fault("control-characters")}


def test_question_for_each_candidate_has_a_field_for_each():
    assert read([EACH], each__1="5", each__2="") == {"each": {"1": "5"}}
    assert faults([{**EACH, "required": True}], each__9="5") == {"each": Fault("missing")}


def test_question_with_a_condition_is_asked_only_then():
    assert read([RATED, WHY], rate="5", why="没人问") == {"rate": "5"}
    assert faults([RATED, WHY], rate="2") == {"why": Fault("missing")}
    assert read([RATED, WHY], rate="2", why="慢") == {"rate": "2", "why": "慢"}


def test_condition_on_a_multiple_choice_holds_for_any_of_its_answers():
    other = {**WHY, "show_if": {"question": "how", "is": ["电话"]}}

    assert faults([HOW, other], how=["窗口", "电话"]) == {"why": Fault("missing")}
    assert read([HOW, other], how=["窗口"]) == {"how": ["窗口"]}


def test_empty_form_is_no_answer():
    assert faults([HOW, EACH]) == {"how": Fault("missing")}


def test_all_faults_are_told_at_once():
    assert sorted(faults([RATED, HOW], how="传真")) == ["how", "rate"]


def test_folder_brings_questionnaires_to_what_it_says(app):
    campaign = make_campaign()
    first = make_survey(campaign, RATED)
    definition = {**answering.folder_form(campaign.id)[0], "title": "另一个标题"}
    with writing():
        answering.store_from_folder(campaign, [definition, {**definition, "id": "second"}])

    assert [(found.key, found.title) for found in answering.surveys_of(campaign.id)] == [
        ("feedback", "另一个标题"),
        ("second", "另一个标题"),
    ]
    assert answering.find(campaign.id, "feedback").id == first.id

    answered(first)
    with writing():
        answering.store_from_folder(campaign, [])
    assert [found.key for found in answering.surveys_of(campaign.id)] == ["feedback"]


def test_folder_form_is_what_was_loaded(app):
    campaign = make_campaign()
    make_survey(campaign, RATED, TABLE, WHY)

    (form,) = answering.folder_form(campaign.id)

    assert form == {
        "id": "feedback",
        "title": "办事体验问卷",
        "audience": "everyone",
        "phase": ["voting"],
        "anonymous": False,
        "questions": [RATED, TABLE, WHY],
    }


def test_figures_count_every_question(app):
    survey = make_survey(make_campaign(), RATED, HOW, WHY, TABLE, EACH)
    answered(survey, 1, rate="5", how=["窗口", "网上"], table__1="好", each__1="5", each__2="1")
    answered(survey, 2, rate="2", why="慢", how="窗口", table__1="差", each__1="3")

    rate, how, why, table, each = figures.figures(survey)

    assert (rate.answered, rate.series[0].mean) == (2, 3.5)
    assert how.series[0].shares == [("窗口", 2, 100.0), ("网上", 1, 50.0), ("电话", 0, 0.0)]
    assert (why.answered, why.texts) == (1, [("", "慢")])
    assert [(one.label, one.answered, one.mean) for one in table.series] == [("态度", 2, 2.0)]
    assert [(one.label, one.no, one.mean) for one in each.series] == [
        ("第1镇", 1, 4.0),
        ("第2镇", 2, 1.0),
    ]
    assert each.series[0].counts == Counter({"5": 1, "3": 1})


def test_satisfaction_is_the_candidates_mean_from_nought_to_a_hundred(app):
    campaign = make_campaign()
    survey = make_survey(campaign, RATED, EACH)
    answered(survey, 1, rate="5", each__1="5", each__2="1")
    answered(survey, 2, rate="5", each__1="4")

    scores = figures.satisfaction(campaign.id)

    assert {no: (found.answers, found.score) for no, found in scores.items()} == {
        1: (2, 87.5),
        2: (1, 0.0),
    }


def test_table_of_answers_has_a_column_for_each_thing_asked(app):
    survey = make_survey(make_campaign(candidates=2), HOW, TABLE, EACH)
    answered(survey, 1, how=["窗口", "网上"], table__2="中", each__2="5")

    heads, rows = figures.answer_rows(survey)

    assert heads == [
        "怎么办的",
        "分项 · 态度",
        "分项 · 速度",
        "给各镇打分 · 第1镇",
        "给各镇打分 · 第2镇",
    ]
    assert rows == [["2026-11-20", "窗口；网上", None, "中", None, "5"]]


def test_person_sees_and_deletes_own_answers_but_not_anonymous_ones(app):
    campaign = make_campaign()
    named = make_survey(campaign)
    definition = {**answering.folder_form(campaign.id)[0], "id": "quiet", "anonymous": True}
    with writing():
        answering.store_from_folder(campaign, [*answering.folder_form(campaign.id), definition])
    quiet = answering.find(campaign.id, "quiet")
    for who in (1, 2):
        answered(named, who)
        answered(quiet, who)

    assert [(found.id, kept.answers) for _, found, kept in answering.mine(voter(1))] == [
        (named.id, {"rate": "4"})
    ]
    assert answering.delete_mine(voter(1)) == 1

    assert answering.mine(voter(1)) == []
    assert [answering.how_many(found) for found in (named.id, quiet.id)] == [1, 2]
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
    assert len(kept) == count(SurveyAnswer) == 1
