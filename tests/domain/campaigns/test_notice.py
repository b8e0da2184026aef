"""The privacy notice: who answers for the data, and its versions."""

from datetime import datetime

import pytest

from tests.support.factories import make_campaign
from votesite.clock import CST
from votesite.domain.campaigns.notice import next_version, notice_for
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign


def campaign_with(*, published=False, columns, **changes):
    """A campaign of the factory with other values in some of its columns."""
    campaign = make_campaign(published=published, **changes)
    with writing():
        campaign = db.session.get(Campaign, campaign.id)
        for name, value in columns.items():
            setattr(campaign, name, value)
    return campaign


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
