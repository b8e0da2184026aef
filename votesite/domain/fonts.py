"""The Chinese fonts of this machine, for what the site draws and prints."""

from functools import lru_cache
from pathlib import Path

FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")
SERIF = ("NotoSerifCJK-Bold.ttc", "SourceHanSerifSC-Bold.otf", "NotoSerifSC-Bold.otf")
SANS = (
    "NotoSansCJK-Regular.ttc",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
)
TEXT = ("NotoSerifCJK-Regular.ttc", "SourceHanSerifSC-Regular.otf", "NotoSerifSC-Regular.otf")


@lru_cache(maxsize=8)
def font_file(names: tuple[str, ...]) -> Path | None:
    """Returns the first of these files that is installed, or None."""
    for folder in FOLDERS:
        known = {path.name: path for path in Path(folder).rglob("*.[ot]t[fc]")}
        for name in names:
            if name in known:
                return known[name]
    return None
