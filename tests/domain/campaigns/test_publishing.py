"""Finding and publishing campaigns."""

from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.factories import CALM, CLOSES, NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff
from tests.support.surveys import EACH, make_survey
from votesite.clock import minute
from votesite.domain.campaigns import freeze, listing, publishing
from votesite.domain.campaigns.notice import notice_for
from votesite.domain.candidates.listing import candidate_numbered, candidates_of
from votesite.domain.setup import dossiers, steps
from votesite.errors import Fault, InvalidFields, NotFound, Refused
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.ledger import LogHead

BEFORE = OPENS - timedelta(days=20)


def publish(campaign, now=BEFORE):
    return publishing.publish(campaign.id, clock=lambda: now)


def campaign_with(*, published=False, columns, **changes):
    """A campaign of the factory with other values in some of its columns."""
    campaign = make_campaign(published=published, **changes)
    with writing():
        campaign = db.session.get(Campaign, campaign.id)
        for name, value in columns.items():
            setattr(campaign, name, value)
    return campaign


def faults_of(campaign, now=BEFORE):
    with pytest.raises(publishing.PublishFaults) as refused:
        publish(campaign, now)
    return refused.value.fields


def test_campaign_is_found_by_its_slug_also_as_a_draft(app):
    draft = make_campaign(slug="draft", published=False)

    assert listing.find("draft").id == draft.id
    assert listing.find("nothing") is None


def test_published_campaigns_come_newest_voting_first(app):
    make_campaign(slug="old", opens=OPENS - timedelta(days=99))
    make_campaign(slug="new")
    make_campaign(slug="draft", published=False)

    assert [campaign.slug for campaign in listing.published()] == ["new", "old"]


def test_publishing_dates_the_campaign_and_keeps_its_notice(app):
    campaign = publish(campaign_with(columns={"notice_version": "", "notice_text": ""}))

    assert campaign.published_at == minute(BEFORE)
    assert campaign.notice_version == "2026-10-23"
    assert campaign.notice_text == notice_for(campaign)


def test_publishing_changes_what_caches_and_ballots_hang_on(app):
    campaign = make_campaign(published=False)
    head = db.session.get(LogHead, campaign.id)
    before = (head.version, head.rules_version)

    publish(campaign)

    db.session.expire_all()
    head = db.session.get(LogHead, campaign.id)
    assert (head.version, head.rules_version, head.due_at) == (before[0] + 1, before[1] + 1, 0)


def test_touching_raises_the_rules_version_only_where_rules_changed(app):
    campaign = make_campaign()
    head = db.session.get(LogHead, campaign.id)
    before = (head.version, head.rules_version)

    with writing() as tx:
        publishing.touch(tx, campaign.id)

    db.session.expire_all()
    head = db.session.get(LogHead, campaign.id)
    assert (head.version, head.rules_version) == (before[0] + 1, before[1])


def test_unknown_campaign_cannot_be_published(app):
    with pytest.raises(NotFound):
        publishing.publish(99, clock=lambda: NOON)


def test_every_fault_of_publishing_comes_at_once(app):
    campaign = campaign_with(
        columns={"fee_free": False, "approval": {}, "organisers": {"host": []}}
    )

    assert faults_of(campaign, CLOSES) == {
        "fee_free": Fault("must-be-true"),
        "approval": Fault("missing"),
        "organisers.host": Fault("missing"),
        "schedule.voting": Fault("over"),
    }
    assert listing.find(campaign.slug).is_published is False


def test_award_wording_is_published_with_a_document_number_only(app):
    approval = {"exempt": "内部", "reason": "单位内部"}
    campaign = campaign_with(columns={"approval": approval, "wording": "表彰"})

    assert faults_of(campaign) == {"wording": Fault("needs-approval")}


def test_publishing_in_the_middle_of_voting_is_allowed(app):
    assert publish(make_campaign(published=False), NOON).is_published


