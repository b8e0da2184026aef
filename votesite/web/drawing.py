"""Drawings made by program: a cover's ridges, and which lines stand for a category."""

import random
from functools import lru_cache
from itertools import pairwise
from math import pi, sin
from typing import NamedTuple

WIDTH = 750
STEP = 8
LOW = 80


class Ridge(NamedTuple):
    """One ridge: its path, the opacity of ground and line, and how many echoes follow it."""

    path: str
    ground: float
    line: float
    echoes: int


@lru_cache(maxsize=256)
def ridges(seed: str, height: int) -> tuple[Ridge, ...]:
    """Four ridges, the farthest first, in a box of 750 by `height`; the same for the same seed."""
    source = random.Random(f"{seed}|{height}")  # noqa: S311 -- a drawing, no secret
    levels = ((0.16, 0.30), (0.34, 0.22), (0.52, 0.20), (0.74, 0.16))
    steep = 1.0 if height > LOW else 1.9
    styles = ((0.28, 0.35, 0), (0.42, 0.5, 3), (0.65, 0.7, 3), (1.0, 0.25, 0))
    drawn = []
    for (level, swing), style in zip(levels, styles, strict=True):
        reach = swing * height * steep
        middle = max(level * height, reach / 2 + 2)  # peaks stay inside the box
        drawn.append(Ridge(_outline(source, middle, reach, height), *style))
    return tuple(drawn)


def _outline(source: random.Random, level: float, swing: float, height: int) -> str:
    """An outline in relative steps, closed under the box so that its sides stay unseen."""
    noise = _fractal(source, WIDTH // STEP + 4)
    points = [round(level + swing * (value - 0.5), 1) for value in noise]
    steps = " ".join(f"{STEP} {_short(after - before)}" for before, after in pairwise(points))
    return f"M-{STEP} {_short(points[0])}l{steps}V{height + 4}H-{STEP}z".replace(" -", "-")


def _fractal(source: random.Random, count: int) -> list[float]:
    """Five octaves of sine noise between about 0 and 1: wide folds first, a little grain last."""
    octaves = [(1.9 * 1.9**octave, 0.5**octave, source.uniform(0, 2 * pi)) for octave in range(5)]
    total = sum(weight for _, weight, _ in octaves)
    return [
        sum(
            weight * (1 + sin(2 * pi * turns * at / count + shift + sin(at * 0.07 * turns)))
            for turns, weight, shift in octaves
        )
        / (2 * total)
        for at in range(count)
    ]


def _short(number: float) -> str:
    """A number in the fewest characters an SVG path needs."""
    text = f"{number:.1f}".rstrip("0").rstrip(".")
    return text.replace("-0.", "-.").removeprefix("0") if text.startswith(("0.", "-0.")) else text


def landscape(category: str) -> str:
    """Which lines stand for a category: roofs for towns, furrows for plains, else hills."""
    kinds = (("hills", "山岭峰"), ("furrows", "坝原田川"), ("roofs", "城镇街窗厅社"))
    return next((kind for kind, signs in kinds if any(sign in category for sign in signs)), "hills")
