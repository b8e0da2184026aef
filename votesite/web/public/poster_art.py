"""How a poster is drawn: 750 by 1334, the colours and ridges of the campaign's cover, a QR code."""

import io
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import segno
from flask_babel import gettext as _
from PIL import Image, ImageDraw, ImageFont

from votesite.domain.fonts import SANS, SERIF, font_file
from votesite.models.campaigns import Campaign
from votesite.web import drawing

WIDTH, HEIGHT = 750, 1334
MARGIN = 56
COVER = 700
PAPER = "#faf7f1"
INK, INK_2, GOLD = "#231a16", "#5b4f47", "#f8e3b8"
GROUNDS = {"red": "#b71c1c", "blue": "#1b4f8c", "green": "#1a6a47"}
DEEPS = {"red": "#8a1414", "blue": "#123a6b", "green": "#0f4a31"}
STROKES = ((3, 2.6, 18, 2.9), (10.5, 6.3, 2.9, 13), (14.2, 11.1, 5.8, 2.9), (4.7, 10.2, 2.9, 9.1))
LAST_STROKE = (1.6, 20.1, 20.8, 2.9)
SIMPLIFIED_IN_NOTO = 2


@dataclass(frozen=True)
class Poster:
    """What a poster says. `picture` is a file; without it a candidate's poster is text alone."""

    colour: str
    seed: str
    theme: str
    title: str
    rule: str
    address: str
    lines: list[str] = field(default_factory=list)
    number: int | None = None
    picture: Path | None = None


class Style(NamedTuple):
    """How lines of text look."""

    font: ImageFont.FreeTypeFont
    colour: str
    step: int
    is_centred: bool = False


def has_fonts() -> bool:
    """Whether this machine has a Chinese font to draw with."""
    return font_file(SANS + SERIF) is not None


def basis_lines(campaign: Campaign) -> list[str]:
    """Who runs it and on what basis."""
    hosts = "、".join(campaign.organisers["host"])
    lines = [_("主办　%(names)s", names=hosts)]
    if number := campaign.approval.get("number"):
        lines.append(_("批准　%(number)s", number=number))
    return lines


