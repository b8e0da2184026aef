"""Accounts and grants, for owners of the whole site."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain.campaigns import listing
from votesite.domain.staff import grants, passwords, people, second_factors
from votesite.domain.staff.accounts import create_with_role, name_faults, set_disabled
from votesite.errors import Fault, InvalidFields, LastOwner
from votesite.models.campaigns import Campaign
from votesite.models.staff import ROLES
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.admin.acting import run
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.wording import refusals

NONE: Mapping[str, Fault] = MappingProxyType({})
EVERYWHERE = "*"  # instead of a campaign's address: all of them, later ones too


@bp.get("/accounts")
@staff_required("owner", everywhere=True)
def accounts() -> ResponseReturnValue:
    """List all accounts with their roles, with the form for a new one."""
    return _accounts_page()


@bp.post("/accounts")
@staff_required("owner", everywhere=True)
def create_account() -> ResponseReturnValue:
    """Add an account; its first password is shown once."""
    require_clean_fields()
    form = request.form
    password = passwords.new_password()
    try:
        staff = create_with_role(
            form.get("name", ""),
            form.get("display_name", ""),
            password,
            *_granted(name_faults(form.get("name", ""), form.get("display_name", ""))),
            by=require_staff().id,
        )
    except InvalidFields as refusal:
        return _accounts_page(422, faults_in_words(refusal))
    return _account_page(staff.id, password=password)


@bp.get("/accounts/<int:staff_id>")
@staff_required("owner", everywhere=True)
def account(staff_id: int) -> ResponseReturnValue:
    """Show one account: its roles and its state."""
    return _account_page(staff_id)


@bp.post("/accounts/<int:staff_id>/grants")
@staff_required("owner", everywhere=True)
def add_grant(staff_id: int) -> ResponseReturnValue:
    """Grant a role in one campaign or in all."""
    staff = people.by_id(staff_id)
    return run(
        lambda: grants.grant(staff.id, *_granted(), by=require_staff().id),
        done=_("已授权。"),
        to=url_for(".account", staff_id=staff_id),
        again=lambda failure: _account_page(staff_id, failure.status, failure.faults),
    )


@bp.post("/accounts/<int:staff_id>/grants/<int:grant_id>/revoke")
@staff_required("owner", everywhere=True)
def revoke_grant(staff_id: int, grant_id: int) -> ResponseReturnValue:
    """Revoke a role."""
    try:
        grants.revoke(staff_id, grant_id, by=require_staff().id)
    except LastOwner as refusal:
        return _account_page(staff_id, 409, error=refusals.sentence(refusal))
    flash(_("已收回。"), "ok")
    return see_other(url_for(".account", staff_id=staff_id))


@bp.post("/accounts/<int:staff_id>/state")
@staff_required("owner", everywhere=True)
def set_state(staff_id: int) -> ResponseReturnValue:
    """Disable an account or enable it again."""
    is_disabled = request.form.get("disabled") == "1"
    try:
        set_disabled(staff_id, is_disabled, by=require_staff().id)
    except LastOwner as refusal:
        return _account_page(staff_id, 409, error=refusals.sentence(refusal))
    flash(_("账号已停用，登录已结束。") if is_disabled else _("账号已启用。"), "ok")
    return see_other(url_for(".account", staff_id=staff_id))


@bp.post("/accounts/<int:staff_id>/password")
@staff_required("owner", everywhere=True)
def reset_password(staff_id: int) -> ResponseReturnValue:
    """Set a new random password, shown once."""
    own_id = require_staff().id
    if staff_id == own_id:
        return see_other(url_for(".me"))
    return _account_page(staff_id, password=passwords.reset_password(staff_id, by=own_id))


@bp.post("/accounts/<int:staff_id>/second-factor/drop")
@staff_required("owner", everywhere=True)
def drop_colleagues_second_factor(staff_id: int) -> ResponseReturnValue:
    """Remove the second factor of a colleague whose phone is lost.

    To remove one's own takes a current code (`/admin/me`).
    """
    own_id = require_staff().id
    if staff_id == own_id:
        return see_other(url_for(".me"))
    if second_factors.take_away(people.by_id(staff_id).id, by=own_id):
        flash(_("已取消。他凭密码登录后，可以用新手机再开。"), "ok")
    return see_other(url_for(".account", staff_id=staff_id))


def _granted(besides: Mapping[str, Fault] = NONE) -> tuple[str, int | None]:
    """The role of the form and its campaign, None for all; raises InvalidFields with all faults.

    Both have to be chosen: what nobody has looked at gives nobody rights.
    """
    role, slug = request.form.get("role", ""), request.form.get("campaign", "")
    campaign = listing.find(slug) if slug not in ("", EVERYWHERE) else None
    faults = dict(besides)
    if role not in ROLES:
        faults["role"] = Fault("unknown-choice")
    if campaign is None and slug != EVERYWHERE:
        faults["campaign"] = Fault("unknown-choice")
    if faults:
        raise InvalidFields(faults)
    return role, campaign.id if campaign else None


def _accounts_page(status: int = 200, faults: dict[str, str] | None = None) -> ResponseReturnValue:
    return admin_page(
        "admin/site/accounts.html",
        status,
        active="accounts",
        accounts=people.everybody(),
        holders=second_factors.holders(),
        campaigns={campaign.id: campaign for campaign in _all_campaigns()},
        roles=ROLES,
        faults=faults or {},
    )


def _account_page(
    staff_id: int,
    status: int = 200,
    faults: dict[str, str] | None = None,
    *,
    password: str = "",
    error: str = "",
) -> ResponseReturnValue:
    return admin_page(
        "admin/site/account.html",
        status,
        active="accounts",
        account=people.by_id(staff_id),
        campaigns={campaign.id: campaign for campaign in _all_campaigns()},
        roles=ROLES,
        faults=faults or {},
        since=second_factors.since(staff_id),
        password=password,
        error=error,
    )


def _all_campaigns() -> list[Campaign]:
    return people.campaigns_of(require_staff().id)
