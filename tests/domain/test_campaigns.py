"""Finding and publishing campaigns; presets; the privacy notice."""

from datetime import datetime, timedelta

import pytest

from tests.support.factories import CLOSES, NOON, OPENS, make_campaign
from votesite.clock import CST, minute
from votesite.domain.campaigns import presets, publishing
from votesite.domain.campaigns.notice import next_version, notice_for
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import read_settings
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

    assert publishing.find("draft").id == draft.id
    assert publishing.find("nothing") is None


def test_published_campaigns_come_newest_voting_first(app):
    make_campaign(slug="old", opens=OPENS - timedelta(days=99))
    make_campaign(slug="new")
    make_campaign(slug="draft", published=False)

    assert [campaign.slug for campaign in publishing.published()] == ["new", "old"]


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
    assert publishing.find(campaign.slug).is_published is False


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


@pytest.mark.parametrize("name", presets.PRESETS)
def test_preset_gives_rules_that_the_folder_accepts(name):
    preset = presets.PRESETS[name]
    category = {"name": "城郊乡镇"}
    if preset["category_picks"]:
        category["picks"] = list(preset["category_picks"])
    tree = {
        "slug": "abc",
        "title": "题目",
        "wording": "推选",
        "fee_free": True,
        "results": preset["results"],
        "approval": {"number": "1"},
        "organisers": {"host": ["单位"]},
        "schedule": {"voting": ["2026-11-12 09:00", "2026-12-12 18:00"]},
        "ballot": dict(preset["ballot"]),
        "categories": [category],
    }
    faults = Faults()

    settings = read_settings(tree, "campaign.toml", faults)

    assert faults.found == []
    assert settings.ballot["repeat"] == preset["ballot"]["repeat"]


# The privacy notice


def test_notice_names_who_answers_for_the_data(app):
    organisers = {
        "host": ["云岭市人民政府办公室"],
        "undertaker": ["云岭市政务服务管理局"],
        "supervisor": ["云岭市纪委监委机关"],
        "phone": "0800-0000000",
        "supervision_phone": "0800-0000001",
        "email": "pingxuan@example.gov.cn",
    }
    campaign = campaign_with(columns={"organisers": organisers})

    text = notice_for(campaign)

    assert "处理者：云岭市人民政府办公室；承办：云岭市政务服务管理局" in text
    assert "联系方式：电话 0800-0000000；邮箱 pingxuan@example.gov.cn" in text
    assert "监督方式：云岭市纪委监委机关 电话 0800-0000001" in text


def test_notice_of_a_public_recount_says_that_a_receipt_can_show_the_choice(app):
    public = notice_for(make_campaign(recount="public"))
    auditors = notice_for(make_campaign(slug="auditors"))

    assert "持有回执的人可以据此说明该张选票投给了谁" in public
    assert "持有回执的人" not in auditors


def test_notice_says_which_ballots_share_a_pseudonym(app):
    daily = notice_for(make_campaign(repeat="daily"))
    once = notice_for(make_campaign(slug="once", repeat="never"))

    assert "不同日期的选票使用不同的代号" in daily
    assert "各张选票使用同一个代号" in once


def test_organisers_cannot_write_into_the_template(app):
    campaign = campaign_with(columns={"organisers": {"host": ["{title}{x}"]}, "title": "{host}"})

    text = notice_for(campaign)

    assert "活动：{host}" in text
    assert "处理者：{title}{x}" in text


@pytest.mark.parametrize(
    ("present", "expected"),
    [
        ("", "2026-11-20"),
        ("2026-11-19", "2026-11-20"),
        ("2026-11-20", "2026-11-20.2"),
        ("2026-11-20.9", "2026-11-20.10"),
    ],
)
def test_version_of_a_notice_is_its_day(present, expected):
    assert next_version(present, datetime(2026, 11, 20, 12, 0, tzinfo=CST)) == expected
