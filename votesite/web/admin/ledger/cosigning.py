"""Cosigning: auditors download the archive with its openings, verify it, and sign the result."""

import tempfile

from flask import flash, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.domain.ledger import archive, cosignatures, publication
from votesite.domain.ledger.cosignatures import Taken
from votesite.domain.results import tallies
from votesite.errors import Closed, InvalidFields, Lapsed, NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import ledger

NOTE_BYTES = 64 * 1024


@bp.get("/c/<slug>/cosigning")
@staff_required()
def cosigning(slug: str) -> ResponseReturnValue:
    """Show the archive, one's own keys, the newest checkpoint, and the form for the signed one."""
    return _page(staff_campaign(slug, "auditor"))


@bp.get("/c/<slug>/cosigning/archive.zip")
@staff_required()
def auditors_archive(slug: str) -> ResponseReturnValue:
    """Download the archive with opening key and openings, in both modes of recounting."""
    campaign = staff_campaign(slug, "auditor")
    if not _is_counted(campaign):
        raise Closed(reason=_("计票之后才有审计存档。"))
    file = tempfile.TemporaryFile()  # noqa: SIM115 -- the answer closes it
    archive.write_for_auditor(campaign.id, slug, file, by=require_staff().id)
    file.seek(0)
    name = f"{slug}-audit.zip"
    response = send_file(file, "application/zip", as_attachment=True, download_name=name)
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/c/<slug>/cosigning/key")
@staff_required()
def add_auditor_key(slug: str) -> ResponseReturnValue:
    """Register the key with which this auditor will sign; it becomes public."""
    campaign = staff_campaign(slug, "auditor")
    require_clean_fields()
    verifier_key = request.form.get("verifier_key", "").strip()
    try:
        cosignatures.register_key(campaign.id, require_staff().id, verifier_key)
    except InvalidFields as refusal:
        return _page(campaign, 422, faults_in_words(refusal))
    flash(_("公钥已登记，任何人都能在账本页看到。"), "ok")
    return see_other(url_for(".cosigning", slug=slug))


@bp.post("/c/<slug>/cosigning/note")
@staff_required(files=True)
def add_cosignature(slug: str) -> ResponseReturnValue:
    """Put the valid lines of what an auditor brings under their checkpoint, and say which."""
    campaign = staff_campaign(slug, "auditor")
    require_clean_fields()
    try:
        taken = cosignatures.cosign(campaign.id, require_staff().id, _note())
    except InvalidFields as refusal:
        return _page(campaign, 422, {"note": _note_fault(refusal)})
    except Lapsed:
        return _page(campaign, 422, {"note": _("账本没有签过这样的状态，请重新取最新的一份。")})
    flash(_said_of(taken), "ok")
    return see_other(url_for(".cosigning", slug=slug))


def _note_fault(refusal: InvalidFields) -> str:
    if refusal.fields["note"].code == "unsigned":
        return _("里面没有用公布的审计公钥签的行，或者签名不对。")
    return _("这不是账本的状态：前三行和签名行要原样，一个字符也不能多。")


def _said_of(taken: Taken) -> str:
    """Which lines now stand under the checkpoint, and how many were left out."""
    names = pgettext("并列", "、").join(taken.names)
    said = _("联署已公布，署名：%(names)s。", names=names)
    if taken.left:
        said += _("另有 %(n)s 行没有收：公钥没有登记，或者签名不对。", n=taken.left)
    return said


def _note() -> str:
    """The signed note from the file or the field; forms send CRLF."""
    file = request.files.get("file")
    raw = file.read(NOTE_BYTES) if file else b""
    text = raw.decode("utf-8", "replace") if raw else request.form.get("note", "")
    lines = text.replace("\r\n", "\n").strip("\n")
    return f"{lines}\n"


def _is_counted(campaign: Campaign) -> bool:
    head = tallies.head(campaign.slug)
    return head is not None and head.close_n is not None


def _page(
    campaign: Campaign, status: int = 200, faults: dict[str, str] | None = None
) -> ResponseReturnValue:
    try:
        checkpoint = publication.latest_checkpoint(campaign.id)
    except NotFound:
        checkpoint = ""
    actor = require_staff().id
    return admin_page(
        "admin/ledger/cosigning.html",
        status,
        campaign=campaign,
        active="cosigning",
        checkpoint=checkpoint,
        is_cosigned=bool(checkpoint) and cosignatures.is_cosigned(campaign.id, actor),
        is_closed=_is_counted(campaign),
        own_keys=cosignatures.keys_of(campaign.id, actor),
        cosigners=[ledger.cosigner(each) for each in cosignatures.cosigners(campaign.id)],
        faults=faults or {},
        typed=request.form,
    )
