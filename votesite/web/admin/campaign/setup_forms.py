"""The set-up's forms read into the shape of `campaign.toml`; what is wrong, the rule says.

A field that a form does not have keeps its value: frozen fields are shown but not sent.
"""

from collections.abc import Callable, Mapping
from itertools import count

from werkzeug.datastructures import MultiDict

from votesite.domain.schemas import Tree
from votesite.domain.texts import tidy, typed_minute, typed_time, typed_whole
from votesite.models.campaigns import SCHEDULED

Form = MultiDict[str, str]


def basics(form: Form, had: Tree) -> Tree:
    """Name, theme, wording, purpose, free of charge."""
    keys = ("title", "theme", "wording", "purpose")
    changes: Tree = {key: _text(form, key, had[key]) for key in keys}
    if "fee_free_shown" in form:
        changes["fee_free"] = form.get("fee_free") == "1"
    return changes


def basis(form: Form, had: Tree) -> Tree:
    """Approval and organisers."""
    approval = dict(had["approval"])
    if "number" in form:
        parts = {key: form.get(key, "").strip() for key in ("number", "exempt", "reason")}
        approval = {key: text for key, text in parts.items() if text}
    organisers = dict(had["organisers"])
    for key in ("host", "undertaker", "supervisor"):
        if key in form:
            organisers[key] = _lines(form[key])
    for key in ("phone", "supervision_phone", "email"):
        organisers[key] = _text(form, key, organisers.get(key, ""))
    return {"approval": approval, "organisers": organisers}


def schedule(form: Form, _had: Tree) -> Tree:
    """A window for each phase that has one."""
    windows = {}
    for phase in SCHEDULED:
        edges = [typed_minute(form.get(f"{phase}_{edge}", "")) for edge in ("from", "to")]
        if any(edges):
            windows[phase] = edges
    return {"schedule": windows}


def rules(form: Form, had: Tree) -> Tree:
    """Ballots, picks, hours, who may vote, when figures are published."""
    ballot: Tree = dict(had["ballot"])
    for key in ("scope", "repeat", "order", "eligibility"):
        ballot[key] = _text(form, key, ballot.get(key, ""))
    for key in ("ballots", "min_batch", "publish_every"):
        ballot[key] = _whole(form.get(key, ""))
    ballot["quiet"] = _given_whole(form, "quiet", ballot.get("quiet", ""))
    ballot["picks"] = [_whole(form.get("picks_min", "")), _whole(form.get("picks_max", ""))]
    ballot["hours"] = [typed_time(form.get("hours_from", "")), typed_time(form.get("hours_to", ""))]
    if ballot["scope"] == "campaign":
        ballot["repeat"] = "never"
    results = form.get("results", "")
    if results == "daily":
        results = f"daily {typed_time(form.get('results_at', ''))}"
    return {"ballot": ballot, "results": results, "recount": _text(form, "recount", "auditors")}


def oversight(form: Form, had: Tree) -> Tree:
    """Whether decisions are signed, how many may vote, and who vouches for the count."""
    electorate, audit = had["electorate"], had["audit"]
    lines = _lines(form["auditors"]) if "auditors" in form else audit["auditors"]
    return {
        "signed": form["signed"] == "1" if "signed" in form else had["signed"],
        "electorate": {
            "population": _given_whole(form, "population", electorate["population"], 10) or 0,
            "source": _text(form, "source", electorate["source"]),
        },
        "audit": {
            "auditors": lines,
            "quorum": _given_whole(form, "quorum", audit["quorum"]) or 0,
        },
    }


def categories(form: Form, _had: Tree) -> Tree:
    """Categories, criteria and void rules: rows without a name are none."""
    return {
        "categories": [
            _category(*row)
            for row in _rows(
                form, "category_name", "category_seats", "category_min", "category_max"
            )
        ],
        "criteria": _criteria(form),
        "void_rules": [
            {"id": number, "text": " ".join(text.split())}
            for number, text in _rows(form, "rule_id", "rule_text")
        ],
    }


def weights(form: Form, had: Tree) -> Tree:
    """Shares of the composite score, how each part is scored, and how ties are broken."""
    made: Tree = dict(had["weights"])
    for key in ("public", "expert", "satisfaction"):
        made[key] = _whole(form.get(key, ""))
    for key in ("objective", "cap", "decimals", "region_cap", "min_answers", "notice_days"):
        made[key] = _given_whole(form, key, made[key], 10)
    if form.get("public_score", "cap") != "cap":
        made["cap"] = 0  # the field is only about that score
    made["cap"] = made["cap"] or 0
    for key in ("public_score", "expert_score", "missing", "sheets", "panel"):
        made[key] = _text(form, key, made[key])
    made["trim"] = form.get("trim") == "1"
    if "ties" in form:
        made["ties"] = [word for word in form.getlist("ties") if word]
    return {"weights": made}


def look(form: Form, had: Tree) -> Tree:
    """The colour, and whether the cover stays; a new cover comes as a file."""
    cover = "" if form.get("no_cover") == "1" else had["cover"]
    return {"colour": _text(form, "colour", had["colour"]), "cover": cover}


READERS: Mapping[str, Callable[[Form, Tree], Tree]] = {
    "basics": basics,
    "basis": basis,
    "schedule": schedule,
    "rules": rules,
    "oversight": oversight,
    "categories": categories,
    "weights": weights,
    "look": look,
}


def _criteria(form: Form) -> list[Tree]:
    """The rows of the criteria; one without a key gets the first free of c1, c2 …"""
    rows = _rows(form, "criterion_key", "criterion_name", "criterion_weight")
    taken = {key for key, _name, _weight in rows}
    free = (key for number in count(1) if (key := f"c{number}") not in taken)
    return [
        {"key": key or next(free), "name": name, "weight": _whole(weight)}
        for key, name, weight in rows
    ]


def _category(name: str, seats: str, least: str, most: str) -> Tree:
    category: Tree = {"name": name, "seats": _whole(seats or "5")}
    if least or most:
        category["picks"] = [_whole(least or "0"), _whole(most)]
    return category


def _rows(form: Form, *fields: str) -> list[tuple[str, ...]]:
    columns = [[text.strip() for text in form.getlist(field)] for field in fields]
    return [row for row in zip(*columns, strict=False) if any(row)]


def _text(form: Form, key: str, had: str) -> str:
    return tidy(form[key]) if key in form else had


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _given_whole(form: Form, key: str, had: object, digits: int = 6) -> object:
    """The number that was typed, or what there was where the form has no such field."""
    return _whole(form[key], digits) if key in form else had


def _whole(text: str, digits: int = 6) -> int | str:
    number = typed_whole(text, digits)
    return text.strip() if number is None else number
