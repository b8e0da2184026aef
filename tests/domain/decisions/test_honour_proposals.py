"""What is wrong with a proposal from expert review to the final list is said before it waits."""

from datetime import timedelta

import pytest

from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign
from tests.support.honours import BEGINS, COUNTED, ENDS, FINAL, Honours
from tests.support.objected import objected
from tests.support.staffing import make_staff
from votesite.clock import minute
from votesite.domain.decisions import honours as shared
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.errors import Fault, Forbidden, InvalidFields, Lapsed
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign, votes_alone
from votesite.models.decisions import Decision
from votesite.models.hearing import Concern, Objection
from votesite.models.sanctions import Appeal

JUDGE = {"judge": 1, "categories": [], "name": "王教授", "unit": "省行政学院"}
DATA = {"key": "objective", "source": "统计局", "table": [[1, 100]], "answers": None}
ANSWER = {"outcome": "dismissed", "effect": "none", "reply": "经核查，情况不属实。"}
WINDOW = {"from": minute(BEGINS), "to": minute(ENDS), "off": [], "on": []}


@pytest.fixture
def honours(app):
    return Honours()


def faults_of(honours, kind, value, *, why="", moment=NOON):
    with pytest.raises(InvalidFields) as refusal:
        honours.decide(kind, value, why=why, moment=moment)
    assert db.session.query(Decision).filter_by(kind=kind, state="proposed").count() == 0
    return {field: fault.code for field, fault in refusal.value.fields.items()}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"judge": 0}, {"judge": "invalid"}),
        ({"judge": 1000}, {"judge": "invalid"}),
        ({"name": " "}, {"name": "missing"}),
        ({"name": "王" * 61}, {"name": "too-long"}),
        ({"unit": ""}, {"unit": "missing"}),
        ({"categories": ["没有"]}, {"categories": "unknown-choice"}),
        ({"staff": "nobody"}, {"staff": "unknown-choice"}),
        ({"staff": "clerk"}, {"staff": "no-judge"}),
    ],
)
def test_a_judge_who_cannot_be_appointed(honours, change, faults):
    make_staff("clerk", "editor")
    make_staff("wang", "judge", campaign=honours.campaign)

    assert faults_of(honours, "judge", {**JUDGE, "staff": "wang", **change}) == faults


def test_numbers_and_people_are_appointed_once(honours):
    honours.appoint(1)
    make_staff("wang", "judge", campaign=honours.campaign)
    name = f"judge-{honours.slug}-1"

    assert faults_of(honours, "judge", {**JUDGE, "staff": "wang"}) == {"judge": "taken"}
    assert faults_of(honours, "judge", {**JUDGE, "judge": 2, "staff": name}) == {
        "staff": "judge-already"
    }


def test_nothing_freezes_the_names_while_nominations_are_open(app):
    window = [minute(OPENS), minute(CLOSES)]
    honours = Honours(
        make_campaign(
            weights={**votes_alone(), "public": 50, "expert": 50},
            signers=0,
            schedule={"nomination": window},
        )
    )

    for kind, value in (("panel", {}), ("data", DATA)):
        assert faults_of(honours, kind, value) == {"kind": "nomination-open"}


def test_a_campaign_without_experts_has_no_panel(app):
    honours = Honours(public=90, expert=0, satisfaction=0, objective=10)

    assert faults_of(honours, "panel", {}) == {"kind": "no-experts"}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"key": "price"}, {"key": "unknown-choice"}),
        ({"key": "lot", "table": "x"}, {"key": "not-used"}),
        ({"source": ""}, {"source": "missing"}),
        ({"table": []}, {"table": "invalid"}),
        ({"table": [[1, 10001]]}, {"table": "invalid"}),
        ({"table": [[1, -1]]}, {"table": "invalid"}),
        ({"table": [[2, 1], [1, 1]]}, {"table": "invalid"}),
        ({"table": [[1, 1], [1, 1]]}, {"table": "invalid"}),
        ({"table": [[9, 1]]}, {"table": "invalid"}),
        ({"table": [[1, True]]}, {"table": "invalid"}),
        ({"table": [[1, 1.5]]}, {"table": "invalid"}),
        ({"table": [[1, "1"]]}, {"table": "invalid"}),
        ({"table": [[1]]}, {"table": "invalid"}),
        ({"table": {"1": 1}}, {"table": "invalid"}),
    ],
)
def test_a_table_that_cannot_stand(honours, change, faults):
    assert faults_of(honours, "data", {**DATA, **change}) == faults


def test_a_component_without_weight_takes_no_table(app):
    honours = Honours(public=50, expert=50, satisfaction=0, objective=0)

    assert faults_of(honours, "data", DATA) == {"key": "not-used"}


