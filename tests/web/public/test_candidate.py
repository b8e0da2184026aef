"""A candidate's page: withdrawn, with text that is no markup, with pictures, with changes."""

import re
from datetime import timedelta
from itertools import count

import pytest

from tests.support.answers import line_of
from tests.support.factories import at
from tests.support.staffing import make_staff, png
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.domain.setup import dossiers
from votesite.extensions import writing


def test_withdrawn_candidate_keeps_a_page_that_says_so(client, open_campaign):
    with writing() as tx:
        candidate_numbered(open_campaign.id, 3).withdrawn = "机构合并，主动退出。"
        touch(tx, open_campaign.id)

    page = line_of(client.get("/c/xiangzhen-2026/candidates/3"))

    assert "已退出，不能再选。" in page
    assert "机构合并，主动退出。" in page
    assert "选 03 号" not in page


def test_markdown_of_a_dossier_is_harmless(client, open_campaign):
    with writing() as tx:
        candidate = candidate_numbered(open_campaign.id, 1)
        candidate.summary = "<script>alert(1)</script> **好** [x](javascript:alert(1)) ![i](https://e.example/i.png)"
        touch(tx, open_campaign.id)

    page = client.get("/c/xiangzhen-2026/candidates/1").get_data(as_text=True)

    assert "<strong>好</strong>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page.replace("javascript:alert(1))", "")
    assert "e.example/i.png" not in page.replace("![i]", "")


def test_each_picture_has_a_page_with_the_way_back(client, open_campaign):
    staff = make_staff("zhou", "editor")
    candidate = candidate_numbered(open_campaign.id, 1)
    added = dossiers.PictureEdits(added=[(png(), "大厅.png"), (png(), "窗口.png")])
    dossiers.edit(candidate.id, {}, edited=added, by=staff.id)
    base = "/c/xiangzhen-2026/candidates/1"

    dossier, second = client.get(base).text, client.get(f"{base}/pictures/2").text

    assert f'href="{base}/pictures/2"' in dossier
    assert f'href="{base}#pictures"' in second
    assert f'href="{base}/pictures/1"' in second
    assert "第 2 张，共 2 张" in second
    for place in ("0", "3", "02", "x"):
        assert client.get(f"{base}/pictures/{place}").status_code == 404, place


BASE = "/c/xiangzhen-2026/candidates/1"


@pytest.fixture
def edit(open_campaign, now):
    """Edits of candidate 1 while people vote, each a minute after the one before."""
    editor, candidate = make_staff("zhou", "editor").id, candidate_numbered(open_campaign.id, 1)
    moments = count(1)

    def save(fields, **changes):
        edited = dossiers.PictureEdits(**changes)
        clock = at(now - timedelta(hours=1) + timedelta(minutes=next(moments)))
        return dossiers.edit(candidate.id, fields, edited=edited, by=editor, clock=clock)

    return save


def changes_in(answer):
    """The list of changes of a dossier's page, in one line."""
    return line_of(answer).partition('id="changes"')[2].partition("</section>")[0]


def test_page_shows_what_was_changed_during_the_vote_and_what_it_was(client, edit):
    assert 'href="#changes"' not in client.get(BASE).text
    same = "每周三到村里现场办公。" * 20
    edit({"summary": f"{same}办件 120 件。", "slogan": "办事快"})
    when = edit({"summary": f"{same}请投一号！<b>"}).updated_at

    answer = client.get(BASE)
    page = changes_in(answer)

    assert 'href="#changes"' in answer.text
    assert re.findall(r"<summary>.*?</time> (.*?)</summary>", page) == [
        "改了“简介”",
        "改了“一句话”，改了“简介”",
    ]
    assert f'<summary><time class="num" datetime="{when}">' in page
    assert "<del>办件 120 件。</del>" in page
    assert "<ins>请投一号！&lt;b&gt;</ins>" in page
    assert same not in page.partition("</details>")[0]
    assert "……" in page


def test_page_says_which_pictures_were_put_up_and_taken_down(client, edit):
    one, two = edit({}, added=[(png(), "大厅.png"), (png(), "窗口.png")]).images
    edit({"captions": {one: "旧大厅"}}, removed=one)

    page = changes_in(client.get(BASE))

    assert "放上 2 张图片" in page
    assert "撤下 1 张图片" in page
    assert "（后来撤下）" in page
    assert f"/media/{two}-480.jpg" in page
    assert f"/media/{one}" not in page


def test_each_change_has_a_page_however_many_there_are(client, edit):
    for n in range(7):
        edit({"slogan": f"第 {n} 稿"})

    page, first = client.get(BASE), line_of(client.get(f"{BASE}/changes/1"))

    assert page.text.count("<summary>") == 5
    assert re.findall(r'href="([^"]*/changes/\d+)"', page.text) == [
        f"{BASE}/changes/2",
        f"{BASE}/changes/1",
    ]
    assert "<ins>第 0 稿</ins>" in first
    assert "第 1 次，共 7 次" in first
    for place in ("0", "8", "01", "x"):
        assert client.get(f"{BASE}/changes/{place}").status_code == 404, place
