"""What was fixed before figures were known, and what changed an honour late."""

from datetime import timedelta

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import NOON
from tests.support.honours import COUNTED
from tests.support.steps_to_honours import begun, bring_to, entry_number
from votesite.domain.ledger import knowledge
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign


def known(made):
    with site().store.snapshot() as tx:
        return knowledge.knowledge(tx, made.campaign.id)


def sides(made):
    """Of each placed entry: kind, after figures, after panel."""
    return [(one.k, one.after_figures, one.after_panel) for one in known(made).placed]


def test_inputs_before_the_count_and_around_the_panel(app):
    made = bring_to(begun(), "closed")
    made.decide("dismiss", {"judge": 3}, why="利害关系", moment=COUNTED)

    # judge 1 has handed in twice, judge 3 is dismissed: two sheets count
    assert sides(made) == [
        ("judge", False, False),
        ("judge", False, False),
        ("sheet", False, False),
        ("judge", False, False),
        ("sheet", False, False),
        ("panel", False, False),
        ("data", False, True),
        ("data", False, True),
        ("dismiss", True, True),
    ]


def test_live_tally_is_the_first_figure_and_one_without_rows_is_none(app):
    made = begun(results="live")
    made.vote({number: [1] for number in range(5)})
    made.appoint(1, moment=NOON + timedelta(hours=1))

    found = known(made)
    (tally,) = entries_of(made.campaign, "tally")

    assert found.figures_n == tally["n"]
    assert [(one.k, one.after_figures) for one in found.placed] == [("judge", True)]


def test_votes_alone_have_no_panel_to_come_before(app):
    made = begun(public=100, expert=0, satisfaction=0, objective=0)
    made.vote({1: [1]})
    made.decide("withdraw", 5, why="本单位申请")

    found = known(made)

    assert [tuple(one)[1:] for one in found.placed] == [("withdraw", False, None)]
    assert (found.figures_n, found.panel_n, found.has_experts) == (None, None, False)


@pytest.fixture
def late(app):
    """A campaign with one honour; a second ranking, not noticed yet, gives it to another."""
    made = begun(public=10, expert=20, satisfaction=10, objective=60)
    with writing():
        db.session.get(Campaign, made.campaign.id).categories = [
            {"name": "城郊乡镇", "seats": 1, "picks": None},
            {"name": "山区乡镇", "seats": 0, "picks": None},
        ]
    bring_to(made, "noticed")
    table = [[no, 9000 if no == 6 else 100] for no in range(1, 7)]
    made.put_in("objective", table, moment=COUNTED)
    made.decide("ranking", why="数据更正", moment=COUNTED)
    return made


def test_change_is_told_when_the_second_ranking_is_public(late):
    first, second = (entry_number(late, "ranking", at) for at in (0, 1))
    before = known(late)
    late.notice()

    found = known(late).late

    assert (before.late, before.is_ranked) == ([], True)
    assert [(one.k, one.before, one.after) for one in found] == [
        ("data", first, second),
        ("ranking", first, second),
    ]
    assert {(one.gained, one.lost) for one in found} == {((6,), (2,))}


@pytest.mark.parametrize(
    ("k", "fields", "counts"),
    [
        ("void", {}, True),
        ("restore", {}, True),
        ("dismiss", {}, True),
        ("rule", {"set": {"withdraw": 3}}, True),
        ("rule", {"set": {"to": "x"}}, False),
        ("data", {"key": "lot"}, False),
        ("data", {"key": "objective"}, True),
        ("ranking", {}, True),
        ("notice", {}, False),
    ],
)
def test_what_can_have_changed_an_honour(k, fields, counts):
    entries = [
        {"n": 1, "k": "data", "key": "objective"},
        {"n": 2, "k": "close"},
        {"n": 3, "k": "ranking"},
        {"n": 4, "k": k, **fields},
        {"n": 6, "k": "ranking"},
    ]
    tables = {3: {1}, 4: {2}, 6: {2}} if k == "ranking" else {3: {1}, 6: {2}}

    found = {one.entry["n"] for one in knowledge.late_changes(entries, 2, tables)}

    assert (4 in found) == counts


def test_nothing_before_the_count_is_late():
    entries = [{"n": 1, "k": "void"}, {"n": 3, "k": "ranking"}, {"n": 5, "k": "ranking"}]

    assert knowledge.late_changes(entries, None, {}) == []
    assert [one.entry["n"] for one in knowledge.late_changes(entries, 2, {3: {1}, 5: {2}})] == [5]
