"""Paint the demo's pictures and put them beside its campaign folders.

python -m tools.demo_pictures          paints all of them
python -m tools.demo_pictures NAME …   paints those whose name begins with one of these
"""

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tools.demo_pictures.pictures import named_pictures, paint


def main(prefixes: tuple[str, ...]) -> None:
    """Paint the pictures whose names begin with one of the prefixes, or all without any."""
    paths = [path for path in named_pictures() if path.name.startswith(prefixes or "")]
    with ProcessPoolExecutor() as painters:
        total = sum(painters.map(_save, paths))
    sys.stdout.write(f"{len(paths)} pictures, {total:,} bytes\n")


def _save(path: Path) -> int:
    path.parent.mkdir(exist_ok=True)
    return path.write_bytes(paint(path.stem))


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
