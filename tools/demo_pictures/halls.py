"""Service halls in the manner of paper cuts, for the campaign of service windows."""

import math
from collections.abc import Callable

from tools.demo_pictures.painting import HEIGHT, INK, SNOW, WIDTH, Colour, Pen, Point, Sheet, mix
from tools.demo_pictures.scenes import paint_bushes, paint_crown

FOOT = 730  # where buildings stand


def _setting(sheet: Sheet) -> None:
    """Paint hills, rows of trees and the square in front of a hall."""
    palette = sheet.palette
    sheet.paint_hills(4, 320, 540)
    sheet.paint_mist(580, 150, 0.45)
    paint_bushes(sheet, 640, 34, mix(palette.leaf, palette.near, 0.55))
    paint_bushes(sheet, 690, 30, mix(palette.leaf, palette.near, 0.3))
    square = mix(palette.wall, palette.near, 0.18)
    with sheet.pen(FOOT - 26, HEIGHT) as pen:
        pen.box(0, FOOT - 26, WIDTH, FOOT, mix(palette.ground, palette.leaf, 0.5))
        pen.box(0, FOOT, WIDTH, HEIGHT, square)
        for number in range(1, 6):
            y = FOOT + 6 * number * number
            pen.line([(0, y), (WIDTH, y)], mix(square, palette.near, 0.14), 1.5)
        for number in range(-9, 10):
            x = WIDTH / 2 + number * 90
            far = WIDTH / 2 + (x - WIDTH / 2) * 2.4
            pen.line([(x, FOOT), (far, HEIGHT)], mix(square, palette.near, 0.1), 1.5)


def _dress(sheet: Sheet) -> None:
    """Paint trees on both sides, people on the square, a hedge at the front."""
    rng = sheet.rng
    with sheet.pen(380, HEIGHT) as pen:
        for side in (-1, 1):
            for number in range(rng.randint(2, 3)):
                x = WIDTH / 2 + side * (570 - number * rng.uniform(70, 96))
                _paint_tree(sheet, pen, (x, FOOT + 26 + 22 * (2 - number)), 74 - number * 15)
        for _ in range(rng.randint(3, 6)):
            _paint_person(sheet, pen, (rng.uniform(230, 970), rng.uniform(FOOT + 24, 838)))
        _paint_hedge(sheet, pen)


def _paint_tree(sheet: Sheet, pen: Pen, foot: Point, size: float) -> None:
    palette, rng = sheet.palette, sheet.rng
    x, y = foot
    tone = mix(palette.leaf, palette.crop, rng.uniform(0, 0.35))
    if palette.has_snow:
        tone = mix(tone, SNOW, 0.5)
    if rng.random() < 0.3:
        pen.box(x - 4, y - size, x + 4, y, mix(tone, INK, 0.55))
        pen.disc(x, y - size * 1.75, size * 0.42, tone, size * 1.2)
        pen.disc(x - size * 0.1, y - size * 1.8, size * 0.2, mix(tone, SNOW, 0.12), size * 0.95)
    else:
        paint_crown(pen, (x, y - size * 1.75), size, tone)


def _paint_person(sheet: Sheet, pen: Pen, foot: Point, near: float = 1) -> None:
    rng = sheet.rng
    x, y = foot
    high = (30 + (y - FOOT) * 0.22) * near
    coat = rng.choice(
        ((158, 52, 44), (42, 78, 112), (64, 98, 78), (196, 148, 70), (92, 82, 96), (58, 60, 66))
    )
    ground = mix(sheet.palette.wall, sheet.palette.near, 0.18 if near == 1 else 0.75)
    shade = mix(ground, INK, 0.25)
    pen.disc(x + high * 0.2, y, high * 0.42, shade, high * 0.07)
    legs = mix(INK, sheet.palette.near, 0.4)
    pen.box(x - high * 0.13, y - high * 0.45, x - high * 0.02, y, legs)
    pen.box(x + high * 0.03, y - high * 0.45, x + high * 0.14, y, legs)
    pen.shape(
        [
            (x - high * 0.2, y - high * 0.36),
            (x - high * 0.15, y - high * 0.82),
            (x + high * 0.15, y - high * 0.82),
            (x + high * 0.2, y - high * 0.36),
        ],
        coat,
    )
    pen.disc(x, y - high * 0.95, high * 0.13, (206, 168, 136))
    pen.disc(x, y - high * 1.0, high * 0.13, (44, 38, 38), high * 0.1)


