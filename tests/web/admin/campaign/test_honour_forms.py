"""The forms of decisions from expert review to the final list, as pages and for programs."""

import io
import json
from datetime import timedelta

import pytest

from tests.support.ballots import entries_of
from tests.support.factories import make_campaign
from tests.support.honours import EXPERTS, Honours
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.surveys import EACH, answered, make_survey
from votesite import clock
from votesite.domain.decisions import proposals
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign, votes_alone
from votesite.models.decisions import Decision

JSON = {"Accept": "application/json"}


@pytest.fixture
def way(app):
    """A campaign whose vote is over and counted, driven to wherever a test needs it."""
    now = clock.now()
    weights = {**votes_alone(), **EXPERTS}
    campaign = make_campaign(
        weights=weights,
        signers=0,
        opens=now - timedelta(days=9),
        closes=now - timedelta(days=1),
    )
    return Way(app, Honours(campaign), now)


class Way:
    """Drives a campaign by the pages of the desk."""

    def __init__(self, app, honours, now):
        self.app, self.honours, self.slug = app, honours, honours.slug
        self.during, self.now = now - timedelta(days=5), now
        self.owner = make_staff("chen", "owner").name
        self.editor = make_staff("zheng", "editor").name
        self.browser = browser_of(app, "chen")
        self.path = f"/admin/c/{self.slug}/decisions/new"

    def post(self, **fields):
        return post_form(self.browser, self.path, **fields)

    def told(self, **fields):
        """The answer to a program that has a colleague confirm at once."""
        token = self.token()
        data = {"csrf_token": token, "colleague": "zheng", "password": "", **fields}
        return self.browser.post(self.path, data=data, headers=JSON)

    def token(self):
        return self.browser.get("/admin/me", headers=JSON).get_json()["csrf_token"]

    def program(self, **fields):
        data = {"csrf_token": self.token(), **fields}
        return self.browser.post(self.path, data=data, headers=JSON)

    def confirm(self):
        """Confirm the newest proposal as the second person."""
        db.session.rollback()  # or it would not see what requests have written
        made = db.session.query(Decision).order_by(Decision.id.desc()).first()
        return proposals.confirm(made.id, self.honours.editor)

    def scored(self):
        """Votes are cast and counted, three sheets handed in, the panel closed."""
        drive = self.honours
        drive.vote({1: [1, 2], 2: [1, 3], 3: [2], 4: [4]}, moment=self.during)
        for number in (1, 2, 3):
            drive.appoint(number, moment=self.during)
            scores = {no: [900 - 50 * no + 10 * number] for no in range(1, 7)}
            drive.sheet(number, scores, moment=self.during)
        drive.decide("panel", moment=self.during)
        drive.close(moment=self.now)
        return self

    def ranked(self):
        self.scored()
        for key in ("satisfaction", "objective"):
            self.honours.put_in(key, [[no, 9000 - 100 * no] for no in range(1, 7)], moment=self.now)
        self.honours.decide("ranking", moment=self.now)
        return self


def test_a_judge_is_appointed_by_the_form(way):
    make_staff("wang", "judge", campaign=way.honours.campaign)
    form = way.browser.get(f"{way.path}?kind=judge").text

    answer = way.post(kind="judge", judge="1", staff="wang", name="王教授", unit="省行政学院")
    shown = way.browser.get(answer.location).text
    way.confirm()

    assert 'value="wang"' in form
    assert "这一步会开启账本" in form
    assert "王教授" in shown
    assert "省行政学院" in shown
    assert [entry["judge"] for entry in entries_of(way.honours.campaign, "judge")] == [1]


def test_a_refused_form_comes_back_as_it_was_typed(way):
    answer = way.post(kind="judge", judge="0", staff="", name="王教授", unit="")

    assert answer.status_code == 422
    assert 'value="王教授"' in answer.text
    assert not entries_of(way.honours.campaign, "judge")


def test_panel_says_who_has_not_handed_in_and_never_what_was_given(way):
    way.honours.appoint(1, moment=way.during)
    way.honours.appoint(2, moment=way.during)
    way.honours.sheet(1, {no: [877] for no in range(1, 7)}, moment=way.during)

    page = way.browser.get(f"{way.path}?kind=panel").text

    assert "已交表" in page
    assert "还没有交" in page
    assert "87.7" not in page
    assert "877" not in page


