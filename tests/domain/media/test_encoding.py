"""Pictures: what is taken, what is refused, and what is left of them."""

import io
import struct
import subprocess
import sys
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

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


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose frame header announces other measures than its data has."""
    data = bytearray(plain((16, 16), kind="JPEG"))
    place = data.index(b"\xff\xc0")
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
    "png interlaced measures": plain((3, 2000)),
    "png one pixel": plain((1, 1)),
    "png very wide": plain((5000, 2)),
    "png very high": plain((2, 5000)),
    "animated png": saved(gradient("RGB"), save_all=True, append_images=[noisy()]),
    "jpeg": saved(noisy(), "JPEG"),
    "jpeg grey": saved(gradient("L"), "JPEG"),
    "jpeg cmyk": saved(gradient("CMYK"), "JPEG"),
    "jpeg progressive": saved(noisy(), "JPEG", progressive=True),
    "jpeg that announces more lines than it has": jpeg_of(16, 6000),
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


MEASURE = """
import re, sys, time
from pathlib import Path
from votesite.domain.media import encoding
data = Path(sys.argv[1]).read_bytes()
begun = time.perf_counter()
encoding.encode(data)
status = Path("/proc/self/status").read_text()
peak = int(re.search("VmHWM:\\s+(\\d+)", status)[1]) / 1024
sys.stdout.write(f"{peak} {time.perf_counter() - begun}")
"""


@pytest.mark.parametrize(("mode", "kind"), [("P", "PNG"), ("RGBA", "PNG"), ("RGB", "JPEG")])
def test_largest_picture_takes_little_time_and_memory(tmp_path, mode, kind):
    path = tmp_path / "large"
    Image.new(mode, (8000, 5000)).save(path, kind)

    told = subprocess.run(
        [sys.executable, "-c", MEASURE, path], capture_output=True, check=True, text=True
    )
    peak, seconds = map(float, told.stdout.split())

    assert peak < 320  # megabytes, of which some 75 are the site itself
    assert seconds < 6