def _paint_hedge(sheet: Sheet, pen: Pen) -> None:
    tone = mix(sheet.palette.leaf, sheet.palette.near, 0.35)
    if sheet.palette.has_snow:
        tone = mix(tone, SNOW, 0.55)
    for start, end in ((-20, 330), (870, WIDTH + 20)):
        x = float(start)
        while x < end:
            radius = sheet.rng.uniform(17, 27)
            pen.disc(x, HEIGHT - 14, radius, mix(tone, INK, sheet.rng.uniform(0, 0.15)))
            x += radius * 1.15
        pen.box(start, HEIGHT - 16, end, HEIGHT, mix(tone, INK, 0.12))


def _steps(sheet: Sheet, pen: Pen, left: float, right: float, top: float) -> None:
    stone = mix(sheet.palette.wall, sheet.palette.near, 0.1)
    count = 5
    for number in range(count):
        y = top + (FOOT + 16 - top) * number / count
        spread = number * 9
        pen.box(
            left - spread, y, right + spread, y + 10, mix(stone, INK, 0.03 + 0.05 * (number % 2))
        )
        pen.line([(left - spread, y), (right + spread, y)], mix(stone, SNOW, 0.5), 1.5)


def _panes(sheet: Sheet, pen: Pen, box: tuple[float, float, float, float], grid: Point) -> None:
    """Paint a wall of glass: panes that reflect the sky, some lit."""
    (left, top, right, bottom), (columns, rows) = box, grid
    palette, rng = sheet.palette, sheet.rng
    frame = mix(palette.wall, palette.near, 0.3)
    pen.box(left, top, right, bottom, frame)
    wide, high = (right - left) / columns, (bottom - top) / rows
    for column in range(int(columns)):
        for row in range(int(rows)):
            sky = mix(palette.near, palette.sky, 0.42 + 0.22 * rng.random())
            lit = rng.random() < (0.8 if palette.is_night else 0.12)
            tone = mix(palette.pane, (255, 226, 164), 0.6) if lit else sky
            pen.box(
                left + column * wide + 2,
                top + row * high + 2,
                left + (column + 1) * wide - 2,
                top + (row + 1) * high - 2,
                tone,
            )


def _roof_tone(sheet: Sheet) -> Colour:
    return mix(SNOW, sheet.palette.far, 0.15) if sheet.palette.has_snow else sheet.palette.roof


def columns(sheet: Sheet) -> None:
    """A wide hall with a flat roof on columns."""
    _setting(sheet)
    rng, palette = sheet.rng, sheet.palette
    wall = palette.wall
    half, top = rng.uniform(330, 390), rng.uniform(440, 480)
    middle = WIDTH / 2
    with sheet.pen(top - 60, FOOT + 30) as pen:
        for side in (-1, 1):
            inner, outer = middle + side * half * 0.9, middle + side * (half + 110)
            left, right = sorted((inner, outer))
            pen.box(left, top + 96, right, FOOT, mix(wall, palette.near, 0.16))
            pen.box(left - 8, top + 86, right + 8, top + 98, _roof_tone(sheet))
            _panes(sheet, pen, (left + 18, top + 130, right - 18, FOOT - 40), (4, 3))
        pen.box(middle - half, top, middle + half, FOOT, mix(wall, palette.near, 0.08))
        _panes(sheet, pen, (middle - half + 26, top + 46, middle + half - 26, FOOT - 16), (16, 5))
        count = rng.choice((6, 8))
        for number in range(count + 1):
            x = middle + (number / count - 0.5) * (half - 12) * 2
            pen.box(x - 12, top + 20, x + 12, FOOT - 12, wall)
            pen.box(x + 4, top + 20, x + 12, FOOT - 12, mix(wall, palette.near, 0.2))
        _flat_roof(sheet, pen, (middle - half - 34, middle + half + 34), top)
        _steps(sheet, pen, middle - half * 0.62, middle + half * 0.62, FOOT - 14)
    _dress(sheet)


