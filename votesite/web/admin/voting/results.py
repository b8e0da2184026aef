"""Figures for staff: the same as the public's, never more, with a table to take along."""

from flask import Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import audit, spreadsheets
from votesite.domain.results import tallies, turnout
from votesite.errors import NotFound
from votesite.extensions import writing
from votesite.models.campaigns import Campaign
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/c/<slug>/results")
@staff_required()
def results(slug: str) -> ResponseReturnValue:
    """Figures by category, as published, and the turnout."""
    campaign = staff_campaign(slug)
    if not campaign.is_published:
        return admin_page("admin/voting/results_later.html", campaign=campaign, active="results")
    _settle(campaign)
    standing = tallies.published_figures(campaign.id)
    groups = [
        (name, [row for row in standing.rows if row.category == name])
        for name in campaign.category_names
    ]
    return admin_page(
        "admin/voting/results.html",
        campaign=campaign,
        active="results",
        standing=standing,
        groups=[(name, _ordered(rows)) for name, rows in groups if rows],
        figures=turnout.turnout(campaign.id, now=clock.now()),
    )


@bp.get("/c/<slug>/results.<kind>")
@staff_required()
def export_results(slug: str, kind: str) -> ResponseReturnValue:
    """The published figures as CSV or xlsx."""
    campaign = staff_campaign(slug)
    if kind not in KINDS or not campaign.is_published:
        raise NotFound
    _settle(campaign)
    with writing():
        now = clock.now()
        audit.note(require_staff().id, "export", "results", kind, campaign_id=campaign.id, now=now)
    rows = _table(tallies.published_figures(campaign.id))
    body: str | bytes = (
        spreadsheets.csv_text(rows) if kind == "csv" else spreadsheets.xlsx_bytes({_("票数"): rows})
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{slug}-results.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, content_type=KINDS[kind])


def _settle(campaign: Campaign) -> None:
    """What time has made due is written first, as on the public pages."""
    head = tallies.head(campaign.slug)
    if head is not None:
        tallies.settle_if_due(head)


def _ordered(rows: list[tallies.ResultRow]) -> list[tallies.ResultRow]:
    return sorted(rows, key=lambda row: (row.rank or 0, row.no))


def _table(standing: tallies.PublishedFigures) -> list[spreadsheets.Row]:
    head: spreadsheets.Row = [_("编号"), _("名称"), _("类别"), _("票数"), _("名次"), _("退出")]
    shown = [
        [row.no, row.name, row.category, row.votes, row.rank, _("是") if row.withdrawn else ""]
        for row in standing.rows
    ]
    note: spreadsheets.Row = [
        _("截至 %(t)s", t=standing.as_of),
        _("有效选票 %(n)s 张", n=standing.ballots),
    ]
    return [head, *shown, note]
