"""Landscapes: villages, lakes, terraces, fields, forests, roads and bridges under the hills."""

import math
from collections.abc import Callable

from PIL import Image, ImageFilter

from tools.demo_pictures.painting import (
    HEIGHT,
    INK,
    SNOW,
    WIDTH,
    Colour,
    Curve,
    Pen,
    Point,
    Sheet,
    fractal,
    mix,
)


def paint_ground(sheet: Sheet, height: float, tone: Colour, swell: float = 10) -> None:
    """Paint the land in front of the hills."""
    shape = fractal(sheet.rng, 520, 3)
    pale = mix(tone, sheet.palette.horizon, 0.3)
    sheet.paint_ridge(lambda x: height + shape(x) * swell, pale, tone, 160)


def paint_bushes(sheet: Sheet, height: float, size: float, tone: Colour) -> None:
    """Paint a distant row of round trees."""
    rng = sheet.rng
    with sheet.pen(height - size * 3, height + size * 2) as pen:
        x = rng.uniform(-40, 40)
        while x < WIDTH + 40:
            radius = rng.uniform(0.55, 1.2) * size
            pen.disc(x, height - radius * 0.3, radius, mix(tone, INK, rng.uniform(0, 0.16)))
            x += radius * rng.choice((0.7, 0.9, 1.1, 1.1, 2.6))


def village(sheet: Sheet) -> None:
    """White walls and dark roofs on a slope."""
    sheet.paint_hills(5, 330, 590)
    paint_ground(sheet, 640, mix(sheet.palette.near, sheet.palette.ground, 0.45))
    for row in range(4):
        height = 668 + row * 62 + row * row * 6
        _paint_row_of_houses(sheet, height, 32 + row * 13)
        if row < 2:
            sheet.paint_mist(height + 14, 60, 0.25)


def _paint_row_of_houses(sheet: Sheet, foot: float, size: float) -> None:
    rng, palette = sheet.rng, sheet.palette
    with sheet.pen(foot - size * 3.6, foot + size) as pen:
        x = rng.uniform(-60, 10)
        while x < WIDTH:
            wide = size * rng.uniform(1.7, 3.2)
            if rng.random() < 0.36:
                for _ in range(rng.randint(1, 3)):
                    tone = mix(palette.leaf, palette.near, rng.uniform(0.1, 0.6))
                    paint_crown(
                        pen,
                        (x + size * 0.4, foot - size * 0.4),
                        size * rng.uniform(0.45, 0.7),
                        tone,
                    )
                    x += size * 0.8
                x += size * rng.uniform(0, 0.5)
                continue
            low = foot + rng.uniform(-0.12, 0.12) * size
            _paint_house(sheet, pen, (x, low), (wide, size * rng.uniform(1.0, 1.55)))
            x += wide * rng.uniform(0.9, 1.04)


def _paint_house(sheet: Sheet, pen: Pen, foot: Point, size: Point) -> None:
    rng, palette = sheet.rng, sheet.palette
    (x, y), (wide, high) = foot, size
    wall = mix(palette.wall, palette.near, rng.uniform(0.02, 0.16))
    roof = SNOW if palette.has_snow else mix(palette.roof, palette.far, rng.uniform(0, 0.14))
    pen.box(x, y - high, x + wide, y + high, wall)
    pen.box(x + wide * 0.86, y - high, x + wide, y + high, mix(wall, palette.near, 0.16))
    ridge, eave = y - high - wide * 0.17, wide * 0.06
    pen.shape(
        [
            (x - eave, y - high + 3),
            (x + wide * 0.1, ridge),
            (x + wide * 0.9, ridge),
            (x + wide + eave, y - high + 3),
        ],
        roof,
    )
    pen.line([(x + wide * 0.1, ridge), (x + wide * 0.9, ridge)], mix(roof, INK, 0.45), 2.4)
    pen.box(x, y - high + 3, x + wide, y - high + 7, mix(wall, palette.near, 0.35))
    count = max(1, int(wide / 27))
    for number in range(count):
        middle = x + wide * (number + 0.5) / count
        if rng.random() < 0.86:
            lit = palette.pane if not palette.is_night or rng.random() < 0.6 else palette.near
            pen.box(middle - 4.5, y - high * 0.72, middle + 4.5, y - high * 0.44, lit)


