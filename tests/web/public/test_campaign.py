"""A campaign's front page: every candidate, found, sorted, in pages."""

import re
from datetime import timedelta

import pytest

from tests.support.answers import line_of
from tests.support.factories import make_campaign
from tests.support.nominations import make_nominating, nominated
from tests.support.staffing import make_staff
from votesite import clock
from votesite.domain.campaigns.publishing import touch
from votesite.domain.nominations import review
from votesite.extensions import db, writing


def test_campaign_lists_every_candidate_with_name_category_and_link(client, open_campaign):
    page = line_of(client.get("/c/xiangzhen-2026/"))

    for no in range(1, 7):
        assert f'href="/c/xiangzhen-2026/candidates/{no}"' in page
        assert f'<span class="cand-name">第{no}镇</span>' in page
    assert "云表彰组〔2026〕3号" in page
    assert "每天可投 1 张选票，每张选 1 至 3 个。" in page


def test_search_finds_by_number_and_by_name(client, open_campaign):
    by_number = line_of(client.get("/c/xiangzhen-2026/?q=02"))
    by_name = line_of(client.get("/c/xiangzhen-2026/?q=第3"))
    nothing = line_of(client.get("/c/xiangzhen-2026/?q=云"))

    assert ("第2镇" in by_number, "第3镇" in by_number) == (True, False)
    assert ("第2镇" in by_name, "第3镇" in by_name) == (False, True)
    assert "没有找到" in nothing


@pytest.mark.parametrize("typed", ["０２", "第２", "第 2 镇", "di2zhen", "d2z", "第2鎮"])
def test_search_compares_as_people_type(client, open_campaign, typed):
    page = line_of(client.get("/c/xiangzhen-2026/", query_string={"q": typed}))

    assert ("第2镇" in page, "第3镇" in page) == (True, False)
    assert 'data-item="2 第2镇 di2zhen d2z"' in page


@pytest.mark.parametrize("query", ["order=best", "category=无", "page=0", "page=two", "page=9"])
def test_list_refuses_what_it_does_not_know(client, open_campaign, query):
    assert client.get(f"/c/xiangzhen-2026/?{query}").status_code == 400


def test_two_hundred_candidates_stand_on_one_page_and_more_on_several(client, now):
    window = {"opens": now - timedelta(days=1), "closes": now + timedelta(days=1)}
    make_campaign(slug="two-hundred", candidates=200, **window)
    make_campaign(slug="many-more", candidates=310, **window)

    whole = client.get("/c/two-hundred/").get_data(as_text=True)
    last = client.get("/c/many-more/?page=4").get_data(as_text=True)

    assert whole.count('class="cand"') == 200
    assert last.count('class="cand"') == 10
    assert "第 4 页" not in whole


def test_draft_unknown_campaign_and_unknown_candidate_are_alike(client, open_campaign, now):
    make_campaign(slug="secret-draft", published=False)

    answers = [
        client.get(path)
        for path in (
            "/c/secret-draft/",
            "/c/secret-draft/results.json",
            "/c/no-such-thing/",
            "/c/xiangzhen-2026/candidates/99",
            "/c/xiangzhen-2026/candidates/01",
            "/c/xiangzhen-2026/candidates/1%20",
        )
    ]

    assert [answer.status_code for answer in answers] == [404] * 6


@pytest.mark.parametrize("path", ["/", "/c/xiangzhen-2026/", "/c/xiangzhen-2026/screen"])
def test_pages_count_down_by_the_servers_clock_and_stop_for_a_pause(client, open_campaign, path):
    going_on = client.get(path).text
    with writing() as tx:
        db.session.merge(open_campaign).paused = "系统维护，16:00 恢复。"
        touch(tx, open_campaign.id)
    paused = client.get(path).text

    assert f'data-countdown="{open_campaign.closes_at.isoformat()}"' in going_on
    assert re.search(r'data-now="[^"]+"', going_on)
    assert "data-countdown" not in paused


def test_paused_vote_says_why_and_offers_no_ballot(client, open_campaign):
    with writing() as tx:
        db.session.merge(open_campaign).paused = "系统维护，16:00 恢复。"
        touch(tx, open_campaign.id, rules=True)

    page = line_of(client.get("/c/xiangzhen-2026/"))

    assert "系统维护，16:00 恢复。" in page
    assert 'href="/c/xiangzhen-2026/ballot"' not in page


def test_figures_of_nominations_add_up_to_the_candidates(client):
    campaign = make_nominating(candidates=3)
    staff = make_staff("zhou", "owner")
    first, second, third = (
        nominated(campaign, who, when=clock.now, name=f"新镇{who}") for who in (1, 2, 3)
    )
    review.merge(second.id, first.id, staff.id)
    review.accept(first.id, staff.id)
    review.reject(third.id, "重复", staff.id)

    page = line_of(client.get(f"/c/{campaign.slug}/"))

    assert "2 件提名已采纳为 1 个候选，另有 3 个由主办单位列入。" in page


def test_other_languages_say_that_the_content_is_not_translated(client, open_campaign):
    client.set_cookie("lang", "en")

    for path in ("/", "/candidates/1", "/ballot"):
        page = client.get(f"/c/xiangzhen-2026{path}").text
        assert "they are not translated" in page
        assert re.search(r'lang="zh-Hans">[^<]*第1镇', page), path


def test_hours_and_codes_stand_where_the_vote_is_explained(client, now):
    make_campaign(opens=now - timedelta(days=1), hours=["08:30", "22:00"], eligibility="roster")

    page = line_of(client.get("/c/xiangzhen-2026/"))

    assert "每天 08:30 至 22:00 开放投票。" in page
    assert "名单内的人凭一次性投票码投票。" in page
    assert "每天 08:30–22:00 可投 1 张" in page
