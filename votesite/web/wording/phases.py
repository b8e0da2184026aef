"""The phases of a campaign as visitors see them: names, columns with dates, the countdown."""

from datetime import datetime
from typing import NamedTuple

from flask import Flask
from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.clock import minute, parse_minute
from votesite.domain.hearing import notices
from votesite.domain.ledger.honours import PAPER_GRACE
from votesite.models.campaigns import PHASES, SCHEDULED, Campaign


class Column(NamedTuple):
    """One step. `state` is done, now, next or ahead.

    `begins_at` is None where nothing says when it begins, `ends_at` where nothing says how long it
    lasts. `is_planned`: the dates are those announced; entries of the ledger decide.
    """

    phase: str
    begins_at: datetime | None
    ends_at: datetime | None
    state: str
    is_planned: bool = False


class _Span(NamedTuple):
    phase: str
    begins_at: datetime | None
    ends_at: datetime | None
    is_planned: bool = False


class Countdown(NamedTuple):
    """Time left until `at`; `what` is one of {voting, nomination}-{begins, ends}."""

    what: str
    at: datetime
    days: int
    hours: int
    minutes: int


def init_app(app: Flask) -> None:
    """Let every template name a phase."""
    app.jinja_env.globals.update(phase_name=short_name, phase_running=running)


def short_name(phase: str) -> str:
    """The phase in two characters, as under the steps."""
    return {
        "draft": _("草稿"),
        "publicity": _("启动"),
        "nomination": pgettext("阶段", "提名"),
        "review": _("审核"),
        "voting": _("投票"),
        "counting": _("计票"),
        "notice": _("公示"),
        "final": _("揭晓"),
    }[phase]


def running(phase: str, campaign: Campaign | None = None, now: datetime | None = None) -> str:
    """The phase a campaign is in, as its tag says it.

    Where entries of the ledger decide, nothing is announced between the count and the final list.
    """
    if campaign is not None and now is not None and is_awaited(campaign, now):
        return _("结果待公布")
    return {
        "draft": _("草稿"),
        "publicity": _("即将开始"),
        "nomination": _("提名中"),
        "review": _("审核中"),
        "voting": _("投票中"),
        "counting": _("计票中"),
        "notice": _("公示中"),
        "final": _("已揭晓"),
    }[phase]


def is_awaited(campaign: Campaign, now: datetime) -> bool:
    """Whether votes are counted, no notice runs, and the list of honours is not final yet."""
    phase = campaign.phase_at(now)
    if not campaign.standing.by_entries or phase not in ("counting", "notice"):
        return False
    return now >= campaign.count_published_at and not is_notice_running(campaign, now)


def is_notice_running(campaign: Campaign, now: datetime) -> bool:
    """Whether the last public notice runs now."""
    return campaign.notice_from <= minute(now) < campaign.notice_to


def in_schedule(phase: str) -> str:
    """The phase as the schedule's form names it."""
    return {
        "publicity": _("启动预告"),
        "nomination": _("提名"),
        "review": _("审核"),
        "voting": _("投票"),
        "counting": _("计票"),
        "notice": _("结果公示"),
    }[phase]


def as_step(phase: str) -> str:
    """The phase as a step of the procedure."""
    return {
        "publicity": _("发布公告"),
        "nomination": _("提名"),
        "review": _("资格审核"),
        "voting": _("群众投票"),
        "counting": _("计票"),
        "notice": _("公示"),
        "final": _("揭晓"),
    }[phase]


def columns(campaign: Campaign, now: datetime) -> list[Column]:
    """One column for each phase, with real dates where there are any, and one for the result."""
    present = campaign.phase_at(now)
    spans = _spans(campaign, present, now)
    names = [span.phase for span in spans]
    at = names.index(present) if present in names else 0
    states = ["done" if place < at else "ahead" for place in range(len(names))]
    begins = spans[at].begins_at
    begun = present != "draft" and (present == "final" or (begins is not None and begins <= now))
    states[at] = "now" if begun else "next"
    if begun and at + 1 < len(names):
        states[at + 1] = "next"
    return [
        Column(span.phase, span.begins_at, span.ends_at, state, span.is_planned)
        for span, state in zip(spans, states, strict=True)
    ]


def _spans(campaign: Campaign, present: str, now: datetime) -> list[_Span]:
    """The phases by the schedule and, where entries of the ledger decide, by these."""
    windows = [(phase, campaign.window(phase)) for phase in SCHEDULED]
    spans = [_Span(phase, *window) for phase, window in windows if window]
    if not campaign.standing.by_entries:
        return [*spans, _Span("final", campaign.final_at, None)]
    before = [span for span in spans if span.phase not in ("counting", "notice")]
    if campaign.window("counting") or PHASES.index(present) >= PHASES.index("counting"):
        before.append(_counting(campaign, present, now))
    return [*before, _notice(campaign), _final(campaign)]


def _counting(campaign: Campaign, present: str, now: datetime) -> _Span:
    """From the end of voting until the notice begins, however long that takes."""
    begins, ends = campaign.window("counting") or (campaign.closes_at, None)
    if campaign.noticed_from:
        ends = parse_minute(campaign.noticed_from)
        begins = min(begins, ends)
    elif present == "counting" and ends is not None and ends <= now:
        ends = None
    return _Span("counting", begins, ends)


def _notice(campaign: Campaign) -> _Span:
    if campaign.noticed_from:
        begins, ends = parse_minute(campaign.noticed_from), parse_minute(campaign.notice_to)
        return _Span("notice", begins, ends)
    if window := campaign.window("notice"):
        return _Span("notice", *window, True)
    return _Span("notice", None, None, is_planned=True)


def _final(campaign: Campaign) -> _Span:
    """When the list became final, or the first minute in which it can."""
    decided = notices.finalised_at(campaign)
    if decided is not None or campaign.noticed_from:
        at = decided or parse_minute(campaign.notice_to) + PAPER_GRACE
        return _Span("final", at, None, is_planned=decided is None)
    window = campaign.window("notice")
    return _Span("final", window[1] if window else None, None, is_planned=True)


def countdown(campaign: Campaign, now: datetime) -> Countdown | None:
    """Return what visitors wait for: the end of what is open, else the next beginning."""
    for phase in ("voting", "nomination"):
        window = campaign.window(phase)
        if window and window[0] <= now < window[1]:
            return _until(f"{phase}-ends", window[1], now)
    begins = [
        (window[0], phase)
        for phase in ("nomination", "voting")
        if (window := campaign.window(phase)) and now < window[0]
    ]
    return _until(f"{min(begins)[1]}-begins", min(begins)[0], now) if begins else None


def _until(what: str, at: datetime, now: datetime) -> Countdown:
    minutes = -(-int((at - now).total_seconds()) // 60)
    return Countdown(what, at, minutes // 1440, minutes % 1440 // 60, minutes % 60)