def paint_crown(pen: Pen, middle: Point, size: float, tone: Colour) -> None:
    """Paint a round tree in four tones."""
    x, y = middle
    pen.line([(x, y), (x, y + size * 1.9)], mix(tone, INK, 0.5), max(2.0, size * 0.14))
    for dx, dy, share, light in (
        (-0.5, 0.25, 0.62, -0.16),
        (0.52, 0.2, 0.64, -0.1),
        (0, -0.15, 0.86, 0),
        (-0.22, -0.42, 0.46, 0.14),
    ):
        shade = mix(tone, (255, 250, 225), light) if light > 0 else mix(tone, INK, -light)
        pen.disc(x + dx * size, y + dy * size, share * size, shade)


def lake(sheet: Sheet) -> None:
    """Hills mirrored in still water, with one boat."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(5, 300, 560)
    shore = 600
    sheet.paint_mist(shore - 30, 110, 0.5)
    paint_bushes(sheet, shore, 15, mix(palette.near, INK, 0.1))
    _mirror(sheet, shore)
    _paint_boat(sheet, rng.uniform(0.25, 0.75) * WIDTH, rng.uniform(700, 770))
    _paint_reeds(sheet)


def _mirror(sheet: Sheet, shore: int) -> None:
    palette, rng = sheet.palette, sheet.rng
    depth = HEIGHT - shore
    above = sheet.image.crop((0, shore - int(depth * 1.25), WIDTH, shore))
    below = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((WIDTH, depth))
    below = below.resize((WIDTH // 3, depth // 3)).filter(ImageFilter.GaussianBlur(1.6))
    below = below.resize((WIDTH, depth), Image.Resampling.BICUBIC)
    water = mix(palette.near, palette.sky, 0.55)
    sheet.image.paste(Image.blend(below, Image.new("RGB", below.size, water), 0.28), (0, shore))
    with sheet.pen(shore, HEIGHT) as pen:
        for _ in range(130):
            share = rng.random() ** 1.6
            y = shore + 4 + share * (depth - 8)
            x, wide = rng.uniform(-80, WIDTH), rng.uniform(30, 190) * (0.4 + share)
            base = sheet.image.getpixel((min(WIDTH - 1, max(0, int(x + wide / 2))), int(y)))
            light = mix(base, palette.horizon, rng.uniform(0.1, 0.3))  # type: ignore[arg-type]
            pen.line([(x, y), (x + wide, y)], light, 1 + share)


def _paint_boat(sheet: Sheet, x: float, y: float) -> None:
    ink = mix(sheet.palette.near, INK, 0.6)
    with sheet.pen(y - 60, y + 40) as pen:
        pen.shape([(x - 62, y), (x + 66, y - 2), (x + 44, y + 13), (x - 42, y + 13)], ink)
        pen.shape([(x - 20, y), (x - 13, y - 22), (x + 22, y - 22), (x + 29, y)], ink)
        pen.line([(x - 46, y + 2), (x - 49, y - 34)], ink, 4)
        pen.disc(x - 49, y - 38, 5, ink)
        pen.shape([(x - 60, y - 40), (x - 49, y - 50), (x - 38, y - 40)], ink)
        pen.line([(x - 44, y - 24), (x - 84, y + 22)], ink, 2)
        for step in range(4):
            pale = mix(ink, sheet.palette.horizon, 0.3 + step * 0.15)
            half = 60 - step * 12
            pen.line([(x - half, y + 18 + step * 5), (x + half, y + 18 + step * 5)], pale, 1.4)


def _paint_reeds(sheet: Sheet) -> None:
    rng = sheet.rng
    tone = mix(sheet.palette.near, INK, 0.25)
    left = rng.random() < 0.5
    with sheet.pen(700, HEIGHT) as pen:
        for _ in range(46):
            x = rng.triangular(-20, 330, 0)
            x = x if left else WIDTH - x
            high = rng.uniform(40, 150) * (1 - abs(x if left else WIDTH - x) / 480)
            lean = rng.uniform(-24, 24)
            pen.line(
                [(x, HEIGHT), (x + lean * 0.3, HEIGHT - high * 0.6), (x + lean, HEIGHT - high)],
                mix(tone, sheet.palette.crop, rng.uniform(0, 0.25)),
                2,
            )


def terraces(sheet: Sheet) -> None:
    """Terraced fields, some under water."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 320, 500)
    sheet.paint_mist(520, 130, 0.55)
    slope = fractal(rng, 700, 3)
    height, step = 545.0, 14.0
    number = 0
    while height < HEIGHT + 60:
        wobble = fractal(rng, 300, 3)
        share = (height - 545) / 355
        crop = mix(palette.crop, palette.leaf, rng.uniform(0.05, 0.6))
        water = mix(palette.horizon, palette.sky, rng.uniform(0.15, 0.7))
        field = water if number % 3 == 1 else crop
        field = mix(field, palette.near, 0.04 + 0.1 * min(1.0, share))
        bank = mix(palette.ground, palette.near, 0.55)
        curve = _terrace(slope, wobble, height, step)
        _paint_terrace(sheet, curve, (field, bank), max(3.0, step * 0.24))
        height += step
        step *= 1.17
        number += 1
    _paint_huts(sheet)


