"""The roster at the desk: codes shown once, labels from a file."""

import csv
import io
import re
from base64 import b64decode
from datetime import timedelta

from tests.support.answers import words_of
from tests.support.desk_forms import fields_of
from tests.support.factories import make_campaign, voter
from tests.support.staffing import browser_of, post_form
from votesite import clock
from votesite.domain.voting import roster, voters
from votesite.extensions import writing

OWN = "/admin/c/xiangzhen-2026"


def file_in(answer) -> list[list[str]]:
    """The rows of the file that a page carries in its link."""
    (content,) = re.findall(r'href="data:text/csv;base64,([^"]+)"\s+download="', answer.text)
    return list(csv.reader(io.StringIO(b64decode(content).decode("utf-8-sig"))))


def test_new_codes_come_once_and_the_list_shows_used_or_not(app, editor):
    now = clock.now()
    campaign = make_campaign(
        slug="invited", eligibility="roster", opens=now - timedelta(1), closes=now + timedelta(1)
    )
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
    now = clock.now()
    make_campaign(slug="invited", eligibility="roster", opens=now, closes=now + timedelta(1))
    path = "/admin/c/invited/roster"

    made = post_form(editor, path, file=(io.BytesIO("label\n甲\n=乙\n".encode()), "roster.csv"))
    faulty = post_form(editor, path, file=(io.BytesIO(b"\xff\xfe\x00"), "roster.csv"))

    assert [row[0] for row in file_in(made)] == ["label", "甲", "'=乙"]
    assert faulty.status_code == 422
    assert "甲 没有用" in words_of(editor.get(path))


def test_header_of_a_table_is_nobody_and_a_faulty_line_is_named(app, editor):
    now = clock.now()
    make_campaign(slug="invited", eligibility="roster", opens=now, closes=now + timedelta(1))
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
    now = clock.now()
    campaign = make_campaign(slug="invited", eligibility="roster", opens=now + timedelta(1))
    path = "/admin/c/invited/roster"
    mine = fields_of(editor.get(path).text)
    post_form(browser_of(app, "zheng"), path, labels="甲")

    asked = editor.post(path, data={**mine, "labels": "乙"})
    saved = editor.post(path, data={**fields_of(asked.text), "labels": "甲\n乙"})

    assert (asked.status_code, saved.status_code) == (409, 200)
    assert ">甲</pre>" in asked.text
    assert ">乙</pre>" in asked.text
    assert roster.labels_of(campaign.id) == ["甲", "乙"]


def test_a_shorter_roster_asks_before_it_voids_codes(app, editor):
    campaign = make_campaign(slug="invited", eligibility="roster")
    path = "/admin/c/invited/roster"
    post_form(editor, path, labels="甲\n乙\n丙")

    emptied = post_form(editor, path, labels="")
    asked = post_form(editor, path, file=(io.BytesIO("丁\n丙\n".encode()), "名单.csv"))
    kept = roster.labels_of(campaign.id)
    agreed = editor.post(path, data={**fields_of(asked.text), "voiding": "2"})

    assert (emptied.status_code, asked.status_code, agreed.status_code) == (422, 422, 200)
    assert "会作废 3 个还没有用过的投票码" in emptied.text
    assert "".join(fields_of(emptied.text)["labels"]).strip() == ""
    assert "".join(fields_of(asked.text)["labels"]).split() == ["丁", "丙"]
    assert kept == ["甲", "乙", "丙"]
    assert "丙 没有用 丁 没有用" in words_of(agreed)
    assert [row[0] for row in file_in(agreed)] == ["label", "丁"]


def test_a_name_written_twice_is_named_by_its_line(app, editor):
    campaign = make_campaign(slug="invited", eligibility="roster")
    path = "/admin/c/invited/roster"

    typed = post_form(editor, path, labels="林一\n林二\n\n林二")
    uploaded = post_form(editor, path, file=(io.BytesIO("林二\n林二\n".encode()), "a.csv"))
    kept = roster.labels_of(campaign.id)
    with writing():
        roster.store(campaign.id, ["林二", "林二"])  # of a folder, where two may bear one name
    again = post_form(editor, path, labels="林二\n林二\n林一")

    assert "第 4 行：这个名字上面已经有了。" in typed.text
    assert "第 2 行：这个名字上面已经有了。" in uploaded.text
    assert kept == []
    assert (typed.status_code, uploaded.status_code, again.status_code) == (422, 422, 200)


def test_only_tables_and_texts_are_read_as_a_roster(app, editor):
    campaign = make_campaign(slug="invited", eligibility="roster")

    answer = post_form(editor, "/admin/c/invited/roster", file=(io.BytesIO(b"text"), "fake.jpg"))

    assert answer.status_code == 422
    assert "只收 CSV、xlsx 或 txt 文件。" in answer.text
    assert roster.labels_of(campaign.id) == []
