"""The fields of a nomination, and what is wrong with them."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from votesite.domain.nominations import alike
from votesite.domain.texts import has_control, tidy
from votesite.errors import Fault
from votesite.models.campaigns import Campaign

MAX_LENGTHS = {"name": 60, "region": 60, "reason": 2000, "evidence": 500, "contact": 200}
MAX_CRITERION = 2000
REQUIRED = ("name", "category", "reason")
RESERVED = (*MAX_LENGTHS, "category", "picture", "consent", "csrf_token")
ONE_LINE = ("name", "category", "region", "evidence", "contact")

_BLANKS = re.compile(r"\s+")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:", re.IGNORECASE)


def criterion_keys(campaign: Campaign) -> list[str]:
    """The keys of the criteria a nomination may speak to; a field's own name wins."""
    return [found["key"] for found in campaign.criteria if found["key"] not in RESERVED]


def clean(campaign: Campaign, fields: Mapping[str, str]) -> dict[str, str]:
    """Every field of a nomination: composed, line ends as one, without blanks around it.

    An address that was typed without `https://` gets it.
    """
    names = [*MAX_LENGTHS, "category", *criterion_keys(campaign)]
    values = {name: tidy(fields.get(name, "")) for name in names}
    values["name"] = _BLANKS.sub(" ", values["name"])
    values["evidence"] = _with_scheme(values["evidence"])
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


def _fault(campaign: Campaign, name: str, text: str) -> Fault | None:
    if not text:
        return Fault("missing") if name in REQUIRED else None
    longest = MAX_LENGTHS.get(name, MAX_CRITERION)
    if name == "category":
        return None if text in campaign.category_names else Fault("unknown-choice")
    if len(text) > longest:
        return Fault("too-long", max=longest, n=len(text) - longest)
    if name == "name" and not alike.fold(text):
        return Fault("missing")
    return Fault("not-a-link") if name == "evidence" and not _is_link(text) else None


def _with_scheme(text: str) -> str:
    host = re.split("[/?#]", text, maxsplit=1)[0]
    is_bare = "." in host.strip(".") and "@" not in host and not _SCHEME.match(text)
    return f"https://{text}" if is_bare else text


def _is_link(text: str) -> bool:
    """Whether a text is an http or https address with a host."""
    if _BLANKS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
