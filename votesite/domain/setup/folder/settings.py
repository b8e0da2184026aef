"""`campaign.toml`: every key, its type, its range, its default, and how keys fit together."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from votesite import clock
from votesite.domain.campaigns.presets import (
    BALLOT_DEFAULTS,
    COLOURS,
    VOID_RULE_DEFAULTS,
    WEIGHT_DEFAULTS,
    WORDINGS,
)
from votesite.domain.setup.folder.faults import quoted
from votesite.domain.setup.folder.toml import Section
from votesite.models.campaigns import SCHEDULED

COLUMNS = ("no", "name", "category", "level", "region", "slogan", "summary", "image", "video")
CRITERIA = ("service", "openness", "innovation", "satisfaction", "responsibility")
FORM_FIELDS = ("reason", "evidence", "contact", "picture", "consent", "csrf_token")

_SLUG = re.compile(r"[a-z0-9-]{3,60}", re.ASCII)
_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d)", re.ASCII)
_WITH_SECONDS = re.compile(r"[\d-]{10}[ T]\d\d:\d\d:\d\d.*", re.ASCII)
_HOUR = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAILY = re.compile(r"daily (?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)
_KEY = re.compile(r"[^\W\d_][\w-]{0,31}")
_YEARS = range(2000, 2200)
_MANY = 10_000


@dataclass
class CampaignSettings:
    """What `campaign.toml` says, in the form of the campaign's columns."""

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
    approval: dict[str, str] = field(default_factory=dict)
    organisers: dict[str, Any] = field(default_factory=dict)
    schedule: dict[str, list[str]] = field(default_factory=dict)
    ballot: dict[str, Any] = field(default_factory=dict)
    categories: list[dict[str, Any]] = field(default_factory=list)
    criteria: list[dict[str, Any]] = field(default_factory=list)
    weights: dict[str, Any] = field(default_factory=dict)
    void_rules: list[dict[str, str]] = field(default_factory=list)

    @property
    def voting_ends(self) -> datetime | None:
        """When voting ends, where that could be read."""
        window = self.schedule.get("voting")
        return clock.parse_minute(window[1]) if window else None


def read_settings(top: Section) -> CampaignSettings:
    """The settings of a file; what is wrong in it is noted in its faults."""
    top.only(*CampaignSettings.__dataclass_fields__)
    settings = CampaignSettings(
        slug=_slug(top),
        title=top.text("title", required=True, limit=120),
        theme=top.text("theme", limit=120),
        wording=top.choice("wording", WORDINGS, required=True),
        purpose=top.text("purpose", lines=True),
        colour=top.choice("colour", COLOURS, default="red"),
        cover=top.text("cover"),
        fee_free=top.flag("fee_free", required=True),
        results=_results(top),
        recount=top.choice("recount", ("auditors", "public"), default="auditors"),
        organisers=_organisers(top.table("organisers")),
        schedule=_schedule(top.table("schedule")),
        ballot=_ballot(top.table("ballot")),
        categories=_categories(top),
        criteria=_criteria(top),
        weights=_weights(top),
        void_rules=_void_rules(top),
    )
    settings.approval = _approval(top, settings.wording)
    _check_that_ballots_can_be_filled(top, settings)
    return settings


def _slug(top: Section) -> str:
    slug = top.text("slug", required=True)
    if slug and not _SLUG.fullmatch(slug):
        top.fault("slug", f"{quoted(slug)} must be 3 to 60 of a-z 0-9 -")
    return slug


def _results(top: Section) -> str:
    results = top.text("results", default="live")
    if results not in ("live", "hidden") and not _DAILY.fullmatch(results):
        top.fault("results", f'{quoted(results)} must be live, hidden or "daily HH:MM"')
    return results


