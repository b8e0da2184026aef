"""From a trace to a void and back: what is kept, who decides, what the ledger says."""

import json
from datetime import timedelta

import pytest

from tests.support.crowds import cast_from, make_case
from tests.support.factories import CLOSES, NOON, at, make_campaign, voter
from tests.support.staffing import make_staff
from votesite import networks
from votesite.clock import minute
from votesite.domain import audit, keys
from votesite.domain.decisions import proposals
from votesite.domain.integrity import appeals, cases, clean_ups, traces
from votesite.domain.ledger import receipts, sanctions, self_check
from votesite.domain.ledger.entries import bodies
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.domain.voting import casting
from votesite.domain.voting.checks import Answer
from votesite.errors import (
    Forbidden,
    InvalidFields,
    Lapsed,
    LimitReached,
    NotFound,
    SecondPersonNeeded,
)
from votesite.extensions import db, site, writing
from votesite.models.integrity import BallotTrace, Case, CaseBallot

WHY = "同一种浏览器在一小时内投出"


@pytest.fixture
def people(app):
    return make_staff("shen", "reviewer"), make_staff("jian", "reviewer")


def rows(table):
    db.session.rollback()
    return db.session.query(table).all()


def entries(campaign, *kinds):
    with site().store.snapshot() as tx:
        found = [json.loads(body) for body in bodies(tx, campaign.id, 0, 10_000)]
    return [entry for entry in found if entry["k"] in kinds]


def void(campaign, case, people, *, moment=NOON):
    first, second = (person.id for person in people)
    made = cases.propose_void(case.id, first, "R1", WHY, clock=at(moment))
    return proposals.confirm(made.id, second, clock=at(moment))


def voided_case(campaign, people, count=6):
    numbers = [cast_from(campaign, number, [2]).n for number in range(count)]
    case = make_case(campaign, numbers)
    void(campaign, case, people)
    return numbers


# --- traces -----------------------------------------------------------------------------------


def test_ballot_leaves_a_trace_without_address_browser_or_voter(app):
    campaign = make_campaign()
    n = cast_from(campaign, 1, [1], address="203.0.113.77", agent="MicroMessenger").n

    (trace,) = rows(BallotTrace)

    assert (trace.n, trace.minute) == (n, int(NOON.timestamp()) // 60)
    assert (len(trace.source), len(trace.agent)) == (16, 8)
    assert trace.source == traces.source_of(campaign.id, "203.0.113.5")
    assert {column.name for column in BallotTrace.__table__.columns} == {
        "campaign_id",
        "n",
        "source",
        "agent",
        "minute",
        "outside",
    }


def test_trace_of_one_campaign_says_nothing_about_another(app):
    assert traces.source_of(1, "203.0.113.77") != traces.source_of(2, "203.0.113.77")
    assert traces.agent_of(1, "x") != traces.agent_of(2, "x")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("203.0.113.1", "203.0.113.254", True),
        ("203.0.113.1", "203.0.114.1", False),
        ("2001:db8:1:2::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.1", "203.0.113.9", True),
        ("", "unix:", False),
    ],
)
def test_network_of_an_address(one, other, is_same):
    assert (networks.prefix(one) == networks.prefix(other)) is is_same


def test_ballot_without_a_trace_leaves_none(app):
    campaign = make_campaign()

    casting.cast(
        casting.Ballot(campaign.id, voter(1), ["1"], "t" * 20, consents=True), clock=at(NOON)
    )

    assert rows(BallotTrace) == []


def test_traces_are_forgotten_after_180_days(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    traces.forget_old(NOON + timedelta(days=179))
    assert len(rows(BallotTrace)) == 1
    traces.forget_old(NOON + timedelta(days=181))

    assert rows(BallotTrace) == []


# --- cases ------------------------------------------------------------------------------------


def cast_a_day(campaign, *, farm=0):
    """200 people over a day, and a farm of one browser in its last hour."""
    for number in range(200):
        when = NOON - timedelta(hours=10) + timedelta(minutes=3 * number)
        address, agent = f"10.{number % 60}.{number % 90}.1", f"phone-{number % 110}"
        cast_from(campaign, number, [1 + number % 6], address=address, agent=agent, when=when)
    return [
        cast_from(
            campaign,
            1000 + number,
            [2],
            address=f"172.16.{number}.1",
            agent="farm",
            when=NOON + timedelta(seconds=40 * number),
        ).n
        for number in range(farm)
    ]


def test_scan_opens_a_case_and_adds_to_it(app):
    campaign = make_campaign()
    first = cast_a_day(campaign, farm=40)

    joined = cases.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))
    more = [
        cast_from(
            campaign,
            2000 + number,
            [2],
            address=f"172.17.{number}.1",
            agent="farm",
            answer=Answer(bytes([number]) * 16),
            when=NOON + timedelta(minutes=31),
        ).n
        for number in range(15)
    ]
    cases.scan(campaign.id, clock=at(NOON + timedelta(minutes=40)))

    (case,) = cases.cases_of(campaign.id)
    assert joined == 40
    assert (case.state, case.ballots, cases.numbers(case.id)) == ("open", 55, first + more)
    assert cases.details(case).candidate == 2


