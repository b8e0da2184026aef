"""The frame around every screen of the admin area: the menu for this person, and what waits."""

from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Response, current_app, g, request, url_for
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.decisions import inbox, proposals
from votesite.domain.hearing import answering
from votesite.domain.integrity import appeals, cases
from votesite.domain.nominations import queries
from votesite.domain.staff import account_acts, notices
from votesite.errors import Busy, ForeignOrigin, InvalidFields, NotFound, Refused
from votesite.models.campaigns import Campaign
from votesite.models.staff import Staff
from votesite.web import responses
from votesite.web.access import forms, kept
from votesite.web.access.staff import READERS, current_staff, may, was_signed_in
from votesite.web.access.visitors import base_url, wants_json
from votesite.web.wording import account_acts as account_words
from votesite.web.wording import (
    audit,
    award,
    decisions,
    phases,
    reasons,
    refusals,
    roles,
    settings,
    signals,
)

WORDING = {
    "account_acts": account_words,
    "audit": audit,
    "award": award,
    "decisions": decisions,
    "phases": phases,
    "reasons": reasons,
    "roles": roles,
    "settings": settings,
    "signals": signals,
}

UNDONE = (403, 404, 409, 422, 503)  # of a form that was read, and nothing of it stored

Item = tuple[str, str, str, bool, int, bool]


class Entry(NamedTuple):
    """A line of the menu: the screen, its icon and label, the roles that see it."""

    screen: str
    icon: str
    label: str
    roles: tuple[str, ...] = READERS


def admin_page(
    template: str,
    status: int = 200,
    /,
    *,
    campaign: Campaign | None = None,
    active: str = "",
    **context: Any,
) -> Response:
    """Render a page of the admin area; `active` is the screen that the menu marks."""
    now = clock.now()
    staff = current_staff()
    return responses.page(
        template,
        status,
        campaign=campaign,
        phase=campaign.phase_at(now) if campaign else None,
        now=now,
        nav=_menu(campaign, active),
        staff_name=staff.display_name if staff else "",
        lacks_factor=staff is not None and staff.waits_for_factor,
        notices_waiting=notices.count(staff.id) if staff else 0,
        may=may,
        wording=WORDING,
        **context,
    )


def refused(refusal: Refused) -> Response:
    """Answer a refusal on the desk, with the way back to where its reader was.

    Who has never signed in reads it as on any page. A fault of the site or of its database is said
    without the menu, which would have to ask the database; so is what a session's end has caused.
    """
    response = responses.problem(refusal)
    if wants_json() or not was_signed_in():
        return response
    is_fault = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    is_inside = not is_fault and current_staff() is not None
    lost = _lost(refusal)
    is_gone = lost is not None and isinstance(refusal, NotFound)
    shown = (admin_page if is_inside else responses.page)(
        "admin/problem.html",
        refusal.status,
        campaign=g.get("campaign") if is_inside else None,
        title=_("要保存的地方已经不在了") if is_gone else refusals.title(refusal),
        sentence=_("可能是同事刚才把它移除了。") if is_gone else _sentence(refusal),
        lost=lost,
        back=_way_back(),
    )
    if "Retry-After" in response.headers:
        shown.headers["Retry-After"] = response.headers["Retry-After"]
    return shown


def _sentence(refusal: Refused) -> str:
    """What to do about a refusal; here nobody has cast a ballot."""
    if isinstance(refusal, Busy):
        return _("没有保存任何内容。请过几分钟再试。")
    return refusals.sentence(refusal)


def _lost(refusal: Refused) -> kept.Kept | None:
    """What was typed in a form of this site that was read and not carried out."""
    is_read = forms.was_accepted() and refusal.status in UNDONE
    return kept.posted() if is_read and not isinstance(refusal, ForeignOrigin) else None


def _way_back() -> str:
    """The page of the desk that led here, else all campaigns."""
    parts = urlsplit(request.referrer or "")
    is_own = f"{parts.scheme}://{parts.netloc}" == base_url() and parts.path != request.path
    if is_own and parts.path.startswith("/admin/"):
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return url_for("admin.campaigns")


def faults_in_words(refusal: InvalidFields) -> dict[str, str]:
    """Return the sentence for each invalid field."""
    return {name: settings.fault(fault) for name, fault in refusal.fields.items()}


