"""The notice as the schedule announces it, before the ledger has one."""

from votesite.domain.hearing import calendar
from votesite.errors import Fault, UnknownYear
from votesite.models.campaigns import Campaign


def alarms(campaign: Campaign) -> list[Fault]:
    """Why the announced notice is shorter than the award says; nothing where nobody knows."""
    window, least = campaign.window("notice"), campaign.weights["notice_days"]
    if window is None:
        return []
    try:
        days = len(calendar.working_days(*window).days)
    except UnknownYear:
        return []
    return [Fault("short-notice", n=days, least=least)] if days < least else []
