"""The roster at the desk: codes shown once, labels from a file."""

import csv
import io
import re
from base64 import b64decode
from datetime import timedelta

from tests.support.answers import words_of
from tests.support.ballots import entries_of
from tests.support.desk_forms import fields_of
from tests.support.factories import make_campaign, voter
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.voters import ballot_fields, voter_session
from votesite import clock
from votesite.domain.voting import roster, voters
from votesite.extensions import writing

OWN = "/admin/c/xiangzhen-2026"
JSON = {"Accept": "application/json"}


def invited():
    """A campaign for a roster, whose vote begins tomorrow."""
    now = clock.now()
    window = {"opens": now + timedelta(1), "closes": now + timedelta(2)}
    return make_campaign(slug="invited", eligibility="roster", **window)


def vote_with_roster(labels):
    """A campaign that people vote in, and (label, code) of its roster."""
    now = clock.now()
    window = {"opens": now - timedelta(1), "closes": now + timedelta(1)}
    campaign = make_campaign(slug="invited", eligibility="roster", scope="campaign", **window)
    with writing():
        return campaign, roster.store(campaign.id, labels)


class Citizen:
    """Somebody whom WeChat has signed in."""

    def __init__(self, app, openid):
        self.session = voter_session(app, openid)
        self.client = app.test_client()
        self.client.set_cookie(*self.session.cookie.split("=", 1))

    def redeem(self, code, headers=JSON):
        data = {"code": code, "csrf_token": self.session.csrf_token}
        return self.client.post("/c/invited/code", data=data, headers=headers)

    def vote(self, *picks):
        data = dict(ballot_fields(self.session, picks))
        return self.client.post("/c/invited/ballot", data=data, headers=JSON).status_code


def file_in(answer) -> list[list[str]]:
    """The rows of the file that a page carries in its link."""
    (content,) = re.findall(r'href="data:text/csv;base64,([^"]+)"\s+download="', answer.text)
    return list(csv.reader(io.StringIO(b64decode(content).decode("utf-8-sig"))))


def test_new_codes_come_once_and_the_list_shows_used_or_not(app, editor):
    campaign = invited()
    path = "/admin/c/invited/roster"

    answer = post_form(editor, path, labels="甲\n乙\n")
    table = file_in(answer)
    again = post_form(editor, path, labels="甲\n乙\n")
    roster.redeem(campaign.id, voters.voter_key(campaign.id, voter(1)), table[1][1])

    assert [row[0] for row in table] == ["label", "甲", "乙"]
    assert 'download="invited-codes.csv"' in answer.text
    assert f"甲 {table[1][1]} 乙 {table[2][1]}" in words_of(answer)
    assert "2 人，已用 0 个投票码" in answer.text
    assert again.status_code == 303
    words = words_of(editor.get(path))
    assert "甲 已用 乙 没有用" in words
    assert table[2][1] not in words


def test_roster_comes_from_a_file_and_faults_keep_it_as_it_was(app, editor):
    invited()
    path = "/admin/c/invited/roster"

    made = post_form(editor, path, file=(io.BytesIO("label\n甲\n=乙\n".encode()), "roster.csv"))
    faulty = post_form(editor, path, file=(io.BytesIO(b"\xff\xfe\x00"), "roster.csv"))

    assert [row[0] for row in file_in(made)] == ["label", "甲", "'=乙"]
    assert faulty.status_code == 422
    assert "甲 没有用" in words_of(editor.get(path))


def test_header_of_a_table_is_nobody_and_a_faulty_line_is_named(app, editor):
    invited()
    path = "/admin/c/invited/roster"
    table = "姓名,单位\n张三,甲\n李四,乙\n"

    made = post_form(editor, path, file=(io.BytesIO(table.encode("gbk")), "名单.csv"))
    typed = post_form(editor, path, labels=f"张三\n\n{'字' * 121}")
    nameless = post_form(editor, path, file=(io.BytesIO("甲,乙\n".encode()), "名单.csv"))

    assert [row[0] for row in file_in(made)] == ["label", "张三", "李四"]
    assert (typed.status_code, nameless.status_code) == (422, 422)
    assert "第 3 行：名字最多 120 字。" in typed.text
    assert "字" * 121 in typed.text
    assert "看不出名字在哪一列" in nameless.text


def test_campaign_for_anyone_has_no_roster(app, campaign, editor):
    assert editor.get(f"{OWN}/roster").status_code == 404


def test_two_editors_of_a_roster_are_shown_both_lists(app, editor):
    campaign = invited()
    path = "/admin/c/invited/roster"
    mine = fields_of(editor.get(path).text)
    post_form(browser_of(app, "zheng"), path, labels="甲")

    asked = editor.post(path, data={**mine, "labels": "乙"})
    saved = editor.post(path, data={**fields_of(asked.text), "labels": "甲\n乙"})

    assert (asked.status_code, saved.status_code) == (409, 200)
    assert ">甲</pre>" in asked.text
    assert ">乙</pre>" in asked.text
    assert roster.labels_of(campaign.id) == ["甲", "乙"]


