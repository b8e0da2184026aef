"""Entries from expert review to the final list stand only where the format lets them."""

from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import CLOSES, NOON, at, by_two, make_campaign
from votesite.clock import minute
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.honours import (
    append_honour,
    append_objection,
    append_sheet,
    final_from,
    open_beside,
    open_sheet,
)
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.ledger.sanctions import append_void
from votesite.domain.ledger.two_person import append_rule
from votesite.domain.results import tallies
from votesite.errors import Busy, Frozen, Lapsed
from votesite.extensions import db, site, writing
from votesite.models.campaigns import votes_alone
from votesite.models.candidates import Candidate
from votesite.models.scoring import SealedSheet
from votesite.store import Statement

WEIGHTS = {**votes_alone(), "public": 40, "expert": 40, "objective": 20, "ties": ["public", "lot"]}
AFTER = CLOSES + timedelta(hours=1)
BEGINS, ENDS = AFTER + timedelta(days=1), AFTER + timedelta(days=9)
DAYS = ["2026-12-14", "2026-12-15", "2026-12-16", "2026-12-17", "2026-12-18"]
HASH = "0" * 64
SHEET = [[no, [800]] for no in range(1, 7)]
RANKING = [[no, no, int(no < 3), 5000, 5000, 5000, -1, 5000] for no in range(1, 7)]
_LAST_CHECKPOINT = Statement("SELECT MAX(size) FROM checkpoints WHERE campaign_id = :campaign_id")


class Steps:
    """Appends to one log; every method is one entry."""

    def __init__(self, **weights):
        self.campaign = make_campaign(weights={**WEIGHTS, **weights})
        cast_ballot(self.campaign, 1, 1)

    def append(self, k, fields, moment=NOON, tables=None, decided=None):
        with writing() as tx:
            return append_honour(
                tx,
                self.campaign.id,
                k,
                fields,
                decided=decided or by_two(),
                now=moment,
                tables=tables,
            )

    def judge(self, number=1, categories=(), moment=NOON):
        fields = {"judge": number, "categories": list(categories), "who": HASH}
        return self.append("judge", fields, moment)

    def sheet(self, number=1, sheet=None, moment=NOON):
        with writing() as tx:
            log = open_log(tx, self.campaign.id)
            rows = SHEET if sheet is None else sheet
            return append_sheet(log, number, rows, {"reason": "无"}, moment)

    def panel(self, moment=NOON):
        return self.append("panel", {}, moment)

    def data(self, key="objective", moment=NOON):
        fields = {"key": key, "sha256": HASH, "answers_sha256": "", "source": "统计局"}
        return self.append("data", fields, moment)

    def close(self):
        tallies.close(self.campaign.id, clock=at(AFTER))

    def ranking(self, why="", moment=AFTER):
        return self.append("ranking", {"sha256": HASH, "why": why}, moment, {"ranking": RANKING})

    def notice(self, ranking, begins=BEGINS, ends=ENDS, days=DAYS, moment=AFTER):
        window = {"from": minute(begins), "to": minute(ends)}
        return self.append("notice", {"ranking": ranking, **window, "days": days}, moment)

    def objection(self, moment=BEGINS):
        with writing() as tx:
            return append_objection(open_log(tx, self.campaign.id), HASH, moment)

    def answer(self, *of, outcome="dismissed", effect="none", moment=BEGINS):
        fields = {"of": list(of), "outcome": outcome, "effect": effect, "c": [HASH] * len(of)}
        return self.append("answer", fields, moment)

    def final(self, ranking, notice, moment=ENDS + timedelta(hours=24)):
        return self.append("final", {"ranking": ranking, "notice": notice}, moment)

    def revoke(self, no, moment=ENDS + timedelta(days=3)):
        return self.append("revoke", {"no": no, "why": "数据不实"}, moment)

    def counted(self):
        self.judge()
        self.sheet()
        self.panel()
        self.data()
        self.close()
        self.data("lot", AFTER)
        return self

    def ranked(self):
        return self.counted().ranking()

    def state(self):
        with site().store.snapshot() as tx:
            return proceedings(tx, self.campaign.id)


@pytest.fixture
def steps(app):
    return Steps()


def test_all_of_it_in_order_ends_in_a_final_list(steps):
    ranking = steps.ranked()
    notice = steps.notice(ranking)
    objection = steps.objection()
    steps.answer(objection)
    steps.final(ranking, notice)
    steps.revoke(2)

    state = steps.state()
    assert state.final["ranking"] == ranking
    assert state.revoked == [2]
    assert state.unanswered == []
    kinds = [entry["k"] for entry in entries_of(steps.campaign)]
    assert kinds[2:] == [
        *("judge", "sheet", "panel", "data", "close", "data", "ranking", "notice", "objection"),
        *("answer", "final", "revoke"),
    ]


def test_checkpoints_cover_what_decides(steps):
    for each in (steps.counted, lambda: steps.notice(steps.ranking())):
        each()
        with site().store.snapshot() as tx:
            last = tx.value(_LAST_CHECKPOINT, {"campaign_id": steps.campaign.id})
            assert last == len(entries_of(steps.campaign))