def _flat_roof(sheet: Sheet, pen: Pen, span: Point, top: float) -> None:
    left, right = span
    roof = _roof_tone(sheet)
    pen.shape(
        [(left + 26, top - 30), (right - 26, top - 30), (right, top + 2), (left, top + 2)], roof
    )
    pen.box(left, top + 2, right, top + 20, mix(sheet.palette.wall, sheet.palette.near, 0.05))
    pen.box(left, top + 17, right, top + 22, mix(sheet.palette.wall, sheet.palette.near, 0.4))


def eaves(sheet: Sheet) -> None:
    """A traditional hall: upturned eaves, red columns, lanterns."""
    _setting(sheet)
    rng = sheet.rng
    middle = WIDTH / 2
    tiers = rng.choice((1, 2))
    half = rng.uniform(290, 340)
    with sheet.pen(250, FOOT + 30) as pen:
        for side in (-1, 1):
            _pavilion(sheet, pen, (middle + side * (half + 90), FOOT), (120, 118))
        _pavilion(sheet, pen, (middle, FOOT - 12), (half, 190))
        if tiers == 2:
            _pavilion(sheet, pen, (middle, FOOT - 292), (half * 0.62, 84))
        _steps(sheet, pen, middle - 120, middle + 120, FOOT - 20)
    _dress(sheet)


def _pavilion(sheet: Sheet, pen: Pen, foot: Point, size: Point) -> None:
    (x, y), (half, high) = foot, size
    palette = sheet.palette
    wood = mix((132, 42, 34), palette.near, 0.28)
    wall = mix(palette.wall, palette.near, 0.08)
    pen.box(x - half, y - high, x + half, y, wall)
    bays = max(3, round(half / 48) | 1)
    wide = half * 2 / bays
    for number in range(bays):
        left = x - half + number * wide
        pane = palette.pane if palette.is_night else mix(palette.pane, palette.sky, 0.2)
        pen.box(left + wide * 0.16, y - high * 0.74, left + wide * 0.84, y - high * 0.06, wood)
        pen.box(left + wide * 0.21, y - high * 0.69, left + wide * 0.48, y - high * 0.12, pane)
        pen.box(left + wide * 0.52, y - high * 0.69, left + wide * 0.79, y - high * 0.12, pane)
    for number in range(bays + 1):
        left = x - half + number * wide
        pen.box(left - 6, y - high, left + 6, y, wood)
    pen.box(x - half - 8, y - high - 4, x + half + 8, y - high + 16, mix(wood, INK, 0.25))
    for number in range(1, bays, 2 if bays < 6 else 3):
        left = x - half + number * wide
        pen.disc(left, y - high + 36, 10, (196, 52, 40), 12)
        pen.line([(left, y - high + 14), (left, y - high + 24)], (214, 170, 92), 2)
    _sweeping_roof(sheet, pen, (x, y - high), half)


def _sweeping_roof(sheet: Sheet, pen: Pen, at: Point, half: float) -> None:
    x, y = at
    roof = _roof_tone(sheet)
    reach, rise = half + 46, min(104.0, 40 + half * 0.2)
    steps = 18
    left = []
    for number in range(steps + 1):
        share = number / steps
        drop = share**0.62 if share < 0.9 else 0.9**0.62 - (share - 0.9) * 1.6
        left.append((x - half * 0.62 - (reach - half * 0.62) * share, y - rise + rise * drop))
    right = [(2 * x - px, py) for px, py in reversed(left)]
    pen.shape([*left, (x - half, y + 4), (x + half, y + 4), *right], roof)
    ridge = mix(roof, INK, 0.35)
    for number in range(1, 16):
        top = x + (number / 16 - 0.5) * half * 1.24
        low = x + (number / 16 - 0.5) * half * 1.92
        pen.line([(top, y - rise + 8), (low, y - 2)], mix(roof, INK, 0.16), 2)
    pen.box(x - half * 0.64, y - rise - 8, x + half * 0.64, y - rise + 4, ridge)
    for side in (-1, 1):
        pen.shape(
            [
                (x + side * half * 0.64, y - rise + 4),
                (x + side * half * 0.64, y - rise - 8),
                (x + side * (half * 0.64 + 12), y - rise - 22),
            ],
            ridge,
        )


