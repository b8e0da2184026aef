"""From expert review to the final list: what decisions write, and the rows that pages read."""

import json

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import at, by_two
from tests.support.honours import BEGINS, COUNTED, ENDS, FINAL, Honours
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger import publication
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.judges import open_identity
from votesite.domain.ledger.sanctions import append_void
from votesite.errors import InvalidFields, Lapsed
from votesite.extensions import db, site, writing
from votesite.models.hearing import Corrections
from votesite.models.scoring import Judge


@pytest.fixture
def honours(app):
    return Honours()


def kept_table(honours, n, name):
    with site().store.snapshot() as tx:
        return json.loads(publication.table(tx, honours.campaign.id, n, name))


def test_from_the_first_judge_to_the_final_list(honours):
    honours.finished()

    row = honours.row
    assert row.phase_at(FINAL) == "final"
    ranking = entries_of(honours.campaign, "ranking")[0]["n"]
    rows = kept_table(honours, ranking, "ranking")
    assert [each[0] for each in rows] == [1, 2, 3, 4, 5, 6]
    assert (row.ranking_n, row.final_n) == (
        ranking,
        entries_of(honours.campaign, "final")[0]["n"],
    )


def test_a_judge_is_kept_sealed_and_opens_to_what_the_entry_commits_to(honours):
    honours.appoint(7, ["山区乡镇"])

    entry = entries_of(honours.campaign, "judge")[0]
    row = db.session.get(Judge, (honours.campaign.id, 7))
    identity = open_identity(honours.campaign.id, 7, row.sealed)
    assert (identity.name, identity.unit) == ("评委7", "云岭市行政学院")
    assert identity.who() == entry["who"]
    assert "评委".encode() not in bytes(row.sealed)
    assert (row.staff_id, row.categories, row.n) == (
        honours.judges[7],
        ["山区乡镇"],
        entry["n"],
    )


def test_a_dismissal_is_noted_on_the_row(honours):
    honours.appoint(1)
    honours.decide("dismiss", {"judge": 1}, why="与候选单位有利害关系")

    dismissal = entries_of(honours.campaign, "dismiss")[0]
    assert db.session.get(Judge, (honours.campaign.id, 1)).dismissed_n == dismissal["n"]


def test_a_table_is_kept_beside_its_entry(honours):
    honours.put_in("objective", [[1, 9000], [2, 100]])

    n = entries_of(honours.campaign, "data")[0]["n"]
    assert kept_table(honours, n, "data") == [[1, 9000], [2, 100]]


def test_answers_are_kept_where_the_table_follows_from_them(honours):
    honours.put_in("satisfaction", [[1, 10000]], answers=[[1, 4, 5]] * 5)

    n = entries_of(honours.campaign, "data")[0]["n"]
    assert kept_table(honours, n, "answers") == [[1, 4, 5]] * 5


def test_a_notice_moves_the_phase_and_keeps_its_corrections(honours):
    honours.noticed()

    row = honours.row
    assert row.phase_at(COUNTED) == "counting"
    assert row.phase_at(BEGINS) == "notice"
    assert row.phase_at(ENDS) == "notice"
    assert (row.noticed_from, row.notice_from, row.notice_to) == (
        minute(BEGINS),
        minute(BEGINS),
        minute(ENDS),
    )
    kept = db.session.get(Corrections, (row.id, row.notice_n))
    assert kept.corrections == {"off": [], "on": []}


def test_voids_after_the_count_are_published_before_the_ranking(honours):
    honours.judged()
    with writing() as tx:
        first = entries_of(honours.campaign, "vote")[0]["n"]
        how = {"rule": "R1", "why": "x", "decided": by_two(honours.owner, honours.editor)}
        append_void(tx, honours.campaign.id, [first], now=COUNTED, **how)

    honours.decide("ranking", moment=COUNTED)

    kinds = [entry["k"] for entry in entries_of(honours.campaign)]
    assert kinds[-3:] == ["void", "recount", "ranking"]


def test_a_ranking_that_would_differ_by_now_lapses(honours):
    honours.judged()
    made = proposals.propose(
        honours.campaign.id, honours.owner, Change("ranking", {}), "", clock=at(COUNTED)
    )
    with writing() as tx:
        first = entries_of(honours.campaign, "vote")[0]["n"]
        how = {"rule": "R1", "why": "x", "decided": by_two(honours.owner, honours.editor)}
        append_void(tx, honours.campaign.id, [first], now=COUNTED, **how)

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, honours.editor, clock=at(COUNTED))
    assert entries_of(honours.campaign, "recount", "ranking") == []


def test_the_panel_does_not_close_over_a_missing_score(honours):
    honours.appoint(1)
    honours.sheet(1, {2: [800], 4: [800], 6: [800]})

    with pytest.raises(InvalidFields) as refusal:
        honours.decide("panel")
    assert refusal.value.fields["kind"].detail == {"numbers": "1、3、5"}


def test_nobody_is_dismissed_whose_scores_alone_are_there(honours):
    honours.appoint(1)
    honours.sheet(1, {no: [800] for no in range(1, 7)})
    honours.decide("panel")

    with pytest.raises(InvalidFields):
        honours.decide("dismiss", {"judge": 1}, why="利害关系")


def test_who_was_withdrawn_while_judges_scored_does_not_return_unscored(honours):
    honours.vote({1: [1]})
    honours.decide("withdraw", 5, why="暂停资格")
    honours.appoint(1)
    honours.sheet(1, {no: [800] for no in (1, 2, 3, 4, 6)})
    honours.decide("panel")

    with pytest.raises(InvalidFields) as refusal:
        honours.decide("reinstate", 5, why="恢复资格")
    assert refusal.value.fields["no"].code == "unscored"
