"""Decisions of two people: proposed, confirmed by another, written into the ledger."""

from datetime import timedelta

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.results import tallies
from votesite.domain.staff import accounts
from votesite.domain.voting import casting
from votesite.errors import Closed, Forbidden, Frozen, InvalidFields, Lapsed, SecondPersonNeeded
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision

WHY = "系统升级，预计两小时"
DAY = timedelta(days=1)


@pytest.fixture
def people(app):
    return make_staff("zhou", "editor"), make_staff("zheng", "editor")


def decide(campaign, people, change, *, why=WHY, moment=NOON):
    first, second = (person.id for person in people)
    made = proposals.propose(campaign.id, first, change, why, clock=at(moment))
    return proposals.confirm(made.id, second, clock=at(moment))


def test_pause_takes_two_people_and_stands_in_the_ledger(app, people):
    campaign = make_campaign()
    zhou, zheng = (person.id for person in people)

    made = proposals.propose(campaign.id, zhou, Change("pause", ""), WHY, clock=at(NOON))
    assert campaign.paused == ""
    proposals.confirm(made.id, zheng, clock=at(NOON))

    assert campaign.paused == WHY
    assert entries_of(campaign)[1:] == [
        {
            "k": "rule",
            "n": 1,
            "t": minute(NOON),
            "set": {"pause": WHY},
            "why": WHY,
            "by": [zhou, zheng],
            "id": made.entry_id,
            "sigs": ["", ""],
        }
    ]
    assert (made.state, made.decided_by, made.n) == ("done", zheng, 1)


def test_proposer_cannot_confirm(app, people):
    campaign = make_campaign()
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))

    with pytest.raises(SecondPersonNeeded):
        proposals.confirm(made.id, people[0].id, clock=at(NOON))

    assert entries_of(campaign) == []


@pytest.mark.parametrize("role", ["reviewer", "supervisor", "auditor", "judge"])
def test_only_owner_and_editor_propose(app, role):
    campaign, other = make_campaign(), make_staff("other", role)

    with pytest.raises(Forbidden):
        proposals.propose(campaign.id, other.id, Change("pause", ""), WHY, clock=at(NOON))


@pytest.mark.parametrize("role", ["owner", "editor", "supervisor"])
def test_owner_editor_and_supervisor_confirm(app, people, role):
    campaign, other = make_campaign(), make_staff("other", role)
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))

    proposals.confirm(made.id, other.id, clock=at(NOON))

    assert campaign.paused == WHY


@pytest.mark.parametrize("role", ["reviewer", "auditor", "judge"])
def test_other_roles_confirm_nothing(app, people, role):
    campaign, other = make_campaign(), make_staff("other", role)
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))

    with pytest.raises(Forbidden):
        proposals.confirm(made.id, other.id, clock=at(NOON))

    assert campaign.paused == ""


def test_role_in_another_campaign_does_not_count(app, people):
    campaign, other = make_campaign(), make_campaign(slug="other")
    stranger = make_staff("stranger", "owner", campaign=other)
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))

    with pytest.raises(Forbidden):
        proposals.confirm(made.id, stranger.id, clock=at(NOON))


def test_proposal_lapses_after_24_hours(app, people):
    campaign = make_campaign()
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))
    day = timedelta(hours=24)

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, people[1].id, clock=at(NOON + day + timedelta(minutes=1)))
    proposals.confirm(made.id, people[1].id, clock=at(NOON + day))

    assert campaign.paused == WHY


def test_proposal_of_somebody_who_lost_the_role_lapses(app, people):
    campaign, owner = make_campaign(), make_staff("owner", "owner")
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))
    accounts.close(people[0].id, by=owner.id)

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, people[1].id, clock=at(NOON))


def test_decision_is_carried_out_once(app, people):
    campaign = make_campaign()
    made = decide(campaign, people, Change("pause", ""))

    with pytest.raises(Lapsed):
        proposals.confirm(made.id, people[1].id, clock=at(NOON))

    assert len(entries_of(campaign)) == 2


def test_state_is_looked_at_again_when_it_is_confirmed(app, people):
    campaign = make_campaign()
    decide(campaign, people, Change("pause", ""))
    late = Decision(
        campaign_id=campaign.id,
        kind="pause",
        payload=Change("pause", WHY).as_entry(),
        fields={"set": {"pause": WHY}, "why": WHY},
        why=WHY,
        proposed_by=people[0].id,
        proposed_at=minute(NOON),
    )
    with writing():
        db.session.add(late)  # as it lay there when such a proposal could be made twice

    with pytest.raises(Lapsed):
        proposals.confirm(late.id, people[1].id, clock=at(NOON))

    assert [entry["k"] for entry in entries_of(campaign)] == ["open", "rule"]


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (Change("resume", ""), "kind", "nothing-to-resume"),
        (Change("reinstate", 1), "no", "unknown-choice"),
        (Change("withdraw", 99), "no", "unknown-choice"),
        (Change("to", minute(CLOSES)), "to", "same-end"),
        (Change("to", minute(NOON - timedelta(minutes=1))), "to", "in-the-past"),
        (Change("to", minute(OPENS)), "to", "before-begin"),
        (Change("to", "tomorrow"), "to", "invalid"),
        (Change("incident", ""), "kind", "no-ledger"),
    ],
)
def test_change_that_changes_nothing_or_is_impossible_is_refused(app, people, change, field, code):
    campaign = make_campaign()

    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(campaign.id, people[0].id, change, WHY, clock=at(NOON))

    assert {name: fault.code for name, fault in refusal.value.fields.items()} == {field: code}
    assert proposals.of_campaign(campaign.id) == []


