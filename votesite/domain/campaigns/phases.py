"""The phases of a schedule beside each other: which go on longer than the next ones bear.

Such a schedule can be meant, and pages show the last of the phases that are open; so nothing here
is refused, it is only said.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Overlap(NamedTuple):
    """A phase that goes on although another has begun, or is over already, at a moment."""

    code: str
    phase: str
    other: str
    at: str


_ONE_AFTER_OTHER = (
    ("publicity", "voting"),
    ("nomination", "voting"),
    ("review", "voting"),
    ("voting", "counting"),
    ("voting", "notice"),
    ("counting", "notice"),
)


def overlaps(schedule: Mapping[str, Sequence[str]]) -> list[Overlap]:
    """Where phases run into others, or nominations outlast their review. Minutes sort as texts."""
    found = [
        Overlap("runs-into", phase, other, schedule[other][0])
        for phase, other in _ONE_AFTER_OTHER
        if phase in schedule and other in schedule and schedule[phase][1] > schedule[other][0]
    ]
    nomination, review = schedule.get("nomination"), schedule.get("review")
    if nomination and review and nomination[1] > review[1]:
        found.append(Overlap("outlasts", "nomination", "review", review[1]))
    return found
