"""The pages everybody reads: what they say in each state, and that they are the same for everybody."""

import gzip
import json
from datetime import timedelta

import pytest

from tests.support.answers import line_of
from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.site import BASE_URL, make_app
from votesite.clock import minute
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.extensions import db, writing

SHARED = ("", "candidates/1", "results", "process", "rules", "news", "privacy", "report-pressure")


@pytest.mark.parametrize("path", SHARED)
def test_shared_page_is_the_same_bytes_with_and_without_a_session(app, open_campaign, path):
    stranger, known = app.test_client(), app.test_client()
    known.get("/c/xiangzhen-2026/me")

    first = stranger.get(f"/c/xiangzhen-2026/{path}")
    second = known.get(f"/c/xiangzhen-2026/{path}?from=groupmessage&isappinstalled=0")

    assert first.status_code == 200
    assert first.data == second.data
    assert "Set-Cookie" not in first.headers
    assert "csrf_token" not in first.get_data(as_text=True)
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Vary"] == "Accept-Encoding"


def test_shared_page_answers_304_to_its_etag(client, open_campaign):
    etag = client.get("/c/xiangzhen-2026/").headers["ETag"]

    again = client.get("/c/xiangzhen-2026/", headers={"If-None-Match": etag})

    assert (again.status_code, again.data) == (304, b"")


def test_page_follows_a_change_at_once(client, open_campaign):
    client.get("/c/xiangzhen-2026/candidates/1")

    with writing() as tx:
        candidate_numbered(open_campaign.id, 1).slogan = "田埂上的便民服务站"
        touch(tx, open_campaign.id)

    assert "田埂上的便民服务站" in line_of(client.get("/c/xiangzhen-2026/candidates/1"))


def test_language_and_mode_come_from_their_cookies_alone(app, open_campaign):
    client = app.test_client()
    plain = client.get("/c/xiangzhen-2026/", headers={"Accept-Language": "en"}).data
    client.set_cookie("other", "x", domain="localhost")
    unknown = client.get("/c/xiangzhen-2026/").data
    client.set_cookie("mode", "care", domain="localhost")

    care = client.get("/c/xiangzhen-2026/").get_data(as_text=True)

    assert plain == unknown
    assert '<html lang="zh-Hans"' in plain.decode()
    assert 'data-mode="care"' in care
    assert 'data-mode="care"' not in plain.decode()


def test_prefs_remembers_and_goes_back(client):
    answer = client.get("/prefs?mode=care&lang=zh-Hans&next=/accessibility")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/accessibility")
    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == ["lang=zh-Hans", "mode=care"]


@pytest.mark.parametrize("next_path", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_prefs_goes_to_this_site_only(client, next_path):
    answer = client.get("/prefs", query_string={"mode": "care", "next": next_path})

    assert answer.headers["Location"] == "/"


def test_prefs_stores_no_unknown_value(client):
    assert client.get("/prefs?mode=loud&lang=xx").headers.getlist("Set-Cookie") == []


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


def test_results_show_ranks_within_categories_and_what_they_are_not(client, open_campaign, now):
    open_campaign.weights = {"public": 30, "expert": 50, "satisfaction": 20}
    db.session.commit()
    cast_ballot(open_campaign, 1, 1, 2, when=now - timedelta(hours=3))
    cast_ballot(open_campaign, 2, 1, when=now - timedelta(hours=2))

    page = line_of(client.get("/c/xiangzhen-2026/results"))
    figures = json.loads(client.get("/c/xiangzhen-2026/results.json").data)

    votes = {row["no"]: (row["votes"], row["rank"]) for row in figures["candidates"]}
    assert (votes[1], votes[2], votes[3]) == ((2, 1), (1, 1), (0, 2))
    assert (figures["phase"], figures["policy"], figures["ballots"]) == ("voting", "live", 2)
    assert "票数不是最终结果" in page


def test_results_json_has_exactly_its_fields_in_order_of_numbers(client, open_campaign):
    answer = client.get("/c/xiangzhen-2026/results.json")

    figures = json.loads(answer.data)
    assert list(figures) == ["phase", "policy", "as_of", "ballots", "candidates"]
    assert [row["no"] for row in figures["candidates"]] == [1, 2, 3, 4, 5, 6]
    assert set(figures["candidates"][0]) == {"no", "name", "category", "votes", "rank", "withdrawn"}
    assert answer.headers["Cache-Control"] == "max-age=1"
    etag = answer.headers["ETag"]
    again = client.get("/c/xiangzhen-2026/results.json", headers={"If-None-Match": etag})
    assert again.status_code == 304


def test_hidden_figures_show_nowhere(client, now):
    hidden = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=3), results="hidden", min_batch=1
    )
    pages = ("", "?order=votes", "candidates/1", "results", "screen")
    before = [client.get(f"/c/xiangzhen-2026/{path}").get_data(as_text=True) for path in pages]
    for number in range(37):
        cast_ballot(hidden, number, 1, when=now - timedelta(hours=3) + timedelta(minutes=number))

    after = [client.get(f"/c/xiangzhen-2026/{path}").get_data(as_text=True) for path in pages]
    figures = json.loads(client.get("/c/xiangzhen-2026/results.json").data)

    assert {(row["votes"], row["rank"]) for row in figures["candidates"]} == {(None, None)}
    assert figures["ballots"] == 37
    assert "现在有" in after[3]
    for page in (*before, *after):
        assert 'class="votes"' not in page
        assert "bar-row" not in page
        assert "screen-row" not in page
    assert cards_in_order(after[1]) == cards_in_order(before[1])