def _menu(campaign: Campaign | None, active: str) -> list[tuple[str, list[Item]]]:
    staff = current_staff()
    first = [_plain("campaigns", "home", _("全部活动"), active)]
    if staff:
        waiting = _waiting_for(staff)
        href = url_for("admin.inbox")
        first.append((href, "check", _("等我确认"), active == "inbox", waiting, waiting > 0))
    groups = [("", first)]
    if campaign is not None:
        groups += _campaign_menu(campaign, active)
    others = [
        _plain("me", "person", _("我的账号"), active),
        _plain("signing_key", "shield", _("签字密钥"), active),
    ]
    if staff and staff.roles_everywhere & {"accounts", "owner"}:
        others.append(_plain("accounts", "people", _("人员与权限"), active))
        others.append(_plain("security", "lock", _("安全日志"), active))
    if staff and "owner" in staff.roles_everywhere:
        others.append(_plain("calendar_years", "clock", _("节假日"), active))
    if staff and staff.roles_somewhere & {"owner", "auditor", "supervisor"}:
        others.append(_plain("audit_log", "shield", _("审计日志"), active))
    return [*groups, (_("其他"), others)]


def _waiting_for(staff: Staff) -> int:
    """How many proposals of others this person may confirm, over all campaigns."""
    now = clock.now()
    acts = account_acts.waiting_for(staff, now=now)
    return len(acts) + len(inbox.waiting_for(staff.id, now=now))


def _campaign_menu(campaign: Campaign, active: str) -> list[tuple[str, list[Item]]]:
    overseers = ("editor", "supervisor", "auditor")
    menu = (
        (
            _("活动"),
            [
                Entry("overview", "bars", _("总览")),
                Entry("setup", "gear", _("设置"), overseers),
                Entry("decisions_list", "people", _("两人决定"), (*READERS, "accounts")),
            ],
        ),
        (
            _("候选"),
            [
                Entry("candidates_list", "list", _("候选档案")),
                Entry("nominations", "document", _("提名审核"), (*overseers, "reviewer")),
                Entry("roster", "people", _("名单与投票码"), overseers),
            ],
        ),
        (
            _("评审"),
            [
                Entry("scores", "pencil", _("评分"), ("judge",)),
                Entry("judges", "people", _("评委"), ("editor", "supervisor")),
            ],
        ),
        (
            _("投票"),
            [
                Entry("results", "bars", _("票数")),
                Entry("integrity", "pulse", _("异常与清理")),
                Entry("award", "bars", _("综合成绩")),
                Entry("surveys", "speech", _("问卷"), overseers),
                Entry("cosigning", "shield", _("审计与联署"), ("auditor",)),
            ],
        ),
        (
            _("公示"),
            [
                Entry("objections", "speech", _("异议"), ("editor", "reviewer", "supervisor")),
                Entry("dossiers", "lock", _("候选链接"), ("editor", "reviewer", "supervisor")),
            ],
        ),
    )
    waiting = {
        "decisions_list": len(proposals.waiting(campaign.id, now=clock.now())),
        "objections": answering.waiting(campaign.id, now=clock.now()).open,
        "nominations": queries.by_status(campaign.id)["pending"],
        "integrity": cases.waiting(campaign.id) + appeals.waiting(campaign.id),
    }
    groups = []
    for heading, entries in menu:
        items = [
            _of_campaign(campaign, entry, active, waiting.get(entry.screen, 0))
            for entry in entries
            if _has_screen(campaign, entry.screen) and may(campaign, *entry.roles)
        ]
        if items:
            groups.append((heading, items))
    return groups


def _plain(screen: str, icon: str, label: str, active: str) -> Item:
    return (url_for(f"admin.{screen}"), icon, label, screen == active, 0, False)


def _of_campaign(campaign: Campaign, entry: Entry, active: str, waiting: int) -> Item:
    href = url_for(f"admin.{entry.screen}", slug=campaign.slug)
    is_due = entry.screen == "decisions_list" and waiting > 0
    return (href, entry.icon, entry.label, entry.screen == active, waiting, is_due)


def _has_screen(campaign: Campaign, screen: str) -> bool:
    """Whether a campaign has this screen: a roster, or judges, only where they are asked for."""
    if screen == "roster" and campaign.ballot.get("eligibility") != "roster":
        return False
    if screen == "judges" and not campaign.weights.get("expert"):
        return False
    return f"admin.{screen}" in current_app.view_functions
