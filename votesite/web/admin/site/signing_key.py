"""One's own signing keys: what this browser registers, and which browsers are registered."""

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain.staff import signing_keys
from votesite.domain.staff.signing_keys import Credentials, Offer
from votesite.errors import InvalidFields, TooManyRequests
from votesite.extensions import site
from votesite.web.access import devices
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.access.visitors import base_url, wants_json
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_json, see_other
from votesite.web.wording import refusals


@bp.get("/me/key")
@staff_required()
def signing_key() -> ResponseReturnValue:
    """Show one's keys, and the form with which this browser registers its own."""
    if not wants_json():
        return _page()
    staff = require_staff()
    keys = [
        {"id": key.id, "key": key.public, "label": key.label, "added_at": key.added_at}
        for key in signing_keys.keys_of(staff.id)
    ]
    return private_json({"staff": staff.id, "host": site().settings.host, "keys": keys})


@bp.post("/me/key")
@staff_required()
def register_key() -> ResponseReturnValue:
    """Register the key that this browser has made and proved to hold."""
    require_clean_fields()
    form = request.form
    label = form.get("label", "").strip() or _("浏览器")
    offer = Offer(form.get("key", ""), form.get("proof", ""), label)
    typed = Credentials(form.get("name", ""), form.get("password", ""), form.get("code", ""))
    try:
        key = signing_keys.register(require_staff().id, offer, typed, devices.browser())
    except InvalidFields as refusal:
        if wants_json():
            raise
        return _page(422, faults_in_words(refusal))
    except TooManyRequests as refusal:
        if wants_json():
            raise
        return _page(429, {"password": refusals.wrong_passwords(refusal)})
    if wants_json():
        return private_json({"id": key.id, "key": key.public}, 201)
    flash(_("已登记。以后在这个浏览器里签字。"), "ok")
    return see_other(url_for(".signing_key"))


@bp.post("/me/key/<int:key_id>/remove")
@staff_required()
def remove_key(key_id: int) -> ResponseReturnValue:
    """Take one of one's keys out of use."""
    signing_keys.remove(key_id, by=require_staff().id)
    flash(_("已停用。已经开账的活动，还要由两位同事决定，把它从账本的签字人里换掉。"), "ok")
    return see_other(url_for(".signing_key"))


def _page(status: int = 200, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    staff = require_staff()
    return admin_page(
        "admin/site/signing_key.html",
        status,
        active="signing_key",
        staff=staff,
        keys=signing_keys.keys_of(staff.id),
        most=signing_keys.MAX_KEYS,
        host=site().settings.host,
        address=f"{base_url()}{url_for('.signing_key')}",
        posted=request.form,
        faults=faults or {},
    )
