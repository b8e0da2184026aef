"""What was fixed before anybody knew figures, and what changed the list late, as people read it."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.domain.ledger.knowledge import Late, Placed
from votesite.web.templating import number
from votesite.web.wording.honour_entries import data_name

Names = Mapping[int, str]  # the candidates' names by their numbers


class Stretch(NamedTuple):
    """Entries of one kind that follow each other and were written with the same knowledge."""

    first: int
    last: int
    what: str
    figures: str
    panel: str


class Change(NamedTuple):
    """A difference between two lists of honours, and the entries that share it."""

    before: int
    after: int
    gained: str
    lost: str
    entries: list[tuple[int, str]]


def stretches(placed: Iterable[Placed]) -> list[Stretch]:
    """The order of knowledge as rows of a table: a run of the same is one row."""
    rows = []
    for (what, figures, panel), run in groupby(placed, _told):
        found = [one.entry["n"] for one in run]
        if len(found) > 1:
            what = _("%(what)s，%(n)s 次", what=what, n=number(len(found)))
        rows.append(Stretch(found[0], found[-1], what, figures, panel))
    return rows


def changes(late: Iterable[Late], names: Names) -> list[Change]:
    """The late entries by the two rankings whose difference they share."""
    found: dict[tuple[int, int], Change] = {}
    for one in late:
        between = one.before, one.after
        if between not in found:
            gained, lost = _listed(one.gained, names), _listed(one.lost, names)
            found[between] = Change(*between, gained, lost, [])
        found[between].entries.append((one.entry["n"], what(one.k, one.entry.get("key", ""))))
    return list(found.values())


def what(k: str, key: str = "") -> str:
    """A kind of entry that can change who is honoured, in a few words."""
    if k == "data":
        return _("录入数据：%(what)s", what=data_name(key))
    return _KINDS[k]()


def _told(placed: Placed) -> tuple[str, str, str]:
    return (
        what(placed.k, placed.entry.get("key", "")),
        _side(placed.after_figures),
        "" if placed.after_panel is None or placed.k == "panel" else _side(placed.after_panel),
    )


def _side(is_after: bool) -> str:
    return pgettext("先后", "以后") if is_after else pgettext("先后", "以前")


def _listed(numbers: Iterable[int], names: Names) -> str:
    named = (_("%(no)s 号 %(name)s", no=no, name=names.get(no, "")) for no in numbers)
    return pgettext("并列", "、").join(named)


_KINDS: Mapping[str, Callable[[], str]] = {
    "judge": lambda: _("任命评委"),
    "sheet": lambda: _("算数的评分表"),
    "panel": lambda: _("评分结束"),
    "dismiss": lambda: _("评委退出"),
    "withdraw": lambda: _("候选退出"),
    "void": lambda: _("作废选票"),
    "restore": lambda: _("恢复选票"),
    "ranking": lambda: _("重新得出综合结果"),
}
