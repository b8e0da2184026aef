"""The audit log: what staff did, and whether its chain holds."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain import audit
from votesite.domain.candidates import listing, versions
from votesite.domain.decisions import proposals
from votesite.domain.spreadsheets import Row
from votesite.domain.staff import people
from votesite.errors import Forbidden, MalformedRequest, NotFound
from votesite.models.audit import AuditEntry
from votesite.models.campaigns import Campaign
from votesite.web.access.numbers import whole_number
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import TABLE_TYPES, table_download
from votesite.web.wording import audit as words
from votesite.web.wording import decisions, dossiers
from votesite.web.wording.audit import Known

LINES_SHOWN = 100
LINES_SAVED = 5000  # in one file; those before it have a file of their own
READERS = ("owner", "supervisor", "auditor")


class Edited(NamedTuple):
    """A text of a dossier that was changed."""

    name: str
    former: str
    later: str


class Chosen(NamedTuple):
    """Which lines are asked for: of whom (0: commands on the server), which campaign, which day."""

    who: int | None
    campaign: int | None
    day: str


@bp.get("/audit")
@staff_required(*READERS)
def audit_log() -> ResponseReturnValue:
    """List the newest lines, of all campaigns or of those in which the reader has a role."""
    visible = _visible()
    campaigns = people.campaigns_of(require_staff().id)
    chosen = _chosen()
    lines = _lines(chosen, visible, LINES_SHOWN)
    return admin_page(
        "admin/site/audit_log.html",
        active="audit_log",
        lines=lines,
        known=_known(lines, campaigns),
        edits=_edits(lines, campaigns),
        before=_asked("before"),
        most=LINES_SAVED,
        titles={campaign.id: campaign.title for campaign in campaigns},
        authors=sorted(people.display_names(audit.authors(visible)).items()),
        chosen=chosen,
        older=lines[-1].n if len(lines) == LINES_SHOWN else None,
        head=audit.head(),
        broken=audit.first_broken(),
    )


@bp.get("/audit.<kind>")
@staff_required(*READERS)
def export_audit_log(kind: str) -> ResponseReturnValue:
    """Download the lines that the page's address asks for, as CSV or xlsx, newest first."""
    visible = _visible()
    if kind not in TABLE_TYPES:
        raise NotFound
    campaigns = people.campaigns_of(require_staff().id)
    lines = _lines(_chosen(), visible, LINES_SAVED)
    return table_download({_("审计日志"): _table(lines, campaigns)}, kind, "audit")


def _chosen() -> Chosen:
    return Chosen(_asked("who"), _asked("campaign"), _day())


def _lines(chosen: Chosen, visible: list[int] | None, limit: int) -> list[AuditEntry]:
    return audit.entries(
        _within(visible, chosen.campaign),
        by=chosen.who,
        on=chosen.day,
        before=_asked("before"),
        limit=limit,
    )


def _table(lines: Sequence[AuditEntry], campaigns: Sequence[Campaign]) -> list[Row]:
    """The lines as a table; each edit of a published dossier with the text before and after."""
    known, edits = _known(lines, campaigns), _edits(lines, campaigns)
    titles = {campaign.id: campaign.title for campaign in campaigns}
    heads = (_("序号"), _("时间"), _("谁"), _("做了什么"), _("活动"))
    sides = (_("原来"), _("改成"), _("校验值"))
    return [
        [*heads, *sides],
        *(
            [
                line.n,
                line.t,
                known.people.get(line.staff_id or 0) or _("服务器命令"),
                words.sentence(line, known),
                titles.get(line.campaign_id or 0, ""),
                *_sides(edits.get(line.n, [])),
                line.hash.hex(),
            ]
            for line in lines
        ),
    ]


def _sides(texts: Sequence[Edited]) -> tuple[str, str]:
    """The texts before an edit in one cell, and those after it in another."""
    return (
        "\n".join(f"{text.name}：{text.former}" for text in texts),
        "\n".join(f"{text.name}：{text.later}" for text in texts),
    )


def _visible() -> list[int] | None:
    """Ids of the campaigns whose lines may be read; None for every line, accounts included."""
    staff = require_staff()
    if staff.roles_everywhere & set(READERS):
        return None
    campaign_ids = {grant.campaign_id for grant in staff.grants_in_force() if grant.role in READERS}
    if not campaign_ids:
        raise Forbidden
    return sorted(number for number in campaign_ids if number is not None)


def _within(visible: list[int] | None, campaign_id: int | None) -> list[int] | None:
    """The campaigns asked for, as far as they may be read."""
    if campaign_id is None:
        return visible
    return [campaign_id] if visible is None or campaign_id in visible else []


def _asked(name: str) -> int | None:
    """A number of the address; None for one that is missing or left empty."""
    return whole_number(name) if request.args.get(name) else None


def _day() -> str:
    """The day asked for, or nothing; raises MalformedRequest for what is none."""
    text = request.args.get("day", "")
    if text and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise MalformedRequest
    return text


def _known(lines: Sequence[AuditEntry], campaigns: Sequence[Campaign]) -> Known:
    """What the lines speak of, as far as their campaigns are the reader's."""
    seen = {line.campaign_id for line in lines}
    shown = [campaign.id for campaign in campaigns if campaign.id in seen]
    candidates = {number: listing.candidates_of(number) for number in shown}
    return Known(
        people=people.display_names(one.id for one in people.everybody()),
        candidates={
            one.id: f"{one.no:02} {one.name}" for found in candidates.values() for one in found
        },
        decisions={
            one.id: decisions.sentence(one, candidates[number])
            for number in shown
            for one in proposals.of_campaign(number)
        },
    )


def _edits(lines: Sequence[AuditEntry], campaigns: Sequence[Campaign]) -> dict[int, list[Edited]]:
    """The texts that lines have changed in dossiers after the freeze, by the line's number.

    The log itself holds no text: these are public, and kept with the dossier.
    """
    known = {campaign.id: campaign for campaign in campaigns}
    return {
        line.n: [
            Edited(dossiers.part(known[line.campaign_id], row.part), row.former, row.later)
            for row in versions.changed_at(int(line.row_id), line.t)
            if dossiers.is_text(row)
        ]
        for line in lines
        if (line.table, line.action) == ("candidates", "edit") and line.campaign_id in known
    }