def test_campaign_without_candidates_is_published_only_while_nominations_may_come(app):
    nomination = [minute(BEFORE), minute(OPENS)]
    waiting = make_campaign(published=False, candidates=0, schedule={"nomination": nomination})
    too_late = make_campaign(
        slug="late", published=False, candidates=0, schedule={"nomination": nomination}
    )

    assert publish(waiting).is_published
    assert faults_of(too_late, OPENS) == {"candidates": Fault("missing")}


def test_more_picks_than_candidates_are_a_fault_in_all_and_in_a_category(app):
    campaign = make_campaign(
        published=False, candidates=4, picks=[1, 5], category_picks={"山区乡镇": [0, 3]}
    )

    assert faults_of(campaign) == {
        "ballot.picks": Fault("more-than-candidates", picks=5, candidates=4),
        "categories[2].picks": Fault("more-than-candidates", picks=3, candidates=2),
    }


NAMES = ("城郊乡镇", "山区乡镇")
WINDOWS = (
    ["2026-11-12 09:00", "2026-12-12 18:00"],
    ["2026-10-01 09:00", "2026-10-02 18:00"],
    ["2026-10-01 09:00", "2026-12-02 18:00"],
)
SMALL = st.integers(0, 5)
ACTS = st.one_of(
    st.tuples(st.just("remove"), SMALL),
    st.tuples(st.just("move"), SMALL, st.sampled_from(NAMES)),
    st.tuples(st.just("picks"), SMALL, SMALL),
    st.tuples(st.just("category-picks"), SMALL, SMALL),
    st.tuples(st.just("voting"), st.sampled_from(WINDOWS)),
    st.tuples(st.just("setting"), st.sampled_from([{"fee_free": False}, {"approval": {}}])),
)
NUMBERS = count(1)


def act_on(campaign, by, kind, *values):
    """What a click at the desk asks for."""
    if kind == "remove":
        dossiers.remove(candidate_numbered(campaign.id, values[0]).id, by=by, clock=at(BEFORE))
        return
    if kind == "move":
        one = candidate_numbered(campaign.id, values[0])
        dossiers.edit(one.id, {"category": values[1]}, by=by, clock=at(BEFORE))
        return
    had = steps.as_toml(campaign)
    changes = {
        "picks": lambda: {"ballot": {**had["ballot"], "picks": list(values)}},
        "category-picks": lambda: {
            "categories": [
                {"name": NAMES[0], "seats": 5, "picks": list(values)},
                {"name": NAMES[1]},
            ]
        },
        "voting": lambda: {"schedule": {"voting": values[0]}},
        "setting": lambda: values[0],
    }[kind]()
    steps.save(campaign.id, changes, by=by, clock=at(BEFORE))


@given(st.lists(ACTS, max_size=12))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_acts_of_the_desk_make_a_published_campaign_unfit(app, acts):
    number = next(NUMBERS)
    by = make_staff(f"zhou{number}", "editor").id
    campaign = make_campaign(slug=f"fit-{number}", candidates=5)

    for act in acts:
        try:
            act_on(campaign, by, *act)
        except (Refused, AttributeError):  # somebody who is not there (any more)
            db.session.rollback()
        db.session.expire_all()
        assert publishing.publish_faults(campaign, candidates_of(campaign.id), BEFORE) == {}


def test_schedule_cannot_be_moved_into_the_past_to_pass_the_check(app):
    """A vote that has begun freezes the campaign: whether it stays fit is asked before that."""
    campaign, by = make_campaign(), make_staff("zhou", "editor").id

    with pytest.raises(publishing.PublishFaults):
        act_on(campaign, by, "voting", WINDOWS[1])

    db.session.expire_all()
    assert campaign.opens_at == OPENS
    assert not freeze.is_frozen(campaign, BEFORE)


