"""The ledger read in sentences: every kind of entry, a page of fifty, what a typed number finds."""

import re
from datetime import timedelta

import pytest

from tests.support.answers import words_of
from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import by_two, change_rule, make_campaign
from votesite import clock
from votesite.domain.ledger import publication, sanctions
from votesite.domain.ledger.opening import append_incident
from votesite.domain.results import tallies
from votesite.extensions import writing
from votesite.web.wording import entries as wording

BASE = "/c/xiangzhen-2026/ledger"


@pytest.fixture
def campaign(app):
    """A campaign that ended an hour ago; it recorded an entry of every kind."""
    now = clock.now()
    closes = now - timedelta(hours=1)
    campaign = make_campaign(opens=now - timedelta(days=2), closes=closes, min_batch=5)
    for number in range(8):
        cast_ballot(campaign, number, 1 + number % 6, when=closes - timedelta(hours=9 - number))
    return campaign


def void(campaign, of, when):
    with writing() as tx:
        sanctions.append_void(
            tx, campaign.id, of, rule="R1", why="同一程序", decided=by_two(), now=when
        )


def restore(campaign, of, when):
    with writing() as tx:
        sanctions.append_restore(tx, campaign.id, of, why="申诉成立", decided=by_two(), now=when)


def read(client, first=None):
    return client.get(f"{BASE}/log" + (f"?from={first}" if first is not None else ""))


def ballots(campaign):
    return [entry["n"] for entry in entries_of(campaign, "vote")]


def test_every_kind_of_entry_is_a_sentence(client, campaign):
    before_close = clock.now() - timedelta(minutes=90)
    first, second, third, *_others = ballots(campaign)
    void(campaign, [first], before_close)
    void(campaign, [second, third], before_close)
    restore(campaign, [second], before_close)
    change_rule(campaign, {"withdraw": 4}, moment=before_close)
    with writing() as tx:
        append_incident(tx, campaign.id, what="停电两分钟", now=before_close)
    tallies.close(campaign.id)

    words = words_of(read(client))

    for said in (
        "开账。投票从",
        "规则、名单、评定办法和 1 条作废规则从此写定。",
        "可以投票的人数，主办单位没有说明。",
        "可以参与两人决定的工作账号：1、2，不签字。",
        "没有指定审计方。",
        "一张选票，选了谁已封存。",
        f"第 {first} 号选票按规则 R1 作废。",
        "2 张选票按规则 R1 作废。",
        f"看第 {third} 号选票",
        "理由：同一程序",
        "工作账号 1、2 先后确认，没有签字。",
        f"第 {second} 号选票恢复，重新计入。",
        "4 号“第4镇”退出，不能再选。",
        "事件记录：停电两分钟",
        "投票结束，公布计票结果：收到 8 张选票，其中作废 2 张。",
    ):
        assert said in words


def test_result_shows_every_candidates_votes_and_what_was_taken_off(client, campaign):
    void(campaign, ballots(campaign)[:2], clock.now() - timedelta(minutes=90))
    tallies.close(campaign.id)
    (close,) = entries_of(campaign, "close")
    page = read(client, close["n"]).get_data(as_text=True)
    figures = re.findall(r'row">(\d) 号 第\d镇</th><td class="figure">(\d)</td>', page)
    taken_off = re.findall(r'<td class="figure">(\d)</td><td class="figure">(\d)</td>', page)

    net = {no: votes for no, _, votes in publication.final_result(campaign.id)["votes"]}

    assert {int(no): int(votes) for no, votes in figures} == net
    assert sum(int(void) for _, void in taken_off) == 2


def test_tally_shows_the_rows_that_changed(client, campaign):
    (tally, *_others) = entries_of(campaign, "tally")

    words = words_of(read(client, tally["n"]))

    for no, votes in tally["votes"]:
        assert f"{no} 号 第{no}镇 {votes}" in words


def test_what_would_make_a_page_long_is_cut(client, campaign):
    numbers = [
        cast_ballot(campaign, 100 + at, 1, when=clock.now() - timedelta(minutes=90)).n
        for at in range(60)
    ]
    void(campaign, numbers, clock.now() - timedelta(minutes=90))
    (entry,) = entries_of(campaign, "void")

    page = read(client, entry["n"])

    assert page.get_data(as_text=True).count("号选票</a>") == 20
    assert "另有 40 张，编号见原文。" in words_of(page)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"k": "signer", "staff": 7, "keys": []}, "工作账号 7 可以参与两人决定。"),
        (
            {"k": "signer", "staff": 7, "keys": ["a", "b"]},
            "工作账号 7 可以参与两人决定，签字用 2 把密钥。",
        ),
        ({"k": "drop", "staff": 7}, "工作账号 7 从此不能参与两人决定。"),
        ({"k": "restore", "of": [3, 4]}, "2 张选票恢复，重新计入。"),
    ],
)
def test_who_may_decide_is_a_sentence(app, entry, said):
    with app.test_request_context():
        assert wording.sentence(entry, {}) == said


