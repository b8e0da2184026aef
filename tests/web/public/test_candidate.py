"""A candidate's page: withdrawn, with text that is no markup, with pictures."""

from tests.support.answers import line_of
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
    for words in ("大厅", "窗口"):
        dossiers.add_picture(candidate.id, png(), words, by=staff.id)
    base = "/c/xiangzhen-2026/candidates/1"

    dossier, second = client.get(base).text, client.get(f"{base}/pictures/2").text

    assert f'href="{base}/pictures/2"' in dossier
    assert f'href="{base}#pictures"' in second
    assert f'href="{base}/pictures/1"' in second
    assert "第 2 张，共 2 张" in second
    for place in ("0", "3", "02", "x"):
        assert client.get(f"{base}/pictures/{place}").status_code == 404, place
