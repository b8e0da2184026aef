"""Pictures: what is taken, what is refused, and what is left of them."""

import contextlib
import io
import re
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from tests.support import profiles
from votesite import confined
from votesite.domain.media import encoding
from votesite.errors import BadPicture

SECRET = b"<script>alert('planted')</script>"


def saved(image: Image.Image, kind: str = "PNG", **options) -> bytes:
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def plain(size=(600, 400), mode="RGB", colour="red", kind="PNG", **options) -> bytes:
    return saved(Image.new(mode, size, colour), kind, **options)


def noisy(size=(300, 200)) -> Image.Image:
    return Image.effect_noise(size, 80).convert("RGB")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *, depth=8, colour=2, body=b"") -> bytes:
    """A PNG that announces what it does not hold."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", body) + png_chunk(b"IEND", b"")


def flat_png(width: int, height: int) -> bytes:
    """A valid PNG of one colour, small on disk whatever its measures."""
    row = b"\0" + b"\0" * ((width + 7) // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png_of(width, height, depth=1, colour=0, body=body)


def riff(chunk: bytes, body: bytes) -> bytes:
    inner = b"WEBP" + chunk + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(inner)) + inner


def progressive_of(width: int, height: int) -> bytes:
    """The same, for one that a decoder can only decode whole."""
    return jpeg_of(width, height, b"\xff\xc2", progressive=True)


def jpeg_of(width: int, height: int, frame=b"\xff\xc0", **options) -> bytes:
    """A JPEG whose frame header announces other measures than its data has."""
    data = bytearray(plain((16, 16), kind="JPEG", **options))
    place = data.index(frame)
    data[place + 5 : place + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def with_broken_exif(data: bytes) -> bytes:
    exif = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40
    return data[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + data[2:]


REFUSED = {
    "empty": (b"", "not-a-picture"),
    "one byte": (b"\x89", "not-a-picture"),
    "text": (b"hello", "not-a-picture"),
    "html": (b"<!doctype html>" + SECRET, "not-a-picture"),
    "svg": (b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not-a-picture"),
    "svg after a declaration": (b'<?xml version="1.0"?><svg/>', "not-a-picture"),
    "gif": (plain(kind="GIF"), "not-a-picture"),
    "bmp": (plain(kind="BMP"), "not-a-picture"),
    "tiff": (plain(kind="TIFF"), "not-a-picture"),
    "ico": (plain((32, 32), kind="ICO"), "not-a-picture"),
    "jpeg 2000": (b"\0\0\0\x0cjP  \r\n\x87\n", "not-a-picture"),
    "avif": (b"\0\0\0\x20ftypavif\0\0\0\0", "not-a-picture"),
    "pdf": (b"%PDF-1.7\n", "not-a-picture"),
    "zip": (b"PK\x03\x04" + bytes(30), "not-a-picture"),
    "gif with html": (b"GIF89a" + SECRET, "not-a-picture"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not-a-picture"),
    "wav in riff": (b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "not-a-picture"),
    "leading blank": (b" " + plain(), "not-a-picture"),
    "png signature alone": (b"\x89PNG\r\n\x1a\n", "damaged"),
    "png with html body": (b"\x89PNG\r\n\x1a\n" + SECRET, "damaged"),
    "png cut in half": (saved(noisy())[:30_000], "damaged"),
    "png without data": (png_of(100, 100), "damaged"),
    "png with wrong checksum": (plain()[:40] + b"\0\0\0\0" + plain()[44:], "damaged"),
    "png of no width": (png_of(0, 10), "damaged"),
    "png with a text bomb": (
        png_of(9, 9)[:33] + png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000))),
        "damaged",
    ),
    "png with a profile bomb": (
        png_of(9, 9)[:33] + png_chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000))),
        "damaged",
    ),
    "png of 9000 x 9000": (flat_png(9000, 9000), "too-many-pixels"),
    "png that announces 2 billion": (png_of(2**31 - 1, 1), "too-many-pixels"),
    "png that announces a square": (png_of(100_000, 100_000), "too-many-pixels"),
    "png of 39 million in one row": (plain((39_000_000, 1), mode="1", colour=1), "too-long"),
    "png of one column": (flat_png(1, 16_385), "too-long"),
    "png as narrow as a thread": (flat_png(16_000, 300), "too-narrow"),
    "webp as narrow as a thread": (plain((51, 1), kind="WEBP"), "too-narrow"),
    "jpeg of 121 million": (jpeg_of(11_000, 11_001), "too-many-pixels"),
    "progressive jpeg of 41 million": (progressive_of(8000, 5125), "too-many-pixels"),
    "webp of 25 million": (riff(b"VP8X", bytes(4) + b"\x87\x13\0" * 2), "too-many-pixels"),
    "jpeg markers alone": (b"\xff\xd8\xff\xe0", "damaged"),
    "jpeg with html body": (b"\xff\xd8\xff" + SECRET, "damaged"),
    "jpeg cut in half": (saved(noisy(), "JPEG")[:6000], "damaged"),
    "jpeg of 65535 x 65535": (jpeg_of(65535, 65535), "too-many-pixels"),
    "webp header alone": (b"RIFF\x04\0\0\0WEBP", "damaged"),
    "webp with html body": (b"RIFF\x40\0\0\0WEBP" + SECRET, "damaged"),
    "webp cut in half": (saved(noisy(), "WEBP")[:2000], "damaged"),
    "webp canvas of 16 million square": (
        riff(b"VP8X", bytes(4) + b"\xff" * 6),
        "too-many-pixels",
    ),
    "lossless webp of 16384 square": (
        riff(b"VP8L", b"\x2f\xff\xff\xff\x0f" + bytes(8)),
        "too-many-pixels",
    ),
    "lossy webp of 16383 square": (
        riff(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(8)),
        "too-many-pixels",
    ),
    "over 20 MB": (plain() + bytes(encoding.MAX_BYTES), "too-large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_hostile_file_is_refused_with_its_reason(name):
    data, reason = REFUSED[name]

    for work in (encoding.check, encoding.encode):
        with pytest.raises(BadPicture) as refused:
            work(data)
        assert refused.value.reason == reason


def gradient(mode: str) -> Image.Image:
    grey = Image.linear_gradient("L").resize((300, 200))
    return grey.convert(mode)


def deep() -> Image.Image:
    grey = Image.linear_gradient("L").resize((300, 200)).convert("I")
    return grey.point(lambda value: value * 257).convert("I;16")


TAKEN = {
    "png": plain(),
    "png grey": saved(gradient("L")),
    "png black and white": saved(gradient("1")),
    "png palette": saved(gradient("P")),
    "png palette with a clear colour": saved(gradient("P"), transparency=0),
    "png palette with alpha bytes": saved(gradient("P"), transparency=bytes(range(256))),
    "png grey with alpha": saved(gradient("LA")),
    "png rgba": saved(gradient("RGBA")),
    "png rgb with a clear colour": saved(gradient("RGB"), transparency=(0, 0, 0)),
    "png 16 bit": saved(deep()),
    "png interlaced measures": plain((40, 2000)),
    "png one pixel": plain((1, 1)),
    "png very wide": plain((5000, 100)),
    "png very high": plain((100, 5000)),
    "animated png": saved(gradient("RGB"), save_all=True, append_images=[noisy()]),
    "jpeg": saved(noisy(), "JPEG"),
    "jpeg grey": saved(gradient("L"), "JPEG"),
    "jpeg cmyk": saved(gradient("CMYK"), "JPEG"),
    "jpeg progressive": saved(noisy(), "JPEG", progressive=True),
    "jpeg that announces more lines than it has": jpeg_of(16, 800),
    "jpeg with a page behind it": saved(noisy(), "JPEG") + SECRET,
    "jpeg with a zip behind it": saved(noisy(), "JPEG") + b"PK\x05\x06" + bytes(18),
    "jpeg with a script in its comment": saved(noisy(), "JPEG", comment=SECRET),
    "jpeg with broken exif": with_broken_exif(saved(noisy(), "JPEG")),
    "multi-picture jpeg": saved(noisy(), "MPO", save_all=True, append_images=[noisy()]),
    "webp": saved(noisy(), "WEBP"),
    "webp lossless": saved(noisy(), "WEBP", lossless=True),
    "webp with alpha": saved(gradient("RGBA"), "WEBP"),
    "animated webp": saved(noisy(), "WEBP", save_all=True, append_images=[gradient("RGB")]),
    "png with text": saved(noisy(), "PNG", pnginfo=PngImagePlugin.PngInfo()),
}


@pytest.mark.parametrize("name", TAKEN)
def test_picture_becomes_four_clean_files(name):
    encoded = encoding.encode(TAKEN[name])

    assert sorted(encoded.files) == ["-1080.jpg", "-1080.webp", "-480.jpg", "-480.webp"]
    for suffix, content in encoded.files.items():
        with Image.open(io.BytesIO(content)) as image:
            image.load()
            assert image.format == ("WEBP" if suffix.endswith("webp") else "JPEG")
            assert image.width <= (480 if "480" in suffix else 1080)
            assert not image.getexif()
            assert {"exif", "xmp", "icc_profile", "comment"} & set(image.info) == set()
        assert SECRET not in content


def corner_after(data: bytes) -> tuple[int, int]:
    """Which corner of the encoded picture is red."""
    with Image.open(io.BytesIO(encoding.encode(data).files["-1080.jpg"])) as image:
        wide, high = image.size
        for x in (2, wide - 3):
            for y in (2, high - 3):
                red, green, _ = image.getpixel((x, y))
                if red > 200 and green < 90:
                    return (x > wide // 2, y > high // 2)
    raise AssertionError


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "corner"),
    [
        (1, (False, False)),
        (2, (True, False)),
        (3, (True, True)),
        (4, (False, True)),
        (5, (False, False)),
        (6, (True, False)),
        (7, (True, True)),
        (8, (False, True)),
    ],
)
def test_picture_is_turned_upright_before_its_exif_goes(kind, orientation, corner):
    image = Image.new("RGB", (400, 200), "white")
    image.paste("red", (0, 0, 60, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "planted camera"
    data = saved(image, kind, exif=exif)

    encoded = encoding.encode(data)

    assert corner_after(data) == corner
    assert (encoded.width, encoded.height) == ((200, 400) if orientation >= 5 else (400, 200))
    assert all(b"planted" not in content for content in encoded.files.values())


def test_large_photo_is_made_smaller_and_a_small_one_is_not_enlarged():
    large, small = (
        encoding.encode(plain((4000, 3000), kind="JPEG")),
        encoding.encode(plain((200, 100))),
    )

    assert (large.width, large.height) == (1080, 810)
    assert (small.width, small.height) == (200, 100)


def test_clear_parts_stay_clear_in_webp_and_are_white_in_jpeg():
    encoded = encoding.encode(plain(mode="RGBA", colour=(255, 0, 0, 0)))

    with Image.open(io.BytesIO(encoded.files["-480.webp"])) as webp:
        assert webp.getpixel((5, 5))[3] == 0
    with Image.open(io.BytesIO(encoded.files["-480.jpg"])) as jpeg:
        assert jpeg.getpixel((5, 5)) == (255, 255, 255)


def test_sixteen_bits_keep_their_greys():
    encoded = encoding.encode(saved(deep()))

    with Image.open(io.BytesIO(encoded.files["-480.jpg"])) as image:
        greys = [image.getpixel((150, y))[0] for y in (10, 100, 190)]
    assert greys == pytest.approx([12, 128, 243], abs=6)


def test_profile_is_dropped():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    encoded = encoding.encode(saved(noisy(), "JPEG", icc_profile=profile))

    with Image.open(io.BytesIO(encoded.files["-480.webp"])) as image:
        assert "icc_profile" not in image.info


def colour_of(data: bytes) -> tuple[int, ...]:
    """The colour in the middle of the encoded picture."""
    with Image.open(io.BytesIO(encoding.encode(data).files["-1080.webp"])) as image:
        return image.convert("RGB").getpixel((image.width // 2, image.height // 2))


P3 = profiles.of_primaries(profiles.DISPLAY_P3, 2.2)
ADOBE = profiles.of_primaries(profiles.ADOBE_RGB, 2.2)
PROFILED = {
    "phone": (
        plain((2000, 1500), colour=(200, 30, 30), kind="JPEG", quality=95, icc_profile=P3),
        profiles.as_srgb((200, 30, 30), profiles.DISPLAY_P3, 2.2),
    ),
    "phone, webp": (
        plain(colour=(200, 30, 30), kind="WEBP", quality=95, icc_profile=P3),
        profiles.as_srgb((200, 30, 30), profiles.DISPLAY_P3, 2.2),
    ),
    "camera": (
        plain(colour=(90, 160, 60), icc_profile=ADOBE),
        profiles.as_srgb((90, 160, 60), profiles.ADOBE_RGB, 2.2),
    ),
    "camera, clear": (
        plain(mode="RGBA", colour=(90, 160, 60, 255), icc_profile=ADOBE),
        profiles.as_srgb((90, 160, 60), profiles.ADOBE_RGB, 2.2),
    ),
    "scanner, grey": (
        plain(mode="L", colour=128, icc_profile=profiles.of_greys(1.0)),
        (profiles.encoded(128 / 255),) * 3,
    ),
    "printer": (
        plain((2000, 1500), "CMYK", (255, 0, 0, 0), "JPEG", icc_profile=profiles.of_inks(60, 0, 0)),
        (145, 145, 145),
    ),
    "none": (plain(colour=(200, 30, 30)), (200, 30, 30)),
    "broken": (plain(colour=(200, 30, 30), icc_profile=P3[:200]), (200, 30, 30)),
    "of other colours": (
        plain(colour=(200, 30, 30), icc_profile=profiles.of_inks(60, 0, 0)),
        (200, 30, 30),
    ),
}


@pytest.mark.parametrize("name", PROFILED)
def test_profiles_are_converted(name):
    data, meant = PROFILED[name]

    assert colour_of(data) == pytest.approx(meant, abs=4)


# Memory and time


@pytest.mark.parametrize("size", [(8000, 6000), (9000, 12000), (16384, 7300)])
def test_large_phone_pictures_are_taken(size):
    encoded = encoding.encode(plain(size, kind="JPEG", colour="teal"))

    assert encoded.width == 1080


MEASURES = st.tuples(st.integers(1, 20_000), st.integers(1, 20_000)) | st.tuples(
    st.sampled_from([1, 2, 49, 300, 2441, 6324, 16_384]), st.integers(1, 16_384)
).map(lambda pair: pair if pair[0] % 2 else pair[::-1])
MAKERS = {
    "PNG": [{}, {"compress_level": 1}],
    "JPEG": [{}, {"progressive": True}, {"quality": 1}],
    "WEBP": [{"method": 0}, {"lossless": True, "method": 0}],
}


@given(data=st.data(), measures=MEASURES, kind=st.sampled_from(sorted(MAKERS)))
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_shape_is_a_picture_or_refused_within_time_and_memory(data, measures, kind):
    width, height = measures
    most = {"PNG": 41_000_000, "JPEG": 60_000_000, "WEBP": 25_000_000}[kind]
    height = max(1, min(height, most // width, 16_383 if kind == "WEBP" else 65_535))
    mode = data.draw(st.sampled_from(["RGB", "RGBA", "L", "1", "P", "CMYK", "I;16"]))
    allowed = {"PNG": "RGB RGBA L 1 P I;16", "JPEG": "RGB L CMYK", "WEBP": "RGB RGBA"}[kind]
    mode = mode if mode in allowed.split() else "RGB"
    picture = plain((width, height), mode, 0, kind, **data.draw(st.sampled_from(MAKERS[kind])))
    picture = picture[: data.draw(st.sampled_from([len(picture), len(picture) // 2]))]

    began = time.monotonic()
    assert outcome_of(picture) in {"taken", "too-many-pixels", "too-long", "too-narrow", "damaged"}
    assert time.monotonic() - began < encoding.SECONDS * confined.SLACK
    assert peak_of_the_confined() < 480


def outcome_of(picture: bytes) -> str:
    try:
        encoded = encoding.encode(picture)
    except BadPicture as refused:
        return refused.reason
    return "taken" if encoded.width <= 1080 and encoded.height <= 8 * 1080 else "too large"


def peak_of_the_confined() -> float:
    """Megabytes that the confined process has filled at most."""
    child = confined._pool._child
    status = Path(f"/proc/{child._process.pid}/status").read_text() if child else "VmHWM: 0"
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


def many_scans() -> bytes:
    """A progressive JPEG of 39 million pixels that tells its last scan again and again."""
    data = jpeg_of(7800, 5000, b"\xff\xc2", progressive=True)
    place = data.rindex(b"\xff\xda")
    return data[:-2] + data[place:-2] * 200_000 + b"\xff\xd9"


def interleaved_apart() -> bytes:
    """A baseline JPEG of 120 million pixels in three scans: a decoder must keep all of it."""
    data = jpeg_of(10_900, 11_000)
    place = data.rindex(b"\xff\xda")
    scans = b"".join(
        b"\xff\xda\0\x08\x01" + bytes([number, 0 if number == 1 else 0x11]) + b"\0\x3f\0\x55"
        for number in (1, 2, 3)
    )
    return data[:place] + scans + b"\xff\xd9"


COSTLY = {
    "many scans": many_scans(),
    "three scans": interleaved_apart(),
    "a flood of zeros in a small png": png_of(9, 9, body=zlib.compress(bytes(300_000_000), 9)),
    "a profile that is one large table": saved(
        Image.new("RGB", (40, 40)), "PNG", icc_profile=P3[:128] + bytes(5_000_000)
    ),
}


@pytest.mark.parametrize("name", COSTLY)
def test_costly_picture_ends_in_time_and_the_next_is_taken(name):
    began = time.monotonic()
    with contextlib.suppress(BadPicture):
        encoding.encode(COSTLY[name])

    assert time.monotonic() - began < encoding.SECONDS * confined.SLACK + 3
    assert peak_of_the_confined() < 480
    assert encoding.encode(plain()).width == 600


MEASURE = """
import re, resource, sys
from pathlib import Path
from votesite import confined
from votesite.domain.media import encoding
data = Path(sys.argv[1]).read_bytes()
encoding.encode(data)
status = Path("/proc/self/status").read_text()
peak = int(re.search("VmHWM:\\s+(\\d+)", status)[1]) / 1024
confined._pool.end()
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
sys.stdout.write(f"{peak} {spent.ru_utime + spent.ru_stime}")
"""


@pytest.mark.parametrize(
    ("mode", "kind", "size"),
    [
        ("P", "PNG", (8000, 5000)),
        ("RGBA", "PNG", (2441, 16_384)),
        ("RGB", "JPEG", (16_384, 7300)),
        ("RGBA", "WEBP", (6000, 4000)),
    ],
)
def test_largest_picture_takes_little_time_and_memory(tmp_path, mode, kind, size):
    path = tmp_path / "large"
    Image.new(mode, size).save(path, kind)

    told = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, check=True, text=True
    )
    peak, seconds = map(float, told.stdout.split())

    assert peak < 160  # megabytes, of which some 110 are the site itself
    assert seconds < 6


def test_confined_process_that_lies_is_not_believed(monkeypatch):
    monkeypatch.setattr(confined, "JOBS", confined.JOBS | {"builtins:eval"})
    monkeypatch.setattr(encoding, "_ENCODING", "builtins:eval")
    monkeypatch.setattr(encoding, "kind_of", lambda _data: "PNG")
    lies = [
        b"b'no json'",
        b"b'[]'",
        b"b'7'",
        b"b'{}'",
        b"b'{\"fault\": []}'",
        b'b\'{"width": 9, "height": 9, "files": {}}\'',
        b'b\'{"width": 9, "height": 9, "files": {"/etc": 1}}\\nx\'',
        b'b\'{"fault": "damaged", "width": "x"}\'',
    ]
    for lie in lies:
        with pytest.raises(BadPicture) as refused:
            encoding.encode(lie)
        assert refused.value.reason == "damaged"
