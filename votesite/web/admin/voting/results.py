"""Figures for staff: the same as the public's, never more, with a table to download."""

from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.results import tallies, turnout
from votesite.domain.spreadsheets import Row
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import TABLE_TYPES, table_download


@bp.get("/c/<slug>/results")
@staff_required()
def results(slug: str) -> ResponseReturnValue:
    """Show the figures by category, as published, and the turnout."""
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
    """Download the published figures as CSV or xlsx."""
    campaign = staff_campaign(slug)
    if kind not in TABLE_TYPES or not campaign.is_published:
        raise NotFound
    figures = tallies.export_figures(campaign.id, slug, kind, by=require_staff().id)
    return table_download({_("票数"): _table(figures)}, kind, f"{slug}-results")


def _settle(campaign: Campaign) -> None:
    """Write what is due in the ledger, as the public pages do."""
    head = tallies.head(campaign.slug)
    if head is not None:
        tallies.settle_if_due(head)


def _ordered(rows: list[tallies.ResultRow]) -> list[tallies.ResultRow]:
    return sorted(rows, key=lambda row: (row.rank or 0, row.no))


def _table(figures: tallies.PublishedFigures) -> list[Row]:
    head: Row = [_("编号"), _("名称"), _("类别"), _("票数"), _("名次"), _("退出")]
    shown = [
        [row.no, row.name, row.category, row.votes, row.rank, _("是") if row.withdrawn else ""]
        for row in figures.rows
    ]
    note: Row = [
        _("截至 %(t)s", t=figures.as_of),
        _("有效选票 %(n)s 张", n=figures.ballots),
    ]
    return [head, *shown, note]
