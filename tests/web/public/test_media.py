"""`/media/…`: what a browser gets, and what nobody gets."""

import io

import pytest
from PIL import Image

from tests.support.factories import make_campaign
from votesite.domain.media import pictures
from votesite.extensions import writing

VIDEO = b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + bytes(range(256)) * 40


def store(app, **options) -> str:
    target = io.BytesIO()
    Image.new("RGB", (600, 400), "red").save(target, "PNG")
    campaign = make_campaign().id
    with writing():
        return pictures.store_picture(campaign, target.getvalue(), **options)


@pytest.mark.parametrize(("ending", "kind"), [("webp", "image/webp"), ("jpg", "image/jpeg")])
def test_picture_is_served_for_ever_under_its_name(app, client, ending, kind):
    token = store(app)

    response = client.get(f"/media/{token}-480.{ending}")

    assert response.status_code == 200
    assert response.data == pictures.public_file(f"{token}-480.{ending}").read_bytes()
    assert response.headers["Content-Type"] == kind
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.cache_control.public is True
    assert response.cache_control.immutable is True
    assert response.cache_control.max_age == 31_536_000
    assert "Set-Cookie" not in response.headers


def test_picture_that_the_browser_has_is_not_sent_again(app, client):
    address = f"/media/{store(app)}-1080.jpg"
    etag = client.get(address).headers["ETag"]

    response = client.get(address, headers={"If-None-Match": etag})

    assert (response.status_code, response.data) == (304, b"")


def test_private_picture_is_not_found(app, client):
    token = store(app, public=False)

    response = client.get(f"/media/{token}-480.webp")

    assert response.status_code == 404
    assert pictures.picture_path(token, "480", "webp").is_file()


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/x",
        "/media/" + "0" * 32 + "-480.webp",
        "/media/../votesite.db",
        "/media/..%2fvotesite.db",
        "/media/%2e%2e/gate",
        "/media/..\\gate",
        "/media/%00",
        "/media/" + "a" * 32 + "-480.webp%00.jpg",
        "/media/" + "a" * 32 + "-480.svg",
        "/media/aa/" + "a" * 32 + "-480.webp",
    ],
)
def test_other_names_are_not_found(app, client, path):
    assert client.get(path).status_code == 404


def test_video_is_given_in_the_parts_that_are_asked_for(app, client, tmp_path):
    campaign = make_campaign().id
    source = tmp_path / "clip.mp4"
    source.write_bytes(VIDEO)
    with writing():
        stored = pictures.write_video(source)
        pictures.record(campaign, stored)
    token = stored.token

    whole = client.get(f"/media/{token}.mp4")
    part = client.get(f"/media/{token}.mp4", headers={"Range": "bytes=100-199"})

    assert (whole.status_code, whole.data) == (200, VIDEO)
    assert whole.headers["Content-Type"] == "video/mp4"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert (part.status_code, part.data) == (206, VIDEO[100:200])
    assert part.headers["Content-Range"] == f"bytes 100-199/{len(VIDEO)}"
