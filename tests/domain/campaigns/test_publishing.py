"""Finding and publishing campaigns."""

from datetime import timedelta

import pytest

from tests.support.factories import CLOSES, NOON, OPENS, make_campaign
from tests.support.surveys import EACH, make_survey
from votesite.clock import minute
from votesite.domain.campaigns import listing, publishing
from votesite.domain.campaigns.notice import notice_for
from votesite.errors import Fault, NotFound
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


def test_questionnaire_whose_form_would_be_refused_is_a_fault(app):
    campaign = make_campaign(published=False, candidates=250)
    make_survey(campaign, *({**EACH, "id": f"e{n}"} for n in range(4)))

    (fault,) = faults_of(campaign).values()

    assert fault.code == "form-too-large"
    assert (fault.detail["name"], fault.detail["fields"]) == ("办事体验问卷", 1002)
