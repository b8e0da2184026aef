"""Which pictures the demo's folders name, and how a name becomes a picture."""

import csv
import tomllib
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

from PIL import Image

from tools.demo_pictures.halls import HALLS
from tools.demo_pictures.painting import PALETTES, Sheet
from tools.demo_pictures.scenes import SCENES
from votesite.cli.demo.folders import HOME, SLUGS, nominated_picture

SIZE = (1080, 810)  # the larger width that the site keeps: it need not scale what it is given
QUALITY = 57  # all pictures together stay below 2 MB; the grain of the paper takes most of it

MOTIFS: dict[str, Callable[[Sheet], None]] = {**SCENES, **HALLS}


def named_pictures() -> list[Path]:
    """Return where the picture of every cover, candidate and nomination belongs."""
    return [path for slug in SLUGS for path in _named_by(slug)]


def _named_by(slug: str) -> Iterator[Path]:
    folder = HOME / slug
    campaign = tomllib.loads((folder / "campaign.toml").read_text(encoding="utf-8"))
    if "cover" in campaign:
        yield folder / campaign["cover"]
    with (folder / "candidates.csv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            yield from (folder / name for name in row["image"].split(";") if name)
    nominations = folder / "nominations.toml"
    if nominations.exists():
        for nomination in tomllib.loads(nominations.read_text(encoding="utf-8"))["nominations"]:
            if "picture" in nomination:
                yield nominated_picture(slug, nomination["picture"])


def paint(name: str) -> bytes:
    """Return the WebP file that a name asks for: `NUMBER-MOTIF-PALETTE`, as in `07-village-gold`.

    The whole name seeds the random choices, so a name stands for one picture.

    Raises ValueError for a name of another form, KeyError for an unknown motif or palette.
    """
    _, motif, palette = name.split("-")
    sheet = Sheet(name, PALETTES[palette])
    sheet.paint_sky()
    MOTIFS[motif](sheet)
    target = BytesIO()
    picture = sheet.finish().resize(SIZE, Image.Resampling.LANCZOS)
    picture.save(target, "WEBP", quality=QUALITY, method=6)
    return target.getvalue()
