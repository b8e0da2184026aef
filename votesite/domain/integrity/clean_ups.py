"""The public clean-ups: what was voided, by which rule and why; and what was refused."""

from dataclasses import dataclass

from sqlalchemy import select

from votesite.domain.integrity import cases
from votesite.domain.results.guard import Guard, guard
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign
from votesite.models.sanctions import CleanUp
from votesite.store import Statement

MAX_DAYS = 60

_REFUSED = Statement(
    "SELECT substr(hour, 1, 10), reason, SUM(refused) FROM refusal_counts"
    " WHERE campaign_id = :campaign_id GROUP BY substr(hour, 1, 10), reason"
    " ORDER BY substr(hour, 1, 10) DESC, SUM(refused) DESC, reason"
)


@dataclass(frozen=True)
class CleanUps:
    """What anybody may know about clean-ups.

    `voided`, `restored` and `held` count ballots, `held` by void rule. `guard` says whether the
    candidates that clean-ups were about may be named. `refused` is, newest day first, (day,
    [(reason, number of ballots)]), `refused_by_reason` the same over all days.
    """

    entries: list[CleanUp]
    voided: int
    restored: int
    held: dict[str, int]
    guard: Guard
    refused: list[tuple[str, list[tuple[str, int]]]]
    refused_by_reason: list[tuple[str, int]]


def of_campaign(campaign: Campaign) -> CleanUps:
    """The clean-ups of a campaign, newest first."""
    query = select(CleanUp).where(CleanUp.campaign_id == campaign.id).order_by(CleanUp.id.desc())
    entries = list(db.session.scalars(query))
    refused = refused_by_day(campaign.id)
    return CleanUps(
        entries=entries,
        voided=sum(entry.ballots for entry in entries if entry.k == "void"),
        restored=sum(entry.ballots for entry in entries if entry.k == "restore"),
        held=cases.held_by_rule(campaign.id),
        guard=guard(campaign.id),
        refused=refused[:MAX_DAYS],
        refused_by_reason=_by_reason(refused),
    )


def refused_by_day(campaign_id: int) -> list[tuple[str, list[tuple[str, int]]]]:
    """How many ballots were refused on each day, by reason, newest day first.

    There is nothing in it about voters or choices.
    """
    days: dict[str, list[tuple[str, int]]] = {}
    with site().store.reading() as tx:
        for day, reason, refused in tx.all(_REFUSED, {"campaign_id": campaign_id}):
            days.setdefault(day, []).append((reason, int(refused)))
    return list(days.items())


def _by_reason(days: list[tuple[str, list[tuple[str, int]]]]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for _, reasons in days:
        for reason, refused in reasons:
            totals[reason] = totals.get(reason, 0) + refused
    return sorted(totals.items(), key=lambda total: (-total[1], total[0]))
