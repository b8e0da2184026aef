"""The printed form of the notice: real PDFs, made in the confined process."""

import hashlib
import json
from datetime import timedelta

import pytest

from tests.support.factories import CLOSES, make_campaign
from tests.support.honours import BEGINS, Honours
from votesite import confined
from votesite.clock import minute
from votesite.domain import fonts
from votesite.domain.hearing import notices, papers
from votesite.domain.hearing.papers import points
from votesite.domain.jobs import running
from votesite.errors import Fault, InvalidFields, NotFound
from votesite.extensions import db
from votesite.models.campaigns import votes_alone
from votesite.models.hearing import NoticePaper
from votesite.models.jobs import Job


@pytest.fixture
def honours(app):
    return Honours().noticed()


@pytest.fixture
def asked(monkeypatch):
    """What is asked of the confined process, while it does its work as ever."""
    questions, run = [], confined.run

    def heard(job, data, **bounds):
        questions.append(json.loads(data))
        return run(job, data, **bounds)

    monkeypatch.setattr(confined, "run", heard)
    return questions


def test_paper_is_a_pdf_and_kept_with_its_hash(honours):
    n = honours.row.notice_n

    paper = papers.make(honours.campaign.id, n)

    kept = db.session.get(NoticePaper, (honours.campaign.id, n))
    assert kept.pdf.startswith(b"%PDF-1.")
    assert b"%%EOF" in kept.pdf[-8:]
    assert kept.sha256 == hashlib.sha256(kept.pdf).hexdigest() == paper.sha256
    assert notices.course(honours.row, BEGINS).current.sha256 == kept.sha256


def test_paper_is_made_once(honours, asked):
    first = papers.make(honours.campaign.id, honours.row.notice_n).sha256
    second = papers.make(honours.campaign.id, honours.row.notice_n).sha256

    assert first == second
    assert len(asked) == 1


def test_same_notice_makes_the_same_bytes(honours):
    campaign, n = honours.row, honours.row.notice_n

    assert papers._typeset(campaign, n) == papers._typeset(campaign, n)


def test_paper_says_list_method_period_and_whom_to_turn_to(honours, asked):
    papers.make(honours.campaign.id, honours.row.notice_n)

    data = asked[0]["data"]
    assert [row[0] for row in data["rows"]] == ["01", "02", "03", "04", "05", "06"]
    assert data["head"] == [
        *("编号", "名称", "类别", "总分", "公众投票", "专家评审", "满意度", "客观指标")
    ]
    assert "公众投票占 30%、专家评审占 50%、满意度占 10%、客观指标占 10%" in data["method"][0]
    assert "共 7 个工作日（12 月 14 日、" in data["period"]
    assert ["监督电话", "0800-0000001"] in data["contacts"]
    assert data["confirmed"]
    assert not data["replaces"]


def test_names_of_candidates_are_no_markup(app, asked):
    honours = Honours()
    honours.campaign.organisers = {"host": ["#panic() *一* _二_ [三] $四$ \\ <五>"]}
    db.session.commit()
    honours.noticed()

    paper = papers.make(honours.campaign.id, honours.row.notice_n)

    assert paper.pdf.startswith(b"%PDF-1.")


def test_votes_alone_are_one_score(app, asked):
    campaign = make_campaign(
        weights=votes_alone(),
        signers=0,
        schedule={"notice": [*map(minute, (CLOSES, CLOSES + timedelta(9)))]},
    )
    honours = Honours(campaign)
    honours.vote({1: [1, 2], 2: [1]})
    honours.close()
    honours.decide("ranking", moment=CLOSES + timedelta(hours=1))
    honours.notice()

    papers.make(campaign.id, honours.row.notice_n)

    assert asked[0]["data"]["head"] == ["编号", "名称", "类别", "总分"]
    assert asked[0]["data"]["method"][0].startswith("名单由公众投票得出")


def test_machine_without_a_chinese_font_says_so_and_keeps_nothing(honours, monkeypatch):
    fonts.font_file.cache_clear()
    monkeypatch.setattr(fonts, "FOLDERS", ("/nowhere",))
    n = honours.row.notice_n

    with pytest.raises(InvalidFields) as refused:
        papers.make(honours.campaign.id, n)
    fonts.font_file.cache_clear()

    assert refused.value.fields == {"paper": Fault("no-font")}
    assert db.session.get(NoticePaper, (honours.campaign.id, n)) is None


def test_decided_notice_asks_for_its_paper_which_long_work_makes(honours):
    running.run_waiting()

    job = db.session.query(Job).filter_by(kind=papers.KIND).one()
    paper = papers.paper_of(honours.campaign.id, honours.row.notice_n)
    assert (job.state, job.answer["sha256"]) == ("done", paper.sha256)


def test_paper_that_is_not_made_yet_is_not_found(honours):
    with pytest.raises(NotFound):
        papers.paper_of(honours.campaign.id, honours.row.notice_n)


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [(0, 2, "0.00"), (9705, 2, "97.05"), (1000000, 4, "100.0000"), (-1, 2, "—")],
)
def test_points_are_written_with_all_their_decimals(value, decimals, text):
    assert points(value, decimals) == text
