"""The overview: figures without choices, what waits, what is wrong."""

from datetime import timedelta

from tests.support.answers import words_of
from tests.support.ballots import cast_now
from tests.support.factories import CALM, make_campaign
from tests.support.nominations import make_nominating, nominated
from tests.support.staffing import browser_of, make_staff
from tests.support.traced import make_case
from votesite import clock
from votesite.clock import minute
from votesite.domain.decisions import proposals
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.staff import accounts, people
from votesite.extensions import db, writing
from votesite.models.ledger import LogHead

OWN = "/admin/c/xiangzhen-2026"


def test_overview_shows_figures_and_no_choice(app, campaign, editor):
    for number in range(7):
        cast_now(campaign, number, 1)

    words = words_of(editor.get(f"{OWN}/"))

    assert "有效 7 今天 7 作废 0" in words
    assert "后台没有修改票数的入口" in words


def test_overview_says_that_nothing_can_be_decided(app):
    """In red, before the ledger is open and after; with a second person it is gone."""
    now = clock.now()
    ahead = {"opens": now + timedelta(days=1), "closes": now + timedelta(days=9)}
    campaign = make_campaign(signers=0, **ahead)
    make_staff("alone", "owner")
    browser, said = browser_of(app, "alone"), "能决定的同事不到两位"

    before = words_of(browser.get(f"{OWN}/"))
    make_staff("second", "editor")
    with_two = words_of(browser.get(f"{OWN}/"))
    accounts.close(people.by_name("second").id, by=people.by_name("alone").id)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), now)
    opened = words_of(browser.get(f"{OWN}/"))

    assert [said in words for words in (before, with_two, opened)] == [True, False, True]
    assert "请在开启以前补足同事" in before
    assert "名单不能再补" in opened


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


def test_pause_shows_on_every_screen_and_its_ribbon_stands_still(app, campaign, editor):
    for number in range(2):
        cast_now(campaign, number, 1)
    made = proposals.propose(
        campaign.id, people.by_name("zhou").id, Change("pause", ""), "机房检修"
    )
    proposals.confirm(made.id, people.by_name("zheng").id)

    overview = editor.get(f"{OWN}/")
    other = words_of(editor.get(f"{OWN}/candidates"))

    assert "投票中 已暂停" in other
    assert "由Zhou、Zheng决定。对公众写的理由：机房检修" in words_of(overview)
    assert 'class="ribbon is-paused"' in overview.text
    assert "距投票结束" not in overview.text


def test_overview_before_the_vote_is_about_nominations(app, editor):
    campaign = make_nominating(slug="coming-2026")
    nominated(campaign, when=clock.now)

    words = words_of(editor.get("/admin/c/coming-2026/"))

    assert "收到 1 待审 1 已采纳 0" in words
    assert "今天每小时选票" not in words
    assert "没投成的" not in words


def test_held_ballots_are_something_to_do(app, campaign):
    make_case(campaign, [cast_now(campaign, 1, 1).n], state="held", rule="R1")
    make_staff("ping", "reviewer")

    words = words_of(browser_of(app, "ping").get(f"{OWN}/"))

    assert "1 张选票待查" in words


def test_overview_leads_to_poster_and_screen(app, campaign, editor):
    page = editor.get(f"{OWN}/").text

    assert 'href="/c/xiangzhen-2026/poster.jpg"' in page
    assert 'href="/c/xiangzhen-2026/screen"' in page


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


def test_overview_says_what_publishing_would_pass_over(app, editor):
    """Small steps of the figures, and a published campaign with an empty roster."""
    now = clock.now()
    ahead = {"opens": now + timedelta(days=2), "closes": now + timedelta(days=9)}
    make_campaign(slug="steps-2026", published=False, min_batch=19, quiet=60, **ahead)
    make_campaign(slug="codes-2026", eligibility="roster", **ahead)
    make_nominating(slug="coming-2026", begins=1, ends=2, published=False, candidates=0, **CALM)

    draft, published, coming = (
        words_of(editor.get(f"/admin/c/{slug}/"))
        for slug in ("steps-2026", "codes-2026", "coming-2026")
    )

    assert "活动可以发布，但有 1 处要先看清" in draft
    assert "活动已发布，还差 1 处" in published
    assert "活动可以发布，候选由提名产生" in coming
    assert "活动可以发布了" not in draft + coming


def test_ribbon_shows_the_vote_whatever_runs_into_it(app, editor):
    """Of phases that are open together the last one counts, on the ribbon as on the pages."""
    now = clock.now()
    day = timedelta(days=1)
    make_campaign(
        slug="over-2026",
        opens=now + 2 * day,
        closes=now + 16 * day,
        schedule={
            "publicity": [minute(now), minute(now + day)],
            "nomination": [minute(now + day / 2), minute(now + 11 * day)],
            "review": [minute(now + 12 * day), minute(now + 23 * day)],
        },
    )

    page = editor.get("/admin/c/over-2026/").text
    ribbon = page[page.index('<ol class="ribbon-list">') :]

    for phase in ("启动", "提名", "投票", "审核"):
        assert phase in ribbon[: ribbon.index("</ol>")]
