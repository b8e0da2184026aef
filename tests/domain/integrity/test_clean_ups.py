"""The register of voids: rule, count and candidate, refused attempts by day."""

import pytest

from tests.support.factories import NOON, at, make_campaign, voter
from tests.support.traced import cast_from
from tests.support.voided import WHY, voided_case
from votesite.clock import minute
from votesite.domain.integrity import clean_ups
from votesite.domain.voting import casting
from votesite.errors import (
    LimitReached,
)


def test_register_names_rule_count_candidate_and_reason(app, reviewers):
    campaign = make_campaign(recount="public")
    voided_case(campaign, reviewers)

    found = clean_ups.of_campaign(campaign)

    (batch,) = found.entries
    assert (batch.k, batch.rule, batch.ballots, batch.candidate, batch.why, batch.t) == (
        "void",
        "R1",
        6,
        2,
        WHY,
        minute(NOON),
    )
    assert (found.voided, found.restored, found.held) == (6, 0, {})
    assert not found.guard.tells_of_sets  # the page says it once the votes are counted


def test_register_names_no_candidate_where_that_showed_a_single_choice(app, reviewers):
    campaign = make_campaign()
    voided_case(campaign, reviewers, count=3)

    assert clean_ups.of_campaign(campaign).entries[0].candidate == 0


def test_register_counts_refused_attempts_by_day_and_reason(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])
    for token in "ab":
        with pytest.raises(LimitReached):
            casting.cast(casting.Ballot(campaign.id, voter(1), ["1"], token * 20), clock=at(NOON))
    cast_from(campaign, 2, [1])

    assert clean_ups.of_campaign(campaign).refused == [("2026-11-20", [("limit-reached", 2)])]