def _terrace(slope: Curve, wobble: Curve, height: float, step: float) -> Curve:
    return lambda x: height + slope(x) * 52 + wobble(x) * step * 0.7


def _paint_terrace(sheet: Sheet, curve: Curve, tones: tuple[Colour, Colour], rim: float) -> None:
    field, bank = tones
    edge = [(float(x), curve(x)) for x in range(-8, WIDTH + 9, 8)]
    top = min(y for _, y in edge)
    with sheet.pen(top - 4, HEIGHT) as pen:
        pen.shape([*edge, (WIDTH + 8, HEIGHT + 8), (-8, HEIGHT + 8)], bank)
        lower = [(x, y + rim) for x, y in edge]
        pen.shape([*lower, (WIDTH + 8, HEIGHT + 8), (-8, HEIGHT + 8)], field)
        pen.line(lower, mix(field, sheet.palette.horizon, 0.45), 1.6)


def _paint_huts(sheet: Sheet) -> None:
    rng = sheet.rng
    x = rng.uniform(0.15, 0.65) * WIDTH
    with sheet.pen(470, 640) as pen:
        for number in range(rng.randint(3, 5)):
            size = (rng.uniform(44, 66), rng.uniform(24, 32))
            _paint_house(sheet, pen, (x + number * 52, 590 + rng.uniform(-6, 8)), size)
        tone = mix(sheet.palette.leaf, sheet.palette.near, 0.5)
        paint_crown(pen, (x - 26, 566), 26, tone)
        paint_crown(pen, (x + 250, 562), 30, tone)


