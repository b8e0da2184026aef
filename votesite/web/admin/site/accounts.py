"""Accounts and their roles: looked after by who decides nothing, confirmed by a second person."""

from collections.abc import Callable

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import listing
from votesite.domain.staff import account_acts, grants, people, second_factors
from votesite.domain.staff import accounts as staff_accounts
from votesite.domain.staff.account_acts import Proposal, Wish
from votesite.errors import Fault, InvalidFields, LastOwner, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.staff import ROLES, AccountAct
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_required
from votesite.web.access.visitors import base_url
from votesite.web.admin import own_password
from votesite.web.admin.acting import NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.templating import draw_qr
from votesite.web.wording import account_acts as wording
from votesite.web.wording import refusals

EVERYWHERE = "*"  # instead of a campaign's address: all of them, later ones too
NOWHERE = -1  # of an address that no campaign has
READERS = ("accounts", "owner")
FORMS = {  # acts with a page that asks first, and where its form goes
    "reset": ".reset_password",
    "drop-factor": ".drop_colleagues_second_factor",
    "reopen": ".set_state",
}

Again = Callable[[Failure], ResponseReturnValue]


@bp.get("/accounts")
@staff_required(*READERS, everywhere=True)
def accounts() -> ResponseReturnValue:
    """List all accounts with their roles, what waits, and the form for an invitation."""
    return _accounts_page()


@bp.post("/accounts/invitations")
@staff_required("accounts", everywhere=True)
def invite() -> ResponseReturnValue:
    """Propose to invite somebody; the page shows the link once."""
    return _propose(
        Wish("invite", None, request.form.get("display_name", ""), *_role()), _accounts_page
    )


@bp.get("/accounts/<int:staff_id>")
@staff_required(*READERS, everywhere=True)
def account(staff_id: int) -> ResponseReturnValue:
    """Show one account: its roles, its state, and what was done about it."""
    return _account_page(staff_id)


@bp.get("/accounts/<int:staff_id>/acts/new")
@staff_required("accounts", everywhere=True)
def new_account_act(staff_id: int) -> ResponseReturnValue:
    """Ask before an act about an account is proposed; the parameter `kind` says which."""
    return _new_act_page(staff_id, request.args.get("kind", ""))


@bp.post("/accounts/<int:staff_id>/grants")
@staff_required("accounts", everywhere=True)
def add_grant(staff_id: int) -> ResponseReturnValue:
    """Propose a role in one campaign or in all."""
    return _about("grant", staff_id, *_role())


@bp.post("/accounts/<int:staff_id>/grants/<int:grant_id>/revoke")
@staff_required("accounts", everywhere=True)
def revoke_grant(staff_id: int, grant_id: int) -> ResponseReturnValue:
    """Revoke a role, which takes one person and counts at once."""
    try:
        grants.revoke(staff_id, grant_id, by=require_staff().id)
    except LastOwner as refusal:
        return _account_page(staff_id, Failure(409, error=refusals.sentence(refusal)))
    flash(_("已收回。"), "ok")
    return see_other(url_for(".account", staff_id=staff_id))


@bp.post("/accounts/<int:staff_id>/state")
@staff_required("accounts", everywhere=True)
def set_state(staff_id: int) -> ResponseReturnValue:
    """Close an account, which takes one person, or propose to open it again."""
    if request.form.get("disabled") != "1":
        return _about("reopen", staff_id)
    try:
        staff_accounts.close(staff_id, by=require_staff().id)
    except LastOwner as refusal:
        return _account_page(staff_id, Failure(409, error=refusals.sentence(refusal)))
    flash(_("账号已停用，登录已结束。"), "ok")
    return see_other(url_for(".account", staff_id=staff_id))


@bp.post("/accounts/<int:staff_id>/password")
@staff_required("accounts", everywhere=True)
def reset_password(staff_id: int) -> ResponseReturnValue:
    """Propose a link with which a colleague sets a new password."""
    return _about("reset", staff_id)


@bp.post("/accounts/<int:staff_id>/second-factor/drop")
@staff_required("accounts", everywhere=True)
def drop_colleagues_second_factor(staff_id: int) -> ResponseReturnValue:
    """Propose a link with which a colleague changes a lost phone for another."""
    return _about("drop-factor", staff_id)


def names_for(acts: list[AccountAct]) -> wording.Names:
    """The names that sentences about these acts need."""
    numbers = [
        number
        for act in acts
        for number in (act.staff_id, act.proposed_by, act.confirmed_by, act.stopped_by)
    ]
    campaigns = listing.numbered(act.campaign_id for act in acts)
    titles = {number: campaign.title for number, campaign in campaigns.items()}
    return wording.Names(people.display_names(numbers), titles)