def test_usual_day_opens_nothing(app):
    campaign = make_campaign()
    cast_a_day(campaign)

    assert cases.scan(campaign.id, clock=at(NOON)) == 0
    assert cases.cases_of(campaign.id) == []


def test_scan_runs_once_a_minute_and_only_when_something_came(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    assert cases.scan_if_due(campaign.id, clock=at(NOON))
    cast_from(campaign, 2, [1])
    assert not cases.scan_if_due(campaign.id, clock=at(NOON + timedelta(seconds=59)))
    assert cases.scan_if_due(campaign.id, clock=at(NOON + timedelta(seconds=60)))
    assert not cases.scan_if_due(campaign.id, clock=at(NOON + timedelta(hours=1)))


def test_case_tells_of_choices_only_sealed(app, tmp_path):
    campaign = make_campaign()
    cast_a_day(campaign, farm=40)
    cases.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))

    (case,) = rows(Case)

    assert b"candidate" not in case.sealed
    stolen = b"".join(path.read_bytes() for path in tmp_path.glob("votesite.db*"))
    assert b"candidate_share" not in stolen


def test_released_ballots_are_not_reported_again(app, people):
    campaign = make_campaign()
    cast_a_day(campaign, farm=40)
    cases.scan(campaign.id, clock=at(NOON + timedelta(minutes=30)))
    (case,) = cases.cases_of(campaign.id)

    cases.release(case.id, people[0].id, "同一型号的自助终端", clock=at(NOON))
    cast_from(campaign, 3000, [2], agent="farm", when=NOON + timedelta(minutes=31))
    cases.scan(campaign.id, clock=at(NOON + timedelta(minutes=40)))

    assert [(one.state, one.ballots) for one in cases.cases_of(campaign.id)] == [("released", 40)]


def test_hold_is_a_mark_that_changes_no_figure(app, people):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers)
    before = tallies.published_figures(campaign.id, clock=at(NOON))

    cases.hold(case.id, people[0].id, "R1", clock=at(NOON))

    assert tallies.published_figures(campaign.id, clock=at(NOON)) == before
    assert cases.held_by_rule(campaign.id) == {"R1": 6}
    assert entries(campaign, "void") == []
    assert audit.verify_chain()


def test_hold_needs_a_published_rule_and_a_reviewer(app, people):
    campaign = make_campaign()
    case = make_case(campaign, [1])

    with pytest.raises(InvalidFields):
        cases.hold(case.id, people[0].id, "R9", clock=at(NOON))
    with pytest.raises(Forbidden):
        cases.hold(case.id, make_staff("bian", "editor").id, "R1", clock=at(NOON))


# --- voids ------------------------------------------------------------------------------------


def test_void_takes_two_people_and_one_entry_a_ballot(app, people):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    kept = cast_from(campaign, 99, [2, 3]).n
    case = make_case(campaign, numbers)

    void(campaign, case, people)

    head = tallies.head(campaign.slug)
    assert [
        (entry["of"], entry["rule"], entry["why"], entry["by"])
        for entry in entries(campaign, "void")
    ] == [(n, "R1", WHY, [people[0].id, people[1].id]) for n in numbers]
    assert (head.ballots, head.voided) == (7, 6)
    with writing() as tx:
        assert open_log(tx, campaign.id).counts.gross_and_net()[1] == [2, 7, 1]
    with site().store.reading() as tx:
        assert [sanctions.is_voided(tx, campaign.id, n) for n in (*numbers, kept)] == [True] * 6 + [
            False
        ]
    assert db.session.get(Case, case.id).state == "voided"


def test_proposer_alone_voids_nothing(app, people):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n])
    made = cases.propose_void(case.id, people[0].id, "R1", WHY, clock=at(NOON))

    with pytest.raises(SecondPersonNeeded):
        proposals.confirm(made.id, people[0].id, clock=at(NOON))

    assert entries(campaign, "void") == []


