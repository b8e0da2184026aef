"""Questionnaires for staff: which there are, how they were answered, answers to take along."""

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import audit, spreadsheets
from votesite.domain.surveys import answering, figures
from votesite.domain.surveys.figures import Figures
from votesite.errors import NotFound
from votesite.extensions import writing
from votesite.models.surveys import Survey
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page

READING = ("editor", "supervisor", "auditor")
TEXTS_SHOWN = 100
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/c/<slug>/surveys")
@staff_required()
def surveys(slug: str) -> ResponseReturnValue:
    """Every questionnaire: when it is open, for whom, how many have answered."""
    campaign = staff_campaign(slug, *READING)
    now = clock.now()
    return admin_page(
        "admin/voting/surveys.html",
        campaign=campaign,
        active="surveys",
        rows=[
            (found, answering.how_many(found.id), answering.is_open(found, campaign, now))
            for found in answering.surveys_of(campaign.id)
        ],
    )


@bp.get("/c/<slug>/surveys/<survey_id>")
@staff_required()
def survey(slug: str, survey_id: str) -> ResponseReturnValue:
    """How it was answered: a chart and a table for each question."""
    campaign = staff_campaign(slug, *READING)
    found = answering.find(campaign.id, survey_id)
    return admin_page(
        "admin/voting/survey.html",
        campaign=campaign,
        active="surveys",
        survey=found,
        answered=answering.how_many(found.id),
        is_open=answering.is_open(found, campaign, clock.now()),
        figures=figures.figures(found),
        texts_shown=TEXTS_SHOWN,
    )


@bp.get("/c/<slug>/surveys/<survey_id>/answers.<kind>")
@staff_required()
def export_survey(slug: str, survey_id: str, kind: str) -> ResponseReturnValue:
    """All answers as CSV, or as xlsx with a sheet of figures; who is behind them is in neither."""
    campaign = staff_campaign(slug, *READING)
    found = answering.find(campaign.id, survey_id)
    if kind not in KINDS:
        raise NotFound
    with writing():
        now = clock.now()
        audit.note(
            require_staff().id, "export", "surveys", found.id, ["answers"], campaign.id, now=now
        )
    heads, rows = figures.answer_rows(found)
    table: list[spreadsheets.Row] = [[_("日期"), *heads], *rows]
    body: str | bytes = (
        spreadsheets.csv_text(table)
        if kind == "csv"
        else spreadsheets.xlsx_bytes({_("答卷"): table, _("统计"): _figures_table(found)})
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{slug}-{survey_id}.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, content_type=KINDS[kind])


def _figures_table(found: Survey) -> list[spreadsheets.Row]:
    """Every question's figures, one line an option."""
    head: spreadsheets.Row = [
        _("问题"),
        _("对象"),
        _("选项"),
        _("人数"),
        _("占回答者百分比"),
        _("平均"),
    ]
    lines = [line for one in figures.figures(found) for line in _figure_lines(one)]
    return [head, *lines]


def _figure_lines(one: Figures) -> list[spreadsheets.Row]:
    if one.question.type == "text":
        return [[one.question.text, "", _("有文字的"), one.answered, None, None]]
    return [
        [
            one.question.text,
            series.label,
            option,
            count,
            round(share, 1),
            round(series.mean, 2) if series.mean is not None else None,
        ]
        for series in one.series
        for option, count, share in series.shares
    ]
