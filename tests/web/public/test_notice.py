"""The public notice as everybody reads it: page, JSON, PDF."""

from datetime import timedelta

import pytest

from tests.support.answers import line_of
from tests.support.factories import CLOSES, OPENS, make_campaign
from tests.support.honours import BEGINS, COUNTED, ENDS, FINAL, Honours
from votesite import clock
from votesite.clock import minute
from votesite.domain.hearing import notices, papers
from votesite.extensions import db
from votesite.models.campaigns import votes_alone

ADDRESS = "/c/xiangzhen-2026/notice"
JSON = {"Accept": "application/json"}
PLAN = {"notice": [minute(CLOSES + timedelta(days=3)), minute(CLOSES + timedelta(days=12))]}
WITHIN = BEGINS + timedelta(days=1)


@pytest.fixture
def stand(monkeypatch):
    """Let the site's clock stand at a moment."""

    def stand_at(moment):
        monkeypatch.setattr(clock.time, "time", moment.timestamp)

    return stand_at


@pytest.fixture
def honours(app):
    return Honours()


def noticed_again(honours):
    """A winner leaves while the notice runs; returns when the second notice begins."""
    honours.noticed()
    honours.decide("withdraw", 1, why="本人申请退出", moment=WITHIN)
    honours.decide("ranking", why="1 号退出，名单重新计算", moment=WITHIN)
    begins = WITHIN + timedelta(days=1)
    honours.notice(begins, begins + timedelta(days=9), moment=WITHIN)
    return begins


def test_notice_lists_honours_by_number_with_method_period_and_office(client, honours, stand):
    honours.noticed()
    stand(WITHIN)

    page = line_of(client.get(ADDRESS))

    places = [page.index(f"第{no}镇") for no in range(1, 7)]
    assert places == sorted(places)
    assert "拟推选名单" in page
    assert "97.80" in page
    assert "2026年12月13日 19:00" in page
    assert "7 天（起始当天不计）" in page
    assert "0800-0000001" in page
    assert "须加盖公章" in page
    assert "公示中" in page
    assert "已揭晓" not in page


def test_before_it_begins_the_page_says_that_the_result_is_still_to_come(client, honours, stand):
    honours.noticed()
    stand(BEGINS - timedelta(minutes=1))

    page = line_of(client.get(ADDRESS))

    assert "结果待公布" in page
    assert "97.80" not in page
    assert "公示从 2026年12月13日 19:00 开始" in page


def test_without_a_ranking_the_page_says_what_is_still_to_be_done(client, honours, stand):
    honours.judged()
    stand(COUNTED)

    page = line_of(client.get(ADDRESS))

    assert "结果待公布" in page
    assert "公示名单至少 5 个工作日，接受异议" in page
    assert client.get(ADDRESS, headers=JSON).status_code == 404


def test_schedule_says_what_was_announced(client, stand):
    make_campaign(schedule=PLAN)
    stand(OPENS)

    assert "日程原定 2026年12月15日 18:00 至 2026年12月24日 18:00 公示" in line_of(
        client.get(ADDRESS)
    )


def test_votes_alone_without_a_notice_have_no_such_page(client, stand):
    make_campaign(weights=votes_alone())
    stand(OPENS)

    assert client.get(ADDRESS).status_code == 404
    assert client.get(f"{ADDRESS}.pdf").status_code == 404


def test_json_says_period_and_objections(client, honours, stand):
    honours.noticed()
    stand(WITHIN)
    client.get(ADDRESS)  # the page that is kept for people is not the programs'

    answer = client.get(ADDRESS, headers=JSON)

    assert answer.json == {
        "from": minute(BEGINS),
        "to": minute(ENDS),
        "working_days": 7,
        "open_objections": 0,
        "answered_objections": 0,
    }
    assert client.get(ADDRESS).mimetype == "text/html"