@pytest.mark.parametrize("role", ["editor", "auditor", "judge"])
def test_other_roles_neither_propose_nor_confirm_a_void(app, people, role):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n], state="held", rule="R1")
    stranger = make_staff("other", role)

    with pytest.raises(Forbidden):
        cases.propose_void(case.id, stranger.id, "R1", WHY, clock=at(NOON))
    made = cases.propose_void(case.id, people[0].id, "R1", WHY, clock=at(NOON))
    with pytest.raises(Forbidden):
        proposals.confirm(made.id, stranger.id, clock=at(NOON))


def test_second_void_of_a_ballot_is_refused(app, people):
    campaign = make_campaign()
    (n, *_) = voided_case(campaign, people)

    with pytest.raises(Lapsed), writing() as tx:
        sanctions.append_void(tx, campaign.id, n, rule="R1", why=WHY, by=[1, 2], now=NOON)

    assert len(entries(campaign, "void")) == 6


@pytest.mark.parametrize(
    ("of", "rule", "by", "refusal"),
    [
        (0, "R1", [1, 2], NotFound),
        (99, "R1", [1, 2], NotFound),
        (1, "R9", [1, 2], NotFound),
        (1, "R1", [1, 1], SecondPersonNeeded),
    ],
)
def test_impossible_void_is_refused(app, of, rule, by, refusal):
    campaign = make_campaign()
    cast_from(campaign, 1, [2])

    with pytest.raises(refusal), writing() as tx:
        sanctions.append_void(tx, campaign.id, of, rule=rule, why=WHY, by=by, now=NOON)

    assert entries(campaign, "void") == []


def test_void_after_close_is_followed_by_a_recount_and_checkpoint(app, people):
    campaign = make_campaign()
    numbers = [cast_from(campaign, number, [2]).n for number in range(6)]
    case = make_case(campaign, numbers)
    tallies.close(campaign.id, clock=at(CLOSES))

    void(campaign, case, people, moment=CLOSES + timedelta(days=1))

    (close,) = entries(campaign, "close")
    (recount,) = entries(campaign, "recount")
    assert (close["voided"], close["votes"][1]) == (0, [2, 6, 6])
    assert (recount["voided"], recount["votes"][1]) == (6, [2, 6, 0])
    standing = tallies.published_figures(campaign.id, clock=at(CLOSES + timedelta(days=1)))
    assert (standing.is_final, standing.rows[1].votes) == (True, 0)
    with site().store.snapshot() as tx:
        row = receipts._COVERING.one(tx, {"campaign_id": campaign.id, "n": recount["n"]})
    assert row[0] == recount["n"] + 1


def test_register_names_rule_count_candidate_and_reason(app, people):
    campaign = make_campaign()
    voided_case(campaign, people)

    found = clean_ups.register(campaign)

    (batch,) = found.batches
    assert (batch.k, batch.rule, batch.ballots, batch.candidate, batch.why, batch.t) == (
        "void",
        "R1",
        6,
        2,
        WHY,
        minute(NOON),
    )
    assert (found.voided, found.restored, found.held, found.shows_candidates) == (6, 0, {}, True)


def test_register_names_no_candidate_where_that_showed_a_single_choice(app, people):
    campaign = make_campaign()
    voided_case(campaign, people, count=3)

    assert clean_ups.register(campaign).batches[0].candidate == 0


def test_register_counts_refused_attempts_by_day_and_reason(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])
    for token in "ab":
        with pytest.raises(LimitReached):
            casting.cast(casting.Ballot(campaign.id, voter(1), ["1"], token * 20), clock=at(NOON))
    cast_from(campaign, 2, [1])

    assert clean_ups.register(campaign).refused == [("2026-11-20", [("limit-reached", 2)])]


# --- appeals ----------------------------------------------------------------------------------


def test_appeal_restores_by_two_people(app, people):
    campaign = make_campaign()
    numbers = voided_case(campaign, people)
    made = appeals.appeal(campaign.id, voter(3), numbers[3], "我在办事大厅投的", clock=at(NOON))

    proposed = appeals.propose_restore(made.id, people[0].id, "本人说明属实", clock=at(NOON))
    proposals.confirm(proposed.id, people[1].id, clock=at(NOON))

    (entry,) = entries(campaign, "restore")
    assert (entry["of"], entry["why"], entry["by"]) == (
        numbers[3],
        "本人说明属实",
        [people[0].id, people[1].id],
    )
    assert tallies.head(campaign.slug).voided == 5
    with writing() as tx:
        assert open_log(tx, campaign.id).counts.gross_and_net()[1] == [2, 6, 1]
    assert appeals.of_ballot(campaign.id, numbers[3]).state == "restored"
    assert [one.k for one in clean_ups.register(campaign).batches] == ["restore", "void"]


