"""Ballots that two people have voided."""

from datetime import timedelta

from tests.support.factories import NOON, at, by_two
from tests.support.staffing import make_staff
from tests.support.traced import cast_from, make_case
from votesite import clock
from votesite.domain.decisions import proposals
from votesite.domain.integrity import cases
from votesite.domain.ledger import sanctions
from votesite.domain.results import tallies
from votesite.extensions import writing

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
    """The same now, by two reviewers made for it."""
    case = make_case(campaign, numbers)
    first, second = (make_staff(name, "reviewer") for name in ("yi", "er"))
    made = cases.propose_void(case.id, first.id, "R1", WHY)
    proposals.confirm(made.id, second.id)


def void_and_recount(campaign, numbers, *, moment=None):
    """Two signers void ballots after the close; the recount follows when others had their time."""
    now = moment or clock.now()
    with writing() as tx:
        sanctions.append_void(
            tx, campaign.id, numbers, rule="R1", why=WHY, decided=by_two(), now=now
        )
    tallies.settle_if_due(tallies.head(campaign.slug), clock=at(now + timedelta(hours=73)))
