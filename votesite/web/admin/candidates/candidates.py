"""Candidates: the list, a dossier, its pictures. Withdrawing one takes a decision of two people."""

from typing import Any

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain import edits
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.candidates.fields import MAX_NUMBER
from votesite.domain.schemas import Tree
from votesite.domain.setup import dossiers
from votesite.domain.setup.dossiers import PictureEdits
from votesite.domain.texts import tidy, typed_whole, whole
from votesite.errors import BadPicture, Conflict, InvalidFields, NotFound, Refused
from votesite.extensions import load_in
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.numbers import candidate_number
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.campaign import setup
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import refusals, settings

MOVES = {"earlier": -1, "later": 1}  # buttons, and how many places they move a picture
TEXTS = ("name", "category", "level", "region", "slogan", "summary")


@bp.get("/c/<slug>/candidates")
@staff_required()
def candidates_list(slug: str) -> ResponseReturnValue:
    """List the candidates with what each dossier still lacks."""
    campaign = staff_campaign(slug)
    return admin_page(
        "admin/candidates/candidates.html",
        campaign=campaign,
        steps=_steps(campaign),
        step="candidates",
        next=setup.after(campaign, "candidates"),
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
@staff_required(files=True)
def add_candidate(slug: str) -> ResponseReturnValue:
    """Add a candidate with its pictures, as long as names and numbers may change."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    values = _values(campaign, None)
    try:
        candidate = dossiers.add(campaign.id, values, edited=_edited(), by=require_staff().id)
    except (InvalidFields, BadPicture) as refusal:
        return _again(campaign, None, values, refusal)
    flash(_("已添加 %(no)s 号“%(name)s”。", no=candidate.no, name=candidate.name), "ok")
    return see_other(_next(slug, candidate.no))


@bp.get("/c/<slug>/candidates/<no>")
@staff_required()
def candidate(slug: str, no: str) -> ResponseReturnValue:
    """Show a dossier as a form, read-only for those who may not edit it."""
    campaign = staff_campaign(slug)
    dossier = _candidate(campaign, no)
    return _form(campaign, dossier, dossiers.values_of(campaign, dossier))


@bp.post("/c/<slug>/candidates/<no>")
@staff_required(files=True)
def edit_candidate(slug: str, no: str) -> ResponseReturnValue:
    """Save a dossier and its pictures; the public page then shows when it was updated."""
    campaign = staff_campaign(slug, "editor")
    dossier = _posted(campaign, no)
    require_clean_fields()
    values, seen = _values(campaign, dossier), request.form.get("seen", "")
    try:
        saved = dossiers.edit(
            dossier.id, values, edited=_edited(), seen=seen, by=require_staff().id
        )
    except (InvalidFields, BadPicture, Conflict) as refusal:
        return _again(campaign, dossier.id, values, refusal)
    flash(_("已保存。公开页会写明更新时间。"), "ok")
    return see_other(_next(slug, saved.no))


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


def _steps(campaign: Campaign) -> list[tuple[str, str, bool]]:
    """The steps of the set-up, of which the candidates are one; none once it is over."""
    is_setup = not campaign.is_published and may(campaign, *setup.READERS)
    return setup.progress(campaign) if is_setup else []


def _candidate(campaign: Campaign, no: str) -> Candidate:
    candidate = listing.candidate_numbered(campaign.id, candidate_number(no))
    if candidate is None:
        raise NotFound
    return candidate


def _posted(campaign: Campaign, no: str) -> Candidate:
    """The candidate whose form this was, also where its number has changed since."""
    known = whole(request.form.get("id", ""), 12)
    if known is None:
        return _candidate(campaign, no)
    return load_in(Candidate, known, campaign.id)


def _next(slug: str, no: int) -> str:
    """Where to go on: an empty dossier, if asked for, else the one that was saved."""
    if request.form.get("act") == "again":
        return url_for(".new_candidate", slug=slug)
    return url_for(".candidate", slug=slug, no=no)


def _again(
    campaign: Campaign, candidate_id: int | None, values: Tree, refusal: Refused
) -> ResponseReturnValue:
    """The form as it was filled in, with what keeps it from being saved."""
    dossier = None if candidate_id is None else dossiers.by_id(candidate_id)
    if isinstance(refusal, Conflict):
        rows = [
            (_label(campaign, key), settings.as_text(now), settings.as_text(given))
            for key, (now, given) in refusal.fields.items()
        ]
        return _form(campaign, dossier, refusal.values, refusal.status, conflicts=rows)
    faults = faults_in_words(refusal) if isinstance(refusal, InvalidFields) else {}
    if isinstance(refusal, BadPicture):
        g.refused = refusal.name
        faults = {"pictures": refusals.bad_picture(refusal)}
    seen = request.form.get("seen", "")
    return _form(campaign, dossier, values, refusal.status, faults=faults, seen=seen)


def _form(
    campaign: Campaign,
    candidate: Candidate | None,
    values: Tree,
    status: int = 200,
    **context: Any,
) -> ResponseReturnValue:
    """A dossier's form with `values`; its marks are those of what stands, or `seen`."""
    standing = dossiers.values_of(campaign, candidate) if candidate else {}
    faults = context.pop("faults", {})
    return admin_page(
        "admin/candidates/candidate.html",
        status,
        campaign=campaign,
        active="candidates_list",
        steps=_steps(campaign),
        step="candidates",
        candidate=candidate,
        values=values,
        captions={**standing.get("captions", {}), **values.get("captions", {})},
        faults=faults,
        fault_rows=[
            (f"f-{_field(campaign, key)}", _label(campaign, key), said)
            for key, said in faults.items()
        ],
        frozen=freeze.is_frozen(campaign, clock.now()),
        may_edit=may(campaign, "editor"),
        max_pictures=dossiers.MAX_PICTURES,
        **{"seen": edits.marks(standing), "conflicts": [], **context},
    )


def _field(campaign: Campaign, key: str) -> str:
    """The field that a fault is about; one of the campaign as a whole lies in the category."""
    if key in {criterion["key"] for criterion in campaign.criteria}:
        return f"d-{key}"
    return key if key in ("no", "pictures", *TEXTS) or key.startswith("alt-") else "category"


def _label(campaign: Campaign, key: str) -> str:
    """The name of a field, also of one in a table of the dossier."""
    labels = {
        "no": _("编号"),
        "name": _("名称"),
        "category": _("类别"),
        "level": _("层级"),
        "region": _("地区"),
        "slogan": _("一句话"),
        "summary": _("简介"),
        "pictures": _("图片"),
    }
    criteria = {criterion["key"]: criterion["name"] for criterion in campaign.criteria}
    if key.startswith(("captions.", "alt-")):
        return _("图片说明")
    known = labels.get(key) or criteria.get(key.removeprefix("dossier."))
    return known or settings.key_label(key)


def _values(campaign: Campaign, candidate: Candidate | None) -> Tree:
    """The values to store; a field that is shown disabled is not posted and keeps its value."""
    form = request.form
    empty: Tree = {"no": None, **dict.fromkeys(TEXTS, ""), "dossier": {}}
    had = dossiers.values_of(campaign, candidate) if candidate else empty
    keys = [criterion["key"] for criterion in campaign.criteria]
    tokens = candidate.images if candidate else []
    return {
        "no": _number(had["no"]),
        **{key: tidy(form.get(key, had[key])) for key in TEXTS},
        "dossier": {key: tidy(form.get(f"d-{key}", had["dossier"].get(key, ""))) for key in keys},
        "captions": {
            token: tidy(form[f"alt-{token}"]) for token in tokens if f"alt-{token}" in form
        },
    }


def _edited() -> PictureEdits:
    """What the buttons and the file field ask to do with the pictures."""
    form = request.form
    chosen = [upload for upload in request.files.getlist("pictures") if upload.filename]
    moves = [(form[name], places) for name, places in MOVES.items() if name in form]
    return PictureEdits(
        added=[(upload.read(), upload.filename or "") for upload in chosen],
        removed=form.get("take_down", ""),
        move=next(iter(moves), ("", 0)),
    )


def _number(had: int | None) -> int | None:
    text = request.form.get("no", "" if had is None else str(had)).strip()
    if not text:
        return had
    number = typed_whole(text, 4)
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