def test_appeal_is_sealed_and_possible_once(app, people):
    campaign = make_campaign()
    numbers = voided_case(campaign, people)

    made = appeals.appeal(campaign.id, voter(0), numbers[0], " 我自己投的 ", clock=at(NOON))

    assert "我自己投的".encode() not in made.text
    assert appeals.text_of(made) == "我自己投的"
    with pytest.raises(LimitReached):
        appeals.appeal(campaign.id, voter(0), numbers[0], "再说一次", clock=at(NOON))


def test_appeal_is_for_the_own_voided_ballot_alone(app, people):
    campaign = make_campaign()
    numbers = voided_case(campaign, people)
    kept = cast_from(campaign, 50, [1]).n

    with pytest.raises(NotFound):
        appeals.appeal(campaign.id, voter(1), numbers[0], "不是我的", clock=at(NOON))
    with pytest.raises(Lapsed):
        appeals.appeal(campaign.id, voter(50), kept, "照常计入", clock=at(NOON))
    with pytest.raises(InvalidFields):
        appeals.appeal(campaign.id, voter(0), numbers[0], "长" * 501, clock=at(NOON))


def test_rejected_appeal_is_answered_and_stays_void(app, people):
    campaign = make_campaign()
    numbers = voided_case(campaign, people)
    made = appeals.appeal(campaign.id, voter(0), numbers[0], "我自己投的", clock=at(NOON))

    appeals.reject(made.id, people[0].id, "同一设备投出 6 张", clock=at(NOON))

    found = appeals.of_ballot(campaign.id, numbers[0])
    assert (found.state, appeals.reply_of(found)) == ("rejected", "同一设备投出 6 张")
    assert entries(campaign, "restore") == []
    with pytest.raises(Lapsed):
        appeals.propose_restore(made.id, people[0].id, "改主意", clock=at(NOON))


def test_who_has_voided_does_not_judge_the_appeal_while_somebody_else_can(app, people):
    campaign = make_campaign()
    numbers = voided_case(campaign, people)
    made = appeals.appeal(campaign.id, voter(0), numbers[0], "我自己投的", clock=at(NOON))
    third = make_staff("wen", "reviewer")

    for person in people:
        with pytest.raises(SecondPersonNeeded):
            appeals.reject(made.id, person.id, "同一设备投出 6 张", clock=at(NOON))
    assert appeals.find(campaign.id, made.id).state == "open"
    appeals.reject(made.id, third.id, "同一设备投出 6 张", clock=at(NOON))

    assert appeals.find(campaign.id, made.id).answered_by == third.id


def test_two_voids_of_one_case_are_refused(app, people):
    campaign = make_campaign()
    case = make_case(campaign, [cast_from(campaign, 1, [2]).n])
    first = cases.propose_void(case.id, people[0].id, "R1", WHY, clock=at(NOON))
    second = cases.propose_void(case.id, people[1].id, "R1", WHY, clock=at(NOON))
    proposals.confirm(first.id, people[1].id, clock=at(NOON))

    with pytest.raises(Lapsed):
        proposals.confirm(second.id, people[0].id, clock=at(NOON))

    assert len(entries(campaign, "void")) == 1
    assert len(rows(CaseBallot)) == 1
    assert keys.trace_key() != keys.site_voter_key()


def test_command_for_a_timer_scans_what_is_new(app):
    campaign = make_campaign()
    cast_from(campaign, 1, [1])

    outcome = app.test_cli_runner().invoke(args=["integrity", "scan"])

    assert (outcome.exit_code, outcome.output) == (0, "0 ballots joined cases\n")
    assert not cases.scan_if_due(campaign.id)


def test_forged_table_of_sanctions_is_found_and_rebuilt(app, people):
    campaign = make_campaign()
    (n, *_) = voided_case(campaign, people)
    assert self_check.verify(campaign.id) is None

    db.session.rollback()
    db.session.execute(db.text("DELETE FROM sanctions"))
    db.session.commit()

    assert self_check.verify(campaign.id) == 10
    self_check.rebuild(campaign.id)
    assert self_check.verify(campaign.id) is None
    with site().store.reading() as tx:
        assert sanctions.is_voided(tx, campaign.id, n)
