"""The fields of a candidate: how long each may be, in the folder and in the staff's form."""

from typing import Annotated

from pydantic import Field

from votesite.domain.schemas import OneOf, Schema, Text, column_limit
from votesite.models.candidates import LEVELS, Candidate

MAX_NUMBER = 9999
MAX_TEXT = 20_000

Chapter = Annotated[str, Text(MAX_TEXT, lines=True)]


class Profile(Schema):
    """What a candidate is called, and where it belongs."""

    name: Annotated[str, Text(column_limit(Candidate.name), required=True)]
    category: Annotated[str, Text(column_limit(Candidate.category))] = ""
    level: Annotated[str, Text(), OneOf(("", *LEVELS))] = ""
    region: Annotated[str, Text(column_limit(Candidate.region))] = ""
    slogan: Annotated[str, Text(column_limit(Candidate.slogan))] = ""


class Dossier(Profile):
    """A profile with its Markdown: the summary, and a text for each criterion by its key."""

    summary: Chapter = ""
    dossier: dict[str, Chapter] = Field(default_factory=dict)
