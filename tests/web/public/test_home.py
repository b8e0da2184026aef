"""The home page: what is open comes first."""

from datetime import timedelta

from tests.support.answers import line_of
from tests.support.factories import make_campaign


def test_home_sorts_what_is_open_before_what_is_over(client, now):
    make_campaign(
        slug="over", title="往届活动", opens=now - timedelta(9), closes=now - timedelta(8)
    )
    make_campaign(
        slug="running", title="正在投票", opens=now - timedelta(1), closes=now + timedelta(1)
    )
    make_campaign(slug="hidden-draft", title="还是草稿", published=False)

    page = line_of(client.get("/"))

    assert page.index("正在投票") < page.index("往届") < page.index("往届活动")
    assert "还是草稿" not in page


def test_home_without_campaigns_says_what_will_come(client):
    assert "现在没有进行中的评选" in line_of(client.get("/"))
