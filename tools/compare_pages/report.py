"""What differs between two walks, each difference once."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tools.compare_pages.normal import Names, Normal
from tools.compare_pages.visitor import Answer
from tools.compare_pages.walk import Walk, is_fresh

CONTEXT = 2
MOST_LINES = 80
MOST_ADDRESSES = 12

_PLACE = re.compile(r"^@@ .*", re.MULTILINE)


@dataclass
class Report:
    """Differences by their text, with the addresses that have them, and what is worth a look."""

    asked: int = 0
    differences: dict[str, list[str]] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many addresses differ."""
        return sum(map(len, self.differences.values()))

    def note(self, difference: str, key: str) -> None:
        """Add a difference of an address."""
        self.differences.setdefault(difference, []).append(key)

    def lines(self) -> Iterator[str]:
        """The report as text."""
        for difference, keys in self.differences.items():
            shown = difference.split("\n")
            more = len(keys) - MOST_ADDRESSES
            yield "=" * 100
            yield from keys[:MOST_ADDRESSES]
            yield from [f"… and {more} more"] if more > 0 else []
            yield ""
            yield from shown[:MOST_LINES]
            if len(shown) > MOST_LINES:
                yield f"… {len(shown) - MOST_LINES} lines more"
        yield from _listed("accepted by --except", self.accepted)
        yield from _listed("a blank between two tags came or went", self.gaps)
        yield from _listed("answered with 500 on both sides", self.faults)
        yield (
            f"{self.asked} answers compared, {self.count} differ"
            f" in {len(self.differences)} ways, {len(self.gaps)} in blanks alone"
        )


def compare(base: Walk, new: Walk, accepted: re.Pattern[str] | None, without: list[str]) -> Report:
    """Compare all answers; addresses that `accepted` finds may differ."""
    report = Report(asked=len(base.answers))
    dropped = re.compile("|".join(rf' {re.escape(name)}="[^"]*"' for name in without) or r"(?!)")
    sides = [(walk, Names(walk.media, walk.receipts)) for walk in (base, new)]
    for key in [*base.answers, *(key for key in new.answers if key not in base.answers)]:
        if key not in base.answers or key not in new.answers:
            report.note(f"only {'base' if key in base.answers else 'new'} was asked", key)
            continue
        if _is_alike(base.answers[key], new.answers[key]):
            report.faults += [key] if base.answers[key].status == 500 else []
            continue
        was, now = (
            Normal(walk.answers[key], names, is_fresh=is_fresh(key)) for walk, names in sides
        )
        if was.lines(keep_gaps=True) == now.lines(keep_gaps=True):
            report.faults += [key] if base.answers[key].status == 500 else []
            continue
        old, young = (
            [dropped.sub("", line) for line in one.lines(keep_gaps=False)] for one in (was, now)
        )
        if old == young:
            report.gaps.append(key)
        elif accepted and accepted.search(key):
            report.accepted.append(key)
        else:
            diff = difflib.unified_diff(old, young, "base", "new", n=CONTEXT, lineterm="")
            report.note(_PLACE.sub("@@", "\n".join(diff)), key)
    _compare_named(base, new, report)
    return report


def _is_alike(was: Answer, now: Answer) -> bool:
    """Whether two answers are the same without a closer look, which takes time."""
    heads = [[pair for pair in one.headers if pair[0] != "Date"] for one in (was, now)]
    return was.status == now.status and was.body == now.body and heads[0] == heads[1]


def _compare_named(base: Walk, new: Walk, report: Report) -> None:
    """Files that pages name: each must be there, and pictures show the same."""
    for name, walk in (("base", base), ("new", new)):
        for address, status in walk.files.items():
            if status != 200:
                report.note(f"{name}: a file that a page names answers {status}", address)
    for content in sorted(set(base.media.values()) ^ set(new.media.values())):
        side = base if content in base.media.values() else new
        address = next(name for name, found in side.media.items() if found == content)
        report.note(f"only {'base' if side is base else 'new'} has this picture", address)


def _listed(what: str, keys: list[str]) -> Iterator[str]:
    if keys:
        yield f"--- {what}: {len(keys)}"
        yield from keys[:MOST_ADDRESSES]
