"""What a ranking would be made of: nothing is opened before its time."""

import pytest

from tests.support.honours import COUNTED, FINAL, Honours
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import Candidate
from votesite.errors import Lapsed
from votesite.extensions import site


@pytest.fixture
def honours(app):
    return Honours()


def asked(honours, question, **how):
    with site().store.snapshot() as tx:
        return question(tx, honours.campaign.id, **how)


def test_no_count_before_the_close(honours):
    honours.vote({1: [1]})

    with pytest.raises(Lapsed):
        asked(honours, inputs.gather)


def test_no_sheet_before_the_panel(honours):
    honours.vote({1: [1]})
    honours.appoint(1)
    honours.sheet(1, {no: [900] for no in range(1, 7)})
    honours.close()
    assert asked(honours, inputs.gather).sheets == []

    honours.decide("panel", moment=COUNTED)
    assert asked(honours, inputs.gather).sheets == [[[no, [900]] for no in range(1, 7)]]


def test_the_last_sheet_of_each_judge_counts_and_none_of_the_dismissed(honours):
    honours.vote({1: [1]})
    for number in (1, 2):
        honours.appoint(number)
        honours.sheet(number, {no: [100 * number] for no in range(1, 7)})
    honours.sheet(1, {no: [700] for no in range(1, 7)})
    honours.decide("dismiss", {"judge": 2}, why="利害关系")
    honours.decide("panel")
    honours.close()

    assert asked(honours, inputs.gather).sheets == [[[no, [700]] for no in range(1, 7)]]


def test_votes_tables_and_present_candidates(honours):
    honours.judged()
    honours.put_in("objective", [[1, 7]], moment=COUNTED)
    honours.decide("withdraw", 6, why="单位撤并", moment=COUNTED)

    gathered = asked(honours, inputs.gather)
    assert gathered.votes == {1: 2, 2: 2, 3: 1, 4: 1, 5: 0, 6: 0}
    assert gathered.objective == {1: 7}
    assert gathered.satisfaction == {no: 9000 - 100 * no for no in range(1, 7)}
    assert gathered.candidates[0] == Candidate(1, "山区乡镇", "")
    assert [each.no for each in gathered.candidates] == [1, 2, 3, 4, 5]


def test_reasons_name_all_that_a_ranking_lacks(app):
    honours = Honours(ties=["public", "lot"])
    needed = ["no-panel", "no-satisfaction", "no-objective", "no-lot"]
    assert asked(honours, inputs.reasons) == ["not-closed", *needed]
    honours.judged()
    assert asked(honours, inputs.reasons) == ["no-lot"]
    honours.put_in("lot", "07 12 31", moment=COUNTED)
    assert asked(honours, inputs.reasons) == []
    assert asked(honours, inputs.gather).lot == "07 12 31"


def test_a_final_list_needs_no_ranking(honours):
    honours.finished()

    assert asked(honours, inputs.reasons) == ["final"]


def test_who_is_not_scored_by_anybody(honours):
    honours.appoint(1, ["山区乡镇"])
    honours.appoint(2)
    honours.sheet(1, {no: [900] for no in (1, 3, 5)})
    assert asked(honours, inputs.unscored) == [2, 4, 6]

    honours.sheet(2, {no: [900] for no in range(1, 7)})
    assert asked(honours, inputs.unscored) == []
    assert asked(honours, inputs.unscored, without=2) == [2, 4, 6]


def test_honours_are_those_of_the_final_ranking_that_nobody_has_revoked(honours):
    honours.noticed()
    with site().store.snapshot() as tx:
        assert inputs.honoured(tx, honours.campaign.id, proceedings(tx, honours.campaign.id)) == []
    honours.decide("final", moment=FINAL)
    honours.decide("revoke", {"no": 3}, why="材料造假", moment=FINAL)

    with site().store.snapshot() as tx:
        state = proceedings(tx, honours.campaign.id)
        assert inputs.honoured(tx, honours.campaign.id, state) == [1, 2, 4, 5, 6]
