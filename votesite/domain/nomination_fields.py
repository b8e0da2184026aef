"""The fields of a nomination: what is wrong with them, and when two names mean the same body."""

import re
import unicodedata
from collections.abc import Mapping
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from votesite.domain.fields import has_control, tidy
from votesite.errors import Fault
from votesite.models.campaigns import Campaign

LONGEST = {"name": 60, "region": 60, "reason": 2000, "evidence": 500, "contact": 200}
CRITERION_LONGEST = 2000
REQUIRED = ("name", "category", "reason")
RESERVED = (*LONGEST, "category", "picture", "consent", "csrf_token")
ONE_LINE = ("name", "category", "region", "evidence", "contact")
ALIKE = 0.72

_BLANKS = re.compile(r"\s+")


def criterion_keys(campaign: Campaign) -> list[str]:
    """The keys of the criteria a nomination may speak to; a field's own name wins."""
    return [found["key"] for found in campaign.criteria if found["key"] not in RESERVED]


def clean(campaign: Campaign, fields: Mapping[str, str]) -> dict[str, str]:
    """Every field of a nomination: composed, line ends as one, without blanks around it."""
    names = [*LONGEST, "category", *criterion_keys(campaign)]
    values = {name: tidy(fields.get(name, "")) for name in names}
    values["name"] = _BLANKS.sub(" ", values["name"])
    return values


def faults_of(campaign: Campaign, fields: Mapping[str, str]) -> dict[str, Fault]:
    """What is wrong with the fields of a nomination, by their name."""
    faults = {
        name: Fault("control-characters")
        for name, text in fields.items()
        if has_control(text, one_line=name in ONE_LINE) or has_control(name, one_line=True)
    }
    values = clean(campaign, fields)
    for name, text in values.items():
        found = None if name in faults else _fault(campaign, name, text)
        if found:
            faults[name] = found
    return faults


def fold(name: str) -> str:
    """A name as it is compared: compatible forms as one, no case, blanks or punctuation."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(char for char in text if unicodedata.category(char)[0] in "LMN")


def likeness(one: str, other: str) -> float:
    """How alike two folded names are, 0 to 1; a name within another counts as nearly the same."""
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    if min(len(one), len(other)) >= 3 and (one in other or other in one):
        return 0.95
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE else 0.0


def _fault(campaign: Campaign, name: str, text: str) -> Fault | None:
    if not text:
        return Fault("missing") if name in REQUIRED else None
    longest = LONGEST.get(name, CRITERION_LONGEST)
    if name == "category":
        return None if text in campaign.category_names else Fault("unknown-choice")
    if len(text) > longest:
        return Fault("too-long", max=longest, n=len(text) - longest)
    if name == "name" and not fold(text):
        return Fault("missing")
    return Fault("not-a-link") if name == "evidence" and not _is_link(text) else None


def _is_link(text: str) -> bool:
    """Whether a text is an http or https address with a host."""
    if _BLANKS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