def test_second_notice_tells_of_the_first_and_why(client, honours, stand):
    begins = noticed_again(honours)

    stand(begins - timedelta(minutes=1))
    before = line_of(client.get(ADDRESS))
    stand(begins)
    after = line_of(client.get(ADDRESS))

    assert "名单已重新计算。" in before
    assert "以新的为准。理由：1 号退出，名单重新计算" in before
    assert "这是第 2 次公示。" in after
    assert "理由：1 号退出，名单重新计算" in after
    assert "以前的公示" in after
    assert client.get(ADDRESS, headers=JSON).json["from"] == minute(begins)


def test_between_notice_and_final_list_the_result_is_still_to_come(client, honours, stand):
    honours.noticed()
    stand(ENDS)

    page = line_of(client.get(ADDRESS))

    assert "公示期满，结果待公布" in page
    assert "已揭晓" not in page


def test_final_list_leaves_the_place_of_a_revoked_honour_empty(client, honours, stand):
    honours.finished()
    honours.decide("revoke", {"no": 2}, why="数据不实", moment=FINAL + timedelta(days=1))
    stand(FINAL + timedelta(days=2))

    page = line_of(client.get(ADDRESS))

    assert "名单已经确定。" in page
    assert "（已撤销）" in page
    assert "撤销的位置空着，不递补。" in page
    assert "第2镇" not in page


def test_paper_is_there_once_it_is_made_and_its_hash_stands_on_the_page(client, honours, stand):
    honours.noticed()
    stand(WITHIN)
    missing = client.get(f"{ADDRESS}.pdf").status_code
    before = line_of(client.get(ADDRESS))
    paper = papers.make(honours.campaign.id, honours.row.notice_n)

    answer = client.get(f"{ADDRESS}.pdf")

    assert missing == 404
    assert "PDF 还没有生成" in before
    assert (answer.mimetype, answer.data) == ("application/pdf", paper.pdf)
    assert paper.sha256 in line_of(client.get(ADDRESS))
    again = client.get(f"{ADDRESS}.pdf", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_paper_is_not_shown_before_the_notice_begins(client, honours, stand):
    honours.noticed()
    papers.make(honours.campaign.id, honours.row.notice_n)
    stand(BEGINS - timedelta(minutes=1))

    assert client.get(f"{ADDRESS}.pdf").status_code == 404


def test_paper_of_a_former_notice_is_kept(client, honours, stand):
    stand(noticed_again(honours))
    course = notices.course(honours.row, clock.now())
    made = [papers.make(honours.campaign.id, each.n) for each in (*course.former, course.current)]

    former = client.get(f"{ADDRESS}.pdf?n={made[0].n}")

    assert former.data == made[0].pdf
    assert client.get(f"{ADDRESS}.pdf").data == made[1].pdf
    assert client.get(f"{ADDRESS}.pdf?n=1").status_code == 404


@pytest.mark.parametrize("query", ["n=one", "n=-1", "n=１", "n=99999999999999999"])
def test_number_of_another_form_is_refused(client, honours, stand, query):
    honours.noticed()
    stand(WITHIN)

    assert client.get(f"{ADDRESS}.pdf?{query}").status_code == 400


def test_margin_of_the_last_honours_is_told(client, app, stand):
    campaign = make_campaign(categories=("乡镇",), signers=0, weights=votes_alone(), schedule=PLAN)
    campaign.categories = [{"name": "乡镇", "seats": 2, "picks": None}]
    db.session.commit()
    honours = Honours(campaign)
    honours.vote({1: [1, 2, 3], 2: [1, 2], 3: [1, 2], 4: [1]})
    honours.close()
    stand(COUNTED)
    counted = line_of(client.get("/c/xiangzhen-2026/results"))
    honours.decide("ranking", moment=COUNTED)
    honours.notice()
    stand(WITHIN)

    page = line_of(client.get(ADDRESS))

    told = "最后入选的第2镇少得 2 票，或者最先落选的第3镇多得 2 票，名单才可能改变。"
    assert told in counted
    assert told in page
