"""Posters: their size, and what changes them."""

from datetime import timedelta

from tests.support.answers import line_of
from tests.support.ballots import cast_ballot
from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.extensions import db, writing


def test_posters_are_pictures_of_750_by_1334_and_change_with_the_etag(client, open_campaign):
    answer = client.get("/c/xiangzhen-2026/poster.jpg")

    assert answer.mimetype == "image/jpeg"
    assert answer.data[:3] == b"\xff\xd8\xff"
    etag = answer.headers["ETag"]
    again = client.get("/c/xiangzhen-2026/poster.jpg", headers={"If-None-Match": etag})
    assert again.status_code == 304
    assert client.get("/c/xiangzhen-2026/candidates/99/poster.jpg").status_code == 404


def test_poster_follows_the_dossier_and_home_a_new_title(client, open_campaign):
    before = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data
    client.get("/")
    with writing() as tx:
        candidate_numbered(open_campaign.id, 1).slogan = "田埂上的便民服务站"
        db.session.merge(open_campaign).title = "改过名字的活动"
        touch(tx, open_campaign.id)

    after = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data

    assert after != before
    assert "改过名字的活动" in line_of(client.get("/"))


def test_poster_does_not_move_with_the_votes(client, open_campaign, now):
    before = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data
    cast_ballot(open_campaign, 1, 1, when=now - timedelta(hours=1))
    client.get("/c/xiangzhen-2026/results")

    after = client.get("/c/xiangzhen-2026/candidates/1/poster.jpg").data

    assert after == before
