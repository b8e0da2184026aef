"""Pictures drawn by program: a file's name says what it shows, `07-village-gold.jpg`."""

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from votesite.cli.demo.halls import HALLS
from votesite.cli.demo.painting import PALETTES, Sheet
from votesite.cli.demo.scenes import SCENES

MOTIFS: dict[str, Callable[[Sheet], None]] = {**SCENES, **HALLS}
QUALITY = 90


def draw(path: Path) -> None:
    """Draw the picture that a file's name asks for, `NUMBER-MOTIF-PALETTE.jpg`, and save it.

    The same name always gives the same picture, but for its grain.
    """
    _, motif, palette = path.stem.split("-")
    sheet = Sheet(path.stem, PALETTES[palette])
    sheet.paint_sky()
    MOTIFS[motif](sheet)
    sheet.finish().save(path, quality=QUALITY)


def draw_all(paths: Iterable[Path]) -> Iterator[Path]:
    """Draw many pictures, one a processor at a time; yields each when it is done."""
    wanted = list(paths)
    workers = min(len(wanted), os.cpu_count() or 1)
    if workers < 2:
        for path in wanted:
            draw(path)
            yield path
        return
    # A child of a fork would inherit open connections; one that is spawned starts clean.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for path, _ in zip(wanted, pool.map(draw, wanted, chunksize=2), strict=True):
            yield path
