"""What the ledger's page says in each mode: who vouches, who signs, what stays unproved."""

from datetime import datetime

import pytest

from votesite.clock import CST
from votesite.domain.ledger.cosignatures import Cosigner
from votesite.domain.ledger.disclosure import Disclosed
from votesite.web.wording import ledger

AT = datetime(2026, 12, 15, 9, 30, tzinfo=CST)
OPENING = {
    "rules": {"recount": "auditors", "eligibility": "anyone", "min_batch": 20, "repeat": "daily"},
    "electorate": {"size": 0, "sha256": "", "population": 0, "source": ""},
    "award": {"public": 100, "expert": 0, "satisfaction": 0, "objective": 0, "sheets": "auditors"},
    "signed": 0,
    "quorum": 2,
}


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context():
        yield


def opening(**rules):
    changed = {key: rules.pop(key) for key in ("signed", "quorum") if key in rules}
    return {**OPENING, **changed, "rules": {**OPENING["rules"], **rules}}


def cosigner(size, *, named=True, at=None):
    return Cosigner(f"audit-{size}", is_named=named, size=size, sizes=1, at=at)


def test_public_recount_needs_no_auditors():
    said = ledger.vouching(opening(recount="public"), [], 40)

    assert len(said) == 1
    assert "谁都可以从头重算" in said[0]


def test_without_a_quorum_nobody_reads_that_all_is_right():
    assert "得不出“核对无误”" in ledger.vouching(opening(quorum=0), [], None)[-1]


@pytest.mark.parametrize(
    ("cosigners", "said"),
    [
        ([], "有 0 个审计方联署，还差 2 个。"),
        ([cosigner(41), cosigner(40)], "有 1 个审计方联署，还差 1 个。"),
        ([cosigner(41), cosigner(50, named=False)], "有 1 个审计方联署，还差 1 个。"),
        ([cosigner(41), cosigner(99)], "已有 2 个审计方联署，够了。"),
    ],
)
def test_quorum_counts_named_auditors_whose_size_covers_the_count(cosigners, said):
    found = ledger.vouching(opening(), cosigners, 40)

    assert said in found[-1]
    assert len(ledger.vouching(opening(), cosigners, None)) == len(found) - 1


def test_cosigner_says_what_was_signed_and_when():
    assert ledger.cosigner(cosigner(0)) == ("audit-0", "开账时指定", "还没有签")
    assert ledger.cosigner(cosigner(1200, named=False))[1:] == (
        "后来登记",
        "签到前 1,200 条；签名里没有时间",
    )
    assert "签名自记的时间是 2026年12月15日 09:30" in ledger.cosigner(cosigner(7, at=AT))[2]


def test_signatures_are_said_in_words_and_their_limits_too():
    unsigned, signed = ledger.limits(opening()), ledger.limits(opening(signed=1))

    assert "没有签字" in ledger.signing(opening())
    assert "各用自己的密钥签的字" in ledger.signing(opening(signed=1))
    assert "两个工作账号先后确认，不能证明背后是两个人。" in unsigned
    assert any("密钥是在本网站自己的页面上生成的" in sentence for sentence in signed)


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"recount": "auditors"}, "外人不能自己重算票数"),
        ({"recount": "public"}, "防不住有人拿回执卖票"),
        ({"eligibility": "roster"}, "不能证明名册上都是该有的人"),
        ({"min_batch": 7}, "至少合并 7 位投票人"),
    ],
)
def test_limits_are_those_of_the_rules(rules, said):
    assert any(said in sentence for sentence in ledger.limits(opening(**rules)))


def test_addresses_are_those_that_answer_now():
    before = [
        path for path, _ in ledger.addresses(12, Disclosed(), is_closed=False, is_opened=False)
    ]
    after = [path for path, _ in ledger.addresses(300, Disclosed(), is_closed=True, is_opened=True)]

    assert "tile/entries/000.p/12" in before
    assert "archive.zip" not in before
    assert {"tile/entries/000", "archive.zip", "open.key", "openings.jsonl"} <= set(after)


def composite(**changes):
    award = {**OPENING["award"], "public": 40, "expert": 40, "satisfaction": 20, **changes}
    return {**OPENING, "award": award}


def test_way_to_the_honours_says_who_can_check_the_experts():
    kept_back, shown = (ledger.honours(composite(sheets=mode)) for mode in ("auditors", "public"))

    assert any("专家分由审计方核对" in each for each in kept_back)
    assert any("专家分谁都可以重算" in each for each in shown)
    assert not any("专家分" in each for each in ledger.honours(OPENING))


def test_limits_name_what_is_conduct_or_somebodys_word():
    said, plain = ledger.limits(composite()), ledger.limits(OPENING)

    added = [each for each in said if each not in plain]
    assert [words in "".join(added) for words in ("靠的是纪律", "以任命评委的两个人的话为准")] == [
        True,
        True,
    ]
    assert any("注明的来源" in each for each in added)


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Disclosed(), set()),
        (Disclosed(data=[3, 9], has_rankings=True), {"data?n=9"}),
        (
            Disclosed(data=[3], answers=[3], rankings=[8], shows_sheets=True, shows_panel=True),
            {"data?n=3", "answers?n=3", "ranking.json", "sheets.jsonl", "panel.json"},
        ),
    ],
)
def test_page_lists_the_addresses_that_answer_now(shown, expected):
    always = {
        address for address, _ in ledger.addresses(3, Disclosed(), is_closed=True, is_opened=False)
    }
    listed = {address for address, _ in ledger.addresses(3, shown, is_closed=True, is_opened=False)}

    assert listed - always == expected
