"""`[electorate]` and `[audit]` of `campaign.toml`: who may vote, and who vouches for the count."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field

from votesite.domain.ledger import verifier_keys
from votesite.domain.schemas import Between, Problem, Schema, Text, wrong

MOST_PEOPLE = 2_000_000_000
MAX_SOURCE = 200
MOST_AUDITORS = 20

_WHY = {
    "form": "it has not the form NAME+hex+base64",
    "name": "its name is empty, too long, or has blanks or what nobody sees",
    "base64": "its last part is not canonical base64",
    "length": "its key has not the length that its type asks for",
    "point": "nobody can sign under it alone: it is no point of the curve, or one of small order",
    "key-id": "its hex does not belong to its name and key",
}


def _verifier_key(text: str) -> str:
    try:
        return str(verifier_keys.parse(text))
    except verifier_keys.BadVerifierKey as bad:
        raise wrong("no-key", value=text, why=_WHY[bad.code]) from bad


class ElectorateTable(Schema):
    """`[electorate]`: how many people may vote, as the organiser states it, and the source."""

    population: Annotated[int, Between(0, MOST_PEOPLE)] = 0
    source: Annotated[str, Text(MAX_SOURCE)] = ""


class AuditTable(Schema):
    """`[audit]`: the auditors' verifier keys, and how many of them must sign the count."""

    auditors: list[Annotated[str, Text(), AfterValidator(_verifier_key)]] = Field(
        default_factory=list
    )
    quorum: Annotated[int, Between(0, MOST_AUDITORS)] = 0


def electorate_problems(electorate: ElectorateTable) -> Iterator[Problem]:
    """A number without its source, or a source without a number."""
    if electorate.population and electorate.source == "":
        yield Problem(("electorate", "source"), "no-source")
    elif electorate.population == 0 and electorate.source:
        yield Problem(("electorate", "population"), "no-number")


def audit_problems(audit: AuditTable, slug: str | None) -> Iterator[Problem]:
    """Names that stand for two, the log's own among them, and a quorum that cannot be met."""
    auditors: list[str] | None = audit.auditors
    if auditors is None:
        return
    path = ("audit", "auditors")
    keys = [verifier_keys.parse(text) for text in auditors]
    for name in verifier_keys.names_twice(keys):
        yield Problem(path, "name-twice", {"value": name})
    for key in keys:
        if slug and key.name.endswith(f"/c/{slug}"):
            yield Problem(path, "name-of-log", {"value": key.name})
    if len(keys) > MOST_AUDITORS:
        yield Problem(path, "too-many", {"most": MOST_AUDITORS})
    elif audit.quorum is not None and audit.quorum > len(keys):
        detail = {"n": audit.quorum, "auditors": len(keys)}
        yield Problem(("audit", "quorum"), "above-auditors", detail)
