"""`campaign.toml`: every key, its type, its limits, its default, and how keys fit together."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Annotated, Any, cast

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from votesite import clock
from votesite.domain.campaigns.presets import (
    BALLOT_DEFAULTS,
    COLOURS,
    VOID_RULE_DEFAULTS,
    WORDINGS,
)
from votesite.domain.candidates.fields import MAX_TEXT
from votesite.domain.ledger.canonical import canonical
from votesite.domain.schemas import (
    MAX_FIELDS,
    Between,
    Bounds,
    Matches,
    OneOf,
    Problem,
    Reading,
    Schema,
    Text,
    Tree,
    column_limit,
    read,
    wrong,
)
from votesite.domain.setup.folder.composite import WeightsTable, composite_problems, sum_problem
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.oversight import (
    AuditTable,
    ElectorateTable,
    audit_problems,
    electorate_problems,
)
from votesite.domain.texts import fold, quoted
from votesite.models.campaigns import (
    SCHEDULED,
    Approval,
    Audit,
    Ballot,
    Campaign,
    Category,
    Criterion,
    Electorate,
    Organisers,
    VoidRule,
    Weights,
    unaudited,
    unstated,
)
from votesite.models.candidates import Candidate

COLUMNS = ("no", "name", "category", "level", "region", "slogan", "summary", "image", "video")
CRITERIA = ("service", "openness", "innovation", "satisfaction", "responsibility")
FORM_FIELDS = ("reason", "evidence", "contact", "picture", "consent", "csrf_token")

_SLUG = re.compile(r"[a-z0-9-]{3,60}", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)", re.ASCII)
_WITH_SECONDS = re.compile(r"[\d-]{10}[ T]\d\d:\d\d:\d\d.*", re.ASCII)
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_RESULTS = re.compile(r"live|hidden|daily (?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_KEY = re.compile(r"[^\W\d_][\w-]{0,31}")
_PHONE = re.compile(r"(?=(?:.*[0-9]){3})[0-9+\-()/,;、转轉x ]+", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>,;、]+@[^\s@<>,;、]+\.[^\s@<>,;、.]+")
_YEARS = range(2000, 2200)


def _moment(text: str) -> str:
    """A minute as the ledger writes it."""
    match = _MOMENT.fullmatch(text)
    if match is not None and int(match[1]) in _YEARS:
        year, month, day, hour, minute = map(int, match.groups())
        try:
            return clock.minute(datetime(year, month, day, hour, minute, tzinfo=clock.CST))
        except ValueError:
            pass
    raise wrong("seconds" if _WITH_SECONDS.fullmatch(text) else "not-a-moment")


def _two_texts(value: object) -> object:
    """Two texts where it is a list; what is no list is refused by its type."""
    texts = [text for text in value if isinstance(text, str)] if isinstance(value, list) else value
    if isinstance(value, list) and (len(value) != 2 or texts != value):
        raise wrong("not-two-texts")
    return value


def _in_order(window: list[str]) -> list[str]:
    if window[1] <= window[0]:
        raise wrong("reversed")
    return window


def _hours(hours: list[str]) -> list[str]:
    begin, end = hours
    if not _HOUR.fullmatch(begin) or not (_HOUR.fullmatch(end) or end == "24:00"):
        raise wrong("hours")
    return _in_order(hours)


def _phone(text: str) -> str:
    """A telephone number, or several with their extensions, as it can be dialled."""
    return _in_half_width(text, _PHONE)


def _email(text: str) -> str:
    """An e-mail address, as one can write to it."""
    return _in_half_width(text, _EMAIL)


def _in_half_width(text: str, pattern: re.Pattern[str]) -> str:
    """A text that a pattern matches, its signs as a keyboard's own: `－` is kept as `-`."""
    folded = unicodedata.normalize("NFKC", text)
    if text and not pattern.fullmatch(folded):
        raise wrong("pattern", value=text)
    return folded


def _at_least_one(rows: list[Any]) -> list[Any]:
    if not rows:
        raise wrong("none")
    return rows


def _criterion_key(key: str) -> str:
    if key in COLUMNS or key in FORM_FIELDS:
        raise wrong("reserved", value=key)
    return key


MOST_PICKS = MAX_FIELDS - 10  # beside them a ballot's form has its own fields
MOST_FROZEN = 48_000  # bytes of the settings that entry 0 holds beside its signers' keys
ELIGIBLE = ("anyone", "followers", "roster")
NONE = Field(default_factory=list, validate_default=True)  # a list left out is read as an empty one
EMPTY = Field(default_factory=dict, validate_default=True)  # and a table as one without keys

Phone = Annotated[str, Text(120), AfterValidator(_phone)]
Email = Annotated[str, Text(120), AfterValidator(_email)]
Names = list[Annotated[str, Text(120, required=True)]]
Reason = Annotated[str, Text(500)]
Window = Annotated[
    list[Annotated[str, AfterValidator(_moment)]],
    BeforeValidator(_two_texts),
    AfterValidator(_in_order),
]


