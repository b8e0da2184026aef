"""The materials of every picture: palettes, pens, hills, mist and the grain of paper."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900
FINE = 2  # shapes are drawn this much larger, so that their edges come out smooth

Colour = tuple[int, int, int]
Point = tuple[float, float]
Curve = Callable[[float], float]

INK: Colour = (24, 26, 32)
SNOW: Colour = (244, 246, 248)


def colour(text: str) -> Colour:
    """Return the colour that `#rrggbb` stands for."""
    red, green, blue = ImageColor.getrgb(text)[:3]
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Return the colour a `share` (0 to 1) of the way from the first to the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


@dataclass(frozen=True)
class Palette:
    """The colours of one hour and season: sky, ridges from far to near, ground, crops, leaves."""

    sky: Colour
    horizon: Colour
    far: Colour
    near: Colour
    ground: Colour
    crop: Colour
    leaf: Colour
    sun: Colour
    has_sun: bool = True
    is_night: bool = False
    has_snow: bool = False

    @property
    def wall(self) -> Colour:
        """The colour of whitewashed walls in this light."""
        return mix((243, 238, 228), self.horizon, 0.45 if self.is_night else 0.2)

    @property
    def roof(self) -> Colour:
        """The colour of grey roof tiles in this light."""
        return mix((62, 64, 68), self.near, 0.35)

    @property
    def pane(self) -> Colour:
        """The colour of windows: dark by day, lit from inside at night."""
        return (255, 214, 138) if self.is_night else mix((70, 78, 86), self.near, 0.3)


def _palette(*colours: str, sun: bool = True, night: bool = False, snow: bool = False) -> Palette:
    sky, horizon, far, near, ground, crop, leaf, light = (colour(text) for text in colours)
    return Palette(sky, horizon, far, near, ground, crop, leaf, light, sun, night, snow)


# sky, horizon, far, near, ground, crop, leaf, sun
PALETTES = {
    "gold": _palette(
        "#e6b657", "#faeac2", "#dcb768", "#503d1d", "#6b5527", "#c19a47", "#4d4a26", "#fff4d2"
    ),
    "mist": _palette(
        "#b9c6bf", "#eaede6", "#b3c4ba", "#39534a", "#4f6a58", "#8fa684", "#35513f", "#fbf7ea",
        sun=False,
    ),
    "rain": _palette(
        "#a9b8c6", "#e6eaec", "#a9bac8", "#2c3f50", "#46596a", "#7d9178", "#31495a", "#f4f3ee",
        sun=False,
    ),
    "rose": _palette(
        "#cf7d62", "#f7d6ae", "#d6957a", "#3d2a42", "#7d5b45", "#b98d57", "#4b3040", "#fff0bd"
    ),
    "jade": _palette(
        "#c5ddd3", "#f4f3e2", "#a8cdb9", "#1d4d3e", "#3f7253", "#8db173", "#1f5741", "#fff8df"
    ),
    "peach": _palette(
        "#efc894", "#fcecd0", "#edbb93", "#2b4b4a", "#4d6a55", "#b9a765", "#2c5850", "#fffbe9"
    ),
    "summer": _palette(
        "#86b3d3", "#e6f0ee", "#93bacb", "#1f4f63", "#417562", "#93b86c", "#235c4b", "#ffffff",
        sun=False,
    ),
    "autumn": _palette(
        "#d8c6a5", "#f9eedb", "#dcb78c", "#5e3521", "#7c5a33", "#d0a04c", "#b2622a", "#fff6df"
    ),
    "snow": _palette(
        "#b6c4d2", "#f1f3f4", "#c5d0da", "#4b5f72", "#dfe5e9", "#eef1f2", "#50677a", "#fffdf4",
        snow=True,
    ),
    "dusk": _palette(
        "#27365a", "#e3a37e", "#8f7891", "#1b2440", "#2b3350", "#4d5069", "#1d2b42", "#ffe2b0",
        night=True,
    ),
}  # fmt: skip


def fractal(rng: random.Random, wave: float, octaves: int = 5, keep: float = 0.48) -> Curve:
    """Return a smooth random curve, roughly between -1 and 1; its longest wave is `wave` pixels."""
    layers = []
    strength, total = 1.0, 0.0
    for octave in range(octaves):
        knots = [rng.uniform(-1, 1) for _ in range(int(WIDTH / wave * 2**octave) + 4)]
        layers.append((wave / 2**octave, strength, knots))
        total += strength
        strength *= keep

    def at(x: float) -> float:
        height = 0.0
        for length, share, knots in layers:
            place = max(x, 0.0) / length
            step = int(place) % (len(knots) - 1)
            ease = place - int(place)
            ease = ease * ease * (3 - 2 * ease)
            height += share * (knots[step] * (1 - ease) + knots[step + 1] * ease)
        return height / total * 1.6

    return at


class Pen:
    """Draws shapes on part of a sheet, in the coordinates of the whole sheet."""

    def __init__(self, draw: ImageDraw.ImageDraw, left: int, top: int) -> None:
        self._draw, self._left, self._top = draw, left, top

    def _scaled(self, points: Sequence[Point]) -> list[Point]:
        return [((x - self._left) * FINE, (y - self._top) * FINE) for x, y in points]

    def shape(self, points: Sequence[Point], fill: Colour) -> None:
        """Fill a polygon."""
        self._draw.polygon(self._scaled(points), fill=fill)

    def box(self, left: float, top: float, right: float, bottom: float, fill: Colour) -> None:
        """Fill a rectangle."""
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill)

    def disc(
        self, x: float, y: float, wide: float, fill: Colour, high: float | None = None
    ) -> None:
        """Fill an ellipse around a point; `wide` and `high` are its radii, equal by default."""
        high = wide if high is None else high
        (left, top), (right, bottom) = self._scaled([(x - wide, y - high), (x + wide, y + high)])
        self._draw.ellipse((left, top, right, bottom), fill=fill)

    def line(self, points: Sequence[Point], fill: Colour, width: float = 1) -> None:
        """Draw a line through points."""
        self._draw.line(self._scaled(points), fill=fill, width=round(width * FINE), joint="curve")


class Sheet:
    """One picture in the making, painted from the sky towards the viewer."""

    def __init__(self, seed: str, palette: Palette) -> None:
        self.rng = random.Random(seed)  # noqa: S311 -- a picture, not a secret
        self.palette = palette
        self.image = Image.new("RGB", (WIDTH, HEIGHT), palette.horizon)

    @contextmanager
    def pen(self, top: float = 0, bottom: float = HEIGHT) -> Iterator[Pen]:
        """Draw between two heights; the edges of shapes come out smooth."""
        upper, lower = max(0, int(top)), min(HEIGHT, math.ceil(bottom))
        part = self.image.crop((0, upper, WIDTH, lower))
        large = part.resize((WIDTH * FINE, part.height * FINE), Image.Resampling.NEAREST)
        yield Pen(ImageDraw.Draw(large), 0, upper)
        self.image.paste(large.reduce(FINE), (0, upper))

    def wash(self, tone: Colour, mask: Image.Image, at: tuple[int, int] = (0, 0)) -> None:
        """Lay one colour over the sheet; the mask says how strongly."""
        self.image.paste(tone, (*at, at[0] + mask.width, at[1] + mask.height), mask)

    def paint_sky(self, horizon: float = 520) -> None:
        """Paint the sky, soft clouds, and the sun or its glow."""
        palette, rng = self.palette, self.rng
        depth = int(horizon)
        self.image.paste(fade(palette.sky, palette.horizon, WIDTH, depth), (0, 0))
        clouds = blotches(rng, 7, 9, WIDTH, depth).point(lambda v: max(0, v - 120) * 0.75)
        self.wash(mix(palette.horizon, (255, 255, 255), 0.35), clouds)
        x, y = rng.uniform(0.22, 0.82) * WIDTH, rng.uniform(0.24, 0.44) * horizon
        self._glow(x, y, 430, 0.75)
        if palette.has_sun:
            self._glow(x, y, 150, 0.5)
            with self.pen(y - 80, y + 80) as pen:
                pen.disc(x, y, 46, mix(palette.sun, palette.horizon, 0.12))

    def _glow(self, x: float, y: float, radius: int, strength: float) -> None:
        mask = _halo(radius).point(lambda value: value * strength)
        left, top = int(x - radius), int(y - radius)
        box = (max(0, -left), max(0, -top), min(2 * radius, WIDTH - left), 2 * radius)
        self.wash(self.palette.sun, mask.crop(box), (max(0, left), max(0, top)))

    def paint_ridge(self, curve: Curve, tone: Colour, mist: Colour, depth: float) -> None:
        """Paint one layer of hills: a paper edge with a shadow, fading into mist below."""
        heights = [(x, curve(x)) for x in range(-8, WIDTH + 9, 4)]
        top = max(0, int(min(y for _, y in heights)) - 2)
        foot = min(HEIGHT, int(max(y for _, y in heights)) + 3)
        if top >= HEIGHT:
            return
        mask = Image.new("L", (WIDTH, HEIGHT - top), 255)
        band = Image.new("L", (WIDTH * FINE, (foot - top) * FINE), 0)
        outline = [(x * FINE, (y - top) * FINE) for x, y in heights]
        ImageDraw.Draw(band).polygon(
            [*outline, (WIDTH * FINE + 40, band.height), (-40, band.height)], fill=255
        )
        mask.paste(band.reduce(FINE), (0, 0))
        self._shade(mask, top, tone)
        fill = fade(tone, mist, WIDTH, max(2, int(depth)))
        layer = Image.new("RGB", mask.size, mist)
        layer.paste(fill, (0, 0))
        layer.paste(
            mix(tone, (255, 255, 255), 0.22),
            (0, 0, *layer.size),
            fibres(self.rng, *layer.size),
        )
        self.image.paste(layer, (0, top), mask)

    def _shade(self, mask: Image.Image, top: int, tone: Colour) -> None:
        small = mask.resize((WIDTH // 6, max(1, mask.height // 6)), Image.Resampling.BILINEAR)
        soft = small.filter(ImageFilter.GaussianBlur(2.2)).resize(mask.size)
        rise = 7 if top >= 7 else 0
        self.wash(mix(tone, (20, 20, 30), 0.35), soft.point(lambda v: v * 0.2), (0, top - rise))

    def paint_hills(self, ridges: int, top: float, bottom: float) -> None:
        """Paint ridge after ridge from far to near, each darker and lower."""
        palette, rng = self.palette, self.rng
        for number in range(ridges):
            share = number / max(1, ridges - 1)
            base = top + (bottom - top) * share**1.15
            shape = fractal(rng, rng.uniform(330, 620) * (1 - 0.35 * share), keep=0.42)
            swell = rng.uniform(58, 92) * (1.1 - 0.45 * share)
            tone = mix(palette.far, palette.near, share**1.35)
            if palette.has_snow:
                tone = mix(tone, SNOW, 0.55 - 0.45 * share)
            mist = mix(tone, palette.horizon, 0.62 - 0.36 * share)
            self.paint_ridge(
                lambda x, b=base, c=shape, s=swell: b + c(x + 9) * s,  # type: ignore[misc]
                tone,
                mist,
                190 - 60 * share,
            )

    def paint_mist(self, height: float, depth: float, strength: float = 0.6) -> None:
        """Paint a drifting bank of mist."""
        upper = int(height - depth / 2)
        half = Image.linear_gradient("L").resize((WIDTH, int(depth / 2)))
        veil = Image.new("L", (WIDTH, half.height * 2))
        veil.paste(half, (0, 0))
        veil.paste(half.transpose(Image.Transpose.FLIP_TOP_BOTTOM), (0, half.height))
        drift = blotches(self.rng, 6, 2, *veil.size)
        veil = ImageChops.multiply(veil, drift).point(lambda v: min(255, v * 1.6 * strength))
        self.wash(mix(self.palette.horizon, (255, 255, 255), 0.25), veil, (0, upper))

    def finish(self) -> Image.Image:
        """Return the picture with the grain of paper on it."""
        shift = (self.rng.randrange(WIDTH), self.rng.randrange(HEIGHT))
        grain = ImageChops.offset(_grain(), *shift)
        return ImageChops.soft_light(self.image, Image.merge("RGB", (grain,) * 3))


@cache
def _slope() -> Image.Image:
    return Image.linear_gradient("L")


def fade(top: Colour, bottom: Colour, width: int, height: int) -> Image.Image:
    """Return a vertical gradient from one colour to another."""
    mask = _slope().resize((1, height), Image.Resampling.BILINEAR).resize((width, height))
    return Image.composite(
        Image.new("RGB", mask.size, bottom), Image.new("RGB", mask.size, top), mask
    )


@cache
def _halo(radius: int) -> Image.Image:
    ring = Image.radial_gradient("L").resize((2 * radius, 2 * radius))
    return ring.point([round(max(0.0, 1 - value / 181) ** 2 * 255) for value in range(256)])


def blotches(rng: random.Random, across: int, down: int, width: int, height: int) -> Image.Image:
    """Return large soft patches of light and dark."""
    patch = Image.frombytes("L", (across, down), rng.randbytes(across * down))
    return patch.resize((width, height), Image.Resampling.BICUBIC)


def fibres(rng: random.Random, width: int, height: int) -> Image.Image:
    """Return the upright texture of brushed paper as a faint mask."""
    across, down = width // 5, max(2, height // 22)
    patch = Image.frombytes("L", (across, down), rng.randbytes(across * down))
    return patch.point([value // 7 for value in range(256)]).resize((width, height))


@cache
def _grain() -> Image.Image:
    rng = random.Random("grain")  # noqa: S311 -- a picture, not a secret
    fine = _noise(rng, WIDTH, HEIGHT, 17)
    coarse = _noise(rng, WIDTH // 2, HEIGHT // 2, 20).resize((WIDTH, HEIGHT))
    return Image.blend(fine, coarse, 0.5)


def _noise(rng: random.Random, width: int, height: int, spread: float) -> Image.Image:
    """Return grey noise around 128. Pillow's `effect_noise` would differ from run to run."""
    bell = NormalDist(128, spread)
    levels = [round(bell.inv_cdf((value + 0.5) / 256)) for value in range(256)]
    return Image.frombytes("L", (width, height), rng.randbytes(width * height)).point(levels)