def glass(sheet: Sheet) -> None:
    """A modern glass centre of two heights with upright fins."""
    _setting(sheet)
    rng, palette = sheet.rng, sheet.palette
    left, right = rng.uniform(170, 240), rng.uniform(960, 1030)
    split = rng.uniform(0.42, 0.58)
    tops = rng.sample((380, 430, 500), 2)
    middle = left + (right - left) * split
    with sheet.pen(340, FOOT + 30) as pen:
        for start, end, top in ((left, middle, tops[0]), (middle, right, tops[1])):
            pen.box(start - 8, top - 14, end + 8, top + 6, _roof_tone(sheet))
            columns_of = int((end - start) / 36)
            _panes(sheet, pen, (start, top, end, FOOT), (columns_of, int((FOOT - top) / 38)))
            for number in range(0, columns_of + 1, 2):
                x = start + (end - start) * number / columns_of
                pen.box(x - 4, top, x + 4, FOOT, palette.wall)
                pen.box(x + 2, top, x + 4, FOOT, mix(palette.wall, palette.near, 0.35))
        _canopy(sheet, pen, middle)
        _steps(sheet, pen, middle - 130, middle + 130, FOOT - 8)
    _dress(sheet)


def _canopy(sheet: Sheet, pen: Pen, middle: float) -> None:
    palette = sheet.palette
    glow = (255, 226, 164) if palette.is_night else mix(palette.wall, palette.horizon, 0.4)
    pen.box(middle - 150, FOOT - 104, middle + 150, FOOT, mix(glow, palette.near, 0.25))
    for number in range(6):
        left = middle - 140 + number * 47
        pen.box(left, FOOT - 90, left + 42, FOOT, mix(glow, palette.near, 0.08))
    pen.shape(
        [
            (middle - 190, FOOT - 108),
            (middle + 190, FOOT - 108),
            (middle + 176, FOOT - 92),
            (middle - 176, FOOT - 92),
        ],
        mix((158, 40, 34), palette.near, 0.15),
    )
    for side in (-1, 1):
        pen.box(middle + side * 166 - 5, FOOT - 92, middle + side * 166 + 5, FOOT + 6, palette.wall)


def tower(sheet: Sheet) -> None:
    """An office block above a low hall."""
    _setting(sheet)
    rng, palette = sheet.rng, sheet.palette
    middle = WIDTH / 2 + rng.choice((-1, 1)) * rng.uniform(60, 150)
    top = rng.uniform(240, 300)
    wall = mix(palette.wall, palette.near, 0.06)
    with sheet.pen(top - 40, FOOT + 30) as pen:
        pen.box(middle - 150, top, middle + 150, FOOT, wall)
        pen.box(middle + 104, top, middle + 150, FOOT, mix(wall, palette.near, 0.2))
        pen.box(middle - 162, top - 14, middle + 162, top, _roof_tone(sheet))
        pen.box(middle - 60, top - 36, middle + 40, top - 14, mix(wall, palette.near, 0.25))
        for floor in range(int((560 - top) / 40)):
            y = top + 20 + floor * 40
            _panes(sheet, pen, (middle - 136, y, middle + 92, y + 24), (9, 1))
            _panes(sheet, pen, (middle + 112, y, middle + 142, y + 24), (1, 1))
        left, right = WIDTH / 2 - 360, WIDTH / 2 + 360
        pen.box(left, 566, right, FOOT, mix(wall, SNOW, 0.15))
        _panes(sheet, pen, (left + 30, 606, right - 30, FOOT - 14), (20, 3))
        for number in range(9):
            x = left + 24 + (right - left - 48) * number / 8
            pen.box(x - 9, 590, x + 9, FOOT, wall)
        _flat_roof(sheet, pen, (left - 24, right + 24), 566)
        _steps(sheet, pen, WIDTH / 2 - 170, WIDTH / 2 + 170, FOOT - 12)
    _dress(sheet)


