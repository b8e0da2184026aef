"""The fields of a candidate: how long each may be, in the folder and in the staff's form."""

from typing import Annotated

from pydantic import AfterValidator, Field

from votesite.domain.schemas import OneOf, Schema, Text, column_limit, wrong
from votesite.domain.texts import fold
from votesite.models.candidates import LEVELS, Candidate

MAX_NUMBER = 9999
MAX_CANDIDATES = 2000  # so that the rows of a tally fit into one entry of the log
MAX_TEXT = 20_000


def speaking(name: str) -> str:
    """A name that can be said: one of signs alone is refused, for it is like any other of them."""
    if not fold(name):
        raise wrong("no-letters")
    return name


Chapter = Annotated[str, Text(MAX_TEXT, lines=True)]


class Profile(Schema):
    """What a candidate is called, and where it belongs."""

    name: Annotated[
        str,
        Text(column_limit(Candidate.name), required=True, joined=True),
        AfterValidator(speaking),
    ]
    category: Annotated[str, Text(column_limit(Candidate.category), joined=True)] = ""
    level: Annotated[str, Text(joined=True), OneOf(("", *LEVELS))] = ""
    region: Annotated[str, Text(column_limit(Candidate.region), joined=True)] = ""
    slogan: Annotated[str, Text(column_limit(Candidate.slogan), joined=True)] = ""


class Dossier(Profile):
    """A profile with its Markdown: the summary, and a text for each criterion by its key."""

    summary: Chapter = ""
    dossier: dict[str, Chapter] = Field(default_factory=dict)
