"""What a campaign needs today: schedule, tasks, figures, refusals, health of the system."""

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze, promises, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.hearing import papers
from votesite.domain.integrity import appeals, cases, scanning
from votesite.domain.ledger.honours import PAPER_GRACE
from votesite.domain.ledger.terms import disagrees
from votesite.domain.nominations import queries
from votesite.domain.results import tallies, turnout
from votesite.domain.setup import steps
from votesite.domain.staff import people
from votesite.errors import Fault
from votesite.extensions import site
from votesite.models.campaigns import Campaign
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.templating import beijing
from votesite.web.wording import decisions, phases, reasons, settings
from votesite.web.wording.alarm import ledger_alarm

RIBBON = 1000.0
GAP = 3.0
SOON = timedelta(days=3)


class Task(NamedTuple):
    """Something to do; `late` if it should be done already."""

    icon: str
    title: str
    text: str
    href: str
    action: str
    late: bool = False


class Pause(NamedTuple):
    """Since when voting is paused, who decided it, and the public reason."""

    since: datetime
    names: list[str]
    why: str


class Piece(NamedTuple):
    """A phase on the ribbon, which is 1,000 wide: its place, and how much of it is over."""

    phase: str
    x: float
    width: float
    done: float
    begins_at: datetime
    state: str


@bp.get("/c/<slug>/")
@staff_required()
def overview(slug: str) -> ResponseReturnValue:
    """Show the first screen of a campaign."""
    campaign = staff_campaign(slug)
    now = clock.now()
    figures = turnout.turnout(campaign.id, now=now)
    refused = turnout.refusals(campaign.id, now=now)
    pause = _pause(campaign)
    return admin_page(
        "admin/campaign/overview.html",
        campaign=campaign,
        active="overview",
        pieces=_ribbon(campaign, pause.since if pause else now),
        now_x=_now_x(campaign, pause.since if pause else now),
        left=phases.countdown(campaign, now) if campaign.is_published and not pause else None,
        pause=pause,
        is_before_vote=not figures.ballots and _is_ahead(campaign, now),
        nominated=queries.by_status(campaign.id),
        tasks=_tasks(campaign, now),
        figures=figures,
        refused=[(reasons.short(reason), count, None, 1) for reason, count in refused[:6]],
        refused_total=sum(count for _reason, count in refused),
        state=freeze.ledger_state(campaign),
        system=_system(campaign),
        may_propose=may(campaign, "editor"),
    )


def _is_ahead(campaign: Campaign, now: datetime) -> bool:
    """Whether voting has still to begin."""
    window = campaign.window("voting")
    return window is None or now < window[0]


def _pause(campaign: Campaign) -> Pause | None:
    """The decision that stands behind a pause; None while nothing is paused."""
    made = [one for one in proposals.changes_in_force(campaign.id) if one.kind == "pause"]
    if not campaign.paused or not made or made[-1].decided_at is None:
        return None
    by = [made[-1].proposed_by, made[-1].decided_by]
    names = people.display_names(by)
    since = clock.parse_minute(made[-1].decided_at)
    return Pause(since, [names[one] for one in by if one in names], campaign.paused)


def _ribbon(campaign: Campaign, now: datetime) -> list[Piece]:
    known = phases.columns(campaign, now)
    columns = [column for column in known if column.begins_at and column.phase != "final"]
    if not columns:
        return []
    first, last = _span(campaign)
    length = (last - first) / timedelta(minutes=1) or 1.0

    def place(moment: datetime) -> float:
        return RIBBON * ((moment - first) / timedelta(minutes=1)) / length

    pieces: list[Piece] = []
    for column in reversed(columns):  # the last of the phases that are open is the one that counts
        begin, end = place(column.begins_at or first), place(column.ends_at or last)
        for later in pieces:
            if begin < later.x:
                end = min(end, later.x)
            elif begin < later.x + later.width:
                begin = later.x + later.width + GAP
        width = max(end - begin - GAP, 0.0)
        done = min(max(place(now) - begin, 0.0), width)
        if width:
            since = column.begins_at or first
            pieces.append(Piece(column.phase, begin, width, done, since, column.state))
    return pieces[::-1]


def _span(campaign: Campaign) -> tuple[datetime, datetime]:
    windows = [window for phase in campaign.schedule if (window := campaign.window(phase))]
    ends = [window[1] for window in windows]
    if campaign.notice_to:
        ends.append(clock.parse_minute(campaign.notice_to))
    return min(window[0] for window in windows), max(ends)


def _now_x(campaign: Campaign, now: datetime) -> float | None:
    if not campaign.schedule:
        return None
    first, last = _span(campaign)
    return RIBBON * ((now - first) / (last - first)) if first <= now <= last else None


def _tasks(campaign: Campaign, now: datetime) -> list[Task]:
    """What is due, late tasks first; the page fills only the first button."""
    tasks = [
        *_fault_tasks(campaign),
        *_signer_tasks(campaign, now),
        *_halt_tasks(campaign),
        *_clock_tasks(campaign, now),
        *_decision_tasks(campaign, now),
        *_notice_tasks(campaign, now),
        *_integrity_tasks(campaign),
        *_nomination_tasks(campaign),
        *_setup_tasks(campaign, now),
    ]
    return sorted(tasks, key=lambda task: not task.late)


