"""Candidates side by side, and the way from a dossier back to its card."""

import re

import pytest

from tests.support.answers import words_of
from tests.support.factories import make_campaign
from votesite import clock
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.extensions import writing

URL = "/c/xiangzhen-2026/compare"


@pytest.fixture
def texts(open_campaign):
    """Dossiers for the one criterion; the fourth is silent about it."""
    with writing() as tx:
        for no, text in ((1, "**一次**办好。"), (2, "<b>周末</b>也开门。"), (3, "送证上门。")):
            candidate_numbered(open_campaign.id, no).dossier = {"service": text}
        touch(tx, open_campaign.id)
    return open_campaign


def test_candidates_are_compared_criterion_by_criterion(client, texts):
    page = client.get(f"{URL}?no=3&no=1&no=2").text

    at = [page.index(words) for words in ("送证上门。", "<strong>一次</strong>办好。", "周末")]
    assert at == sorted(at)
    assert "<b>周末</b>" not in page
    assert "没有写这一条。" not in page
    assert "没有写这一条。" in client.get(f"{URL}?no=1&no=4").text
    assert "服务质量" not in client.get(f"{URL}?no=4&no=5").text  # nobody wrote about it


def test_up_to_three_are_compared_and_others_offered(client, texts):
    none, one, three = (client.get(URL + query).text for query in ("", "?no=1", "?no=1&no=2&no=3"))

    assert "还没有选候选" in none
    assert one.count("<option") == 6  # five others, and the one that asks
    assert '<input type="hidden" name="no" value="1">' in one
    assert "<option" not in three
    assert f'href="{URL}?no=1&amp;no=3"' in three


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?no=1&no=2&no=3&no=4", 400),
        ("?no=7", 404),
        ("?no=01", 404),
        ("?no=x", 404),
        ("?no=-1", 404),
        ("?no=2&no=2&no=2&no=2", 200),
        ("?no=&no=1", 200),
    ],
)
def test_numbers_are_read_strictly_and_once(client, texts, query, status):
    assert client.get(URL + query).status_code == status


def test_same_candidate_is_shown_once(client, texts):
    assert client.get(f"{URL}?no=2&no=2").text.count('class="versus-head"') == 1


def test_withdrawn_candidate_says_so(client, texts):
    with writing() as tx:
        candidate_numbered(texts.id, 2).withdrawn = "机构合并。"
        touch(tx, texts.id)

    assert "已退出" in words_of(client.get(f"{URL}?no=2"))


def test_draft_is_nobodys(app, client):
    make_campaign(published=False)

    assert client.get(f"{URL}?no=1").status_code == 404


def test_dossier_leads_to_comparing_and_back_to_its_card(client, texts):
    dossier = client.get("/c/xiangzhen-2026/candidates/3").text
    home = client.get("/c/xiangzhen-2026/").text

    assert f'href="{URL}?no=3"' in dossier
    assert re.search(r'class="topbar-back" href="/c/xiangzhen-2026/#c3"', dossier)
    assert 'id="c3"' in home
    assert 'class="topbar-back" href="/c/xiangzhen-2026/#c3"' in client.get(f"{URL}?no=3").text


def test_in_a_list_of_several_pages_the_way_back_names_the_page(app, client):
    now = clock.now()
    make_campaign(candidates=230, opens=now, closes=now.replace(year=now.year + 1), order="stroke")

    for no in (1, 117, 230):
        dossier = client.get(f"/c/xiangzhen-2026/candidates/{no}").text
        back = re.search(r'class="topbar-back" href="([^"]+)"', dossier)[1]
        address, _, card = back.partition("#")
        assert f'id="{card}"' in client.get(address).text
