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
    ballot["picks"] = [_whole(form.get("picks_min", "")), _whole(form.get("picks_max", ""))]
    ballot["hours"] = [typed_time(form.get("hours_from", "")), typed_time(form.get("hours_to", ""))]
    if ballot["scope"] == "campaign":
        ballot["repeat"] = "never"
    results = form.get("results", "")
    if results == "daily":
        results = f"daily {typed_time(form.get('results_at', ''))}"
    return {"ballot": ballot, "results": results, "recount": _text(form, "recount", "auditors")}


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


def weights(form: Form, _had: Tree) -> Tree:
    """Shares of the composite score, and how ties are broken."""
    shares = {key: _whole(form.get(key, "")) for key in ("public", "expert", "satisfaction")}
    return {
        "weights": {
            **shares,
            "public_score": form.get("public_score", ""),
            "trim": form.get("trim") == "1",
            "ties": form.get("ties", ""),
        }
    }


def look(form: Form, had: Tree) -> Tree:
    """The colour, and whether the cover stays; a new cover comes as a file."""
    cover = "" if form.get("no_cover") == "1" else had["cover"]
    return {"colour": _text(form, "colour", had["colour"]), "cover": cover}


READERS: Mapping[str, Callable[[Form, Tree], Tree]] = {
    "basics": basics,
    "basis": basis,
    "schedule": schedule,
    "rules": rules,
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


def _whole(text: str) -> int | str:
    number = typed_whole(text, 6)
    return text.strip() if number is None else number