def cards_in_order(page):
    """The candidates' links in the order of a page."""
    return [part.split('"')[0] for part in page.split('class="cand" href="')[1:]]


def test_paused_vote_says_why_and_offers_no_ballot(client, open_campaign):
    with writing() as tx:
        db.session.merge(open_campaign).paused = "系统维护，16:00 恢复。"
        touch(tx, open_campaign.id, rules=True)

    page = line_of(client.get("/c/xiangzhen-2026/"))

    assert "系统维护，16:00 恢复。" in page
    assert 'href="/c/xiangzhen-2026/ballot"' not in page


def test_withdrawn_candidate_keeps_a_page_that_says_so(client, open_campaign):
    with writing() as tx:
        candidate_numbered(open_campaign.id, 3).withdrawn = "机构合并，主动退出。"
        touch(tx, open_campaign.id)

    page = line_of(client.get("/c/xiangzhen-2026/candidates/3"))

    assert "已退出，不能再选。" in page
    assert "机构合并，主动退出。" in page
    assert "选 03 号" not in page


def test_markdown_of_a_dossier_is_harmless(client, open_campaign):
    with writing() as tx:
        candidate = candidate_numbered(open_campaign.id, 1)
        candidate.summary = "<script>alert(1)</script> **好** [x](javascript:alert(1)) ![i](https://e.example/i.png)"
        touch(tx, open_campaign.id)

    page = client.get("/c/xiangzhen-2026/candidates/1").get_data(as_text=True)

    assert "<strong>好</strong>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page.replace("javascript:alert(1))", "")
    assert "e.example/i.png" not in page.replace("![i]", "")


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


def test_posters_are_pictures_of_750_by_1334_and_change_with_the_etag(client, open_campaign):
    answer = client.get("/c/xiangzhen-2026/poster.jpg")

    assert answer.mimetype == "image/jpeg"
    assert answer.data[:3] == b"\xff\xd8\xff"
    etag = answer.headers["ETag"]
    again = client.get("/c/xiangzhen-2026/poster.jpg", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert client.get("/c/xiangzhen-2026/candidates/99/poster.jpg").status_code == 404


def test_poster_follows_the_dossier_and_home_a_new_title(client, open_campaign):
    before = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data
    client.get("/")
    with writing() as tx:
        candidate_numbered(open_campaign.id, 1).slogan = "田埂上的便民服务站"
        db.session.merge(open_campaign).title = "改过名字的活动"
        touch(tx, open_campaign.id)

    after = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data

    assert after != before
    assert "改过名字的活动" in line_of(client.get("/"))


def test_poster_does_not_move_with_the_votes(client, open_campaign, now):
    before = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data
    cast_ballot(open_campaign, 1, 1, when=now - timedelta(hours=1))
    client.get("/c/xiangzhen-2026/results")

    after = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data

    assert after == before


@pytest.mark.parametrize("path", ["/accessibility", "/problems/closed", "/healthz", "/robots.txt"])
def test_house_pages_answer_without_any_campaign(client, path):
    assert client.get(path).status_code == 200


def test_unknown_problem_is_unknown(client):
    assert client.get("/problems/no-such-problem").status_code == 404


def test_domain_proof_answers_its_own_suffix_only(tmp_path):
    app = make_app(tmp_path, MP_VERIFY="Ab12, Cd34")
    client = app.test_client()

    assert client.get("/MP_verify_Cd34.txt").data == b"Cd34"
    assert client.get("/MP_verify_Ef56.txt").status_code == 404
    assert client.get("/MP_verify_.txt").status_code == 404


def test_footer_shows_the_numbers_that_are_set_and_no_others(tmp_path):
    with_numbers = make_app(tmp_path / "a", ICP="云ICP备00000000号", SITE_CODE="5300000000")
    without = make_app(tmp_path / "b")

    assert "云ICP备00000000号" in line_of(with_numbers.test_client().get("/"))
    assert "标识码" not in line_of(without.test_client().get("/"))
    assert "beian" not in line_of(without.test_client().get("/"))


def test_static_files_carry_their_hash_and_may_be_kept_for_a_year(client):
    page = client.get("/accessibility").get_data(as_text=True)
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]

    answer = client.get(address, base_url=BASE_URL)

    assert "?v=" in address
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_style_sheets_are_squeezed_for_browsers_that_can_read_it(client):
    page = client.get("/accessibility").get_data(as_text=True)
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]

    plain = client.get(address)
    squeezed = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed.data) == plain.data
    etag = squeezed.headers["ETag"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/static/css/../../config.py").status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/c%2Fxiangzhen-2026/",
        "/c/xiangzhen-2026%2f",
        "/c/xiangzhen-2026%2Fcandidates%2f1",
        "/%2fc/xiangzhen-2026/",
    ],
)
def test_address_with_a_written_slash_is_unknown(client, open_campaign, path):
    client.get("/c/xiangzhen-2026/")

    assert client.get(path).status_code == 404


def test_way_to_the_closing_slash_keeps_the_base_urls_scheme(tmp_path):
    app = make_app(tmp_path, PUBLIC_BASE_URL="https://vote.example.gov.cn")

    environ = {"wsgi.url_scheme": "http"}
    answer = app.test_client().get("/c/xiangzhen-2026", environ_overrides=environ)

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://vote.example.gov.cn/c/xiangzhen-2026/"