def test_a_shorter_roster_asks_before_it_voids_codes_and_nobody_is_too_short(app, editor):
    campaign = invited()
    path = "/admin/c/invited/roster"
    post_form(editor, path, labels="甲\n乙\n丙")

    emptied = post_form(editor, path, labels="")
    asked = post_form(editor, path, file=(io.BytesIO("丁\n丙\n".encode()), "名单.csv"))
    kept = roster.labels_of(campaign.id)
    agreed = editor.post(path, data={**fields_of(asked.text), "voiding": "2"})

    assert (emptied.status_code, asked.status_code, agreed.status_code) == (422, 422, 200)
    assert "会作废 2 个还没有用过的投票码" in asked.text
    assert "".join(fields_of(emptied.text)["labels"]).strip() == ""
    assert "".join(fields_of(asked.text)["labels"]).split() == ["丁", "丙"]
    assert kept == ["甲", "乙", "丙"]
    assert "丙 没有用 丁 没有用" in words_of(agreed)
    assert [row[0] for row in file_in(agreed)] == ["label", "丁"]


def test_a_name_written_twice_is_named_by_its_line(app, editor):
    campaign = invited()
    path = "/admin/c/invited/roster"

    typed = post_form(editor, path, labels="林一\n林二\n\n林二")
    uploaded = post_form(editor, path, file=(io.BytesIO("林二\n林二\n".encode()), "a.csv"))
    wide = post_form(editor, path, labels="Lin Er\n\nＬＩＮ ＥＲ")

    assert "第 4 行：和上面一行是同一个名字" in typed.text
    assert "第 2 行：和上面一行是同一个名字" in uploaded.text
    assert "第 3 行：和上面一行是同一个名字" in wide.text
    assert {typed.status_code, uploaded.status_code, wide.status_code} == {422}
    assert roster.labels_of(campaign.id) == []


def test_only_tables_and_texts_are_read_as_a_roster(app, editor):
    campaign = invited()

    answer = post_form(editor, "/admin/c/invited/roster", file=(io.BytesIO(b"text"), "fake.jpg"))

    assert answer.status_code == 422
    assert "只收 CSV、xlsx 或 txt 文件。" in answer.text
    assert roster.labels_of(campaign.id) == []


def test_one_editor_adds_no_voter_to_a_running_vote(app, editor):
    labels = [f"人大代表{number:02}" for number in range(10)]
    campaign, codes = vote_with_roster(labels)
    anne = Citizen(app, "o1")
    redeemed, voted = anne.redeem(codes[0][1]).status_code, anne.vote(1)
    path = "/admin/c/invited/roster"

    more = post_form(editor, path, labels="\n".join([*labels, "补录01", "补录02"]))
    fewer = post_form(editor, path, labels=labels[0], voiding=9)
    twice = post_form(editor, path, labels="\n".join([*labels, labels[0]]))

    assert (redeemed, voted) == (200, 201)
    assert (more.status_code, fewer.status_code, twice.status_code) == (409, 409, 422)
    assert "名单已经锁定" in more.text
    assert "补录02" in more.text  # what was typed is not lost
    assert "新投票码" not in more.text
    assert roster.labels_of(campaign.id) == labels
    assert [entry["k"] for entry in entries_of(campaign)] == ["open", "vote"]


def test_a_locked_roster_has_no_form_but_a_way_to_a_decision(app, editor):
    vote_with_roster(["甲"])

    page = editor.get("/admin/c/invited/roster")

    assert 'name="labels"' not in page.text
    assert "/admin/c/invited/decisions/new?kind=roster" in page.text


def test_one_person_votes_with_one_code(app):
    _, ((_, first), (_, second)) = vote_with_roster(["甲", "乙"])
    anne = Citizen(app, "o1")
    anne.redeem(first)

    program = anne.redeem(second)
    page = anne.redeem(second, headers={})
    anne.vote(1)

    assert (program.status_code, page.status_code) == (403, 403)
    assert program.json["type"].endswith("/problems/not-eligible")
    assert program.json["title"] == "一人只用一个投票码"
    assert "您已经用过一个投票码。" in page.text
    assert anne.vote(2) == 409
    boris = Citizen(app, "o2")
    assert (boris.redeem(second).status_code, boris.vote(2)) == (200, 201)


def test_two_people_add_a_voter_to_a_running_vote(app, editor):
    campaign, _codes = vote_with_roster(["甲", "乙"])
    make_staff("wang", "supervisor")
    ways = "/admin/c/invited/decisions"
    proposed = post_form(editor, f"{ways}/new", kind="roster", labels="丙\n乙", why="漏了一位")
    path = proposed.location

    page = words_of(browser_of(app, "wang").get(path))
    early = post_form(editor, f"{path}/codes")
    confirmed = post_form(browser_of(app, "wang"), f"{path}/confirm")
    fetched = post_form(editor, f"{path}/codes")
    again = post_form(editor, f"{path}/codes")
    ((_, one), (_, two)) = file_in(fetched)[1:]
    new = Citizen(app, "o3")

    assert (proposed.status_code, confirmed.status_code) == (303, 303)
    assert "丙" in page
    assert early.status_code == 404
    assert again.status_code == 409
    assert (new.redeem(one).status_code, new.vote(1)) == (200, 201)
    assert new.redeem(two).status_code == 403
    rule = entries_of(campaign, "rule")[0]
    assert rule["set"]["roster"]["size"] == 3