def test_figures_are_shown_with_names_before_they_are_proposed(way):
    file = "编号,得分\n" + "\n".join(f"{no},{90 + no}" for no in range(1, 7))
    checked = way.post(
        kind="data", key="objective", source="统计局", act="check",
        file=(io.BytesIO(file.encode()), "data.csv"),
    )  # fmt: skip
    table = json.dumps([[no, 9000 + 100 * no] for no in range(1, 7)], separators=(",", ":"))
    assert checked.status_code == 200
    assert "91.00" in checked.text
    assert "第1镇" in checked.text
    assert table in checked.text
    assert not db.session.query(Decision).count()

    answer = way.post(kind="data", key="objective", source="统计局", table=table)
    shown = way.browser.get(answer.location).text
    way.confirm()

    assert "96.00" in shown
    assert entries_of(way.honours.campaign, "data")[0]["source"] == "统计局"


def test_a_program_is_told_every_fault_of_a_file(way):
    file = "编号,得分\n1,101\n9,90\n"
    answer = way.program(
        kind="data", key="objective", source="统计局",
        file=(io.BytesIO(file.encode()), "data.csv"),
    )  # fmt: skip

    assert answer.status_code == 422
    assert answer.get_json()["type"] == "/problems/invalid-file"
    assert [(each["row"], each["column"]) for each in answer.get_json()["faults"]] == [
        (2, "得分"),
        (3, "编号"),
    ]


def test_a_missing_row_is_refused_where_nothing_may_be_missing(way):
    file = "编号,得分\n1,90\n2,91\n"
    answer = way.program(
        kind="data", key="objective", source="统计局",
        file=(io.BytesIO(file.encode()), "data.csv"),
    )  # fmt: skip

    assert answer.status_code == 422
    assert "3、4、5、6" in answer.get_json()["faults"][0]["detail"]


def test_satisfaction_comes_from_a_questionnaire(way):
    with writing():
        campaign = db.session.get(Campaign, way.honours.campaign.id)
        campaign.weights = {**campaign.weights, "min_answers": 5}
    survey = make_survey(way.honours.campaign, EACH)
    for who in range(1, 7):
        given = {f"each__{no}": "4" for no in range(1, 7)}
        answered(survey, who, clock=lambda: way.during, **given)

    answer = way.program(kind="data", key="satisfaction", source="本站问卷", survey="feedback")
    way.confirm()

    assert answer.status_code == 201, answer.text
    assert entries_of(way.honours.campaign, "data")[0]["answers_sha256"]


def test_ranking_shows_what_would_be_ranked_to_both(way):
    way.scored()
    before = way.browser.get(f"{way.path}?kind=ranking").text
    for key in ("satisfaction", "objective"):
        way.honours.put_in(key, [[no, 9000 - 100 * no] for no in range(1, 7)], moment=way.now)
    form = way.browser.get(f"{way.path}?kind=ranking").text

    answer = way.post(kind="ranking", why="")
    shown = way.browser.get(answer.location).text
    way.confirm()

    assert "现在还排不出名次" in before
    assert "还没有录入群众满意度" in before
    for page in (form, shown):
        assert "第1镇" in page
        assert "入选" in page
        assert "群众投票 30%" in page
    assert way.honours.row.ranking_n is not None


def test_notice_proposes_a_window_and_counts_its_working_days(way):
    way.ranked()
    form = way.browser.get(f"{way.path}?kind=notice").text
    begins = way.now + timedelta(days=1)
    typed = {
        "from": f"{begins:%Y-%m-%dT%H:%M}",
        "to": f"{begins + timedelta(days=1):%Y-%m-%dT%H:%M}",
    }
    checked = way.post(kind="notice", act="check", **typed)
    refused = way.program(kind="notice", **typed)
    taken = way.program(
        kind="notice", **{**typed, "to": f"{begins + timedelta(days=14):%Y-%m-%dT%H:%M}"}
    )

    assert 'name="from" type="datetime-local" value="20' in form
    assert "个工作日" in checked.text
    assert typed["to"] in checked.text
    assert refused.status_code == 422
    assert "不少于 5 个" in refused.get_json()["fields"]["to"]
    assert taken.status_code == 201


def test_final_says_what_is_still_open(way):
    way.ranked()
    page = way.browser.get(f"{way.path}?kind=final").text
    refused = way.program(kind="final")

    assert "还没有公示" in page
    assert refused.status_code == 422
    assert "还没有公示" in refused.get_json()["fields"]["kind"]


@pytest.mark.parametrize(
    "kind", ["judge", "dismiss", "panel", "data", "ranking", "notice", "answer", "final", "revoke"]
)
def test_every_form_opens_before_anything_has_happened(way, kind):
    assert way.browser.get(f"{way.path}?kind={kind}").status_code == 200