@pytest.mark.parametrize("drawn", ["", "抽签", "x" * 201, "a\nb", 5])
def test_a_drawn_value_is_short_and_printable(app, drawn):
    honours = Honours(ties=["lot"]).judged()
    value = {"key": "lot", "source": "公开抽签", "table": drawn}

    assert faults_of(honours, "data", value, moment=COUNTED) == {"value": "not-ascii"}


def test_a_lot_is_drawn_after_the_count_and_once(app):
    honours = Honours(ties=["lot"])
    value = {"key": "lot", "source": "公开抽签", "table": "07 12 31"}
    assert faults_of(honours, "data", value) == {"key": "not-closed"}
    honours.judged()
    honours.decide("data", value, moment=COUNTED)

    assert faults_of(honours, "data", value, moment=COUNTED) == {"key": "drawn-already"}


def test_a_ranking_says_what_it_waits_for(honours):
    honours.vote({1: [1]})
    assert faults_of(honours, "ranking", {}) == {"kind": "not-closed"}
    honours.close()
    assert faults_of(honours, "ranking", {}, moment=COUNTED) == {"kind": "no-panel"}


def test_a_ranking_with_a_missing_figure_is_refused(app):
    honours = Honours(satisfaction=0, objective=20)
    honours.appoint(1)
    honours.sheet(1, {no: [500] for no in range(1, 7)})
    honours.decide("panel")
    honours.put_in("objective", [[no, 5000] for no in range(1, 6)])
    honours.close()

    assert faults_of(honours, "ranking", {}, moment=COUNTED) == {"kind": "missing-scores"}


def test_a_second_ranking_needs_a_reason(honours):
    honours.ranked()

    assert faults_of(honours, "ranking", {}, moment=COUNTED) == {"why": "missing"}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"from": "明天"}, {"from": "invalid"}),
        ({"to": ""}, {"to": "invalid"}),
        ({"from": minute(COUNTED - timedelta(minutes=1))}, {"from": "in-the-past"}),
        ({"to": minute(BEGINS)}, {"to": "before-begin"}),
        ({"to": minute(BEGINS + timedelta(days=4))}, {"to": "too-few-days"}),
        ({"off": ["2026-12-15", "2026-12-16", "2026-12-17"]}, {"to": "too-few-days"}),
        ({"off": ["十五日"]}, {"off": "invalid"}),
        ({"to": "2099-12-31T18:00+08:00"}, {"to": "no-calendar"}),
    ],
)
def test_a_notice_that_cannot_run(honours, change, faults):
    honours.ranked()

    assert faults_of(honours, "notice", {**WINDOW, **change}, moment=COUNTED) == faults


def test_a_notice_needs_a_ranking_of_its_own(honours):
    honours.judged()
    assert faults_of(honours, "notice", WINDOW, moment=COUNTED) == {"kind": "no-ranking"}
    honours.decide("ranking", moment=COUNTED)
    honours.notice()
    assert faults_of(honours, "notice", WINDOW, moment=COUNTED) == {"kind": "noticed-already"}


@pytest.mark.parametrize(
    ("change", "faults"),
    [
        ({"objections": []}, {"objection": "unknown-choice"}),
        ({"objections": [1]}, {"objection": "unknown-choice"}),
        ({"outcome": "maybe"}, {"outcome": "unknown-choice"}),
        ({"effect": "new_ranking"}, {"effect": "unknown-choice"}),
        ({"outcome": "upheld", "effect": "all"}, {"effect": "unknown-choice"}),
        ({"reply": ""}, {"reply": "missing"}),
        ({"reply": "字" * 2001}, {"reply": "too-long"}),
    ],
)
def test_an_answer_that_cannot_stand(honours, change, faults):
    honours.noticed()
    n = objected(honours.campaign, 1, moment=BEGINS)
    value = {**ANSWER, "objections": [n], **change}

    assert faults_of(honours, "answer", value, moment=BEGINS) == faults


def test_who_is_concerned_neither_proposes_nor_confirms_an_answer(honours):
    honours.noticed()
    n = objected(honours.campaign, 1, moment=BEGINS)
    value = Change("answer", {**ANSWER, "objections": [n]})
    _note_concern(n, honours.owner)
    with pytest.raises(Forbidden):
        proposals.propose(honours.campaign.id, honours.owner, value, "", clock=at(BEGINS))

    made = proposals.propose(honours.campaign.id, honours.editor, value, "", clock=at(BEGINS))
    with pytest.raises(Forbidden):
        proposals.confirm(made.id, honours.owner, clock=at(BEGINS))


def test_who_becomes_concerned_after_proposing_has_proposed_in_vain(honours):
    honours.noticed()
    n = objected(honours.campaign, 1, moment=BEGINS)
    value = Change("answer", {**ANSWER, "objections": [n]})
    made = proposals.propose(honours.campaign.id, honours.owner, value, "", clock=at(BEGINS))
    _note_concern(n, honours.owner)

    with pytest.raises(Forbidden):
        proposals.confirm(made.id, honours.editor, clock=at(BEGINS))