def fields(sheet: Sheet) -> None:
    """A plain with furrows running to the horizon."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 350, 530)
    horizon = 590
    paint_bushes(sheet, horizon, 17, mix(palette.near, palette.leaf, 0.4))
    vanish = rng.uniform(0.3, 0.7) * WIDTH
    with sheet.pen(horizon, HEIGHT) as pen:
        pen.box(0, horizon, WIDTH, HEIGHT, palette.crop)
        rows = 64
        for number in range(rows):
            left, right = (
                vanish + (place / rows - 0.5) * WIDTH * 6.4 for place in (number, number + 0.52)
            )
            tone = mix(palette.leaf, palette.crop, 0.35 + 0.25 * rng.random())
            near = [(left, HEIGHT + 2), (right, HEIGHT + 2)]
            pen.shape(
                [
                    (vanish + (left - vanish) * 0.055, horizon),
                    *near,
                    (vanish + (right - vanish) * 0.055, horizon),
                ],
                tone,
            )
    _veil(sheet, horizon, 120)
    _paint_poplars(sheet, horizon)


def _veil(sheet: Sheet, top: int, depth: int) -> None:
    veil = Image.linear_gradient("L").transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    veil = veil.resize((WIDTH, depth)).point(lambda value: value * 0.55)
    sheet.wash(mix(sheet.palette.horizon, sheet.palette.crop, 0.25), veil, (0, top))


def _paint_poplars(sheet: Sheet, foot: float) -> None:
    rng = sheet.rng
    start = rng.uniform(0.05, 0.6) * WIDTH
    with sheet.pen(foot - 170, foot + 20) as pen:
        for number in range(rng.randint(4, 7)):
            tone = mix(sheet.palette.leaf, sheet.palette.near, rng.uniform(0.3, 0.7))
            x, high = start + number * 44, rng.uniform(90, 140)
            pen.line([(x, foot + 6), (x, foot - 30)], mix(tone, INK, 0.5), 4)
            pen.disc(x, foot - high / 2 - 12, 15, tone, high / 2)
            pen.disc(x - 4, foot - high / 2 - 16, 7, mix(tone, (255, 250, 220), 0.1), high / 2.6)


def forest(sheet: Sheet) -> None:
    """Rows of spruces in mist."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(5, 300, 560)
    for row in range(4):
        share = row / 3
        foot, size = 640 + row * 78, 74 + row * 34
        tone = mix(mix(palette.near, palette.far, 0.45), mix(palette.near, INK, 0.35), share)
        with sheet.pen(foot - size * 2.2, foot + size) as pen:
            x = rng.uniform(-30, 0)
            while x < WIDTH + 30:
                high = size * rng.uniform(0.85, 1.75)
                _paint_spruce(sheet, pen, (x, foot), (high * 0.23, high), tone)
                x += size * rng.uniform(0.24, 0.5)
            pen.box(0, foot - 1, WIDTH, foot + size, mix(tone, palette.horizon, 0.05))
        if row < 3:
            sheet.paint_mist(foot + 16, 100, 0.55)


def _paint_spruce(sheet: Sheet, pen: Pen, foot: Point, size: Point, tone: Colour) -> None:
    (x, y), (half, high) = foot, size
    shade = mix(tone, INK, sheet.rng.uniform(0, 0.22))
    for tier in range(4):
        top = y - high + high * tier * 0.2
        low = top + high * 0.4
        reach = half * (0.34 + tier * 0.22)
        pen.shape([(x, top), (x + reach, low), (x - reach, low)], shade)
        if sheet.palette.has_snow:
            pen.shape(
                [
                    (x, top),
                    (x + reach * 0.66, low - high * 0.1),
                    (x - reach * 0.5, low - high * 0.14),
                ],
                mix(SNOW, shade, 0.12),
            )
    pen.box(x - 2, y - 8, x + 2, y + 6, shade)


