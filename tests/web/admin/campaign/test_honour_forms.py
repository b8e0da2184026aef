"""The desk's forms from expert review to the public notice, by page and by program."""

import io
import json
from datetime import timedelta

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import make_campaign
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form
from votesite import clock
from votesite.domain.hearing import notices
from votesite.domain.ledger.honours import append_sheet
from votesite.domain.ledger.log import open_log
from votesite.domain.results import tallies
from votesite.extensions import db, writing
from votesite.models.campaigns import votes_alone
from votesite.models.decisions import Decision

NEW = "/admin/c/xiangzhen-2026/decisions/new"
JSON = {"Accept": "application/json"}
WEIGHTS = {"public": 40, "expert": 40, "objective": 20, "trim": False, "ties": ["public", "lot"]}
TABLE = [[no, 9000 - 100 * no] for no in range(1, 7)]
CSV = "编号,名称,得分\n" + "".join(f"{no},第{no}镇,{90 - no}\n" for no in range(1, 7))


class Desk:
    """An owner and a colleague who confirms on the same screen; voting ended an hour ago."""

    def __init__(self, app, **weights):
        now = clock.now()
        self.campaign = make_campaign(
            opens=now - timedelta(days=3),
            closes=now - timedelta(hours=1),
            signers=0,
            weights={**votes_alone(), **WEIGHTS, **weights},
        )
        make_staff("owner", "owner")
        make_staff("second", "editor")
        make_staff("wang", "judge", campaign=self.campaign)
        self.browser = browser_of(app, "owner")
        self.now = now

    def post(self, kind, *, alone=False, **fields):
        second = {} if alone else {"colleague": "second", "password": PASSWORD}
        page = self.browser.get("/admin/me", headers=JSON).json
        form = {"kind": kind, "csrf_token": page["csrf_token"], **second, **fields}
        return self.browser.post(NEW, data=form, headers=JSON, content_type="multipart/form-data")

    def upload(self, data, name="a.csv", **fields):
        return self.post(
            "data",
            key="objective",
            source="统计局",
            file=(io.BytesIO(data.encode() if isinstance(data, str) else data), name),
            **fields,
        )

    def form(self, kind, **query):
        return self.browser.get(NEW, query_string={"kind": kind, **query}).text

    def judged(self):
        cast_ballot(self.campaign, 1, 1, when=self.now - timedelta(days=2))
        self.post("judge", judge="1", staff="wang", name="王教授", unit="省行政学院")
        with writing() as tx:
            sheet = [[no, [800 + no]] for no in range(1, 7)]
            append_sheet(open_log(tx, self.campaign.id), 1, sheet, {}, clock.now())
        self.post("panel")
        tallies.close(self.campaign.id)
        return self

    def ranked(self):
        self.judged()
        self.post("data", key="objective", source="统计局", table=json.dumps(TABLE))
        self.post("data", key="lot", source="公开抽签", value="07 12 31")
        self.post("ranking")
        return self


@pytest.fixture
def desk(app):
    return Desk(app)


def test_program_goes_the_whole_way_to_the_notice(desk):
    desk.ranked()
    proposed = notices.proposed(desk.campaign, clock.now())
    window = {"from": f"{proposed.begins:%Y-%m-%dT%H:%M}", "to": f"{proposed.ends:%Y-%m-%d %H:%M}"}

    answer = desk.post("notice", **window)

    assert answer.status_code == 201
    assert answer.json["state"] == "done"
    kinds = [entry["k"] for entry in entries_of(desk.campaign)]
    assert kinds[-1] == "notice"
    assert kinds.count("data") == 2


def test_page_goes_the_same_way(desk):
    page = desk.form("judge")
    assert "第一件要写进账本的事" in page
    assert "wang" in page
    post_form(
        desk.browser,
        NEW,
        kind="judge",
        judge="１",
        staff="wang",
        name="王教授",
        unit="省行政学院",
        categories="山区乡镇",
    )

    made = db.session.query(Decision).one()
    assert made.payload == {"judge": {"judge": 1, "categories": ["山区乡镇"], "staff": 3}}
    shown = desk.browser.get(f"/admin/c/xiangzhen-2026/decisions/{made.id}").text
    assert "聘任第 1 号评委" in shown
    assert "王教授" in shown


def test_name_of_a_judge_is_shown_to_those_who_decide_alone(app, desk):
    desk.post("judge", alone=True, judge="1", staff="wang", name="王教授", unit="省行政学院")
    make_staff("li", "reviewer")
    number = db.session.query(Decision).one().id

    page = browser_of(app, "li").get(f"/admin/c/xiangzhen-2026/decisions/{number}")
    assert page.status_code == 200
    assert "王教授" not in page.text


def test_faults_come_back_with_what_was_typed(desk):
    page = post_form(
        desk.browser, NEW, kind="judge", judge="0", staff="wang", name="", unit="省行政学院"
    )

    assert page.status_code == 422
    assert "请填写这一项" in page.text
    assert "省行政学院" in page.text
    assert db.session.query(Decision).count() == 0