@pytest.mark.parametrize("change", [Change("pause", ""), Change("withdraw", 2)])
def test_what_is_so_already_is_no_proposal(app, people, change):
    campaign = make_campaign()
    decide(campaign, people, change)

    with pytest.raises(InvalidFields):
        proposals.propose(campaign.id, people[0].id, change, WHY, clock=at(NOON))


@pytest.mark.parametrize(
    "change", [Change("pause", ""), Change("withdraw", 1), Change("to", minute(CLOSES + DAY))]
)
def test_what_waits_already_is_proposed_once(app, people, change):
    """Whatever the reason of the second is; a day later, when the first has lapsed, it may be."""
    campaign = make_campaign()
    zhou, zheng = (person.id for person in people)
    proposals.propose(campaign.id, zhou, change, WHY, clock=at(NOON))

    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(campaign.id, zheng, change, "另一个理由", clock=at(NOON))

    assert {name: fault.code for name, fault in refusal.value.fields.items()} == {
        "kind": "waits-already"
    }
    assert proposals.propose(campaign.id, zheng, change, WHY, clock=at(NOON + 2 * DAY)).is_open


def test_an_incident_takes_two(app, people):
    campaign = make_campaign()
    zhou, zheng = (person.id for person in people)
    proposals.open_ledger(campaign.id, zhou, clock=at(NOON))
    made = proposals.propose(campaign.id, zhou, Change("incident", ""), WHY, clock=at(NOON))

    with pytest.raises(SecondPersonNeeded):
        proposals.confirm(made.id, zhou, clock=at(NOON))
    assert [entry["k"] for entry in entries_of(campaign)] == ["open"]
    proposals.confirm(made.id, zheng, clock=at(NOON))

    assert entries_of(campaign)[1:] == [{"k": "incident", "n": 1, "t": minute(NOON), "what": WHY}]


def test_incident_is_told_after_the_count_too(app, people):
    campaign = make_campaign()
    late = CLOSES + timedelta(hours=1)
    tallies.close(campaign.id, clock=at(late))

    decide(campaign, people, Change("incident", ""), moment=late)

    assert entries_of(campaign)[-1]["k"] == "incident"


@pytest.mark.parametrize("why", ["", "  \n", "长" * 501])
def test_reason_is_required_and_short(app, people, why):
    campaign = make_campaign()

    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(campaign.id, people[0].id, Change("pause", ""), why, clock=at(NOON))

    assert list(refusal.value.fields) == ["why"]


def test_paused_campaign_refuses_ballots_with_the_public_reason_until_it_resumes(app, people):
    campaign = make_campaign()
    ballot = casting.Ballot(campaign.id, bytes(32), ["1"], "t" * 20, consents=True)
    decide(campaign, people, Change("pause", ""))

    with pytest.raises(Closed) as refusal:
        casting.cast(ballot, clock=at(NOON))
    decide(campaign, people, Change("resume", ""), why="升级完成")
    casting.cast(ballot, clock=at(NOON))

    assert refusal.value.reason == WHY
    assert [entry["k"] for entry in entries_of(campaign)] == ["open", "rule", "rule", "vote"]


def test_withdrawn_candidate_comes_back_by_a_second_decision(app, people):
    campaign = make_campaign()

    decide(campaign, people, Change("withdraw", 2), why="机构撤并")
    assert listing.candidate_numbered(campaign.id, 2).withdrawn == "机构撤并"
    decide(campaign, people, Change("reinstate", 2), why="撤并取消")

    assert listing.candidate_numbered(campaign.id, 2).withdrawn == ""
    assert [entry["set"] for entry in entries_of(campaign)[1:]] == [
        {"withdraw": 2},
        {"reinstate": 2},
    ]


def test_later_end_moves_what_would_overlap(app, people):
    day = timedelta(days=1)
    windows = {
        "counting": [minute(CLOSES), minute(CLOSES + 3 * day)],
        "notice": [minute(CLOSES + 3 * day), minute(CLOSES + 10 * day)],
    }
    campaign = make_campaign(schedule=windows)

    decide(campaign, people, Change("to", minute(CLOSES + 2 * day)), why="应群众要求延期")

    assert campaign.closes_at == CLOSES + 2 * day
    assert campaign.window("counting") == (CLOSES + 2 * day, CLOSES + 5 * day)
    assert campaign.window("notice") == (CLOSES + 5 * day, CLOSES + 12 * day)


