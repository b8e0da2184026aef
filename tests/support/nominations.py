"""Campaigns that take nominations, and nominations for them."""

from datetime import timedelta

from tests.support.factories import OPENS, at, make_campaign, voter
from votesite import clock
from votesite.clock import minute
from votesite.domain.nominations import nominating
from votesite.domain.nominations.nominating import Proposal

BEGIN = OPENS - timedelta(days=9)
END = OPENS - timedelta(days=2)
OPEN = at(BEGIN + timedelta(hours=3))
LATER = BEGIN + timedelta(days=1)
GOOD = {"name": "清水镇", "category": "山区乡镇", "reason": "办事不跑第二趟。"}


def make_nominating(*, begins=-1, ends=1, opens=5, **changes):
    """A campaign that takes nominations from `begins` to `ends` days from now."""
    now = clock.now()
    day = timedelta(days=1)
    return make_campaign(
        opens=now + opens * day,
        closes=now + (opens + 20) * day,
        schedule={"nomination": [minute(now + begins * day), minute(now + ends * day)]},
        **changes,
    )


def nominated(campaign, who=1, *, when=OPEN, consents=True, picture=None, **fields):
    """A nomination of an invented voter, by default in the midst of the window from BEGIN to END."""
    return nominating.nominate(
        Proposal(campaign.id, voter(who), {**GOOD, **fields}, picture, consents), clock=when
    )