def arcade(sheet: Sheet) -> None:
    """An old street of shop houses with stepped gables."""
    _setting(sheet)
    rng, palette = sheet.rng, sheet.palette
    x = 120.0
    with sheet.pen(300, FOOT + 20) as pen:
        while x < 1060:
            wide = rng.uniform(150, 205)
            wide = min(wide, 1090 - x) if 1090 - x > 120 else 1090 - x
            if wide < 90:
                break
            _shop_house(sheet, pen, x, (wide, rng.uniform(230, 310)))
            x += wide
        pen.box(112, FOOT - 4, 1098, FOOT + 14, mix(palette.wall, palette.near, 0.28))
    _dress(sheet)


def _shop_house(sheet: Sheet, pen: Pen, x: float, size: Point) -> None:
    wide, high = size
    palette, rng = sheet.palette, sheet.rng
    top = FOOT - high
    wall = mix(palette.wall, palette.near, rng.uniform(0.0, 0.12))
    roof = _roof_tone(sheet)
    pen.box(x, top, x + wide, FOOT, wall)
    pen.shape(
        [
            (x - 6, top + 4),
            (x + wide * 0.14, top - 46),
            (x + wide * 0.86, top - 46),
            (x + wide + 6, top + 4),
        ],
        roof,
    )
    for number in range(1, 9):
        at = x + wide * number / 9
        pen.line([(at, top - 44), (at + (number - 4.5) * 2, top + 2)], mix(roof, INK, 0.18), 1.6)
    _gable(sheet, pen, (x, top), wall)
    wood = mix((118, 66, 42), palette.near, 0.25)
    for number in range(3):
        left = x + wide * (0.12 + number * 0.28)
        pen.box(left, top + 34, left + wide * 0.2, top + 88, wood)
        pen.box(left + 4, top + 38, left + wide * 0.2 - 4, top + 84, palette.pane)
    pen.box(x + 6, FOOT - 118, x + wide - 6, FOOT - 104, mix(wood, INK, 0.2))
    for side in (0.27, 0.73):
        middle, half = x + wide * side, wide * 0.19
        glow = palette.pane if palette.is_night else mix(palette.near, palette.wall, 0.2)
        pen.disc(middle, FOOT - 66, half, glow, 34)
        pen.box(middle - half, FOOT - 66, middle + half, FOOT, glow)
    pen.disc(x + wide / 2, FOOT - 84, 9, (196, 52, 40), 12)


def _gable(sheet: Sheet, pen: Pen, at: Point, wall: Colour) -> None:
    x, top = at
    cap = mix(_roof_tone(sheet), INK, 0.2)
    for step, (reach, rise) in enumerate(((15, 70), (25, 48), (35, 26))):
        pen.box(
            x - 9, top - rise, x - 9 + reach, top + 30, mix(wall, sheet.palette.near, 0.04 * step)
        )
        pen.box(x - 13, top - rise - 7, x - 5 + reach, top - rise, cap)


def court(sheet: Sheet) -> None:
    """A neighbourhood service point behind a white wall with a moon gate."""
    _setting(sheet)
    rng, palette = sheet.rng, sheet.palette
    gate = rng.uniform(430, 770)
    with sheet.pen(360, FOOT + 30) as pen:
        for middle, half, high in ((380, 190, 130), (800, 230, 160)):
            _pavilion(sheet, pen, (middle, FOOT - 40), (half, high))
        paint_crown(
            pen, (600 + rng.uniform(-60, 60), 520), 92, mix(palette.leaf, palette.crop, 0.3)
        )
        wall = mix(palette.wall, palette.near, 0.04)
        pen.box(110, FOOT - 124, 1090, FOOT + 4, wall)
        pen.box(100, FOOT - 138, 1100, FOOT - 122, _roof_tone(sheet))
        for number in range(49):
            pen.disc(110 + number * 20.4, FOOT - 122, 8, mix(_roof_tone(sheet), INK, 0.2), 5)
        _moon_gate(sheet, pen, gate)
        _lattice(sheet, pen, gate - 260)
        _lattice(sheet, pen, gate + 260)
        _bamboo(sheet, pen, 1010 if gate < 600 else 190)
    _dress(sheet)


