"""Cases: held by a published rule, by those who may."""

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import CLOSES, NOON, at, make_campaign
from tests.support.staffing import make_staff
from tests.support.traced import DETAILS, cast_from, make_case
from votesite.domain import audit
from votesite.domain.integrity import cases
from votesite.domain.integrity.signals import KINDS
from votesite.domain.results import tallies
from votesite.errors import (
    Forbidden,
    InvalidFields,
)


def test_hold_is_a_mark_that_changes_no_figure(app, reviewers):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers)
    before = tallies.published_figures(campaign.id, clock=at(NOON))

    cases.hold(case.id, reviewers[0].id, "R1", clock=at(NOON))

    assert tallies.published_figures(campaign.id, clock=at(NOON)) == before
    assert cases.held_by_rule(campaign.id) == {"R1": 6}
    assert entries_of(campaign, "void") == []
    assert audit.first_broken() is None


def test_hold_needs_a_published_rule_and_a_reviewer(app, reviewers):
    campaign = make_campaign()
    case = make_case(campaign, [1])

    with pytest.raises(InvalidFields):
        cases.hold(case.id, reviewers[0].id, "R9", clock=at(NOON))
    with pytest.raises(Forbidden):
        cases.hold(case.id, make_staff("bian", "editor").id, "R1", clock=at(NOON))


@pytest.mark.parametrize("kind", KINDS)
def test_case_keeps_its_technical_evidence_while_figures_are_hidden(app, kind):
    campaign = make_campaign(results="hidden", recount="public")
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers, kind=kind)

    hidden = cases.details(case)
    tallies.close(campaign.id, clock=at(CLOSES))

    assert hidden.evidence == DETAILS.evidence
    assert (hidden.candidate, hidden.candidate_share) == (0, 0)
    assert bool(hidden.today) is bool(hidden.usual) is (kind in ("source", "agent"))
    assert cases.details(case) == DETAILS