def _fault_tasks(campaign: Campaign) -> list[Task]:
    alarm = ledger_alarm(campaign)
    if alarm is None:
        return []
    title = _("账本自查没有通过（第 %(n)s 项：%(what)s）", n=alarm.check, what=alarm.words)
    text = _(
        "数据可能被人直接改过，或者磁盘出错。通知监督单位，查明后从备份恢复，"
        "或者由运维用 --rebuild 重算；每小时自动复查。"
    )
    return [Task("warning", title, text, f"/c/{campaign.slug}/ledger/", _("看账本"), late=True)]


def _signer_tasks(campaign: Campaign, now: datetime) -> list[Task]:
    """That nothing which takes two people can be decided about a campaign the public sees."""
    if not campaign.is_published or campaign.phase_at(now) == "final":
        return []
    if promises.can_decide(campaign.id, now):
        return []
    if freeze.ledger_state(campaign).is_open:
        text = _(
            "账本已经开启，名单不能再补：暂停、作废、改截止时间都办不了，投票只能照现在的规则进行到底。"
        )
    else:
        text = _("照这样开启账本，暂停、作废、改截止时间都办不了。请在开启以前补足同事。")
    href = url_for(".setup_step", slug=campaign.slug, step="oversight")
    return [Task("warning", _("能决定的同事不到两位"), text, href, _("去查看"), late=True)]


def _halt_tasks(campaign: Campaign) -> list[Task]:
    if not disagrees(campaign.id, campaign.slug):
        return []
    text = _(
        "账本比先前公布的短，或者内容不同（例如从备份恢复），投票已停止。请查明并记录事件，另一人确认后恢复。"
    )
    href = url_for(".new_incident", slug=campaign.slug)
    return [Task("warning", _("账本与先前公布的不一致"), text, href, _("记录事件"), late=True)]


def _clock_tasks(campaign: Campaign, now: datetime) -> list[Task]:
    if not proposals.is_clock_behind(campaign.id, now):
        return []
    text = _("服务器时间比账本最后一条早 5 分钟以上，选票暂时投不进来。请校准时间，并记录事件。")
    href = url_for(".new_incident", slug=campaign.slug)
    return [Task("clock", _("服务器时钟慢了"), text, href, _("记录事件"), late=True)]


def _decision_tasks(campaign: Campaign, now: datetime) -> list[Task]:
    waiting = proposals.waiting(campaign.id, now=now)
    if not waiting:
        return []
    staff_id = require_staff().id
    others = [
        decision
        for decision in waiting
        if decision.proposed_by != staff_id and may(campaign, *proposals.confirmers(decision.kind))
    ]
    href = url_for(".decisions_list", slug=campaign.slug)
    if others:
        who = people.display_names([others[0].proposed_by])[others[0].proposed_by]
        text = _("%(who)s提出：%(what)s。须由另一人确认。", who=who, what=_what(others[0]))
        title = _("%(n)s 项决定等您确认", n=len(others))
        return [Task("shield", title, text, href, _("去确认"), late=True)]
    title = _("%(n)s 项决定等另一人确认", n=len(waiting))
    return [Task("shield", title, _("24 小时内没有人确认就失效。"), href, _("查看"))]


def _notice_tasks(campaign: Campaign, now: datetime) -> list[Task]:
    """How long the public notice runs, from when on its list can be final, what is missing."""
    if campaign.notice_n is None or campaign.final_n is not None:
        return []
    public, ends = f"/c/{campaign.slug}/notice", clock.parse_minute(campaign.notice_to)
    final_from = ends + PAPER_GRACE
    tasks = []
    if not papers.is_made(campaign.id, campaign.notice_n):
        href = url_for(".notice_paper", slug=campaign.slug)
        text = _("打印张贴和存档用。公示页照常公开。")
        tasks.append(Task("warning", _("公示的 PDF 还没有生成"), text, href, _("去生成")))
    if now < ends:
        begins = clock.parse_minute(campaign.notice_from)
        title = _("公示从 %(when)s 开始", when=beijing(begins))
        if begins <= now:
            title = _("公示到 %(when)s", when=beijing(ends))
        text = _("%(when)s 起可以确定名单，异议要先全部答复。", when=beijing(final_from))
        tasks.append(Task("flag", title, text, public, _("看公示")))
    elif now < final_from:
        title = _("公示期满，%(when)s 起可以确定名单", when=beijing(final_from))
        text = _("这 24 小时用来录入公示期内寄出的书面异议。")
        tasks.append(Task("clock", title, text, public, _("看公示")))
    elif may(campaign, "owner"):
        href = url_for(".new_decision", slug=campaign.slug, kind="final")
        title, text = _("公示期满，可以确定名单"), _("异议全部答复以后提出，由另一人确认。")
        tasks.append(Task("flag", title, text, href, _("去确定"), late=True))
    return tasks


