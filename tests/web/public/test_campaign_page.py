"""What the pages of a campaign have in common: the same bytes for everybody, until a change."""

import re

import pytest

from tests.support.answers import line_of
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign

SHARED = ("", "candidates/1", "results", "process", "rules", "news", "privacy", "report-pressure")


@pytest.mark.parametrize("path", SHARED)
def test_shared_page_is_the_same_bytes_with_and_without_a_session(app, open_campaign, path):
    stranger, known = app.test_client(), app.test_client()
    known.get("/c/xiangzhen-2026/me")

    first = stranger.get(f"/c/xiangzhen-2026/{path}")
    second = known.get(f"/c/xiangzhen-2026/{path}?from=groupmessage&isappinstalled=0")

    assert first.status_code == 200
    assert first.data == second.data
    assert "Set-Cookie" not in first.headers
    assert "csrf_token" not in first.get_data(as_text=True)
    assert first.headers["Cache-Control"] == "no-cache"
    assert first.headers["Vary"] == "Accept-Encoding"


def test_shared_page_answers_304_to_its_etag(client, open_campaign):
    etag = client.get("/c/xiangzhen-2026/").headers["ETag"]

    again = client.get("/c/xiangzhen-2026/", headers={"If-None-Match": etag})

    assert (again.status_code, again.data) == (304, b"")


def test_every_number_of_an_office_can_be_dialled_by_itself(client, open_campaign):
    with writing() as tx:
        stored = db.session.get(Campaign, open_campaign.id)
        phones = {"phone": "0800-1 / 0800-2", "supervision_phone": "0797-8123456、8123457转8"}
        stored.organisers = {**stored.organisers, **phones}
        touch(tx, open_campaign.id)

    for path, numbers in (
        ("", ["08001", "08002", "07978123456", "07978123457"]),
        ("report-pressure", ["07978123456", "07978123457"]),
    ):
        page = client.get(f"/c/xiangzhen-2026/{path}").text
        assert re.findall(r'href="tel:([^"]*)"', page) == numbers


def test_poster_of_the_campaign_is_led_to_from_its_page(client, open_campaign):
    address = "/c/xiangzhen-2026/poster.jpg"

    assert f'href="{address}"' in client.get("/c/xiangzhen-2026/").text
    assert client.get(address).mimetype == "image/jpeg"


def test_page_follows_a_change_at_once(client, open_campaign):
    client.get("/c/xiangzhen-2026/candidates/1")

    with writing() as tx:
        candidate_numbered(open_campaign.id, 1).slogan = "田埂上的便民服务站"
        touch(tx, open_campaign.id)

    assert "田埂上的便民服务站" in line_of(client.get("/c/xiangzhen-2026/candidates/1"))


def test_language_and_mode_come_from_their_cookies_alone(app, open_campaign):
    client = app.test_client()
    plain = client.get("/c/xiangzhen-2026/", headers={"Accept-Language": "en"}).data
    client.set_cookie("other", "x", domain="localhost")
    unknown = client.get("/c/xiangzhen-2026/").data
    client.set_cookie("mode", "care", domain="localhost")

    care = client.get("/c/xiangzhen-2026/").get_data(as_text=True)

    assert plain == unknown
    assert '<html lang="zh-Hans"' in plain.decode()
    assert 'data-mode="care"' in care
    assert 'data-mode="care"' not in plain.decode()