def test_signed_decision_is_told_from_one_that_is_not(app):
    with app.test_request_context():
        signed = wording.deciders({"by": [3, 7], "sigs": ["a", "b"]})
        unsigned = wording.deciders({"by": [3, 7], "sigs": ["", ""]})

    assert signed == "工作账号 3、7 先后确认，各用自己的密钥签了字。"
    assert unsigned == "工作账号 3、7 先后确认，没有签字。"


def test_opening_says_who_may_vote_who_signs_and_who_vouches(app):
    opening = {
        "k": "open",
        "electorate": {"size": 0, "sha256": "", "population": 412_000, "source": "统计公报"},
        "signed": 1,
        "signers": [{"staff": 3, "keys": ["a"]}, {"staff": 7, "keys": ["b"]}],
        "auditors": ["某市审计局+00000000+AQ==", "witness+00000000+BA=="],
        "quorum": 1,
    }
    with app.test_request_context():
        said = wording.more(opening)
        listed = wording.more({**opening, "electorate": {"size": 30}, "auditors": []})

    assert said == [
        "可以投票的人数，主办单位说明是 412,000 人（依据：统计公报）。",
        "可以参与两人决定的工作账号：3、7，各用自己的密钥签字。",
        "指定的审计方：某市审计局、witness；其中至少 1 个要联署计票结果。",
    ]
    assert (listed[0], listed[2]) == ("名册：30 个投票码，一人一码。", "没有指定审计方。")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reinstate": 2}, "2 号“第2镇”恢复候选。"),
        ({"to": "2026-12-15T18:00+08:00"}, "投票截止时间改为 2026年12月15日 18:00。"),
        ({"pause": "检修"}, "投票暂停，公布的原因：检修"),
        ({"resume": "检修完毕"}, "投票恢复，公布的原因：检修完毕"),
        ({"roster": {"size": 31, "sha256": "0" * 64}}, "名册改为 31 个投票码。"),
    ],
)
def test_every_change_of_the_rules_is_a_sentence(app, change, said):
    with app.test_request_context():
        assert wording.sentence({"k": "rule", "set": change}, {2: "第2镇"}) == said


def test_ballot_says_what_became_of_it(client, campaign):
    now = clock.now() - timedelta(minutes=90)
    gone, back, *_others = ballots(campaign)
    void(campaign, [gone, back], now)
    restore(campaign, [back], now)

    rows = read(client).get_data(as_text=True).split("<li id=")
    of = {int(row[2 : row.index('"', 2)]): row for row in rows[1:]}

    assert "后来作废" in of[gone]
    assert "作废后已恢复" in of[back]
    assert all("后来作废" not in of[n] for n in ballots(campaign)[1:])


def test_pages_of_fifty_lead_to_each_other_and_leave_nothing_out(client, campaign):
    for number in range(100, 220):
        cast_ballot(campaign, number, 1, when=clock.now() - timedelta(minutes=90))
    found, path, pages = [], f"{BASE}/log", 0

    while path:
        page = client.get(path).get_data(as_text=True)
        found += [int(n) for n in re.findall(r'<li id="n(\d+)"', page)]
        pages += 1
        later = re.search(r'<a href="([^"]+)" rel="next"', page)
        path = later and later[1]

    assert found == list(range(len(entries_of(campaign))))
    assert pages == -(-len(found) // 50)


def test_number_beyond_the_end_is_told_where_the_end_is(client, campaign):
    answer = read(client, 10**30)

    last = len(entries_of(campaign)) - 1  # reading has written what was due
    assert answer.status_code == 200
    assert f"最后一条是第 {last} 号。" in words_of(answer)


@pytest.mark.parametrize("typed", ["", "-1", "x", "1.5"])
def test_what_is_no_number_is_refused(client, campaign, typed):
    assert read(client, typed).status_code == 400


def test_before_entry_0_there_is_nothing_to_read(app, client):
    make_campaign(opens=clock.now() + timedelta(days=1), closes=clock.now() + timedelta(days=2))

    assert read(client).status_code == 404


def test_words_of_decisions_are_no_markup(client, campaign):
    with writing() as tx:
        append_incident(tx, campaign.id, what="<b>x</b>", now=clock.now())

    page = read(client).get_data(as_text=True)

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page


def test_receipt_and_home_lead_to_it(client, campaign):
    recorded = cast_ballot(campaign, 99, 1, when=clock.now() - timedelta(minutes=90))

    receipt = client.get(f"/c/xiangzhen-2026/receipts/{recorded.receipt}").get_data(as_text=True)
    home = client.get(f"{BASE}/").get_data(as_text=True)

    assert f'href="{BASE}/entry/{recorded.n}"' in receipt
    assert f'id="n{recorded.n}"' in read(client, recorded.n - 5).get_data(as_text=True)
    assert f'href="{BASE}/log"' in home


def test_entry_is_shown_among_its_neighbours(client, campaign):
    ballots(campaign)

    assert client.get(f"{BASE}/entry/3").location == f"{BASE}/log?from=0#n3"
    assert client.get(f"{BASE}/entry/9").location == f"{BASE}/log?from=4#n9"
    for n in ("03", "x", "-1", "1" * 20):
        assert client.get(f"{BASE}/entry/{n}").status_code == 404, n