def test_what_time_made_unfit_is_mended_step_by_step(app):
    """The nominations are over and nobody was accepted: each act may leave some of it to do."""
    campaign = make_campaign(candidates=0, category_picks={NAMES[0]: [0, 1]})
    by = make_staff("zhou", "editor").id
    fields = {"no": None, "category": NAMES[1], "dossier": {}}

    for name in ("青禾镇", "白石镇", "南桥镇"):
        dossiers.add(campaign.id, fields | {"name": name}, by=by, clock=at(BEFORE))
    steps.save(campaign.id, {"theme": "新主题"}, by=by, clock=at(BEFORE))
    lacking = publishing.publish_faults(campaign, candidates_of(campaign.id), BEFORE)
    dossiers.edit(
        candidate_numbered(campaign.id, 1).id,
        {"category": NAMES[0]},
        by=by,
        clock=at(BEFORE),
    )

    assert list(lacking) == ["categories[1].picks"]
    assert publishing.publish_faults(campaign, candidates_of(campaign.id), BEFORE) == {}
    with pytest.raises(InvalidFields):
        dossiers.remove(candidate_numbered(campaign.id, 2).id, by=by, clock=at(BEFORE))


@pytest.mark.parametrize(
    ("picks", "category_picks", "fits"),
    [
        ([2, 3], {}, True),
        ([4, 5], {}, False),
        ([1, 3], {NAMES[0]: [2, 2]}, False),
        ([1, 3], {NAMES[0]: [1, 2]}, True),
        ([3, 3], {NAMES[0]: [0, 1], NAMES[1]: [0, 1]}, False),
    ],
)
def test_whether_a_ballot_can_be_filled(app, picks, category_picks, fits):
    """Three candidates: one in the first category, two in the second."""
    campaign = make_campaign(candidates=3, picks=picks, category_picks=category_picks)

    assert publishing.can_fill(campaign, candidates_of(campaign.id)) is fits


def test_publishing_into_a_running_vote_is_said(app):
    """Every phase that has begun or is over, and that voting freezes at once."""
    window = [minute(OPENS - timedelta(days=9)), minute(OPENS - timedelta(days=5))]
    later = [minute(OPENS - timedelta(days=5)), minute(OPENS - timedelta(days=2))]
    phases = {"nomination": window, "review": later}
    campaign = make_campaign(published=False, schedule=phases, **CALM)

    said = {
        days: [
            (fault.code, fault.detail.get("phase"))
            for fault in publishing.publish_warnings(campaign, OPENS + timedelta(days=days))
        ]
        for days in (-10, -8, -4, -1, 0)
    }

    assert said == {
        -10: [],
        -8: [("phase-begun", "nomination")],
        -4: [("phase-over", "nomination"), ("phase-begun", "review")],
        -1: [("phase-over", "nomination"), ("phase-over", "review")],
        0: [
            ("phase-over", "nomination"),
            ("phase-over", "review"),
            ("freezes-at-once", None),
        ],
    }


def test_roster_without_anybody_is_not_published(app):
    campaign = make_campaign(published=False, eligibility="roster")
    candidates = candidates_of(campaign.id)
    before = publishing.publish_faults(campaign, candidates, BEFORE)

    by = make_staff("zhou", "editor").id
    steps.set_roster(campaign.id, ["张三"], by=by, clock=at(BEFORE))

    assert {key: fault.code for key, fault in before.items()} == {
        "ballot.eligibility": "empty-roster"
    }
    assert publishing.publish_faults(campaign, candidates, BEFORE) == {}


def test_questionnaire_whose_form_would_be_refused_is_a_fault(app):
    campaign = make_campaign(published=False, candidates=250)
    make_survey(campaign, *({**EACH, "id": f"e{n}"} for n in range(4)))

    (fault,) = faults_of(campaign).values()

    assert fault.code == "form-too-large"
    assert (fault.detail["name"], fault.detail["fields"]) == ("办事体验问卷", 1002)
