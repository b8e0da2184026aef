"""Stored pictures and videos: their names, their folders, their rows."""

import pytest

from tests.support.factories import make_campaign
from tests.support.staffing import png
from votesite.domain.media import pictures
from votesite.errors import BadPicture
from votesite.extensions import db, writing
from votesite.models.candidates import Medium


def kept(app, **options) -> str:
    campaign = make_campaign().id
    with writing():
        return pictures.store_picture(campaign, png((600, 400)), **options)


def files_of(tmp_path) -> list[str]:
    return sorted(
        str(path.relative_to(tmp_path))
        for path in tmp_path.rglob("*")
        if "media" in str(path.relative_to(tmp_path)) and path.is_file()
    )


def test_public_picture_lies_under_its_token(app, tmp_path):
    token = kept(app, alt="大门", source_name="大门.png")

    row = db.session.get(Medium, token)
    assert (row.alt, row.source_name, row.width, row.height) == ("大门", "大门.png", 600, 400)
    assert files_of(tmp_path) == [
        f"media/{token[:2]}/{token}-{size}.{end}"
        for size in ("1080", "480")
        for end in ("jpg", "webp")
    ]
    assert pictures.picture_path(token, "480", "webp").is_file()
    assert pictures.public_file(f"{token}-480.webp").is_file()


def test_private_picture_is_no_public_file_until_it_is_revealed(app, tmp_path):
    token = kept(app, public=False)
    before = pictures.public_file(f"{token}-480.jpg")
    path = pictures.picture_path(token, "480", "jpeg")
    was_there = path.is_file()

    with writing():
        pictures.reveal(token)

    assert (before, was_there, path.is_file()) == (None, True, False)
    assert pictures.public_file(f"{token}-480.jpg").is_file()
    assert pictures.picture_path(token, "480", "jpeg").is_file()
    assert db.session.get(Medium, token).public is True


def test_discarded_picture_leaves_nothing(app, tmp_path):
    token = kept(app)

    with writing():
        pictures.discard(token)

    assert db.session.get(Medium, token) is None
    assert files_of(tmp_path) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x",
        "0" * 32,
        "0" * 32 + "-480.webp",
        "0" * 32 + "-480.webp/",
        "0" * 32 + "-480.webp\n",
        "0" * 32 + "-481.webp",
        "0" * 31 + "／-480.webp",
        "A" * 32 + "-480.webp",
        "../" + "0" * 32 + "-480.webp",
        "../../votesite.db",
    ],
)
def test_name_that_is_none_of_ours_has_no_file(app, name):
    assert pictures.public_file(name) is None


def test_video_is_copied_as_it_is(app, tmp_path):
    campaign = make_campaign().id
    source = tmp_path / "clip"
    source.write_bytes(b"\0\0\0\x18ftypisom\0\0\0\0isommp41" + b"\1" * 5000)

    with writing():
        stored = pictures.write_video(source)
        pictures.record(campaign, stored, source_name="clip.mp4")

    assert pictures.public_file(f"{stored.token}.mp4").read_bytes() == source.read_bytes()
    assert db.session.get(Medium, stored.token).kind == "video"


@pytest.mark.parametrize(
    "content",
    [b"", b"ftyp", b"\0\0\0\x18moovisom", b"\0\0\0\x04ftypisom", b"\xff\xff\xff\xffftypisom"],
)
def test_video_without_a_sane_ftyp_box_is_refused(app, tmp_path, content):
    source = tmp_path / "clip.mp4"
    source.write_bytes(content)

    with pytest.raises(BadPicture):
        pictures.write_video(source)

    assert files_of(tmp_path) == []
