"""The forms of decisions from expert review to the final list: what they say and show."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request

from votesite import clock
from votesite.domain.hearing import notices
from votesite.domain.scoring import satisfaction, standing, tables
from votesite.domain.staff import people, roles
from votesite.domain.surveys.listing import surveys_of
from votesite.domain.texts import typed_minute, typed_whole
from votesite.errors import Fault, InvalidFields, UnknownYear
from votesite.models.campaigns import Campaign

MAX_DIGITS = 9
SUFFIX = "+08:00"

Values = Mapping[str, Any]


def value_of(campaign: Campaign, kind: str) -> dict[str, Any]:
    """What the posted form says that the decision is about. Raises InvalidFields, NotFound."""
    return _READ[kind](campaign)


def shown(campaign: Campaign, kind: str) -> dict[str, Any]:
    """What the form shows of the state of things, for its template."""
    return _SHOW.get(kind, _nothing)(campaign)


def _judge(_campaign: Campaign) -> dict[str, Any]:
    return {
        "judge": _number("judge"),
        "categories": request.form.getlist("categories"),
        "staff": request.form.get("staff", ""),
        "name": request.form.get("name", ""),
        "unit": request.form.get("unit", ""),
    }


def _dismiss(_campaign: Campaign) -> dict[str, Any]:
    return {"judge": _number("judge")}


def _empty(_campaign: Campaign) -> dict[str, Any]:
    return {}


def _data(campaign: Campaign) -> dict[str, Any]:
    """The table of the form: from a file, as JSON, from a questionnaire; or the drawn value."""
    key = request.form.get("key", "")
    value = {"key": key, "source": request.form.get("source", ""), "answers": None}
    if key == "lot":
        return {**value, "table": request.form.get("value", "").strip()}
    if key == "satisfaction" and (survey := request.form.get("survey", "")):
        award = standing.award_of(campaign.id)
        least = award["min_answers"]
        answers = satisfaction.answers_of(campaign.id, survey, least)
        table = satisfaction.table_of(answers, award["decimals"], least)
        return {**value, "answers": answers, "table": table}
    return {**value, "table": _table(standing.ground(campaign))}


def _table(ground: tables.Ground) -> list[list[int]]:
    column, trusts = request.form.get("column", ""), request.form.get("trusts") == "1"
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return tables.from_file(upload.read(), ground, column=column, trusts=trusts).table
    if rows := request.form.get("rows", ""):
        return tables.from_rows(rows, ground, column=column, trusts=trusts).table
    if typed := request.form.get("table", ""):
        return tables.from_json(typed, ground)
    raise InvalidFields({"file": Fault("missing")})


def _notice(_campaign: Campaign) -> dict[str, Any]:
    return {
        "from": _minute("from"),
        "to": _minute("to"),
        "off": _days("off"),
        "on": _days("on"),
    }


def _answer(_campaign: Campaign) -> dict[str, Any]:
    listed = [typed_whole(text, MAX_DIGITS) or 0 for text in request.form.getlist("objection")]
    return {
        "objections": listed,
        "outcome": request.form.get("outcome", ""),
        "effect": request.form.get("effect", "") or "none",
        "reply": request.form.get("reply", ""),
    }


def _revoke(_campaign: Campaign) -> dict[str, Any]:
    return {"no": typed_whole(request.form.get("no", ""), 4) or 0}


def _number(name: str) -> int:
    return typed_whole(request.form.get(name, ""), MAX_DIGITS) or 0


def _minute(name: str) -> str:
    """A minute as a form has it, in the ledger's form; as it came where it is none."""
    return f"{typed_minute(request.form.get(name, '')).replace(' ', 'T')}{SUFFIX}"


def _days(name: str) -> list[str]:
    """Days in one field or several, by commas, blanks or lines."""
    typed = " ".join(request.form.getlist(name))
    return [each for each in typed.replace("，", " ").replace(",", " ").split() if each]


def _nothing(_campaign: Campaign) -> dict[str, Any]:
    return {}


def _show_judge(campaign: Campaign) -> dict[str, Any]:
    """Accounts with the role judge, the lowest free number, and what the first entry freezes."""
    able = sorted(roles.holders(campaign.id, frozenset({"judge"})))
    return {
        "accounts": [people.by_id(number) for number in able],
        "next_number": standing.next_judge(campaign.id),
    }


def _show_data(campaign: Campaign) -> dict[str, Any]:
    award = standing.award_of(campaign.id)
    asked = [key for key in ("satisfaction", "objective") if award[key]]
    if award["ties"][-1:] == ["lot"]:
        asked.append("lot")
    rated = [one for one in surveys_of(campaign.id) if satisfaction.rated_questions(one)]
    return {"asked": asked, "surveys": rated, "min_answers": award["min_answers"]}


def _show_ranking(campaign: Campaign) -> dict[str, Any]:
    return {"standing": standing.standing(campaign.id)}


def _show_notice(campaign: Campaign) -> dict[str, Any]:
    try:
        return {"proposed": notices.proposed(campaign, clock.now()), "unknown_year": 0}
    except UnknownYear as unknown:
        return {"proposed": None, "unknown_year": unknown.year}


def _show_answer(campaign: Campaign) -> dict[str, Any]:
    return {"unanswered": standing.state_of(campaign.id).unanswered}


def _show_revoke(campaign: Campaign) -> dict[str, Any]:
    return {"honoured": standing.honoured(campaign.id)}


_READ: Mapping[str, Callable[[Campaign], dict[str, Any]]] = {
    "judge": _judge,
    "dismiss": _dismiss,
    "panel": _empty,
    "data": _data,
    "ranking": _empty,
    "notice": _notice,
    "answer": _answer,
    "final": _empty,
    "revoke": _revoke,
}
_SHOW: Mapping[str, Callable[[Campaign], dict[str, Any]]] = {
    "judge": _show_judge,
    "data": _show_data,
    "ranking": _show_ranking,
    "notice": _show_notice,
    "answer": _show_answer,
    "revoke": _show_revoke,
}