def tea(sheet: Sheet) -> None:
    """Rows of tea bushes over round hills."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 310, 500)
    for number in range(3):
        base, wave = 560 + number * 105, fractal(rng, 760 - number * 90, 2)
        tone = mix(palette.crop, palette.leaf, 0.35 + 0.2 * number)
        swell = 70 - number * 12

        def hill(x: float, b: float = base, w: Curve = wave, s: float = swell) -> float:
            return b + w(x) * s

        sheet.paint_ridge(hill, tone, mix(tone, palette.near, 0.25), 200)
        _paint_tea_rows(sheet, hill, tone, 13 + number * 6)
    _paint_tea_tree(sheet)


def _paint_tea_rows(sheet: Sheet, hill: Curve, tone: Colour, step: float) -> None:
    dark, light = mix(tone, INK, 0.3), mix(tone, sheet.palette.horizon, 0.2)
    with sheet.pen(430, HEIGHT) as pen:
        for number in range(1, 22):
            drop = number * step * (1 + number * 0.035)
            row = [
                (float(x), hill(x) + drop + math.sin(x / 23 + number) * 1.8)
                for x in range(-8, WIDTH + 9, 12)
            ]
            pen.line(row, dark, step * 0.4)
            pen.line([(x, y - step * 0.16) for x, y in row], light, step * 0.18)


def _paint_tea_tree(sheet: Sheet) -> None:
    rng, palette = sheet.rng, sheet.palette
    x = rng.choice((0.16, 0.84)) * WIDTH
    with sheet.pen(480, HEIGHT) as pen:
        paint_crown(pen, (x, 690), 96, mix(palette.leaf, palette.near, 0.55))
        for number in range(3):
            _paint_picker(pen, (WIDTH - x + number * 84 - 90, 742 + (number % 2) * 34), sheet)


def _paint_picker(pen: Pen, foot: Point, sheet: Sheet) -> None:
    x, y = foot
    coat = sheet.rng.choice(((176, 58, 46), (45, 88, 128), (214, 178, 96)))
    pen.shape([(x - 12, y), (x - 9, y - 34), (x + 9, y - 34), (x + 12, y)], coat)
    pen.disc(x, y - 40, 8, (214, 172, 138))
    pen.shape([(x - 20, y - 42), (x, y - 56), (x + 20, y - 42)], (233, 212, 160))
    pen.shape([(x + 9, y - 30), (x + 24, y - 28), (x + 20, y - 4), (x + 8, y - 4)], (120, 84, 52))


def bridge(sheet: Sheet) -> None:
    """An old arched bridge over a river."""
    palette = sheet.palette
    sheet.paint_hills(5, 290, 540)
    paint_bushes(sheet, 596, 22, mix(palette.near, palette.leaf, 0.5))
    _paint_bridge(sheet, 600)
    _mirror(sheet, 640)
    with sheet.pen(590, HEIGHT) as pen:
        for side in (-1, 1):
            x = WIDTH / 2 + side * 560
            for number in range(4):
                tone = mix(palette.leaf, palette.near, 0.3 + number * 0.12)
                paint_crown(pen, (x - side * number * 46, 690 - number * 12), 62 - number * 8, tone)
        for points in (
            [(0, 700), (150, 712), (250, 770), (300, HEIGHT), (0, HEIGHT)],
            [
                (WIDTH, 716),
                (WIDTH - 120, 730),
                (WIDTH - 220, 800),
                (WIDTH - 240, HEIGHT),
                (WIDTH, HEIGHT),
            ],
        ):
            pen.shape(points, mix(palette.ground, palette.near, 0.4))


def _paint_bridge(sheet: Sheet, deck: float) -> None:
    palette = sheet.palette
    stone = mix(palette.wall, palette.near, 0.34)
    water = mix(palette.horizon, palette.sky, 0.3)
    with sheet.pen(deck - 130, 650) as pen:
        crest = [
            (float(x), deck + 18 - 92 * math.cos((x - WIDTH / 2) / 430 * math.pi / 2))
            for x in range(170, 1031, 10)
        ]
        pen.shape([*crest, (1030, 644), (170, 644)], stone)
        for middle, wide in ((600, 112), (374, 70), (826, 70)):
            pen.disc(middle, 646, wide, mix(stone, INK, 0.35), wide * 0.98)
            pen.disc(middle, 650, wide - 9, water, (wide - 9) * 0.98)
        pen.line([(x, y - 16) for x, y in crest], mix(stone, INK, 0.25), 5)
        for x, y in crest[::4]:
            pen.box(x - 3, y - 20, x + 3, y + 2, mix(stone, INK, 0.3))
        pen.line(crest, mix(stone, SNOW, 0.5), 4)


def road(sheet: Sheet) -> None:
    """A new road winding up into the hills."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 300, 490)
    tone = mix(palette.crop, palette.leaf, 0.45)
    paint_ground(sheet, 560, tone, 26)
    turn = rng.choice((-1, 1))
    middle = [
        (
            WIDTH / 2 + turn * math.sin(share * 5.4) * (40 + 330 * share * (1.1 - share * 0.55)),
            575 + 335 * share**1.5,
            7 + 120 * share**1.7,
        )
        for share in (number / 60 for number in range(61))
    ]
    asphalt = mix((92, 94, 98), palette.near, 0.25)
    with sheet.pen(560, HEIGHT) as pen:
        for extra, fill in ((1.22, mix(palette.wall, tone, 0.3)), (1.0, asphalt)):
            left = [(x - half * extra, y) for x, y, half in middle]
            right = [(x + half * extra, y) for x, y, half in reversed(middle)]
            pen.shape([*left, *right], fill)
        for first, second in zip(middle[18::4], middle[20::4], strict=False):
            pen.line([first[:2], second[:2]], palette.wall, max(1.0, first[2] * 0.05))
    _line_the_road(sheet, middle)


