"""The demo's campaign folders, copied with their dates counted from the day of seeding.

The pictures in `media/` and `nominated/` are made by `python -m tools.demo_pictures`.
"""

import re
import shutil
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from votesite.clock import CST

Toml = dict[str, Any]  # one table of the story's files, as written
HOME = Path(__file__).parent / "campaigns"
SLUGS = ("zhengce-luoshi-2026", "zhengwu-chuangkou-2026", "xiangzhen-2026")
VOTING, NOMINATING, FINISHED = SLUGS[1], SLUGS[2], SLUGS[0]

# A key whose other half nobody has, for folders that are only to be looked at.
AUDITOR = "云岭市审计局+0017777e+BEvq3isjNDC5cYuqzs8P4FHLIqILbXmlqfxa2HOI4vc8"
_OFFSET = re.compile(r"\{\{([+-]\d+) (year|\d\d:\d\d)\}\}")
# What the story reads, and a campaign folder must not hold.
_STORY = ("nominations.toml", "answers.toml", "nominated", "objective.csv")


@dataclass(frozen=True)
class Folder:
    """One campaign folder, ready to load, and what the story adds to it."""

    slug: str
    path: Path
    settings: Toml
    nominations: list[Toml]
    answers: Toml

    def window(self, phase: str) -> tuple[datetime, datetime]:
        """Return when a phase begins and when it ends; the end is not part of it."""
        begin, end = self.settings["schedule"][phase]
        return moment(begin), moment(end)


def nominated_picture(slug: str, name: str) -> Path:
    """Return the path of the picture that a nomination comes with."""
    return HOME / slug / "nominated" / f"{name}.webp"


def objective_figures(slug: str) -> str:
    """Return the table of objective figures as the office has it, in CSV."""
    return (HOME / slug / "objective.csv").read_text(encoding="utf-8")


def moment(text: str) -> datetime:
    """Return the Beijing time that a folder writes as `2026-11-24 09:00`."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=CST)


def lay_out(slug: str, base: Path, today: date, auditor: str = AUDITOR) -> Folder:
    """Copy a campaign folder to a new folder below `base`, its dates counted from `today`.

    `auditor` is the verifier key of the one who cosigns.
    """
    source, target = HOME / slug, base / slug
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*_STORY))
    for path in (*target.rglob("*.toml"), *target.rglob("*.csv")):
        text = path.read_text(encoding="utf-8").replace("{{auditor}}", auditor)
        path.write_text(fill_in(text, today), encoding="utf-8")
    return Folder(
        slug,
        target,
        settings=_toml(target / "campaign.toml", today),
        nominations=_toml(source / "nominations.toml", today).get("nominations", []),
        answers=_toml(source / "answers.toml", today),
    )


def fill_in(text: str, today: date) -> str:
    """Replace `{{-11 09:00}}` by the time eleven days before today, `{{-11 year}}` by its year."""

    def _date(match: re.Match[str]) -> str:
        day = today + timedelta(days=int(match[1]))
        return str(day.year) if match[2] == "year" else f"{day.isoformat()} {match[2]}"

    return _OFFSET.sub(_date, text)


def _toml(path: Path, today: date) -> Toml:
    if not path.exists():
        return {}
    return tomllib.loads(fill_in(path.read_text(encoding="utf-8"), today))
