"""Parts of a dossier in words, and what was changed in them while people voted."""

from collections.abc import Sequence
from typing import NamedTuple

from flask_babel import gettext as _

from votesite.models.campaigns import Campaign
from votesite.models.candidates import DossierVersion

NEAR = 60  # how many characters around a change are shown
CUT = "……"
OF_PICTURES = ("picture-down", "picture-up", "caption", "order")


class Compared(NamedTuple):
    """A text beside another: what is the same before, what differs, what is the same after."""

    head: str
    middle: str
    tail: str


def part(campaign: Campaign, name: str) -> str:
    """The name of a text; of a criterion that nobody names any more, its key."""
    criteria = {criterion["key"]: criterion["name"] for criterion in campaign.criteria}
    key = name.removeprefix("dossier.")
    return {
        "level": _("层级"),
        "region": _("地区"),
        "slogan": _("一句话"),
        "summary": _("简介"),
        "caption": _("图片说明"),
        "picture-up": _("放上的图片"),
        "picture-down": _("撤下的图片"),
        "order": _("图片顺序"),
    }.get(name) or str(criteria.get(key, key))


def changed(campaign: Campaign, rows: Sequence[DossierVersion]) -> str:
    """What was changed within a minute, in one sentence."""
    names = dict.fromkeys(part(campaign, row.part) for row in rows if row.part not in OF_PICTURES)
    said = [_("改了“%(name)s”", name=name) for name in names]
    down, up = (sum(row.part == name for row in rows) for name in OF_PICTURES[:2])
    if up:
        said.append(_("放上 %(n)s 张图片", n=up))
    if down:
        said.append(_("撤下 %(n)s 张图片", n=down))
    if any(row.part == "caption" for row in rows):
        said.append(_("改了图片说明"))
    if any(row.part == "order" for row in rows):
        said.append(_("调整了图片顺序"))
    return _("，").join(said)


def is_text(row: DossierVersion) -> bool:
    """Whether what was changed is a text, which can be compared."""
    return row.part not in OF_PICTURES or row.part == "caption"


def compared(former: str, later: str) -> tuple[Compared, Compared]:
    """Two texts with what differs; of a long text that is the same only the nearest is shown."""
    same = _alike(former, later)
    rest, new = former[same:], later[same:]
    after = _alike(rest[::-1], new[::-1])
    head, tail = former[:same], rest[len(rest) - after :]
    if len(head) > NEAR:
        head = CUT + head[-NEAR:]
    if len(tail) > NEAR:
        tail = tail[:NEAR] + CUT
    return (
        Compared(head, rest[: len(rest) - after], tail),
        Compared(head, new[: len(new) - after], tail),
    )


def _alike(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
