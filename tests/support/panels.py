"""Panels for tests: a campaign that experts judge, its judges, and what they type."""

import secrets
from datetime import timedelta

from tests.support.factories import by_two, make_campaign
from tests.support.staffing import make_staff
from votesite import clock
from votesite.domain.ledger.honours import append_honour
from votesite.domain.ledger.judges import Identity, seal_identity
from votesite.domain.scoring import drafts, judges, sheets
from votesite.domain.scoring.drafts import Post
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign, votes_alone
from votesite.models.scoring import Judge
from votesite.models.staff import Grant

TWO_CRITERIA = [
    {"key": "service", "name": "服务质量", "weight": 60},
    {"key": "reform", "name": "改革创新", "weight": 40},
]
CITY, HILLS = "城郊乡镇", "山区乡镇"  # of the factory's candidates 2 4 6 and 1 3 5


def judged_campaign(**changes):
    """A campaign voting now whose result is half votes, half experts by two criteria."""
    now = clock.now()
    weights = {**votes_alone(), "public": 50, "expert": 50, **changes.pop("weights", {})}
    return make_campaign(
        **{
            "opens": now - timedelta(days=2),
            "closes": now + timedelta(days=9),
            "criteria": TWO_CRITERIA,
            "weights": weights,
            **changes,
        }
    )


def appoint_account(campaign, name, number, *categories):
    """A new account, appointed as a judge; its number."""
    staff = make_staff(name, "judge", campaign=campaign)
    appoint_staff(campaign, staff.id, number, *categories)
    return staff.id


def appoint_staff(campaign, staff_id, number, *categories):
    """Two people appoint an account with the role of a judge."""
    identity = Identity(f"专家{number}", "云岭大学", secrets.token_hex(32))
    fields = {"judge": number, "categories": list(categories), "who": identity.who()}
    with writing() as tx:
        n = append_honour(
            tx, campaign.id, "judge", fields, decided=_by_its_own_two(campaign), now=clock.now()
        )
        row = Judge(
            campaign_id=campaign.id,
            number=number,
            staff_id=staff_id,
            categories=list(categories),
            sealed=seal_identity(campaign.id, number, identity),
            n=n,
        )
        db.session.add(row)


def dismiss_judge(campaign, number):
    """Two people dismiss a judge."""
    with writing() as tx:
        fields = {"judge": number, "why": "回避"}
        n = append_honour(
            tx, campaign.id, "dismiss", fields, decided=_by_its_own_two(campaign), now=clock.now()
        )
        db.session.get(Judge, (campaign.id, number)).dismissed_n = n


def close_panel(campaign):
    """Two people close the panel."""
    with writing() as tx:
        append_honour(
            tx, campaign.id, "panel", {}, decided=_by_its_own_two(campaign), now=clock.now()
        )


def typed_scores(task, points="80"):
    """A text for every score of a judge's sheet."""
    return {
        name: points
        for one in task.everybody
        for name in drafts.fields_of(one, task.keys)
        if name.startswith("s-")
    }


def hand_in_all(campaign, staff_id, points="80", **more):
    """Hand in a whole sheet."""
    task = judges.task_of(db.session.get(Campaign, campaign.id), staff_id)
    return sheets.hand_in(campaign.id, Post(typed_scores(task, points) | more), by=staff_id)


def _by_its_own_two(campaign):
    """What the two signers that the factory gave this campaign decided."""
    query = db.session.query(Grant.staff_id).filter_by(campaign_id=campaign.id, role="editor")
    first, second = [one for (one,) in query.order_by(Grant.staff_id).limit(2)]
    return by_two(first, second)
