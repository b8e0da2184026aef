"""Process and rules as everybody reads them."""

from datetime import timedelta

import pytest

from tests.support.answers import line_of
from tests.support.ballots import cast_now
from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.voting import roster
from votesite.extensions import writing
from votesite.web.templating import beijing


def test_process_has_a_step_for_every_scheduled_phase_and_the_announcement(client, now):
    def days(begin, end):
        return [minute(now + timedelta(days=begin)), minute(now + timedelta(days=end))]

    make_campaign(
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=1),
        schedule={"publicity": days(-9, -8), "notice": days(2, 9)},
    )

    page = line_of(client.get("/c/xiangzhen-2026/process"))

    assert page.count('class="timeline-dot"') == 4
    assert page.count("正在进行") == 1
    assert page.index("发布公告") < page.index("群众投票") < page.index("公示") < page.index("揭晓")


def test_process_tells_what_was_changed(client, now):
    campaign = make_campaign(opens=now - timedelta(days=1), closes=now + timedelta(days=1))
    first, second = make_staff("zhou", "editor").id, make_staff("zheng", "editor").id
    later, latest = (minute(now + timedelta(days=days)) for days in (3, 4))
    before = line_of(client.get("/c/xiangzhen-2026/process"))

    for change, why in (
        (Change("to", later), "暴雨停电"),
        (Change("pause", ""), "系统升级"),
        (Change("resume", ""), "升级完成"),
        (Change("to", latest), "再次停电"),
    ):
        made = proposals.propose(campaign.id, first, change, why)
        proposals.confirm(made.id, second)
    proposals.propose(campaign.id, first, Change("pause", ""), "只是提出")

    page = line_of(client.get("/c/xiangzhen-2026/process"))

    assert "改动过什么" not in before
    changed = page[page.index("改动过什么") :]
    original = beijing(now + timedelta(days=1), "long")
    assert f"改为 {beijing(later, 'long')}（原定 {original}）" in changed
    assert f"改为 {beijing(latest, 'long')}（原定 {beijing(later, 'long')}）" in changed
    assert changed.index("再次停电") < changed.index("升级完成") < changed.index("暴雨停电")
    assert "只是提出" not in page


def test_rules_say_what_the_ballot_asks(client, now):
    make_campaign(
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=1),
        scope="campaign",
        repeat="never",
        picks=[2, 2],
        hours=["08:00", "22:00"],
        category_picks={"城郊乡镇": [1, 1]},
        results="hidden",
    )

    page = line_of(client.get("/c/xiangzhen-2026/rules"))

    for sentence in (
        "每人可投 1 张选票，每张选 2 个。",
        "“城郊乡镇”每张选 1 个。",
        "每天 08:00 至 22:00 开放投票。",
        "票数在投票结束后公布。",
        "同一来源在短时间内集中产生的异常选票",
    ):
        assert sentence in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "主办单位没有公布有资格投票的共有多少人。"),
        (
            {"electorate": {"population": 412000, "source": "2025年统计公报"}},
            "据主办单位公布，有资格投票的共 412,000 人（来源：2025年统计公报）。",
        ),
        ({"eligibility": "roster"}, "名单上共 2 人，一人一个投票码。"),
    ],
)
def test_rules_and_process_say_how_many_may_vote(client, now, changes, said):
    campaign = make_campaign(
        opens=now - timedelta(days=1), closes=now + timedelta(days=1), **changes
    )
    with writing():
        roster.store(campaign.id, ["张三", "李四"])

    for page in ("rules", "process"):
        assert said in line_of(client.get(f"/c/xiangzhen-2026/{page}"))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {},
            "有 2 个不同的微信用户投了票。主办单位没有公布有资格投票的共有多少人，这个数无从对照。",
        ),
        (
            {"electorate": {"population": 412000, "source": "2025年统计公报"}},
            "有 2 个不同的微信用户投了票。据主办单位公布，有资格投票的是 412,000 人",
        ),
        ({"scope": "day", "repeat": "daily"}, "人数最多的一天有 2 个不同的微信用户投票。"),
    ],
)
def test_results_put_the_voters_beside_the_electorate(client, now, changes, said):
    rules = {"scope": "campaign", "repeat": "never", "ballots": 2, **changes}
    campaign = make_campaign(opens=now - timedelta(days=1), closes=now + timedelta(days=1), **rules)
    for number, no in ((1, 1), (1, 2), (2, 1)):
        cast_now(campaign, number, no)

    assert said in line_of(client.get("/c/xiangzhen-2026/results"))