def _line_the_road(sheet: Sheet, middle: list[tuple[float, float, float]]) -> None:
    palette = sheet.palette
    with sheet.pen(470, HEIGHT) as pen:
        for x, y, half in middle[8::9]:
            size = 9 + half * 0.36
            tone = mix(palette.leaf, palette.near, 0.35)
            for side in (-1, 1):
                paint_crown(pen, (x + side * (half * 1.7 + size), y - size * 1.7), size, tone)


def solar(sheet: Sheet) -> None:
    """Rows of solar panels on a southern slope."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 310, 500)
    paint_ground(sheet, 560, mix(palette.crop, palette.leaf, 0.4), 22)
    _paint_turbines(sheet)
    with sheet.pen(560, HEIGHT) as pen:
        height, size = 604.0, 15.0
        while height < HEIGHT + 40:
            x = -rng.uniform(0, size * 3)
            while x < WIDTH:
                _paint_panel(sheet, pen, (x, height), size)
                x += size * 3.5
            height += size * 2.3
            size *= 1.24


def _paint_panel(sheet: Sheet, pen: Pen, foot: Point, size: float) -> None:
    (x, y), palette = foot, sheet.palette
    glass = mix((38, 66, 108), palette.sky, sheet.rng.uniform(0.12, 0.3))
    lean = size * 0.5
    corners = [
        (x + lean, y - size * 1.25),
        (x + lean + size * 3.1, y - size * 1.25),
        (x + size * 3.1, y),
        (x, y),
    ]
    pen.box(x + size * 0.8, y - size * 0.3, x + size * 0.95, y + size * 0.5, palette.near)
    pen.box(x + size * 2.4, y - size * 0.3, x + size * 2.55, y + size * 0.5, palette.near)
    pen.shape(corners, glass)
    rule = mix(glass, palette.horizon, 0.35)
    for part in (0.25, 0.5, 0.75):
        pen.line(
            [(x + lean + size * 3.1 * part, y - size * 1.25), (x + size * 3.1 * part, y)],
            rule,
            max(1.0, size * 0.035),
        )
    pen.line(
        [(x + lean / 2, y - size * 0.62), (x + lean / 2 + size * 3.1, y - size * 0.62)],
        rule,
        max(1.0, size * 0.035),
    )
    pen.line(corners[:2], mix(glass, SNOW, 0.6), max(1.0, size * 0.07))


def _paint_turbines(sheet: Sheet) -> None:
    rng, palette = sheet.rng, sheet.palette
    start = rng.uniform(120, 520)
    with sheet.pen(300, 590) as pen:
        for number in range(3):
            x, foot = start + number * 190, 560.0
            hub = foot - rng.uniform(150, 190)
            pen.shape([(x - 4, foot), (x - 2, hub), (x + 2, hub), (x + 4, foot)], palette.wall)
            turn = rng.uniform(0, 2)
            for blade in range(3):
                angle = turn + blade * math.tau / 3
                tip = (x + math.cos(angle) * 74, hub + math.sin(angle) * 74)
                pen.line([(x, hub), tip], palette.wall, 3)
            pen.disc(x, hub, 5, palette.wall)


def works(sheet: Sheet) -> None:
    """A tidy works with saw-tooth roofs at the foot of the hills."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 300, 510)
    paint_ground(sheet, 690, palette.ground, 4)
    with sheet.pen(430, 780) as pen:
        for row, (foot, size) in enumerate(((690, 92), (742, 128))):
            x = -rng.uniform(20, 90)
            while x < WIDTH:
                _paint_saw_tooth(sheet, pen, (x, foot), size, row)
                x += size * 1.32
    paint_bushes(sheet, 770, 27, mix(palette.leaf, palette.near, 0.25))
    paint_ground(sheet, 800, mix(palette.ground, palette.crop, 0.5), 3)


