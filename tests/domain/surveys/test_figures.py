"""Figures and tables of a questionnaire's answers."""

from collections import Counter

from tests.support.factories import make_campaign
from tests.support.surveys import EACH, HOW, RATED, TABLE, WHY, answered, make_survey
from votesite.domain.surveys import figures


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