def draw(poster: Poster) -> bytes:
    """Draw the poster; returns a JPEG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    top = _draw_picture(image, poster) if poster.picture else 0
    if not poster.picture:
        _draw_cover(image, poster)
    _draw_words(image, poster, top)
    _draw_foot(image, poster)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=88, optimize=True)
    return content.getvalue()


def _draw_picture(image: Image.Image, poster: Poster) -> int:
    with Image.open(str(poster.picture)) as opened:
        photo = opened.convert("RGB")
    height = 525
    scale = max(WIDTH / photo.width, height / photo.height)
    photo = photo.resize((round(photo.width * scale), round(photo.height * scale)))
    left, upper = (photo.width - WIDTH) // 2, (photo.height - height) // 2
    image.paste(photo.crop((left, upper, left + WIDTH, upper + height)), (0, 0))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 128, 84), fill=GROUNDS[poster.colour])
    pen.text((64, 40), f"{poster.number:02d}", fill="white", font=_sans(46), anchor="mm")
    return height


def _draw_cover(image: Image.Image, poster: Poster) -> None:
    """Ridges and sun, drawn at twice the size so that their lines are smooth."""
    width, ground = WIDTH * 2, COVER * 2
    cover = Image.new("RGB", (width, ground), GROUNDS[poster.colour])
    pen = ImageDraw.Draw(cover, "RGBA")
    gold, deep = _rgb(GOLD), _rgb(DEEPS[poster.colour])
    centre, radius = (width * 0.8, ground - 340), 132
    for size, alpha in ((radius * 1.55, 26), (radius, 205)):
        box = (centre[0] - size, centre[1] - size, centre[0] + size, centre[1] + size)
        pen.ellipse(box, fill=(*gold, alpha))
    for ridge in drawing.ridges(poster.seed, 200):
        line = [(x * 2, y * 2 + ground - 400) for x, y in _points(ridge.path)]
        pen.polygon([*line, (width, ground), (0, ground)], fill=(*deep, round(ridge.ground * 255)))
        pen.line(line, fill=(*gold, round(ridge.line * 255)), width=3, joint="curve")
    image.paste(cover.resize((WIDTH, COVER), Image.Resampling.LANCZOS), (0, 0))


def _draw_words(image: Image.Image, poster: Poster, top: float) -> None:
    pen = ImageDraw.Draw(image)
    on_cover = poster.picture is None
    theme, title, text = (GOLD, "white", "white") if on_cover else (INK_2, INK, INK_2)
    y = top + (84.0 if on_cover else 30.0)
    if poster.number is not None and on_cover:
        pen.text((MARGIN, y - 50), f"{poster.number:02d}", fill=GOLD, font=_sans(46))
        y += 24
    y = _lines(pen, poster.theme, y, Style(_sans(28), theme, 40))
    y = _lines(pen, poster.title, y + 12, Style(_serif(54), title, 74))
    for line in poster.lines:
        y = _lines(pen, line, y + 6, Style(_sans(28), text, 38))


def _draw_foot(image: Image.Image, poster: Poster) -> None:
    pen = ImageDraw.Draw(image)
    size, left, upper = 280, (WIDTH - 280) // 2, 856
    pen.rounded_rectangle((left - 26, upper - 26, left + 306, upper + 306), 20, fill="white")
    code = segno.make(poster.address, error="m")
    matrix = [list(row) for row in code.matrix]
    cell = size / len(matrix)
    for row, modules in enumerate(matrix):
        for column, dark in enumerate(modules):
            if dark:
                x, y = left + column * cell, upper + row * cell
                pen.rectangle((x, y, x + cell - 0.5, y + cell - 0.5), fill=INK)
    caption = _("微信“扫一扫”，看介绍、投票")
    pen.text((WIDTH / 2, 1194), caption, fill=INK, font=_sans(30), anchor="mm")
    _lines(pen, poster.rule, 1228, Style(_sans(24), INK_2, 34, is_centred=True))
    _draw_mark(pen, WIDTH - MARGIN - 46, HEIGHT - 60, GROUNDS[poster.colour])


def _draw_mark(pen: ImageDraw.ImageDraw, left: float, upper: float, colour: str) -> None:
    for x, y, width, height in (*STROKES, LAST_STROKE):
        scale = 1.9
        box = (left + x * scale, upper + y * scale)
        pen.rectangle((*box, box[0] + width * scale, box[1] + height * scale), fill=colour)


def _lines(pen: ImageDraw.ImageDraw, text: str, y: float, style: Style) -> float:
    """Write a text in as many lines as it needs; returns the height below it."""
    for line in _wrapped(pen, text, style.font):
        place, anchor = (WIDTH / 2, "ma") if style.is_centred else (MARGIN, "la")
        pen.text((place, y), line, fill=style.colour, font=style.font, anchor=anchor)
        y += style.step
    return y


def _wrapped(pen: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont) -> list[str]:
    lines = [""]
    for char in text:
        closes = char in "，。、；：”）》"
        if not closes and pen.textlength(lines[-1] + char, font=font) > WIDTH - 2 * MARGIN:
            lines.append("")
        lines[-1] += char
    return lines


def _points(path: str) -> list[tuple[float, float]]:
    """The corners of a ridge: a start, then relative steps."""
    start, steps = path.split("V")[0].split("l")
    x, y = map(float, re.findall(r"-?\d*\.?\d+", start))
    numbers = [float(digits) for digits in re.findall(r"-?\d*\.?\d+", steps)]
    points = [(x, y)]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        points.append((x, y))
    return points


def _rgb(colour: str) -> tuple[int, int, int]:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))


@lru_cache(maxsize=16)
def _serif(size: int) -> ImageFont.FreeTypeFont:
    return _font(SERIF + SANS, size)


@lru_cache(maxsize=16)
def _sans(size: int) -> ImageFont.FreeTypeFont:
    return _font(SANS + SERIF, size)


def _font(names: tuple[str, ...], size: int) -> ImageFont.FreeTypeFont:
    file = font_file(names)
    is_noto = file is not None and file.name.startswith("Noto") and file.suffix == ".ttc"
    return ImageFont.truetype(str(file), size, index=SIMPLIFIED_IN_NOTO if is_noto else 0)
