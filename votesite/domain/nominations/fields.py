"""The fields of a nomination, and what is wrong with them."""

import re
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from votesite.domain import schemas, texts
from votesite.domain.candidates.fields import speaking
from votesite.domain.schemas import Schema, Text, column_limit
from votesite.errors import Fault
from votesite.models.campaigns import Campaign
from votesite.models.nominations import Nomination

MAX_REASON = 2000
MAX_CRITERION = 2000
MAX_CONTACT = 200
RESERVED = ("picture", "consent", "csrf_token")

_BLANKS = re.compile(r"\s+")
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:", re.IGNORECASE)


def _one_blank_between(name: str) -> str:
    return _BLANKS.sub(" ", name)


def _with_scheme(text: str) -> str:
    """An address as people type it, `www.gov.cn`, with the beginning that they leave out."""
    host = re.split("[/?#]", text, maxsplit=1)[0]
    is_bare = "." in host.strip(".") and "@" not in host and not _SCHEME.match(text)
    return f"https://{text}" if is_bare else text


def _link(text: str) -> str:
    if text and not _is_link(text):
        raise schemas.wrong("not-a-link")
    return text


def _is_link(text: str) -> bool:
    """Whether a text is an http or https address with a host."""
    if _BLANKS.search(text):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


Chapter = Annotated[str, Text(MAX_CRITERION, lines=True, strict=True)]


class NominationForm(Schema):
    """What a citizen fills in. `criteria` are texts by the keys that `criterion_keys` names."""

    name: Annotated[
        str,
        Text(required=True, strict=True),
        AfterValidator(_one_blank_between),
        Text(column_limit(Nomination.name)),
        AfterValidator(speaking),
    ]
    category: Annotated[str, Text(required=True, strict=True)]
    region: Annotated[str, Text(column_limit(Nomination.region), strict=True)] = ""
    reason: Annotated[str, Text(MAX_REASON, lines=True, required=True, strict=True)]
    evidence: Annotated[
        str,
        Text(strict=True),
        AfterValidator(_with_scheme),
        Text(column_limit(Nomination.evidence)),
        AfterValidator(_link),
    ] = ""
    contact: Annotated[str, Text(MAX_CONTACT, strict=True)] = ""
    criteria: dict[str, Chapter] = Field(default_factory=dict)


FIELDS = tuple(name for name in NominationForm.model_fields if name != "criteria")


def criterion_keys(campaign: Campaign) -> list[str]:
    """The keys of the criteria a nomination may speak to; a field's own name wins."""
    keys = [criterion["key"] for criterion in campaign.criteria]
    return [key for key in keys if key not in FIELDS and key not in RESERVED]


def clean(campaign: Campaign, fields: Mapping[str, str]) -> dict[str, str]:
    """Every field of a nomination in its stored form, "" for what is missing or at fault."""
    form = _read(campaign, fields).value
    values = {name: getattr(form, name) or "" for name in FIELDS}
    return values | {key: form.criteria.get(key, "") for key in criterion_keys(campaign)}


def faults_of(campaign: Campaign, fields: Mapping[str, str]) -> dict[str, Fault]:
    """What is wrong with the fields of a nomination, by their name; with others, stray marks."""
    reading = _read(campaign, fields)
    faults = reading.faults
    if "category" not in faults and reading.value.category not in campaign.category_names:
        faults["category"] = Fault("unknown-choice")
    for name in fields.keys() - {*FIELDS, *criterion_keys(campaign)}:
        in_name = texts.stray(name, lines=False, also=texts.STRANGE)
        if in_name or texts.stray(fields[name], also=texts.STRANGE):
            faults[name] = Fault("control-characters")
    return faults


def _read(campaign: Campaign, fields: Mapping[str, str]) -> schemas.Reading[NominationForm]:
    tree = {name: fields.get(name, "") for name in FIELDS}
    criteria = {key: fields.get(key, "") for key in criterion_keys(campaign)}
    return schemas.read(NominationForm, {**tree, "criteria": criteria})