def _approval(top: Section, wording: str) -> dict[str, str]:
    table = top.table("approval")
    if top.has("approval") and not isinstance(top.raw("approval"), dict):
        return {}
    table.only("number", "exempt", "reason")
    given = {key: table.text(key, limit=500) for key in ("number", "exempt", "reason")}
    approval = {key: text for key, text in given.items() if text}
    exempt = {key for key in ("exempt", "reason") if key in approval}
    if "number" in approval and exempt:
        top.fault("approval", "give the number, or exempt and reason, not both")
    elif "number" not in approval and len(exempt) < 2:
        top.fault("approval", "give the number, or exempt and reason")
    elif wording == "表彰" and "number" not in approval:
        top.fault("wording", "表彰 needs approval.number")
    return approval


def _organisers(table: Section) -> dict[str, Any]:
    table.only("host", "undertaker", "supervisor", "phone", "supervision_phone", "email")
    if not table.has("host") or table.raw("host") == []:
        table.fault("host", "name at least one host")
    return {
        **{key: table.texts(key, limit=120) for key in ("host", "undertaker", "supervisor")},
        **{key: table.text(key, limit=120) for key in ("phone", "supervision_phone", "email")},
    }


def _schedule(table: Section) -> dict[str, list[str]]:
    table.only(*SCHEDULED)
    windows = {
        phase: window
        for phase in SCHEDULED
        if (window := _window(table, phase, required=phase == "voting"))
    }
    voting = windows.get("voting")
    for phase in ("counting", "notice"):
        window = windows.get(phase)
        if voting and window and window[0] < voting[1]:
            table.fault(phase, "begins before the end of voting")
    return {phase: [clock.minute(moment) for moment in window] for phase, window in windows.items()}


def _window(table: Section, phase: str, *, required: bool) -> tuple[datetime, datetime] | None:
    texts = table.pair(phase, required=required)
    if texts is None:
        return None
    moments = []
    for text in texts:
        moment = _moment(text)
        if moment is None and _WITH_SECONDS.fullmatch(text):
            table.fault(phase, f"{quoted(text)} has seconds: whole minutes only")
        elif moment is None:
            table.fault(phase, f'{quoted(text)} is not a date like "2026-11-12 09:00"')
        else:
            moments.append(moment)
    if len(moments) < 2:
        return None
    if moments[1] <= moments[0]:
        table.fault(phase, "ends at or before its beginning")
        return None
    return moments[0], moments[1]


def _moment(text: str) -> datetime | None:
    match = _MOMENT.fullmatch(text)
    if match is None or int(match[1]) not in _YEARS:
        return None
    year, month, day, hour, minute = map(int, match.groups())
    try:
        return datetime(year, month, day, hour, minute, tzinfo=clock.CST)
    except ValueError:
        return None


def _ballot(table: Section) -> dict[str, Any]:
    table.only("scope", "ballots", "picks", *BALLOT_DEFAULTS)
    default = BALLOT_DEFAULTS
    ballot: dict[str, Any] = {
        "scope": table.choice("scope", ("campaign", "day"), required=True),
        "ballots": table.whole("ballots", (1, 1000), required=True, default=1),
        "picks": table.range("picks", 1, required=True),
        "repeat": table.choice("repeat", ("never", "daily"), default=default["repeat"]),
        "hours": _hours(table),
        "order": table.choice("order", ("number", "stroke", "random"), default=default["order"]),
        "eligibility": table.choice(
            "eligibility", ("anyone", "followers", "roster"), default=default["eligibility"]
        ),
        "min_batch": table.whole("min_batch", (1, 1000), default=default["min_batch"]),
        "publish_every": table.whole("publish_every", (1, 86400), default=default["publish_every"]),
    }
    if ballot["scope"] == "campaign":
        ballot["repeat"] = "never"  # there is only one period
    return ballot


def _hours(table: Section) -> list[str]:
    hours = table.pair("hours")
    if hours is None:
        return list(BALLOT_DEFAULTS["hours"])
    begin, end = hours
    if not _HOUR.fullmatch(begin) or not (_HOUR.fullmatch(end) or end == "24:00"):
        table.fault("hours", 'must be times like ["08:00", "22:00"]; "24:00" only as the end')
    elif begin >= end:
        table.fault("hours", "ends at or before its beginning")
    return hours