def act_page(
    act: AccountAct, failure: Failure = NO_FAILURE, *, token: str = ""
) -> ResponseReturnValue:
    """Show an act: what it does, who has to confirm it, who can stop it; its link only once."""
    now, staff = clock.now(), require_staff()
    link = f"{base_url()}{url_for('.join', token=token)}" if token else ""
    may_confirm = account_acts.may_confirm(staff, act, now)
    return admin_page(
        "admin/site/account_act.html",
        failure.status,
        active="accounts",
        act=act,
        names=names_for([act]),
        faults=failure.faults,
        link=link,
        code=draw_qr(link) if link else None,
        link_ends=account_acts.link_ends(act) if token and act.state == "done" else None,
        is_waiting=account_acts.is_waiting(act, now),
        is_own=staff.id in (act.proposed_by, act.staff_id),
        may_confirm=may_confirm,
        can_be_stopped=account_acts.can_be_stopped(act, now),
        has_factor=second_factors.has_second_factor(staff.id),
        is_reader=bool(staff.roles_everywhere & set(READERS)),
    )


def _about(
    kind: str, staff_id: int, role: str = "", campaign_id: int | None = None
) -> ResponseReturnValue:
    """Propose an act about an account; one's own is looked after at `/admin/me`."""
    if staff_id == require_staff().id:
        return see_other(url_for(".me"))
    wish = Wish(kind, people.by_id(staff_id).id, "", role, campaign_id)
    if kind == "grant":
        return _propose(wish, lambda failure: _account_page(staff_id, failure))
    return _propose(wish, lambda failure: _new_act_page(staff_id, kind, failure))


def _propose(wish: Wish, again: Again) -> ResponseReturnValue:
    """Propose an act with one's own password and code, which acts of one person do not need."""
    require_clean_fields()
    faults = account_acts.faults(wish) | _unchosen(wish)
    if faults:
        return again(Failure(422, faults_in_words(InvalidFields(faults))))
    if account_acts.takes_two(wish.kind, wish.role):
        failure = own_password.failure()
        if failure is not None:
            return again(failure)
    return _proposed(account_acts.propose(wish, by=require_staff().id))


def _proposed(proposal: Proposal) -> ResponseReturnValue:
    act = proposal.act
    if proposal.token:
        return act_page(act, token=proposal.token)
    if act.state == "done":
        flash(_("已授权。"), "ok")
        return see_other(url_for(".account", staff_id=act.staff_id))
    flash(_("已提出，等另一人确认。"), "ok")
    return see_other(url_for(".account_act", act_id=act.id))


def _role() -> tuple[str, int | None]:
    """The role of the form and its campaign, None for all."""
    slug = request.form.get("campaign", "")
    if slug == EVERYWHERE:
        return request.form.get("role", ""), None
    campaign = listing.find(slug) if slug else None
    return request.form.get("role", ""), campaign.id if campaign else NOWHERE


def _unchosen(wish: Wish) -> dict[str, Fault]:
    """That no campaign of this site was chosen: what nobody has looked at gives nobody rights."""
    return {"campaign": Fault("unknown-choice")} if wish.campaign_id == NOWHERE else {}


def _accounts_page(failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    now, staff = clock.now(), require_staff()
    acts = account_acts.recent(now=now)
    return admin_page(
        "admin/site/accounts.html",
        failure.status,
        active="accounts",
        accounts=people.everybody(),
        holders=second_factors.holders(),
        campaigns=_all_campaigns(),
        roles=ROLES,
        faults=failure.faults,
        acts=acts,
        names=names_for(acts),
        looks_after="accounts" in staff.roles_everywhere,
        is_anybody_there=account_acts.is_anybody_there(now=now),
        has_factor=second_factors.has_second_factor(staff.id),
    )


def _new_act_page(staff_id: int, kind: str, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    if kind not in FORMS:
        raise NotFound
    return admin_page(
        "admin/site/new_account_act.html",
        failure.status,
        active="accounts",
        account=people.by_id(staff_id),
        kind=kind,
        address=url_for(FORMS[kind], staff_id=staff_id),
        faults=failure.faults,
        has_factor=second_factors.has_second_factor(require_staff().id),
    )


def _account_page(staff_id: int, failure: Failure = NO_FAILURE) -> ResponseReturnValue:
    now, staff = clock.now(), require_staff()
    shown, acts = people.by_id(staff_id), account_acts.of_account(staff_id)
    return admin_page(
        "admin/site/account.html",
        failure.status,
        active="accounts",
        account=shown,
        campaigns=_all_campaigns(),
        roles=ROLES,
        faults=failure.faults,
        since=second_factors.since(staff_id),
        error=failure.error,
        acts=acts,
        later={one.id for one in shown.grants if one.effective_from > clock.minute(now)},
        open_kinds={act.kind for act in acts if account_acts.can_be_stopped(act, now)},
        names=names_for(acts),
        looks_after="accounts" in staff.roles_everywhere and staff.id != staff_id,
        has_factor=second_factors.has_second_factor(staff.id),
    )


def _all_campaigns() -> dict[int, Campaign]:
    own = people.campaigns_of(require_staff().id)
    return {campaign.id: campaign for campaign in own}
