"""Ballots that two people have voided."""

from tests.support.factories import NOON, at
from tests.support.staffing import make_staff
from tests.support.traced import cast_from, make_case
from votesite.domain.decisions import proposals
from votesite.domain.integrity import cases

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