class ApprovalTable(Schema):
    """`[approval]`: a document's number, or why none is needed."""

    number: Reason = ""
    exempt: Reason = ""
    reason: Reason = ""


class OrganisersTable(Schema):
    """`[organisers]`: bodies by what they do, and how they are reached."""

    host: Annotated[Names, AfterValidator(_at_least_one), NONE]
    undertaker: Names = Field(default_factory=list)
    supervisor: Names = Field(default_factory=list)
    phone: Phone = ""
    supervision_phone: Phone = ""
    email: Email = ""


class ScheduleTable(Schema):
    """`[schedule]`: [from, to) of each phase, in ledger minutes."""

    publicity: Window | None = None
    nomination: Window | None = None
    review: Window | None = None
    voting: Window
    counting: Window | None = None
    notice: Window | None = None


class BallotTable(Schema):
    """`[ballot]`: the rules of a ballot."""

    scope: Annotated[str, OneOf(("campaign", "day"))]
    ballots: Annotated[int, Between(1, 1000)]
    picks: Annotated[list[int], Bounds(1, MOST_PICKS)]
    repeat: Annotated[str, OneOf(("never", "daily"))] = BALLOT_DEFAULTS["repeat"]
    hours: Annotated[list[str], BeforeValidator(_two_texts), AfterValidator(_hours)] = Field(
        default_factory=lambda: list(BALLOT_DEFAULTS["hours"])
    )
    order: Annotated[str, OneOf(("number", "stroke", "random"))] = BALLOT_DEFAULTS["order"]
    eligibility: Annotated[str, OneOf(ELIGIBLE)] = BALLOT_DEFAULTS["eligibility"]
    min_batch: Annotated[int, Between(1, 1000)] = BALLOT_DEFAULTS["min_batch"]
    quiet: Annotated[int, Between(0, 1440)] = BALLOT_DEFAULTS["quiet"]
    publish_every: Annotated[int, Between(1, 86400)] = BALLOT_DEFAULTS["publish_every"]


class CategoryRow(Schema):
    """One of `[[categories]]`."""

    name: Annotated[str, Text(column_limit(Candidate.category), required=True)]
    seats: Annotated[int, Between(1, 10_000)] = 5
    picks: Annotated[list[int], Bounds(0)] | None = None


class CriterionRow(Schema):
    """One of `[[criteria]]`."""

    key: Annotated[str, Text(required=True), AfterValidator(_criterion_key), Matches(_KEY)]
    name: Annotated[str, Text(60, required=True)]
    weight: Annotated[int, Between(1, 100)]


class VoidRuleRow(Schema):
    """One of `[[void_rules]]`."""

    id: Annotated[str, Text(20, required=True)]
    text: Annotated[str, Text(500, required=True)]


class CampaignFile(Schema):
    """The whole of `campaign.toml`."""

    slug: Annotated[str, Text(required=True), Matches(_SLUG)]
    title: Annotated[str, Text(column_limit(Campaign.title), required=True)]
    theme: Annotated[str, Text(column_limit(Campaign.theme))] = ""
    wording: Annotated[str, OneOf(WORDINGS)]
    purpose: Annotated[str, Text(MAX_TEXT, lines=True)] = ""
    colour: Annotated[str, OneOf(COLOURS)] = "red"
    cover: Annotated[str, Text(exact=True)] = ""
    fee_free: StrictBool
    results: Annotated[str, Text(), Matches(_RESULTS)] = "live"
    recount: Annotated[str, OneOf(("auditors", "public"))] = "auditors"
    signed: StrictBool = False
    approval: Annotated[ApprovalTable, EMPTY]
    organisers: Annotated[OrganisersTable, EMPTY]
    schedule: Annotated[ScheduleTable, EMPTY]
    ballot: Annotated[BallotTable, EMPTY]
    categories: Annotated[list[CategoryRow], AfterValidator(_at_least_one), NONE]
    criteria: list[CriterionRow] = Field(default_factory=list)
    weights: Annotated[WeightsTable, EMPTY]
    electorate: Annotated[ElectorateTable, EMPTY]
    audit: Annotated[AuditTable, EMPTY]
    void_rules: list[VoidRuleRow] = Field(
        default_factory=lambda: [VoidRuleRow(**rule) for rule in VOID_RULE_DEFAULTS]
    )