def test_a_judge_is_appointed_once_and_dismissed_for_good(steps):
    steps.judge(1)
    with pytest.raises(Lapsed):
        steps.judge(1)
    with pytest.raises(Lapsed):
        steps.append("dismiss", {"judge": 2, "why": "x"})
    steps.append("dismiss", {"judge": 1, "why": "利益冲突"})
    for again in (
        lambda: steps.judge(1),
        lambda: steps.append("dismiss", {"judge": 1, "why": "x"}),
        lambda: steps.sheet(1),
    ):
        with pytest.raises(Lapsed):
            again()


def test_a_judge_of_an_unknown_category_is_refused(steps):
    with pytest.raises(Lapsed):
        steps.judge(1, ["没有这一类"])


def test_nothing_of_the_panel_follows_it(steps):
    steps.judge(1)
    steps.sheet(1)
    steps.panel()

    with pytest.raises(Frozen):
        steps.sheet(1)
    for late in (lambda: steps.judge(2), steps.panel):
        with pytest.raises(Lapsed):
            late()
    steps.append("dismiss", {"judge": 1, "why": "利益冲突"})


def test_without_experts_there_are_no_judges(app):
    steps = Steps(public=80, expert=0)

    for act in (steps.judge, steps.panel):
        with pytest.raises(Lapsed):
            act()


@pytest.mark.parametrize(
    "sheet",
    [
        SHEET[1:],
        [*SHEET, [7, [800]]],
        [[no, [1001]] for no in range(1, 7)],
        [[no, [-1]] for no in range(1, 7)],
        [[no, [800, 800]] for no in range(1, 7)],
        SHEET[::-1],
        [*SHEET, SHEET[-1]],
        SHEET[:1],
    ],
)
def test_a_sheet_of_another_form_is_refused(steps, sheet):
    steps.judge(1)

    with pytest.raises(Lapsed):
        steps.sheet(1, sheet)
    assert entries_of(steps.campaign, "sheet") == []


def test_a_sheet_may_leave_out_whole_categories_and_withdrawn_candidates(steps):
    with writing() as tx:
        rule = Change("withdraw", 1)
        append_rule(tx, steps.campaign.id, rule, why="x", decided=by_two(), now=NOON)
        db.session.query(Candidate).filter_by(no=1).update({"withdrawn": "x"})
    steps.judge(1)

    steps.sheet(1, [[3, [800]], [5, [800]]])
    steps.sheet(1, [[2, [800]], [4, [800]], [6, [800]]])
    steps.sheet(1, [])
    with pytest.raises(Lapsed):
        steps.sheet(1, SHEET)
    assert steps.state().sheets[1]["n"] == entries_of(steps.campaign, "sheet")[-1]["n"]


def test_sheets_are_sealed_and_open_again(steps):
    steps.judge(1)
    n = steps.sheet(1)

    row = db.session.get(SealedSheet, (steps.campaign.id, n))
    assert b"800" not in bytes(row.sealed)
    assert open_sheet(steps.campaign.id, n, bytes(row.sealed)) == SHEET
    assert open_beside(steps.campaign.id, n, bytes(row.beside)) == {"reason": "无"}


def test_lots_are_drawn_once_and_after_the_count(steps):
    with pytest.raises(Lapsed):
        steps.data("lot")
    steps.close()
    steps.data("lot", AFTER)
    with pytest.raises(Lapsed):
        steps.data("lot", AFTER)


def test_no_lot_where_none_decides(app):
    steps = Steps(ties=["public"])
    steps.close()

    with pytest.raises(Lapsed):
        steps.data("lot", AFTER)


@pytest.mark.parametrize("missing", ["panel", "data", "close", "lot"])
def test_a_ranking_needs_all_that_it_is_made_of(steps, missing):
    steps.judge()
    steps.sheet()
    if missing != "panel":
        steps.panel()
    if missing != "data":
        steps.data()
    if missing != "close":
        steps.close()
        if missing != "lot":
            steps.data("lot", AFTER)

    with pytest.raises(Lapsed):
        steps.ranking()


def test_a_ranking_waits_for_the_recount(steps):
    steps.counted()
    with writing() as tx:
        append_void(tx, steps.campaign.id, [1], rule="R1", why="x", decided=by_two(), now=AFTER)

    with pytest.raises(Lapsed):
        steps.ranking()


def test_a_further_ranking_says_why(steps):
    steps.ranked()
    with pytest.raises(Lapsed):
        steps.ranking()
    steps.ranking("采纳异议")


def test_a_notice_is_of_the_last_ranking_and_long_enough(steps):
    first = steps.ranked()
    second = steps.ranking("x")
    for wrong in (
        lambda: steps.notice(first),
        lambda: steps.notice(second, days=DAYS[1:]),
        lambda: steps.notice(second, begins=AFTER - timedelta(minutes=1)),
        lambda: steps.notice(second, begins=ENDS),
    ):
        with pytest.raises(Lapsed):
            wrong()
    steps.notice(second)
    with pytest.raises(Lapsed):
        steps.notice(second)


