"""Ballots that two people have voided."""

from datetime import timedelta

from sqlalchemy import select

from tests.support.factories import NOON, at, by_two
from tests.support.traced import cast_from, make_case
from votesite import clock
from votesite.domain.decisions import proposals
from votesite.domain.integrity import cases
from votesite.domain.ledger import sanctions
from votesite.domain.results import tallies
from votesite.extensions import db, writing
from votesite.models.staff import Grant, Staff

WHY = "同一种浏览器在一小时内投出"


def void_together(campaign, case, reviewers, *, moment=NOON):
    """Two people void the ballots of a case."""
    first, second = (person.id for person in reviewers)
    made = cases.propose_void(case.id, first, "R1", WHY, clock=at(moment))
    return proposals.confirm(made.id, second, clock=at(moment))


def voided_case(campaign, reviewers, count=6):
    """Ballots of a campaign, and the case in which they were voided; their numbers."""
    numbers = [cast_from(campaign, number, [2]).n for number in range(count)]
    case = make_case(campaign, numbers)
    void_together(campaign, case, reviewers)
    return numbers


def void_by_two(campaign, numbers):
    """The same now, by the two who have been able to decide from the campaign's beginning."""
    case = make_case(campaign, numbers)
    with writing():
        query = select(Staff.id).where(Staff.name.startswith(f"decider-{campaign.slug}"[-38:]))
        first, second = db.session.scalars(query.order_by(Staff.id))
        for staff_id in (first, second):
            db.session.add(Grant(staff_id=staff_id, campaign_id=campaign.id, role="reviewer"))
    made = cases.propose_void(case.id, first, "R1", WHY)
    proposals.confirm(made.id, second)


def void_and_recount(campaign, numbers, *, moment=None):
    """Two signers void ballots after the close; the recount follows when others had their time."""
    now = moment or clock.now()
    with writing() as tx:
        sanctions.append_void(
            tx, campaign.id, numbers, rule="R1", why=WHY, decided=by_two(), now=now
        )
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(now + timedelta(hours=73)))