@dataclass
class CampaignSettings:
    """What `campaign.toml` says, in the form of the campaign's columns.

    What could not be read is empty, or None where a table lacks it.
    """

    slug: str = ""
    title: str = ""
    theme: str = ""
    wording: str = ""
    purpose: str = ""
    colour: str = "red"
    cover: str = ""
    fee_free: bool = False
    results: str = "live"
    recount: str = "auditors"
    signed: bool = False
    approval: Approval = field(default_factory=Approval)
    organisers: Organisers = field(default_factory=Organisers)
    schedule: dict[str, list[str]] = field(default_factory=dict)
    ballot: Ballot = field(default_factory=Ballot)  # type: ignore[arg-type]
    categories: list[Category] = field(default_factory=list)
    criteria: list[Criterion] = field(default_factory=list)
    weights: Weights = field(default_factory=Weights)  # type: ignore[arg-type]
    electorate: Electorate = field(default_factory=unstated)
    audit: Audit = field(default_factory=unaudited)
    void_rules: list[VoidRule] = field(default_factory=list)

    @property
    def voting_ends(self) -> datetime | None:
        """When voting ends, where that could be read."""
        window = self.schedule.get("voting")
        return clock.parse_minute(window[1]) if window else None


FROZEN = ("title", "categories", "criteria", "weights", "electorate", "audit", "void_rules")
KEYS = tuple(column.name for column in fields(CampaignSettings))


def read_settings(tree: Mapping[str, Any], file: str, faults: Faults) -> CampaignSettings:
    """The settings in a file's tree; what is wrong in it is noted."""
    reading = read(CampaignFile, tree)
    faults.note(file, [*reading.problems, *_problems(reading)])
    dumped = reading.value.model_dump(warnings=False)
    faults.note(file, _size_problems(dumped))
    settings = CampaignSettings(
        **{key: value for key, value in dumped.items() if value is not None}
    )
    approval = {key: text for key, text in dumped["approval"].items() if text}
    settings.approval = cast(Approval, approval)
    settings.schedule = {
        phase: window for phase in SCHEDULED if (window := settings.schedule[phase])
    }
    if settings.ballot["scope"] == "campaign":
        settings.ballot["repeat"] = "never"  # there is only one period
    return settings


def twice(rows: Sequence[Schema], table: str, name: str) -> Iterator[Problem]:
    """A problem for each row whose field has the value of an earlier one, a name one like it."""
    first: dict[str, str] = {}
    for number, row in enumerate(rows):
        value = getattr(row, name)
        key = (fold(value) if value and name == "name" else "") or value
        if key in first:
            other = first[key]
            code, detail = ("twice", {}) if other == value else ("alike", {"other": quoted(other)})
            yield Problem((table, number, name), code, detail, value)
        elif value:
            first[key] = value


def _problems(reading: Reading[CampaignFile]) -> Iterator[Problem]:
    """What is wrong between fields that could be read."""
    file = reading.value
    if all(reading.is_sound("approval", part) for part in ApprovalTable.model_fields):
        yield from _approval_problems(file.approval, file.wording)
    for phase in ("counting", "notice"):
        window = getattr(file.schedule, phase)
        if window and file.schedule.voting and window[0] < file.schedule.voting[1]:
            yield Problem(("schedule", phase), "too-early")
    for table, name in (("categories", "name"), ("criteria", "key"), ("void_rules", "id")):
        yield from twice(getattr(file, table) or [], table, name)
    if file.criteria:
        yield from sum_problem("criteria", [row.weight for row in file.criteria])
    has_criteria = bool(file.criteria) or not reading.is_sound("criteria")
    yield from composite_problems(file.weights, has_criteria=has_criteria)
    yield from electorate_problems(file.electorate)
    yield from audit_problems(file.audit, file.slug)
    if file.ballot.picks and file.categories:
        yield from _picks_problems(file.ballot.picks, [row.picks for row in file.categories])


def _size_problems(dumped: Tree) -> Iterator[Problem]:
    """Settings that leave no room for the signers in entry 0, which is no longer than a tile's."""
    frozen = {key: dumped[key] for key in FROZEN}
    size = len(canonical([frozen, dumped["categories"]]))  # their names stand in two of its fields
    if size > MOST_FROZEN:
        yield Problem(("void_rules",), "too-large", {"size": size, "most": MOST_FROZEN})


def _approval_problems(approval: ApprovalTable, wording: str) -> Iterator[Problem]:
    if approval.number and (approval.exempt or approval.reason):
        yield Problem(("approval",), "both")
    elif not approval.number and not (approval.exempt and approval.reason):
        yield Problem(("approval",), "neither")
    elif wording == "表彰" and not approval.number:
        yield Problem(("wording",), "needs-approval")


def _picks_problems(picks: list[int], of_categories: list[list[int] | None]) -> Iterator[Problem]:
    """Ballots that cannot be filled."""
    asked = [bounds for bounds in of_categories if bounds]
    least = sum(bounds[0] for bounds in asked)
    if least > picks[1]:
        detail = {"least": least, "most": picks[1]}
        yield Problem(("ballot", "picks"), "too-many-asked", detail)
    if len(asked) == len(of_categories) and sum(bounds[1] for bounds in asked) < picks[0]:
        yield Problem(("ballot", "picks"), "too-few-allowed", {"least": picks[0]})