def _categories(top: Section) -> list[dict[str, Any]]:
    rows = top.tables("categories")
    if not rows and (not top.has("categories") or top.raw("categories") == []):
        top.fault("categories", "name at least one category")
    categories: list[dict[str, Any]] = []
    for row in rows:
        row.only("name", "seats", "picks")
        categories.append(
            {
                "name": row.text("name", required=True, limit=60),
                "seats": row.whole("seats", (1, _MANY), default=5),
                "picks": row.range("picks", 0),
            }
        )
    _twice(rows, "name", [category["name"] for category in categories], "the category")
    return categories


def _criteria(top: Section) -> list[dict[str, Any]]:
    rows = top.tables("criteria")
    criteria: list[dict[str, Any]] = []
    for row in rows:
        row.only("key", "name", "weight")
        criteria.append(
            {
                "key": _criterion_key(row),
                "name": row.text("name", required=True, limit=60),
                "weight": row.whole("weight", (0, 100), required=True, default=-1),
            }
        )
    _twice(rows, "key", [criterion["key"] for criterion in criteria], "the criterion")
    weights = [criterion["weight"] for criterion in criteria]
    if criteria and -1 not in weights and sum(weights) != 100:
        top.fault("criteria", f"the weights add to {sum(weights)}, not to 100")
    return criteria


def _criterion_key(row: Section) -> str:
    key = row.text("key", required=True)
    if key in COLUMNS or key in FORM_FIELDS:
        row.fault("key", f"{quoted(key)} is the name of another column or field")
    elif key and not _KEY.fullmatch(key):
        row.fault("key", f"{quoted(key)} must be a word of at most 32 letters, digits, _ and -")
    return key


def _weights(top: Section) -> dict[str, Any]:
    table, default = top.table("weights"), WEIGHT_DEFAULTS
    table.only(*default)
    parts = {
        key: table.whole(key, (0, 100), default=default[key] if not table.has(key) else -1)
        for key in ("public", "expert", "satisfaction")
    }
    total = sum(parts.values())
    if -1 not in parts.values() and total != 100:
        top.fault("weights", f"public, expert and satisfaction add to {total}, not to 100")
    return {
        **parts,
        "public_score": table.choice(
            "public_score", ("share", "rank"), default=default["public_score"]
        ),
        "trim": table.flag("trim", default=default["trim"]),
        "ties": table.choice(
            "ties", ("public", "expert", "share the place"), default=default["ties"]
        ),
    }


def _void_rules(top: Section) -> list[dict[str, str]]:
    if not top.has("void_rules"):
        return [dict(rule) for rule in VOID_RULE_DEFAULTS]
    rows = top.tables("void_rules")
    rules = []
    for row in rows:
        row.only("id", "text")
        rules.append(
            {
                "id": row.text("id", required=True, limit=20),
                "text": row.text("text", required=True, limit=500),
            }
        )
    _twice(rows, "id", [rule["id"] for rule in rules], "the rule")
    return rules


def _twice(rows: Sequence[Section], key: str, values: Sequence[str], what: str) -> None:
    seen: Counter[str] = Counter()
    for row, value in zip(rows, values, strict=True):
        seen[value] += 1
        if value and seen[value] > 1:
            row.fault(key, f"{what} {quoted(value)} is there twice")


def _check_that_ballots_can_be_filled(top: Section, settings: CampaignSettings) -> None:
    picks = settings.ballot["picks"]
    asked = [category["picks"] for category in settings.categories]
    if picks is None or not asked:
        return
    ballot = top.table("ballot")
    least = sum(one[0] for one in asked if one)
    if least > picks[1]:
        ballot.fault("picks", f"the categories ask for {least} picks, more than {picks[1]}")
    if all(asked) and sum(one[1] for one in asked if one) < picks[0]:
        ballot.fault("picks", f"the categories allow fewer than {picks[0]} picks")
