"""Candidates: the list, one's dossier, its pictures. Who is to withdraw takes two people."""

from typing import Any

from flask import flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.setup import dossiers
from votesite.errors import BadPicture, InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.numbers import candidate_number
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import desk, faults_in_words
from votesite.web.wording import refusals

TEXTS = ("name", "category", "level", "region", "slogan", "summary")
MAX_NUMBER = 9999


@bp.get("/c/<slug>/candidates")
@staff_required()
def candidates_list(slug: str) -> ResponseReturnValue:
    """Every candidate with what its dossier still lacks."""
    campaign = staff_campaign(slug)
    return desk(
        "admin/candidates.html",
        campaign=campaign,
        active="candidates_list",
        rows=[(found, _lacking(campaign, found)) for found in listing.candidates_of(campaign.id)],
        frozen=freeze.is_frozen(campaign, clock.now()),
    )


@bp.get("/c/<slug>/candidates/new")
@staff_required()
def new_candidate(slug: str) -> ResponseReturnValue:
    """An empty dossier."""
    return _form(staff_campaign(slug, "editor"), None, {})


@bp.post("/c/<slug>/candidates/new")
@staff_required()
def add_candidate(slug: str) -> ResponseReturnValue:
    """Add a candidate, while names and numbers may still change."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    values = _values(campaign, None)
    try:
        made = dossiers.add(campaign.id, values, by=require_staff().id)
    except InvalidFields as refusal:
        return _form(campaign, None, values, 422, faults_in_words(refusal))
    flash(_("已添加 %(no)s 号。可以接着放图片。", no=made.no), "ok")
    return redirect(url_for(".candidate", slug=slug, no=made.no), 303)


@bp.get("/c/<slug>/candidates/<no>")
@staff_required()
def candidate(slug: str, no: str) -> ResponseReturnValue:
    """One dossier as a form; whoever may not edit reads it."""
    campaign = staff_campaign(slug)
    found = _candidate(campaign, no)
    return _form(campaign, found, _stored(found))


@bp.post("/c/<slug>/candidates/<no>")
@staff_required()
def edit_candidate(slug: str, no: str) -> ResponseReturnValue:
    """Save a dossier; the public page then says when it was updated."""
    campaign = staff_campaign(slug, "editor")
    found = _candidate(campaign, no)
    require_clean_fields()
    values = _values(campaign, found)
    try:
        saved = dossiers.edit(found.id, values, by=require_staff().id)
    except InvalidFields as refusal:
        return _form(campaign, _candidate(campaign, no), values, 422, faults_in_words(refusal))
    flash(_("已保存。公开页会写明更新时间。"), "ok")
    return redirect(url_for(".candidate", slug=slug, no=saved.no), 303)


@bp.post("/c/<slug>/candidates/<no>/remove")
@staff_required()
def remove_candidate(slug: str, no: str) -> ResponseReturnValue:
    """Take a candidate off the list before the freeze."""
    campaign = staff_campaign(slug, "editor")
    found = _candidate(campaign, no)
    try:
        dossiers.remove(found.id, by=require_staff().id)
    except InvalidFields as refusal:
        flash(next(iter(faults_in_words(refusal).values())), "bad")
        return redirect(url_for(".candidate", slug=slug, no=no), 303)
    flash(_("%(no)s 号已移除。", no=no), "ok")
    return redirect(url_for(".candidates_list", slug=slug), 303)


@bp.post("/c/<slug>/candidates/<no>/pictures")
@staff_required(files=True)
def add_picture(slug: str, no: str) -> ResponseReturnValue:
    """Show one more picture."""
    campaign = staff_campaign(slug, "editor")
    found = _candidate(campaign, no)
    upload = request.files.get("picture")
    faults = {}
    try:
        data = upload.read() if upload else b""
        name = (upload.filename or "") if upload else ""
        dossiers.add_picture(found.id, data, name, by=require_staff().id)
    except BadPicture as refusal:
        g.refused = refusal.name
        faults = {"picture": refusals.picture(refusal.reason, **refusal.detail)}
    except InvalidFields as refusal:
        faults = faults_in_words(refusal)
    if faults:
        kept = _candidate(campaign, no)
        return _form(campaign, kept, _stored(kept), 422, faults)
    flash(_("图片已放上。"), "ok")
    return redirect(url_for(".candidate", slug=slug, no=no), 303)


@bp.post("/c/<slug>/candidates/<no>/pictures/<token>/remove")
@staff_required()
def remove_picture(slug: str, no: str, token: str) -> ResponseReturnValue:
    """Show a picture no longer."""
    campaign = staff_campaign(slug, "editor")
    dossiers.remove_picture(_candidate(campaign, no).id, token, by=require_staff().id)
    flash(_("图片已撤下。"), "ok")
    return redirect(url_for(".candidate", slug=slug, no=no), 303)


def _candidate(campaign: Campaign, no: str) -> Candidate:
    found = listing.candidate_numbered(campaign.id, candidate_number(no))
    if found is None:
        raise NotFound
    return found


def _form(
    campaign: Campaign,
    found: Candidate | None,
    values: dict[str, Any],
    status: int = 200,
    faults: dict[str, str] | None = None,
) -> ResponseReturnValue:
    return desk(
        "admin/candidate.html",
        status,
        campaign=campaign,
        active="candidates_list",
        candidate=found,
        values=values,
        faults=faults or {},
        longest=dossiers.MAX_TEXT,
        frozen=freeze.is_frozen(campaign, clock.now()),
        may_edit=may(campaign, "editor"),
    )


def _stored(found: Candidate) -> dict[str, Any]:
    return {key: getattr(found, key) for key in ("no", *TEXTS)} | {"dossier": found.dossier}


def _values(campaign: Campaign, found: Candidate | None) -> dict[str, Any]:
    """The form's fields; one that is shown frozen is not sent and keeps its value."""
    empty: dict[str, Any] = {"no": None, **dict.fromkeys(TEXTS, "")}
    had = _stored(found) if found else empty
    values = {key: _line_ends(request.form.get(key, had[key])) for key in TEXTS}
    kept = {} if found is None else found.dossier
    given = {
        criterion["key"]: _line_ends(
            request.form.get(f"d-{criterion['key']}", kept.get(criterion["key"], ""))
        )
        for criterion in campaign.criteria
    }
    return {
        "no": _number(had["no"]),
        **values,
        "dossier": {key: text for key, text in given.items() if text},
    }


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _number(had: int | None) -> int | None:
    text = request.form.get("no", "" if had is None else str(had)).strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else MAX_NUMBER + 1


def _lacking(campaign: Campaign, found: Candidate) -> list[str]:
    """What a dossier still lacks, in words."""
    lacking = [
        criterion["name"]
        for criterion in campaign.criteria
        if not found.dossier.get(criterion["key"])
    ]
    if not found.images:
        lacking.insert(0, _("图片"))
    if not found.summary:
        lacking.insert(0, _("简介"))
    return lacking
