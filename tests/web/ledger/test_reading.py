"""The ledger read in sentences: every kind of entry, a page of fifty, what a typed number finds."""

import re
from datetime import timedelta

import pytest

from tests.support.answers import words_of
from tests.support.ballots import cast_ballot, entries_of
from tests.support.factories import change_rule, make_campaign
from votesite import clock
from votesite.domain.ledger import sanctions
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
        sanctions.append_void(tx, campaign.id, of, rule="R1", why="同一程序", by=[3, 7], now=when)


def restore(campaign, of, when):
    with writing() as tx:
        sanctions.append_restore(tx, campaign.id, of, why="申诉成立", by=[3, 7], now=when)


def read(client, first=None):
    return client.get(f"{BASE}/log" + (f"?from={first}" if first is not None else ""))


def ballots(campaign):
    return [entry["n"] for entry in entries_of(campaign, "vote")]


def test_every_kind_of_entry_is_a_sentence(client, campaign):
    before_close = clock.now() - timedelta(minutes=90)
    first, second, *_others = ballots(campaign)
    void(campaign, first, before_close)
    void(campaign, second, before_close)
    restore(campaign, second, before_close)
    change_rule(campaign, {"pause": "检修"}, moment=before_close, paused="检修")
    change_rule(campaign, {"resume": "检修完毕"}, moment=before_close, paused="")
    change_rule(campaign, {"withdraw": 4}, moment=before_close)
    with writing() as tx:
        append_incident(tx, campaign.id, what="停电两分钟", now=before_close)
    tallies.close(campaign.id)
    void(campaign, ballots(campaign)[2], clock.now())
    with writing() as tx:
        sanctions.append_recount(tx, campaign.id, clock.now())

    words = words_of(read(client))

    for said in (
        "开账。投票从",
        "6 个候选和 1 条作废规则从此写定。",
        "一张选票，选了谁已封存。",
        f"第 {first} 号选票按规则 R1 作废。",
        "理由：同一程序",
        "工作账号 3、7 先后确认。",
        f"第 {second} 号选票恢复，重新计入。",
        "投票暂停，公布的原因：检修",
        "投票恢复，公布的原因：检修完毕",
        "4 号“第4镇”退出，不能再选。",
        "事件记录：停电两分钟",
        "投票结束，公布计票结果：收到 8 张选票，其中作废 1 张。",
        "重新公布计票结果：收到 8 张选票，其中作废 2 张。",
    ):
        assert said in words


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reinstate": 2}, "2 号“第2镇”恢复候选。"),
        ({"to": "2026-12-15T18:00+08:00"}, "投票截止时间改为 2026年12月15日 18:00。"),
    ],
)
def test_every_change_of_the_rules_is_a_sentence(app, change, said):
    with app.test_request_context():
        assert wording.sentence({"k": "rule", "set": change}, {2: "第2镇"}) == said


def test_ballot_says_what_became_of_it(client, campaign):
    now = clock.now() - timedelta(minutes=90)
    gone, back, *_others = ballots(campaign)
    for n in (gone, back):
        void(campaign, n, now)
    restore(campaign, back, now)

    rows = read(client).get_data(as_text=True).split("<li id=")
    of = {int(row[2 : row.index('"', 2)]): row for row in rows[1:]}

    assert "后来作废" in of[gone]
    assert "作废后已恢复" in of[back]
    assert all("作废" not in of[n] for n in ballots(campaign)[2:])


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
