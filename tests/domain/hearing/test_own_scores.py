"""A body's own scores: from the notice on, its own row, never a rank."""

from datetime import timedelta

import pytest

from tests.support.honours import BEGINS, Honours
from votesite.domain.hearing.own_scores import own_scores
from votesite.domain.ledger import publication
from votesite.extensions import site


@pytest.fixture
def honours(app):
    return Honours().noticed()


def test_scores_are_those_of_the_ranking_that_the_notice_names(honours):
    with site().store.snapshot() as tx:
        table = publication.table(tx, honours.campaign.id, honours.row.ranking_n, "ranking")

    told = own_scores(honours.campaign.id, 1, now=BEGINS)

    first = table.decode().split("],[")[0].strip("[").split(",")
    cents = [f"{int(points) // 100}.{int(points) % 100:02}" for points in first[3:]]
    assert first[0] == "1"
    assert [told.total, *(score.points for score in told.scores)] == cents
    assert [score.weight for score in told.scores] == [30, 50, 10, 10]


def test_nothing_is_told_before_the_notice_begins_or_of_nobody(honours):
    assert own_scores(honours.campaign.id, 1, now=BEGINS - timedelta(minutes=1)) is None
    assert own_scores(honours.campaign.id, 99, now=BEGINS) is None


def test_component_without_weight_is_left_out(app):
    honours = Honours(satisfaction=0, objective=0, public=50).noticed()

    told = own_scores(honours.campaign.id, 1, now=BEGINS)
    assert [score.component for score in told.scores] == ["public", "expert"]