def _moon_gate(sheet: Sheet, pen: Pen, x: float) -> None:
    palette = sheet.palette
    pen.box(x - 110, FOOT - 178, x + 110, FOOT + 4, mix(palette.wall, SNOW, 0.2))
    pen.shape(
        [
            (x - 140, FOOT - 172),
            (x - 110, FOOT - 204),
            (x + 110, FOOT - 204),
            (x + 140, FOOT - 172),
        ],
        _roof_tone(sheet),
    )
    pen.disc(x, FOOT - 74, 78, mix(palette.roof, palette.wall, 0.2))
    inner = palette.pane if palette.is_night else mix(palette.crop, palette.horizon, 0.4)
    pen.disc(x, FOOT - 74, 69, inner)
    paint_crown(pen, (x + 16, FOOT - 92), 30, mix(palette.leaf, palette.crop, 0.25))
    pen.box(x - 62, FOOT - 34, x + 62, FOOT + 4, mix(palette.wall, palette.near, 0.2))
    pen.shape(
        [(x - 30, FOOT - 34), (x + 30, FOOT - 34), (x + 58, FOOT + 5), (x - 58, FOOT + 5)],
        mix(palette.wall, palette.near, 0.08),
    )


def _lattice(sheet: Sheet, pen: Pen, x: float) -> None:
    if not 170 < x < 1030:
        return
    frame = mix(sheet.palette.roof, sheet.palette.wall, 0.25)
    pen.disc(x, FOOT - 66, 34, frame)
    pen.disc(x, FOOT - 66, 28, mix(sheet.palette.leaf, sheet.palette.horizon, 0.4))
    for angle in range(0, 180, 45):
        dx, dy = math.cos(math.radians(angle)) * 30, math.sin(math.radians(angle)) * 30
        pen.line([(x - dx, FOOT - 66 - dy), (x + dx, FOOT - 66 + dy)], frame, 3)


def _bamboo(sheet: Sheet, pen: Pen, x: float) -> None:
    rng = sheet.rng
    tone = mix(sheet.palette.leaf, sheet.palette.crop, 0.3)
    for _ in range(9):
        foot = x + rng.uniform(-80, 80)
        lean, high = rng.uniform(-26, 26), rng.uniform(190, 320)
        pen.line([(foot, FOOT + 4), (foot + lean, FOOT - high)], tone, 4)
        for _ in range(12):
            share = rng.uniform(0.4, 1)
            at = (foot + lean * share, FOOT - high * share)
            tip = (at[0] + rng.choice((-1, 1)) * rng.uniform(16, 38), at[1] + rng.uniform(4, 22))
            pen.shape(
                [at, ((at[0] + tip[0]) / 2, (at[1] + tip[1]) / 2 - 6), tip],
                mix(tone, SNOW if sheet.palette.has_snow else INK, rng.uniform(0, 0.25)),
            )


def station(sheet: Sheet) -> None:
    """A small service station by the village road."""
    palette = sheet.palette
    _setting(sheet)
    rng = sheet.rng
    x = rng.uniform(420, 700)
    wall = mix(palette.wall, palette.near, 0.05)
    roof = _roof_tone(sheet)
    with sheet.pen(430, FOOT + 30) as pen:
        pen.box(x - 250, FOOT - 150, x + 250, FOOT, wall)
        pen.box(x - 250, FOOT - 34, x + 250, FOOT, mix(wall, palette.near, 0.25))
        pen.shape(
            [
                (x - 290, FOOT - 146),
                (x - 214, FOOT - 240),
                (x + 214, FOOT - 240),
                (x + 290, FOOT - 146),
            ],
            roof,
        )
        for number in range(1, 24):
            top, low = x - 214 + 428 * number / 24, x - 286 + 572 * number / 24
            pen.line([(top, FOOT - 238), (low, FOOT - 148)], mix(roof, INK, 0.13), 2)
        _panes(sheet, pen, (x - 216, FOOT - 116, x - 70, FOOT - 40), (4, 2))
        _panes(sheet, pen, (x + 110, FOOT - 116, x + 216, FOOT - 40), (3, 2))
        door = palette.pane if palette.is_night else mix(palette.near, palette.sky, 0.4)
        pen.box(x - 34, FOOT - 122, x + 74, FOOT, mix((158, 40, 34), palette.near, 0.2))
        pen.box(x - 28, FOOT - 114, x + 18, FOOT, door)
        pen.box(x + 22, FOOT - 114, x + 68, FOOT, door)
        pen.shape(
            [
                (x - 66, FOOT - 150),
                (x + 106, FOOT - 150),
                (x + 88, FOOT - 128),
                (x - 48, FOOT - 128),
            ],
            mix((158, 40, 34), palette.near, 0.1),
        )
        _steps(sheet, pen, x - 50, x + 90, FOOT - 6)
        _bench(sheet, pen, x - 340 if x > 560 else x + 340)
    _dress(sheet)