def test_earlier_end_leaves_the_rest_where_it_is(app, people):
    day = timedelta(days=1)
    window = [minute(CLOSES), minute(CLOSES + 3 * day)]
    campaign = make_campaign(schedule={"counting": window})

    decide(campaign, people, Change("to", minute(CLOSES - day)), why="提前结束")

    assert campaign.closes_at == CLOSES - day
    assert campaign.schedule["counting"] == window


def test_end_can_be_reopened_until_the_count(app, people):
    campaign = make_campaign()
    late = CLOSES + timedelta(hours=1)

    decide(campaign, people, Change("to", minute(CLOSES + timedelta(days=1))), moment=late)

    assert campaign.is_open("voting", late)


def test_nothing_changes_after_the_count(app, people):
    campaign = make_campaign()
    late = CLOSES + timedelta(hours=1)
    tallies.close(campaign.id, clock=at(late))

    with pytest.raises(Frozen):
        proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(late))


def test_before_the_freeze_there_is_nothing_to_propose(app, people):
    campaign = make_campaign()

    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(
            campaign.id,
            people[0].id,
            Change("withdraw", 1),
            WHY,
            clock=at(OPENS - timedelta(hours=1)),
        )

    assert refusal.value.fields["kind"].code == "not-frozen"


def test_own_proposal_can_be_taken_back_and_nobody_elses(app, people):
    campaign = make_campaign()
    made = proposals.propose(campaign.id, people[0].id, Change("pause", ""), WHY, clock=at(NOON))

    with pytest.raises(Forbidden):
        proposals.take_back(made.id, people[1].id, clock=at(NOON))
    proposals.take_back(made.id, people[0].id, clock=at(NOON))

    assert made.state == "withdrawn"
    assert proposals.waiting(campaign.id, now=NOON) == []


def test_publication_takes_two_people(app, people):
    campaign = make_campaign(published=False)
    before = OPENS - timedelta(days=1)

    decide(campaign, people, Change("publish", ""), why="", moment=before)

    assert campaign.is_published
    assert campaign.notice_text != ""
    assert entries_of(campaign) == []


def test_unfit_campaign_cannot_be_proposed_for_publication(app, people):
    campaign = make_campaign(published=False, candidates=0)

    with pytest.raises(InvalidFields) as refusal:
        proposals.propose(campaign.id, people[0].id, Change("publish", ""), "", clock=at(OPENS))

    assert list(refusal.value.fields) == ["candidates"]


def test_ledger_can_be_opened_early_and_only_once(app, people):
    campaign = make_campaign()
    before = OPENS - timedelta(days=1)
    assert not freeze.is_frozen(campaign, before)

    proposals.open_ledger(campaign.id, people[0].id, clock=at(before))

    assert freeze.is_frozen(campaign, before)
    assert [entry["k"] for entry in entries_of(campaign)] == ["open"]
    with pytest.raises(Lapsed):
        proposals.open_ledger(campaign.id, people[0].id, clock=at(before))


def test_every_act_is_in_the_audit_log(app, people):
    campaign = make_campaign()
    decide(campaign, people, Change("pause", ""))

    lines = audit.entries([campaign.id])

    assert [(line.staff_id, line.action) for line in lines] == [
        (people[1].id, "confirm-pause"),
        (people[0].id, "propose-pause"),
    ]
    assert db.session.get(Campaign, campaign.id).paused == WHY


@pytest.mark.parametrize(
    ("picks", "category_picks"),
    [([6, 6], {}), ([1, 3], {"山区乡镇": [3, 3]})],
)
def test_nobody_withdraws_whose_place_a_ballot_needs(app, people, picks, category_picks):
    """Six candidates, three in each category; number 1 is in the second."""
    campaign = make_campaign(picks=picks, category_picks=category_picks)

    with pytest.raises(InvalidFields) as refusal:
        decide(campaign, people, Change("withdraw", 1), why="机构撤并")

    assert refusal.value.fields["no"].code == "needed"


def test_two_withdrawals_proposed_together_leave_a_ballot_that_can_be_filled(app, people):
    campaign = make_campaign(picks=[5, 5])
    first, second = (person.id for person in people)
    made = [
        proposals.propose(campaign.id, first, Change("withdraw", no), "机构撤并", clock=at(NOON))
        for no in (1, 2)
    ]

    proposals.confirm(made[0].id, second, clock=at(NOON))
    with pytest.raises(Lapsed):
        proposals.confirm(made[1].id, second, clock=at(NOON))

    assert [listing.candidate_numbered(campaign.id, no).is_withdrawn for no in (1, 2)] == [
        True,
        False,
    ]
