"""What the forms of decisions say from expert review to the final list, and what they show."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import g, request

from votesite import clock
from votesite.domain.candidates import listing
from votesite.domain.decisions import honours
from votesite.domain.hearing import answering, calendar, notices
from votesite.domain.ledger.honours import final_from
from votesite.domain.ledger.proceedings import Proceedings
from votesite.domain.scoring import judges, satisfaction, standing, tables
from votesite.domain.scoring.composite import Inputs, Ranking
from votesite.domain.staff import people, roles
from votesite.domain.surveys.listing import surveys_of
from votesite.domain.texts import typed_whole
from votesite.errors import Fault, InvalidFields, InvalidFile, NotFound, UnknownYear
from votesite.models.campaigns import Campaign
from votesite.models.decisions import Decision

MANY = ("categories", "objection", "off", "on")
_BETWEEN = re.compile(r"[\s,，、;；]+")
_DIGITS = 6


def value_of(campaign: Campaign, kind: str) -> dict[str, Any]:
    """What the posted form says that the decision is about; raises InvalidFields, InvalidFile."""
    return _VALUES.get(kind, _nothing)(campaign)


def typed() -> dict[str, Any]:
    """The posted fields as the form shows them again; those of `MANY` as lists."""
    return {**request.form.to_dict(), **{name: request.form.getlist(name) for name in MANY}}


def asked(campaign: Campaign, kind: str) -> dict[str, Any]:
    """The fields of a new form: from the address, or as they are proposed."""
    values: dict[str, Any] = {name: request.args.get(name, "") for name in ("no", "judge", "key")}
    values |= {name: request.args.getlist(name) for name in MANY}
    if kind == "judge" and not values["judge"]:
        values["judge"] = (
            max((each.number for each in judges.judges_of(campaign.id)), default=0) + 1
        )
    if kind == "notice":
        values |= _proposed_window(campaign)
    return values


def about(campaign: Campaign, kind: str) -> dict[str, Any]:
    """What a form shows of the state that it is about, before anything is proposed."""
    now = standing.standing(campaign.id)
    shown: dict[str, Any] = {"standing": now, "names": now.names}
    if kind == "judge":
        shown["accounts"] = _accounts(campaign)
    if kind in ("judge", "dismiss", "panel"):
        shown["members"] = judges.members(campaign, now.state)
    if kind == "data":
        award = now.award
        shown["keys"] = [key for key in ("satisfaction", "objective") if award[key]]
        shown["keys"] += ["lot"] if award["ties"][-1:] == ["lot"] else []
        shown["surveys"] = [
            (survey.key, survey.title)
            for survey in surveys_of(campaign.id)
            if satisfaction.rated_questions(survey)
        ]
    if kind == "ranking" and not now.reasons and now.inputs and now.ranking:
        shown["ranked"] = _ranked(now.inputs, now.ranking, now.names)
        shown["margins"] = now.margins
    if kind == "answer":
        open_ones = set(now.state.unanswered)
        shown["objections"] = [
            each for each in answering.objections_of(campaign.id) if each.n in open_ones
        ]
    if kind == "final":
        shown["open"] = open_points(now.state, clock.now())
    if kind == "revoke":
        shown["honoured"] = _honoured(campaign, now.state, now.names)
    return shown


def preview(campaign: Campaign, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """What would be proposed, for who has filled the form in; raises InvalidFields."""
    if kind == "notice":
        return {"days": _days(value), "least": campaign.weights["notice_days"]}
    if kind == "data":
        return _table(campaign, value["key"], value["table"], value["answers"]) | {
            "json": json.dumps(value["table"], separators=(",", ":"))
        }
    return {}


def of_decision(campaign: Campaign, made: Decision) -> dict[str, Any]:
    """What a proposal is about, as its proposer saw it, for those who may decide it."""
    sealed = honours.opened(made)
    names = {each.no: each.name for each in listing.candidates_of(campaign.id)}
    shown: dict[str, Any] = {"names": names, "sealed": sealed}
    if made.kind == "data" and sealed:
        key = made.fields["key"]
        shown["preview"] = _table(campaign, key, sealed["table"], sealed["answers"])
    if made.kind == "ranking" and made.is_open and sealed:
        now = standing.standing(campaign.id)
        is_same = now.ranking is not None and now.ranking.rows == sealed["table"]
        shown["is_changed"] = not is_same
        if is_same and now.inputs and now.ranking:
            shown["ranked"] = _ranked(now.inputs, now.ranking, names)
            shown["margins"] = now.margins
    if made.kind == "final" and made.is_open:
        shown["open"] = open_points(standing.standing(campaign.id).state, clock.now())
    return shown


def open_points(state: Proceedings, now: datetime) -> list[str]:
    """What is still to be done before a list can be final, as codes; the last ones come first."""
    if state.notice is None:
        return ["no-notice"]
    found = ["open-objections"] if state.unanswered else []
    if state.owes_ranking or not state.is_ranking_current:
        found.append("needs-ranking")
    elif state.ranking is not None and state.notice["ranking"] != state.ranking["n"]:
        found.append("needs-notice")
    return found + (["notice-runs"] if clock.minute(now) < final_from(state.notice) else [])


def _ranked(inputs: Inputs, ranking: Ranking, names: Mapping[int, str]) -> dict[str, Any]:
    """A ranking as a page shows it: its rows by category and rank."""
    category_of = {each.no: each.category for each in inputs.candidates}
    groups: dict[str, list[list[int]]] = {category: [] for category, _ in inputs.award["seats"]}
    for row in sorted(ranking.rows, key=lambda row: (row[1], row[0])):
        groups[category_of[row[0]]].append(row)
    return {
        "groups": {category: rows for category, rows in groups.items() if rows},
        "award": inputs.award,
        "ranking": ranking,
        "names": names,
        "votes": inputs.votes,
    }


def _table(
    campaign: Campaign, key: str, table: Any, answers: list[list[int]] | None
) -> dict[str, Any]:
    """Figures as a page shows them, with names and what is missing."""
    if key == "lot":
        return {"key": key, "drawn": table}
    ground = ground_of(campaign)
    counted = satisfaction.counts(answers or [])
    return {
        "key": key,
        "rows": [
            (no, ground.names.get(no, ""), tables.as_decimal(points, ground.decimals), counted[no])
            if answers is not None
            else (no, ground.names.get(no, ""), tables.as_decimal(points, ground.decimals))
            for no, points in table
        ],
        "missing": ground.missing(table),
        "names": ground.names,
        "policy": campaign.weights["missing"],
    }


def ground_of(campaign: Campaign) -> tables.Ground:
    """What tables of this campaign are held against."""
    found = listing.candidates_of(campaign.id)
    withdrawn = {each.no for each in found if each.is_withdrawn}
    names = {each.no: each.name for each in found}
    return tables.Ground(names, withdrawn, campaign.weights["decimals"])


def _nothing(_campaign: Campaign) -> dict[str, Any]:
    return {}


def _judge(_campaign: Campaign) -> dict[str, Any]:
    form = request.form
    return {
        "judge": _number("judge"),
        "categories": form.getlist("categories"),
        "staff": form.get("staff", ""),
        "name": form.get("name", ""),
        "unit": form.get("unit", ""),
    }


def _dismiss(_campaign: Campaign) -> dict[str, Any]:
    return {"judge": _number("judge")}


def _revoke(_campaign: Campaign) -> dict[str, Any]:
    return {"no": _number("no")}


def _answer(_campaign: Campaign) -> dict[str, Any]:
    form = request.form
    return {
        "objections": [typed_whole(each, 15) or 0 for each in form.getlist("objection")],
        "outcome": form.get("outcome", ""),
        "effect": form.get("effect", "none"),
        "reply": form.get("reply", ""),
    }


def _notice(_campaign: Campaign) -> dict[str, Any]:
    edges = {edge: _minute(request.form.get(edge, "")) for edge in ("from", "to")}
    return {**edges, "off": _dates("off"), "on": _dates("on")}


def _data(campaign: Campaign) -> dict[str, Any]:
    form, key = request.form, request.form.get("key", "")
    value = {"key": key, "source": form.get("source", ""), "table": None, "answers": None}
    if key == "lot":
        return value | {"table": form.get("value", "")}
    try:
        return value | _figures(campaign, key)
    except InvalidFile as refusal:
        g.invalid_file = refusal  # the form shows each fault in its place
        raise


def _figures(campaign: Campaign, key: str) -> dict[str, Any]:
    form, ground = request.form, ground_of(campaign)
    upload = request.files.get("file")
    data = upload.read() if upload is not None and upload.filename else b""
    column, trusts = form.get("column", ""), form.get("names") == "1"
    if data or form.get("rows"):
        if data:
            found = tables.from_file(data, ground, column=column, trusts=trusts)
        else:
            found = tables.from_rows(form["rows"], ground, column=column, trusts=trusts)
        missing = ground.missing(found.table)
        if missing and campaign.weights["missing"] == "refuse":
            listed = "、".join(map(str, missing))
            raise InvalidFile([(0, "", Fault("rows-missing", names=listed))])
        named = f"{form.get('source', '')}（{found.column}）" if column else form.get("source", "")
        return {"table": found.table, "source": named if form.get("source") else ""}
    if form.get("survey"):
        return _from_survey(campaign, key, form["survey"])
    if not form.get("table"):
        raise InvalidFields({"file": Fault("no-table")})
    return {"table": tables.from_json(form["table"], ground)}


def _from_survey(campaign: Campaign, key: str, survey: str) -> dict[str, Any]:
    if key != "satisfaction":
        raise InvalidFields({"survey": Fault("only-satisfaction")})
    least, decimals = campaign.weights["min_answers"], campaign.weights["decimals"]
    try:
        answers = satisfaction.answers_of(campaign.id, survey, least)
    except NotFound as unknown:
        raise InvalidFields({"survey": Fault("unknown-choice")}) from unknown
    table = satisfaction.table_of(answers, decimals, least)
    if not table:
        raise InvalidFields({"survey": Fault("no-answers", n=least)})
    return {"table": table, "answers": answers}


def _number(name: str) -> int:
    return typed_whole(request.form.get(name, ""), _DIGITS) or 0


def _minute(text: str) -> str:
    return f"{text.strip().replace(' ', 'T')[:16]}+08:00"


def _dates(name: str) -> list[str]:
    """Dates, each in a field of its own or several in a box."""
    return [each for text in request.form.getlist(name) for each in _BETWEEN.split(text) if each]


def _days(value: Mapping[str, Any]) -> calendar.Days:
    """The working days of a notice as typed; raises InvalidFields for what is no date."""
    found: dict[str, Any] = {}
    for field in ("from", "to", "off", "on"):
        try:
            if field in ("from", "to"):
                found[field] = clock.parse_minute(value[field])
            else:
                found[field] = [date.fromisoformat(day) for day in value[field]]
        except ValueError as bad:
            raise InvalidFields({field: Fault("invalid")}) from bad
    try:
        return calendar.working_days(found["from"], found["to"], off=found["off"], on=found["on"])
    except UnknownYear as unknown:
        raise InvalidFields({"to": Fault("no-calendar", year=unknown.year)}) from unknown


def _proposed_window(campaign: Campaign) -> dict[str, str]:
    try:
        proposed = notices.proposed(campaign, clock.now())
    except UnknownYear:
        return {"from": "", "to": ""}
    return {
        "from": clock.minute(proposed.begins)[:16],
        "to": clock.minute(proposed.ends)[:16],
    }


def _accounts(campaign: Campaign) -> list[tuple[str, str]]:
    """Login and display name of those with the role judge who are none here yet."""
    taken = {each.staff_id for each in judges.judges_of(campaign.id)}
    found = roles.holders(campaign.id, frozenset({"judge"})) - taken
    rows = [people.by_id(number) for number in sorted(found)]
    return [(row.name, row.display_name) for row in rows]


def _honoured(
    campaign: Campaign, state: Proceedings, names: Mapping[int, str]
) -> list[tuple[int, str]]:
    """Who holds an honour of the final list."""
    if state.final is None:
        return []
    rows = standing.announced(campaign.id, clock.now()).rows
    held = [row[0] for row in rows if row[2] and row[0] not in state.revoked]
    return [(no, names.get(no, "")) for no in held]


_VALUES: Mapping[str, Callable[[Campaign], dict[str, Any]]] = {
    "judge": _judge,
    "dismiss": _dismiss,
    "data": _data,
    "notice": _notice,
    "answer": _answer,
    "revoke": _revoke,
}