def _integrity_tasks(campaign: Campaign) -> list[Task]:
    if not campaign.is_published or not may(campaign, "reviewer"):
        return []
    scanning.scan_if_due(campaign.id)
    href, tasks = url_for(".integrity", slug=campaign.slug), []
    if noticed := cases.waiting(campaign.id):
        text = _("选票照常计入；列为待查、解除，或者提议作废。")
        tasks.append(
            Task("pulse", _("%(n)s 件异常待看", n=noticed), text, href, _("去看"), late=True)
        )
    if held := sum(cases.held_by_rule(campaign.id).values()):
        text = _("公开页写着待查。查清后提议作废，或者解除。")
        tasks.append(Task("clock", _("%(n)s 张选票待查", n=f"{held:,}"), text, href, _("去处理")))
    if appealed := appeals.waiting(campaign.id):
        text = _("投票人不同意作废，等答复。")
        tasks.append(
            Task("speech", _("%(n)s 件申诉待处理", n=appealed), text, href, _("去看"), late=True)
        )
    return tasks


def _nomination_tasks(campaign: Campaign) -> list[Task]:
    waiting = queries.by_status(campaign.id)["pending"]
    if not waiting or not may(campaign, "reviewer"):
        return []
    title = _("%(n)s 件提名待审", n=waiting)
    href = url_for(".nominations", slug=campaign.slug)
    return [Task("document", title, _("审核结果提名人会看到。"), href, _("去审核"))]


def _what(decision: Any) -> str:
    return decisions.kind(decision.kind)


def _setup_tasks(campaign: Campaign, now: datetime) -> list[Task]:
    if not may(campaign, "editor"):
        return []
    state = freeze.ledger_state(campaign)
    publish = url_for(".setup_publish", slug=campaign.slug)
    if not state.is_published:
        lacking = len(steps.missing(campaign, now))
        if lacking:
            text = _("还差 %(n)s 处才能发布。", n=lacking)
            return [Task("pencil", _("活动还是草稿"), text, publish, _("去补充"))]
        return [_publish_task(campaign, now, publish)]
    faults = {} if freeze.is_frozen(campaign, now) else steps.missing(campaign, now)
    if faults:
        return [_unfit_task(campaign, faults)]
    if publishing.has_empty_roster(campaign) and now < campaign.closes_at:
        text, href = _("凭投票码投票，现在谁也投不了。"), url_for(".roster", slug=campaign.slug)
        return [Task("warning", _("名单还是空的"), text, href, _("去补充"), late=True)]
    begins = campaign.opens_at
    if not state.is_open and begins - SOON <= now < campaign.closes_at:
        text = _("%(when)s 起冻结规则、日程、编号和名称。", when=beijing(begins))
        return [Task("book", _("账本还没有开启"), text, publish, _("去查看"))]
    if state.paused:
        return [_resume_task(campaign)]
    return []


def _publish_task(campaign: Campaign, now: datetime, href: str) -> Task:
    """That a draft can be published, and what one should know before."""
    if warnings := len(publishing.publish_warnings(campaign, now)):
        title = _("活动可以发布，但有 %(n)s 处要先看清", n=warnings)
        return Task("warning", title, _("逐条写在“检查并发布”里。"), href, _("去查看"))
    if not publishing.has_enough_candidates(campaign, listing.candidates_of(campaign.id)):
        title = _("活动可以发布，候选由提名产生")
    else:
        title = _("活动可以发布了")
    return Task("flag", title, _("须由另一人确认。"), href, _("去发布"))


def _unfit_task(campaign: Campaign, faults: Mapping[str, Fault]) -> Task:
    """What a published campaign has come to lack, for example where too few were nominated."""
    names = "、".join(dict.fromkeys(settings.key_label(key) for key in faults))
    text = _("%(names)s：投票开始后就不能直接修改，请现在补齐。", names=names)
    href = url_for(".setup_publish", slug=campaign.slug)
    title = _("活动已发布，还差 %(n)s 处", n=len(faults))
    return Task("warning", title, text, href, _("去补充"), late=True)


def _resume_task(campaign: Campaign) -> Task:
    href = url_for(".new_decision", slug=campaign.slug, kind="resume")
    return Task("clock", _("投票暂停中"), campaign.paused, href, _("提议恢复"), late=True)


def _system(campaign: Campaign) -> list[tuple[str, str]]:
    """Facts about the ledger and this machine."""
    head = tallies.head(campaign.slug)
    free = shutil.disk_usage(site().settings.instance).free // 2**30
    size = head.size if head else 0
    ledger = _("%(n)s 条", n=f"{size:,}") if size else _("还没有开启")
    time = _("走时不准") if proposals.is_clock_behind(campaign.id, clock.now()) else _("正常")
    rows = [(_("账本"), ledger), (_("自查"), _last_check(head))]
    return [*rows, (_("时钟"), time), (_("磁盘"), _("剩 %(n)s GB", n=free))]


def _last_check(head: tallies.CampaignHead | None) -> str:
    if head is None or head.checked_at is None:
        return _("还没有查过")
    at = beijing(head.checked_at)
    return _("%(at)s 通过", at=at) if head.fault is None else _("%(at)s 没有通过", at=at)
