"""Who can see a vote: one wording for each way of recounting, and no promise beyond it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.support import staffing
from tests.support.answers import words_of
from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from votesite import clock
from votesite.domain.campaigns import notice
from votesite.domain.decisions import proposals
from votesite.domain.staff import people
from votesite.domain.voting import roster
from votesite.extensions import writing

ROOT = Path(__file__).parents[1]
PAGES = ("receipts/", "report-pressure", "rules", "ledger/")
OPERATOR = "管理服务器的人能按编号打开任何一张选票"
ONLY = {
    "auditors": ("审计人员逐张核对",),
    "public": ("投票结束后选票内容全部公开", "凭回执码能看出那张选了谁：不要把回执码给别人"),
}
OF_BOTH_MODES_FALSE = (
    *("任何人都查不到", "谁也查不", "谁都查不", "谁都不能", "放心给别人", "对谁都不显示"),
    *("任何人都做不到", "谁也做不到", "任何人都无法", "没有任何角色能看到", "一人一票"),
    *("两名工作人员", "两位工作人员"),
)
SOURCES = [
    *(ROOT / "votesite" / "templates").rglob("*.html"),
    *(ROOT / "votesite" / "domain" / "campaigns").glob("*.md"),
    *(ROOT / "votesite").rglob("*.py"),
    *(ROOT / name for name in ("README.zh-CN.md", "docs/handbook.zh-CN.md")),
]


@pytest.fixture(params=sorted(ONLY))
def campaign(app, request):
    """A campaign in its vote, once for each way of recounting."""
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=1), closes=now + timedelta(days=1), recount=request.param
    )
    cast_ballot(made, 1, 1, when=now - timedelta(hours=1))
    return made


@pytest.mark.parametrize("page", PAGES)
def test_page_tells_who_can_see_a_vote_in_this_mode(client, campaign, page):
    said = words_of(client.get(f"/c/{campaign.slug}/{page}"))

    check_mode(campaign.recount, said)


def test_receipt_tells_who_can_see_a_vote_in_this_mode(client, campaign):
    code = cast_ballot(campaign, 2, 1, when=clock.now()).receipt

    check_mode(campaign.recount, words_of(client.get(f"/c/{campaign.slug}/receipts/{code}")))


def check_mode(mode, said):
    """See the sentences of one mode in a text, and none of the other's."""
    other = {"auditors": "public", "public": "auditors"}[mode]
    assert OPERATOR in said
    assert [words for words in ONLY[mode] if words not in said] == []
    assert [words for words in ONLY[other] if words in said.replace("由审计人员逐张核对", "")] == []


def test_ledger_says_that_two_accounts_may_be_one_person(client, campaign):
    said = words_of(client.get(f"/c/{campaign.slug}/ledger/"))

    assert "两个工作账号先后确认，不能证明背后是两个人。" in said
    assert "同时拿到服务器访问日志和已打开选票的人" in said
    assert "不能证明名册上都是该有的人" not in said


def test_ledger_of_a_roster_says_what_it_does_not_fix(app, client):
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=1), closes=now + timedelta(days=1), eligibility="roster"
    )
    with writing():
        roster.store(made.id, ["张三"])
    staffing.make_staff("zhou", "editor", campaign=made)
    proposals.open_ledger(made.id, people.by_name("zhou").id)

    said = words_of(client.get(f"/c/{made.slug}/ledger/"))

    assert "不能证明名册上都是该有的人" in said


def test_privacy_notice_says_who_can_open_a_ballot(campaign):
    text = notice.notice_for(campaign)

    assert OPERATOR in text
    assert "仍可能按先后推断" in text
    assert ("持有回执的人可以据此说明该张选票投给了谁" in text) is (campaign.recount == "public")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_text_promises_more_than_is_kept(source):
    text = source.read_text(encoding="utf-8").replace("暂停后谁都不能投票", "")

    assert [words for words in OF_BOTH_MODES_FALSE if words in text] == []