def test_the_final_list_waits_for_its_time_and_for_answers(honours):
    honours.ranked()
    assert faults_of(honours, "final", {}, moment=COUNTED) == {"kind": "no-notice"}
    honours.notice()
    assert faults_of(honours, "final", {}, moment=ENDS) == {"kind": "notice-runs"}
    n = objected(honours.campaign, 1, moment=BEGINS)
    assert faults_of(honours, "final", {}, moment=FINAL) == {"kind": "open-objections"}
    upheld = {**ANSWER, "objections": [n], "outcome": "upheld", "effect": "new_ranking"}
    honours.decide("answer", upheld, moment=BEGINS)
    assert faults_of(honours, "final", {}, moment=FINAL) == {"kind": "needs-ranking"}
    honours.decide("ranking", why="采纳异议", moment=BEGINS)
    assert faults_of(honours, "final", {}, moment=FINAL) == {"kind": "needs-notice"}


def test_the_final_list_waits_for_open_appeals(honours):
    honours.noticed()
    made = proposals.propose(
        honours.campaign.id, honours.owner, Change("final", {}), "", clock=at(FINAL)
    )
    with writing():
        db.session.add(
            Appeal(campaign_id=honours.campaign.id, n=1, text=b"x", made_at=minute(ENDS))
        )

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, honours.editor, clock=at(FINAL))
    proposals.take_back(made.id, honours.owner, clock=at(FINAL))
    assert faults_of(honours, "final", {}, moment=FINAL) == {"kind": "open-appeals"}


def test_an_honour_is_revoked_once_and_only_where_there_is_one(honours):
    assert faults_of(honours, "revoke", {"no": 1}, why="x", moment=FINAL) == {"kind": "not-final"}
    single = [{**each, "seats": 1} for each in honours.campaign.categories]
    with writing():
        db.session.query(Campaign).update({"categories": single})
    honours.finished()
    first, outside = 1, 5
    assert faults_of(honours, "revoke", {"no": outside}, why="x", moment=FINAL) == {
        "no": "unknown-choice"
    }
    honours.decide("revoke", {"no": first}, why="材料造假", moment=FINAL)
    assert faults_of(honours, "revoke", {"no": first}, why="x", moment=FINAL) == {
        "no": "unknown-choice"
    }


def test_two_proposals_about_the_same_do_not_wait_together(honours):
    honours.appoint(1)
    propose = (honours.campaign.id, honours.owner)
    proposals.propose(*propose, Change("dismiss", {"judge": 1}), "利害关系", clock=at(NOON))
    proposals.propose(*propose, Change("data", DATA), "", clock=at(NOON))

    assert faults_of_second(propose, Change("dismiss", {"judge": 1}), "另一理由") == "kind"
    assert faults_of_second(propose, Change("data", {**DATA, "table": [[2, 1]]}), "") == "kind"
    other = {**DATA, "key": "satisfaction"}
    proposals.propose(*propose, Change("data", other), "", clock=at(NOON))


def test_such_a_proposal_waits_for_a_week(honours):
    change = Change("data", DATA)
    made = proposals.propose(honours.campaign.id, honours.owner, change, "", clock=at(NOON))
    week = NOON + timedelta(days=7)

    assert proposals.is_waiting(made, week)
    with pytest.raises(Lapsed):
        proposals.confirm(made.id, honours.editor, clock=at(week + timedelta(minutes=1)))


def test_what_is_sealed_in_a_proposal_stands_nowhere_else(honours):
    make_staff("wang", "judge", campaign=honours.campaign)
    change = Change("judge", {**JUDGE, "staff": "wang"})
    made = proposals.propose(honours.campaign.id, honours.owner, change, "", clock=at(NOON))

    assert "王教授" not in f"{made.payload}{made.fields}{made.why}"
    assert "王教授".encode() not in made.sealed
    assert shared.opened(made)["name"] == "王教授"


def test_a_fault_names_what_a_sentence_needs(honours):
    honours.ranked()
    short = {**WINDOW, "to": minute(BEGINS + timedelta(days=4))}
    with pytest.raises(InvalidFields) as refusal:
        honours.decide("notice", short, moment=COUNTED)

    assert refusal.value.fields["to"] == Fault("too-few-days", days=4, least=5)


def faults_of_second(propose, change, why):
    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(*propose, change, why, clock=at(NOON))
    ((field, fault),) = refusal.value.fields.items()
    assert fault.code == "waits-already"
    return field


def _note_concern(n, staff):
    with writing():
        row = db.session.query(Objection).filter_by(n=n).one()
        noted = {"why": "当事人", "noted_by": staff, "noted_at": minute(BEGINS)}
        db.session.add(Concern(objection_id=row.id, staff_id=staff, **noted))