def test_table_from_a_file_is_taken_as_it_is(desk):
    answer = desk.upload(CSV)

    assert answer.json["state"] == "done"
    made = db.session.query(Decision).filter_by(kind="data").one()
    assert made.payload["data"]["rows"] == 6


def test_program_is_told_every_fault_of_a_file_with_row_and_column(desk):
    answer = desk.upload("编号,得分\n1,101\n九,50\n2,九十\n3,95.555\n7,1\n")

    assert answer.status_code == 422
    assert answer.json["type"].endswith("/problems/invalid-file")
    places = [(each["row"], each["column"]) for each in answer.json["faults"]]
    assert places == [(2, "得分"), (3, "编号"), (4, "得分"), (5, "得分"), (6, "编号")]
    assert all(each["detail"] for each in answer.json["faults"])
    assert db.session.query(Decision).count() == 0


def test_page_asks_which_column_counts_and_keeps_the_rows(desk):
    data = "编号,去年,今年\n1,50,60\n2,51,61\n"
    file = (io.BytesIO(data.encode()), "a.csv")
    fields = {"kind": "data", "key": "objective", "source": "统计局"}
    page = post_form(desk.browser, NEW, **fields, file=file)
    assert page.status_code == 422
    assert "请在下面选哪一列是得分" in page.text

    rows = "编号,去年,今年\n1,50,60\n2,51,61\n"
    post_form(desk.browser, NEW, **fields, rows=rows, column="今年")
    made = db.session.query(Decision).one()
    assert made.payload["data"]["rows"] == 2


def test_other_names_have_to_be_meant(desk):
    data = "编号,名称,得分\n1,第二镇,60\n"
    refused = desk.upload(data)
    assert refused.json["faults"][0]["detail"].startswith("1 号是“第1镇”")

    assert desk.upload(data, trusts="1").json["state"] == "done"


def test_nothing_is_put_in_without_a_table(desk):
    answer = desk.post("data", key="objective", source="统计局")

    assert answer.status_code == 422
    assert set(answer.json["fields"]) == {"file"}


@pytest.mark.parametrize(
    "table", ["", "[", "[[1]]", "{}", "[[1,1.5]]", "[[2,1],[1,1]]", "[[9,1]]", "[[1,10001]]"]
)
def test_tables_that_are_none_are_refused_in_words(desk, table):
    answer = desk.post("data", key="objective", source="统计局", table=table)

    assert answer.status_code == 422
    assert all(answer.json["fields"].values())


def test_ranking_shows_what_would_be_ranked_before_it_is_proposed(desk):
    desk.judged()
    desk.post("data", key="objective", source="统计局", table=json.dumps(TABLE))
    assert "第1镇" not in desk.form("ranking")
    desk.post("data", key="lot", source="公开抽签", value="07 12 31")

    page = desk.form("ranking")
    assert "第1镇" in page
    assert "<caption>山区乡镇</caption>" in page


def test_notice_proposes_the_next_working_days(desk):
    desk.ranked()
    proposed = notices.proposed(desk.campaign, clock.now())

    page = desk.form("notice")
    assert f'value="{proposed.begins:%Y-%m-%dT%H:%M}"' in page


def test_short_notice_says_how_many_days_it_has(desk):
    desk.ranked()
    begins = notices.proposed(desk.campaign, clock.now()).begins
    window = {
        "from": f"{begins:%Y-%m-%dT%H:%M}",
        "to": f"{begins + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }

    answer = desk.post("notice", **window)
    assert answer.status_code == 422
    assert "至少要 5 个" in answer.json["fields"]["to"]


@pytest.mark.parametrize(
    "kind",
    ["judge", "dismiss", "panel", "data", "ranking", "notice", "answer", "final", "revoke"],
)
def test_every_form_opens_at_every_stage(desk, kind):
    assert desk.browser.get(f"{NEW}?kind={kind}").status_code == 200
    desk.ranked()
    assert desk.browser.get(f"{NEW}?kind={kind}").status_code == 200


@pytest.mark.parametrize("kind", ["panel", "ranking", "final"])
def test_what_is_not_possible_yet_says_why(app, kind):
    desk = Desk(app, expert=0, public=80)

    answer = desk.post(kind)
    assert answer.status_code == 422
    assert answer.json["fields"]["kind"]


def test_who_is_missing_in_a_table_is_named_before_anybody_confirms(desk):
    desk.upload("编号,得分\n1,60\n3,70\n", alone=True)
    number = db.session.query(Decision).one().id

    page = desk.browser.get(f"/admin/c/xiangzhen-2026/decisions/{number}").text
    assert "表里没有的候选" in page
    assert "02 第2镇、04 第4镇" in page
    assert "<td>60.00</td>" in page.replace(' class="figure"', "")