def _bench(sheet: Sheet, pen: Pen, x: float) -> None:
    wood = mix((140, 90, 56), sheet.palette.near, 0.2)
    for height in (26, 36, 46):
        pen.box(x - 62, FOOT + 10 - height, x + 62, FOOT + 15 - height, wood)
    for leg in (-50, 50):
        pen.box(x + leg - 4, FOOT - 38, x + leg + 4, FOOT + 10, mix(wood, INK, 0.4))


def van(sheet: Sheet) -> None:
    """The mobile service window: a van on a village road, people waiting beside it."""
    palette, rng = sheet.palette, sheet.rng
    sheet.paint_hills(5, 310, 570)
    paint_bushes(sheet, 660, 36, mix(palette.leaf, palette.near, 0.4))
    with sheet.pen(420, HEIGHT) as pen:
        pen.box(0, 664, WIDTH, 770, mix(palette.crop, palette.ground, 0.3))
        pen.box(0, 756, WIDTH, HEIGHT, mix((110, 108, 106), palette.near, 0.3))
        pen.line([(0, 770), (WIDTH, 770)], mix(palette.wall, palette.near, 0.3), 5)
        for number in range(7):
            pen.box(number * 190 + 30, 842, number * 190 + 120, 850, palette.wall)
        _paint_van(sheet, pen, rng.uniform(330, 470))
        for number in range(4):
            _paint_person(sheet, pen, (870 + number * 66, 796 + (number % 2) * 22), 2.3)
        _paint_tree(sheet, pen, (110, 752), 88)
        _paint_tree(sheet, pen, (1120, 744), 72)


def _paint_van(sheet: Sheet, pen: Pen, x: float) -> None:
    palette = sheet.palette
    body = mix((250, 248, 242), palette.horizon, 0.25)
    band = mix((178, 36, 32), palette.near, 0.12)
    pen.disc(x + 210, 806, 280, mix((80, 80, 80), palette.near, 0.5), 14)
    pen.shape(
        [
            (x, 790),
            (x, 618),
            (x + 14, 604),
            (x + 330, 604),
            (x + 400, 690),
            (x + 424, 704),
            (x + 424, 790),
        ],
        body,
    )
    pen.box(x, 726, x + 424, 750, band)
    pen.shape([(x + 312, 624), (x + 330, 624), (x + 382, 692), (x + 312, 692)], palette.pane)
    pen.box(x + 60, 632, x + 250, 706, palette.pane)
    pen.box(x + 66, 638, x + 244, 700, mix((255, 232, 180), palette.horizon, 0.2))
    pen.shape([(x + 46, 630), (x + 264, 630), (x + 284, 606), (x + 26, 606)], band)
    pen.box(x + 52, 706, x + 258, 714, mix(body, INK, 0.35))
    for middle in (x + 118, x + 192):
        pen.disc(middle, 672, 12, (206, 168, 136))
        pen.shape(
            [(middle - 22, 700), (middle - 14, 684), (middle + 14, 684), (middle + 22, 700)],
            (44, 74, 110),
        )
        pen.disc(middle, 666, 12, (40, 36, 38), 9)
    for wheel in (x + 86, x + 336):
        pen.disc(wheel, 790, 34, (38, 38, 42))
        pen.disc(wheel, 790, 15, (170, 170, 172))


HALLS: dict[str, Callable[[Sheet], None]] = {
    "columns": columns,
    "eaves": eaves,
    "glass": glass,
    "tower": tower,
    "arcade": arcade,
    "court": court,
    "station": station,
    "van": van,
}
