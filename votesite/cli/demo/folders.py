"""The demo's campaign folders, with the dates of the day they are seeded on."""

import csv
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from votesite.clock import CST

HOME = Path(__file__).parent / "campaigns"
SLUGS = ("zhengce-luoshi-2026", "zhengwu-chuangkou-2026", "xiangzhen-2026")
VOTING, NOMINATING, FINISHED = SLUGS[1], SLUGS[2], SLUGS[0]

_OFFSET = re.compile(r"\{\{([+-]\d+) (year|\d\d:\d\d)\}\}")


@dataclass(frozen=True)
class Folder:
    """One campaign as it is handed over, and what the story knows beside it."""

    slug: str
    path: Path
    settings: dict[str, Any]
    nominations: list[dict[str, Any]]
    answers: dict[str, Any]

    def window(self, phase: str) -> tuple[datetime, datetime]:
        """[from, to) of a phase."""
        begin, end = self.settings["schedule"][phase]
        return moment(begin), moment(end)

    def picture(self, name: str) -> Path:
        """Where a nomination's picture lies."""
        return self.path / "nominated" / f"{name}.jpg"

    @property
    def pictures(self) -> Iterator[Path]:
        """Every picture that is to be drawn."""
        if self.settings.get("cover"):
            yield self.path / self.settings["cover"]
        with (self.path / "candidates.csv").open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                yield from (self.path / name for name in row["image"].split(";") if name)
        yield from (self.picture(one["picture"]) for one in self.nominations if "picture" in one)


def moment(text: str) -> datetime:
    """A moment as the folder writes it."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=CST)


def lay_out(slug: str, base: Path, today: date) -> Folder:
    """Write a campaign's folder below `base`, dated around a day; pictures are still to draw."""
    source, target = HOME / slug, base / slug
    for name in ("media", "nominated", "surveys"):
        (target / name).mkdir(parents=True)
    for path in sorted(source.rglob("*.*")):
        if path.name in ("nominations.toml", "answers.toml"):
            continue
        filled = fill_in(path.read_text(encoding="utf-8"), today)
        (target / path.relative_to(source)).write_text(filled, encoding="utf-8")
    return Folder(
        slug,
        target,
        settings=_toml(target / "campaign.toml", today),
        nominations=_toml(source / "nominations.toml", today).get("nominations", []),
        answers=_toml(source / "answers.toml", today),
    )


def fill_in(text: str, today: date) -> str:
    """Put dates in place of `{{-11 09:00}}` and years in place of `{{-11 year}}`."""

    def _date(found: re.Match[str]) -> str:
        day = today + timedelta(days=int(found[1]))
        return str(day.year) if found[2] == "year" else f"{day.isoformat()} {found[2]}"

    return _OFFSET.sub(_date, text)


def _toml(path: Path, today: date) -> dict[str, Any]:
    if not path.exists():
        return {}
    return tomllib.loads(fill_in(path.read_text(encoding="utf-8"), today))