def _paint_saw_tooth(sheet: Sheet, pen: Pen, foot: Point, size: float, row: int) -> None:
    (x, y), palette = foot, sheet.palette
    wall = mix(palette.wall, palette.near, 0.2 - 0.12 * row)
    wide, high = size * 1.32, size * (0.72 + 0.5 * (1 - row))
    pen.box(x, y - high, x + wide, y + 20, wall)
    peak = y - high - size * 0.46
    pen.shape(
        [(x, y - high), (x + wide, peak), (x + wide, y - high)], mix(wall, palette.roof, 0.75)
    )
    pen.shape(
        [
            (x + wide * 0.93, y - high),
            (x + wide * 0.93, peak + size * 0.06),
            (x + wide, peak),
            (x + wide, y - high),
        ],
        mix(palette.pane, palette.sky, 0.5),
    )
    for number in range(4):
        left = x + wide * (0.1 + number * 0.22)
        pen.box(
            left,
            y - high * 0.62,
            left + wide * 0.14,
            y - high * 0.32,
            mix(palette.pane, palette.sky, 0.0 if palette.is_night else 0.35),
        )


def city(sheet: Sheet) -> None:
    """New blocks of flats along the river, hills behind."""
    rng, palette = sheet.rng, sheet.palette
    sheet.paint_hills(4, 300, 470)
    for row in range(3):
        share = row / 2
        foot = 640 + row * 26
        tone = mix(mix(palette.wall, palette.far, 0.6), mix(palette.wall, palette.near, 0.1), share)
        with sheet.pen(260, foot + 30) as pen:
            x = rng.uniform(-50, 0)
            while x < WIDTH:
                wide = rng.uniform(44, 96) * (0.8 + share * 0.35)
                _paint_block(
                    sheet,
                    pen,
                    (x, foot),
                    (wide, rng.uniform(120, 270) * (1.1 - share * 0.35)),
                    tone,
                )
                x += wide * rng.uniform(1.02, 1.7)
    paint_bushes(sheet, 690, 24, mix(palette.leaf, palette.near, 0.35))
    _mirror(sheet, 712)
    _paint_reeds(sheet)


def _paint_block(sheet: Sheet, pen: Pen, foot: Point, size: Point, tone: Colour) -> None:
    (x, y), (wide, high) = foot, size
    palette, rng = sheet.palette, sheet.rng
    pen.box(x, y - high, x + wide, y + 30, tone)
    pen.box(x + wide * 0.78, y - high, x + wide, y + 30, mix(tone, palette.near, 0.2))
    pen.box(x - 3, y - high - 5, x + wide + 3, y - high, mix(tone, palette.roof, 0.5))
    columns = max(2, int(wide / 17))
    for floor in range(int(high / 22)):
        for column in range(columns):
            if rng.random() < 0.12:
                continue
            left = x + wide * (column + 0.25) / columns
            top = y - high + 10 + floor * 22
            lit = palette.is_night and rng.random() < 0.5
            pane = palette.pane if lit else mix(tone, palette.near, 0.42)
            pen.box(left, top, left + wide / columns * 0.5, top + 11, pane)


SCENES: dict[str, Callable[[Sheet], None]] = {
    "village": village,
    "lake": lake,
    "terraces": terraces,
    "fields": fields,
    "forest": forest,
    "tea": tea,
    "bridge": bridge,
    "road": road,
    "solar": solar,
    "works": works,
    "city": city,
}
