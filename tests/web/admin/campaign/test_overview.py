"""The overview: figures without choices, what waits, what is wrong."""

from datetime import timedelta

from tests.support.answers import words_of
from tests.support.ballots import cast_now
from tests.support.factories import make_campaign
from votesite import clock
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.staff import people
from votesite.extensions import db, writing
from votesite.models.ledger import LogHead

OWN = "/admin/c/xiangzhen-2026"


def test_overview_shows_figures_and_no_choice(app, campaign, editor):
    for number in range(7):
        cast_now(campaign, number, 1)

    words = words_of(editor.get(f"{OWN}/"))

    assert "有效 7 今天 7 作废 0" in words
    assert "后台没有修改票数的入口" in words


def test_overview_asks_the_second_person_to_confirm(app, campaign, editor):
    zheng = people.by_name("zheng")
    proposals.propose(campaign.id, zheng.id, Change("pause", ""), "升级")

    words = words_of(editor.get(f"{OWN}/"))

    assert "1 项决定等您确认 Zheng提出：暂停投票。须由另一人确认。" in words


def test_overview_says_when_the_clock_is_behind(app, campaign, editor):
    proposals.open_ledger(campaign.id, people.by_name("zhou").id)
    with writing():
        ahead = minute(clock.now() + timedelta(minutes=10))
        db.session.query(LogHead).filter_by(campaign_id=campaign.id).update({"t": ahead})

    assert "服务器时钟慢了" in editor.get(f"{OWN}/").text


def test_overview_says_what_a_published_campaign_lacks(app, editor):
    """Nobody was nominated, and the vote comes: that is the first thing to do."""
    now = clock.now()
    make_campaign(
        slug="few",
        candidates=1,
        opens=now + timedelta(days=2),
        closes=now + timedelta(days=9),
        schedule={"nomination": [minute(now - timedelta(days=5)), minute(now - timedelta(days=1))]},
    )

    page = editor.get("/admin/c/few/")

    assert "活动已发布，还差 1 处 每张选几个" in words_of(page)
    assert "due-late" in page.text
