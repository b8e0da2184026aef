"""The phases of a campaign as a visitor sees them: columns with dates, and what is counted down."""

from datetime import datetime
from typing import NamedTuple

from votesite.models.campaigns import SCHEDULED, Campaign


class Column(NamedTuple):
    """One step. `state` is done, now, next or ahead."""

    phase: str
    begins_at: datetime
    ends_at: datetime | None
    state: str


class Countdown(NamedTuple):
    """Time left until `at`; `what` is voting or nomination, then -ends or -begins."""

    what: str
    at: datetime
    days: int
    hours: int
    minutes: int


def columns(campaign: Campaign, now: datetime) -> list[Column]:
    """One column for each scheduled phase and one for the announcement of the result."""
    present = campaign.phase_at(now)
    found = [(phase, campaign.window(phase)) for phase in SCHEDULED]
    steps = [(phase, window[0], window[1]) for phase, window in found if window]
    names = [phase for phase, _, _ in steps] + ["final"]
    at = names.index(present) if present in names else 0
    states = ["done" if place < at else "ahead" for place in range(len(names))]
    begun = present != "draft" and (present == "final" or steps[at][1] <= now)
    states[at] = "now" if begun else "next"
    if begun and at + 1 < len(names):
        states[at + 1] = "next"
    made = [Column(*step, state) for step, state in zip(steps, states, strict=False)]
    return [*made, Column("final", campaign.final_at, None, states[-1])]


def countdown(campaign: Campaign, now: datetime) -> Countdown | None:
    """What visitors wait for: the end of what is open, else the next beginning."""
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