def test_no_notice_of_a_ranking_that_no_longer_holds(steps):
    ranking = steps.ranked()
    steps.data(moment=AFTER)

    with pytest.raises(Lapsed):
        steps.notice(ranking)


@pytest.mark.parametrize(
    ("moment", "is_taken"),
    [
        (BEGINS - timedelta(minutes=1), False),
        (BEGINS, True),
        (ENDS, True),
        (ENDS + timedelta(hours=24) - timedelta(minutes=1), True),
        (ENDS + timedelta(hours=24), False),
    ],
)
def test_objections_need_a_notice_that_runs_or_has_just_ended(steps, moment, is_taken):
    steps.notice(steps.ranked())

    if is_taken:
        steps.objection(moment)
    else:
        with pytest.raises(Lapsed):
            steps.objection(moment)


def test_an_objection_is_answered_once_and_new_rankings_need_a_reason(steps):
    steps.notice(steps.ranked())
    first, second = steps.objection(), steps.objection()
    for wrong in (
        lambda: steps.answer(first, effect="new_ranking"),
        lambda: steps.answer(1),
        lambda: steps.answer(),
    ):
        with pytest.raises(Lapsed):
            wrong()
    steps.answer(first, second)
    with pytest.raises(Lapsed):
        steps.answer(second)


def test_a_list_is_not_final_before_all_is_answered_and_the_day_after(steps):
    ranking = steps.ranked()
    notice = steps.notice(ranking)
    objection = steps.objection()
    with pytest.raises(Lapsed):
        steps.final(ranking, notice)
    steps.answer(objection)
    with pytest.raises(Lapsed):
        steps.final(ranking, notice, ENDS + timedelta(hours=24) - timedelta(minutes=1))
    steps.final(ranking, notice)


def test_an_upheld_objection_with_effect_needs_another_ranking_and_notice(steps):
    ranking = steps.ranked()
    notice = steps.notice(ranking)
    steps.answer(steps.objection(), outcome="upheld", effect="new_ranking")
    with pytest.raises(Lapsed):
        steps.final(ranking, notice)
    second = steps.ranking("采纳异议", BEGINS)
    with pytest.raises(Lapsed):
        steps.final(second, notice)
    again = steps.notice(second, BEGINS + timedelta(days=1), moment=BEGINS)
    steps.final(second, again)


@pytest.mark.parametrize("late", ["data", "dismiss", "withdraw", "void"])
def test_what_changes_after_the_ranking_needs_another(steps, late):
    ranking = steps.ranked()
    notice = steps.notice(ranking)
    with writing() as tx:
        campaign, how = steps.campaign.id, {"decided": by_two(), "now": BEGINS}
        if late == "withdraw":
            append_rule(tx, campaign, Change("withdraw", 5), why="x", **how)
        elif late == "void":
            append_void(tx, campaign, [1], rule="R1", why="x", **how)
    if late == "data":
        steps.data(moment=BEGINS)
    elif late == "dismiss":
        steps.append("dismiss", {"judge": 1, "why": "x"}, BEGINS)

    with pytest.raises(Lapsed):
        steps.final(ranking, notice)


def test_after_the_final_list_only_honours_are_revoked(steps):
    ranking = steps.ranked()
    notice = steps.notice(ranking)
    with pytest.raises(Frozen):
        steps.revoke(1, BEGINS)
    steps.final(ranking, notice)
    late = ENDS + timedelta(days=2)
    for wrong in (
        lambda: steps.data(moment=late),
        lambda: steps.append("dismiss", {"judge": 1, "why": "x"}, late),
        lambda: steps.ranking("x", late),
        lambda: steps.final(ranking, notice, late),
        lambda: steps.objection(late),
        lambda: _withdraw(steps, late),
        lambda: _void(steps, late),
    ):
        with pytest.raises(Frozen):
            wrong()
    with pytest.raises(Lapsed):
        steps.revoke(5)
    steps.revoke(1)
    with pytest.raises(Lapsed):
        steps.revoke(1)


def test_nothing_is_written_while_the_clock_is_behind(steps):
    early = NOON - timedelta(hours=1)
    for act in (lambda: steps.judge(1, moment=early), lambda: steps.sheet(1, moment=early)):
        with pytest.raises(Busy):
            act()


def test_the_first_of_these_entries_opens_the_ledger(app):
    campaign = make_campaign(weights=WEIGHTS)
    with writing() as tx:
        fields = {"judge": 1, "categories": [], "who": HASH}
        append_honour(tx, campaign.id, "judge", fields, decided=by_two(), now=NOON)

    assert [entry["k"] for entry in entries_of(campaign)] == ["open", "judge"]


def test_a_minute_after_the_notice_is_a_day_later():
    assert final_from({"to": "2026-12-31T18:00+08:00"}) == "2027-01-01T18:00+08:00"


def _withdraw(steps, moment):
    with writing() as tx:
        rule = Change("withdraw", 3)
        append_rule(tx, steps.campaign.id, rule, why="x", decided=by_two(), now=moment)


def _void(steps, moment):
    with writing() as tx:
        append_void(tx, steps.campaign.id, [1], rule="R1", why="x", decided=by_two(), now=moment)
