"""The audit log: what staff did, and whether its chain holds."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from flask import request
from flask.typing import ResponseReturnValue

from votesite.domain import audit
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.staff import people
from votesite.errors import Forbidden, MalformedRequest
from votesite.models.audit import AuditEntry
from votesite.models.campaigns import Campaign
from votesite.web.access.numbers import whole_number
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.wording import decisions
from votesite.web.wording.audit import Known

LINES_SHOWN = 100
READERS = ("owner", "supervisor", "auditor")


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
    chosen = Chosen(_asked("who"), _asked("campaign"), _day())
    lines = audit.entries(
        _within(visible, chosen.campaign),
        by=chosen.who,
        on=chosen.day,
        before=_asked("before"),
        limit=LINES_SHOWN,
    )
    return admin_page(
        "admin/site/audit_log.html",
        active="audit_log",
        lines=lines,
        known=_known(lines, campaigns),
        titles={campaign.id: campaign.title for campaign in campaigns},
        authors=sorted(people.display_names(audit.authors(visible)).items()),
        chosen=chosen,
        older=lines[-1].n if len(lines) == LINES_SHOWN else None,
        head=audit.head(),
        broken=audit.first_broken(),
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
