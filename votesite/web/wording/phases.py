"""The phases of a campaign as visitors see them: names, columns with dates, the countdown."""

from datetime import datetime
from typing import NamedTuple

from flask import Flask
from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.models.campaigns import SCHEDULED, Campaign


class Column(NamedTuple):
    """One step. `state` is done, now, next or ahead."""

    phase: str
    begins_at: datetime
    ends_at: datetime | None
    state: str


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


def running(phase: str, is_decided_by_votes: bool = True) -> str:
    """The phase a campaign is in, as its tag says it.

    Where votes alone do not decide, the end of the count is not yet the result.
    """
    return {
        "draft": _("草稿"),
        "publicity": _("即将开始"),
        "nomination": _("提名中"),
        "review": _("审核中"),
        "voting": _("投票中"),
        "counting": _("计票中"),
        "notice": _("公示中"),
        "final": _("已揭晓") if is_decided_by_votes else _("票数已公布"),
    }[phase]


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
    """One column for each scheduled phase and one for the announcement of the result."""
    present = campaign.phase_at(now)
    windows = [(phase, campaign.window(phase)) for phase in SCHEDULED]
    steps = [(phase, window[0], window[1]) for phase, window in windows if window]
    names = [phase for phase, _begin, _end in steps] + ["final"]
    at = names.index(present) if present in names else 0
    states = ["done" if place < at else "ahead" for place in range(len(names))]
    begun = present != "draft" and (present == "final" or steps[at][1] <= now)
    states[at] = "now" if begun else "next"
    if begun and at + 1 < len(names):
        states[at + 1] = "next"
    scheduled = [Column(*step, state) for step, state in zip(steps, states, strict=False)]
    return [*scheduled, Column("final", campaign.final_at, None, states[-1])]


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
