"""Candidates: the list, a dossier, its pictures. Withdrawing one takes a decision of two people."""

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.candidates.fields import MAX_NUMBER
from votesite.domain.schemas import Tree
from votesite.domain.setup import dossiers
from votesite.domain.texts import tidy, whole
from votesite.errors import BadPicture, InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.numbers import candidate_number
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import refusals

TEXTS = ("name", "category", "level", "region", "slogan", "summary")


@bp.get("/c/<slug>/candidates")
@staff_required()
def candidates_list(slug: str) -> ResponseReturnValue:
    """List the candidates with what each dossier still lacks."""
    campaign = staff_campaign(slug)
    return admin_page(
        "admin/candidates/candidates.html",
        campaign=campaign,
        active="candidates_list",
        rows=[
            (candidate, _lacking(campaign, candidate))
            for candidate in listing.candidates_of(campaign.id)
        ],
        frozen=freeze.is_frozen(campaign, clock.now()),
    )


@bp.get("/c/<slug>/candidates/new")
@staff_required()
def new_candidate(slug: str) -> ResponseReturnValue:
    """Show an empty dossier."""
    return _form(staff_campaign(slug, "editor"), None, {})


@bp.post("/c/<slug>/candidates/new")
@staff_required()
def add_candidate(slug: str) -> ResponseReturnValue:
    """Add a candidate, as long as names and numbers may change."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    values = _values(campaign, None)
    try:
        candidate = dossiers.add(campaign.id, values, by=require_staff().id)
    except InvalidFields as refusal:
        return _form(campaign, None, values, 422, faults_in_words(refusal))
    flash(_("已添加 %(no)s 号。可以接着放图片。", no=candidate.no), "ok")
    return see_other(url_for(".candidate", slug=slug, no=candidate.no))


@bp.get("/c/<slug>/candidates/<no>")
@staff_required()
def candidate(slug: str, no: str) -> ResponseReturnValue:
    """Show a dossier as a form, read-only for those who may not edit it."""
    campaign = staff_campaign(slug)
    dossier = _candidate(campaign, no)
    return _form(campaign, dossier, _stored(dossier))


@bp.post("/c/<slug>/candidates/<no>")
@staff_required()
def edit_candidate(slug: str, no: str) -> ResponseReturnValue:
    """Save a dossier; the public page then shows when it was updated."""
    campaign = staff_campaign(slug, "editor")
    dossier = _candidate(campaign, no)
    require_clean_fields()
    values = _values(campaign, dossier)
    try:
        saved = dossiers.edit(dossier.id, values, by=require_staff().id)
    except InvalidFields as refusal:
        return _form(campaign, _candidate(campaign, no), values, 422, faults_in_words(refusal))
    flash(_("已保存。公开页会写明更新时间。"), "ok")
    return see_other(url_for(".candidate", slug=slug, no=saved.no))


@bp.post("/c/<slug>/candidates/<no>/remove")
@staff_required()
def remove_candidate(slug: str, no: str) -> ResponseReturnValue:
    """Remove a candidate before the freeze."""
    campaign = staff_campaign(slug, "editor")
    dossier = _candidate(campaign, no)
    try:
        dossiers.remove(dossier.id, by=require_staff().id)
    except InvalidFields as refusal:
        flash(next(iter(faults_in_words(refusal).values())), "bad")
        return see_other(url_for(".candidate", slug=slug, no=no))
    flash(_("%(no)s 号已移除。", no=no), "ok")
    return see_other(url_for(".candidates_list", slug=slug))


@bp.post("/c/<slug>/candidates/<no>/pictures")
@staff_required(files=True)
def add_picture(slug: str, no: str) -> ResponseReturnValue:
    """Add a picture."""
    campaign = staff_campaign(slug, "editor")
    dossier = _candidate(campaign, no)
    upload = request.files.get("picture")
    faults = {}
    try:
        data = upload.read() if upload else b""
        name = (upload.filename or "") if upload else ""
        dossiers.add_picture(dossier.id, data, name, by=require_staff().id)
    except BadPicture as refusal:
        g.refused = refusal.name
        faults = {"picture": refusals.picture(refusal.reason, **refusal.detail)}
    except InvalidFields as refusal:
        faults = faults_in_words(refusal)
    if faults:
        unchanged = _candidate(campaign, no)
        return _form(campaign, unchanged, _stored(unchanged), 422, faults)
    flash(_("图片已放上。"), "ok")
    return see_other(url_for(".candidate", slug=slug, no=no))


@bp.post("/c/<slug>/candidates/<no>/pictures/<token>/remove")
@staff_required()
def remove_picture(slug: str, no: str, token: str) -> ResponseReturnValue:
    """Remove a picture."""
    campaign = staff_campaign(slug, "editor")
    dossiers.remove_picture(_candidate(campaign, no).id, token, by=require_staff().id)
    flash(_("图片已撤下。"), "ok")
    return see_other(url_for(".candidate", slug=slug, no=no))


def _candidate(campaign: Campaign, no: str) -> Candidate:
    candidate = listing.candidate_numbered(campaign.id, candidate_number(no))
    if candidate is None:
        raise NotFound
    return candidate


def _form(
    campaign: Campaign,
    candidate: Candidate | None,
    values: Tree,
    status: int = 200,
    faults: dict[str, str] | None = None,
) -> ResponseReturnValue:
    return admin_page(
        "admin/candidates/candidate.html",
        status,
        campaign=campaign,
        active="candidates_list",
        candidate=candidate,
        values=values,
        faults=faults or {},
        frozen=freeze.is_frozen(campaign, clock.now()),
        may_edit=may(campaign, "editor"),
    )


def _stored(candidate: Candidate) -> Tree:
    return {key: getattr(candidate, key) for key in ("no", *TEXTS)} | {"dossier": candidate.dossier}


def _values(campaign: Campaign, candidate: Candidate | None) -> Tree:
    """The values to store; a field that is shown disabled is not posted and keeps its value."""
    empty: Tree = {"no": None, **dict.fromkeys(TEXTS, "")}
    had = _stored(candidate) if candidate else empty
    values = {key: tidy(request.form.get(key, had[key])) for key in TEXTS}
    dossier = {} if candidate is None else candidate.dossier
    given = {
        criterion["key"]: tidy(
            request.form.get(f"d-{criterion['key']}", dossier.get(criterion["key"], ""))
        )
        for criterion in campaign.criteria
    }
    return {
        "no": _number(had["no"]),
        **values,
        "dossier": {key: text for key, text in given.items() if text},
    }


def _number(had: int | None) -> int | None:
    text = request.form.get("no", "" if had is None else str(had)).strip()
    if not text:
        return None
    number = whole(text, 4)
    return MAX_NUMBER + 1 if number is None else number


def _lacking(campaign: Campaign, candidate: Candidate) -> list[str]:
    """Names of what a dossier still lacks."""
    lacking = [
        criterion["name"]
        for criterion in campaign.criteria
        if not candidate.dossier.get(criterion["key"])
    ]
    if not candidate.images:
        lacking.insert(0, _("图片"))
    if not candidate.summary:
        lacking.insert(0, _("简介"))
    return lacking
