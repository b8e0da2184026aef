"""Private links of nominated bodies: made, listed, revoked. Each is shown once."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.candidates import listing
from votesite.domain.hearing import links
from votesite.domain.hearing.links import Made
from votesite.domain.texts import typed_whole
from votesite.errors import InvalidFields
from votesite.models.campaigns import Campaign
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.access.visitors import base_url, wants_json
from votesite.web.admin.acting import CREATED, NO_FAILURE, Failure, run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_json

READING = ("editor", "reviewer", "supervisor")
MAKING = ("editor",)
MAX_DIGITS = 4


@bp.get("/c/<slug>/dossiers")
@staff_required()
def dossiers(slug: str) -> ResponseReturnValue:
    """List the links, without what they are: that nobody can read again."""
    campaign = staff_campaign(slug, *READING)
    if not wants_json():
        return _page(campaign)
    now = clock.now()
    listed = [
        {
            "id": link.id,
            "no": link.no,
            "made_at": link.made_at,
            "expires_at": link.expires_at,
            "revoked_at": link.revoked_at,
            "seen_at": link.seen_at,
            "works": links.works(link, now),
        }
        for link in links.links_of(campaign.id)
    ]
    return private_json({"links": listed})


@bp.post("/c/<slug>/dossiers")
@staff_required()
def make_dossier_links(slug: str) -> ResponseReturnValue:
    """Make the link of one candidate, or of all, and show them this once."""
    campaign = staff_campaign(slug, *MAKING)
    require_clean_fields()
    typed = typed_whole(request.form.get("candidate", ""), MAX_DIGITS)
    numbers = None if request.form.get("all") == "1" else [typed or 0]
    try:
        made = links.make(campaign.id, numbers, by=require_staff().id)
    except InvalidFields as refusal:
        if wants_json():
            raise
        return _page(campaign, Failure(refusal.status, faults_in_words(refusal)))
    if wants_json():
        told = [{"no": one.no, "link": _address(one)} for one in made]
        return private_json({"links": told}, CREATED)
    return _page(campaign, made=[(one, _address(one)) for one in made])


@bp.post("/c/<slug>/dossiers/<int:link_id>/revoke")
@staff_required()
def revoke_dossier_link(slug: str, link_id: int) -> ResponseReturnValue:
    """End a link at once."""
    campaign = staff_campaign(slug, *MAKING)
    return run(
        lambda: links.revoke(campaign.id, link_id, by=require_staff().id),
        done=_("链接已停用。"),
        to=url_for(".dossiers", slug=slug),
    )


def _page(
    campaign: Campaign,
    failure: Failure = NO_FAILURE,
    *,
    made: list[tuple[Made, str]] | None = None,
) -> ResponseReturnValue:
    now = clock.now()
    listed = links.links_of(campaign.id)
    candidates = listing.candidates_of(campaign.id)
    return admin_page(
        "admin/hearing/dossiers.html",
        failure.status,
        campaign=campaign,
        active="dossiers",
        links=listed,
        working={link.id for link in listed if links.works(link, now)},
        names={one.no: one.name for one in candidates},
        candidates=[one for one in candidates if not one.is_withdrawn],
        made=made or [],
        may_make=may(campaign, *MAKING) and campaign.is_published,
        faults=failure.faults,
    )


def _address(made: Made) -> str:
    return f"{base_url()}{url_for('dossiers.dossier', token=made.token)}"
