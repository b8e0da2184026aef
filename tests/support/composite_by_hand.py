"""The composite once more, from the text of ledger.md section 2a: fractions, loops, no speed.

It shares no line with the site's calculation, so that both being wrong alike is unlikely.
"""

import hashlib
import math
from fractions import Fraction

KEYS = ["public", "expert", "satisfaction", "objective"]


def ranked_by_hand(inputs):
    """The table [no, rank, awarded, total, public, expert, satisfaction, objective]."""
    award = inputs.award
    table, places = {}, {}
    for name, _ in award["seats"]:
        numbers = [each.no for each in inputs.candidates if each.category == name]
        scores = _scores(inputs, numbers)
        totals = {no: _total(award, scores, no, numbers) for no in numbers}
        shown = {
            no: [scores[key].get(no, -1) if award[key] else -1 for key in KEYS] for no in numbers
        }
        for no in numbers:
            above = [other for other in numbers if _is_before(inputs, (totals, shown), other, no)]
            places[no] = 1 + len(above)
            table[no] = [totals[no], *shown[no]]
    honoured = _honoured(inputs, places)
    return [[no, places[no], int(no in honoured), *table[no]] for no in sorted(table)]


def _rounded(value):
    return math.floor(value + Fraction(1, 2))


def _scores(inputs, numbers):
    full = 100 * 10 ** inputs.award["decimals"]
    return {
        "public": {no: _public(inputs, numbers, no, full) for no in numbers},
        "expert": _expert(inputs, numbers, full),
        "satisfaction": {
            no: inputs.satisfaction[no] for no in numbers if no in inputs.satisfaction
        },
        "objective": {no: inputs.objective[no] for no in numbers if no in inputs.objective},
    }


def _public(inputs, numbers, no, full):
    votes, mine = [inputs.votes.get(each, 0) for each in numbers], inputs.votes.get(no, 0)
    if inputs.award["public_score"] == "share":
        return _rounded(Fraction(full * mine, max(votes))) if max(votes) else 0
    if inputs.award["public_score"] == "cap":
        return _rounded(Fraction(full * min(mine, inputs.award["cap"]), inputs.award["cap"]))
    r = 1 + len([each for each in votes if each > mine])
    return _rounded(Fraction(full * (len(numbers) - r + 1), len(numbers)))


def _expert(inputs, numbers, full):
    given = {no: [] for no in numbers}
    for sheet in inputs.sheets:
        for no, scores in sheet:
            if no in given:
                weighted = sum(
                    Fraction(criterion["weight"] * score, 1000)
                    for criterion, score in zip(inputs.award["criteria"], scores, strict=True)
                )
                given[no].append(Fraction(full, 100) * weighted)
    given = {no: sorted(values) for no, values in given.items() if values}
    if inputs.award["trim"] and all(len(values) >= 5 for values in given.values()):
        given = {no: values[1:-1] for no, values in given.items()}
    points = {no: _rounded(sum(values) / len(values)) for no, values in given.items()}
    if inputs.award["expert_score"] == "points":
        return points
    m = len(points)
    better = {
        no: len([1 for each in points.values() if each > mine]) for no, mine in points.items()
    }
    return {no: _rounded(Fraction(full * (m - better[no]), m)) for no in points}


def _total(award, scores, no, numbers):
    counted = [key for key in KEYS if award[key]]
    if award["missing"] == "drop":
        counted = [key for key in counted if all(each in scores[key] for each in numbers)]
    if not counted:
        return 0
    weighted = sum(Fraction(award[key] * scores[key].get(no, 0)) for key in counted)
    return _rounded(weighted / sum(award[key] for key in counted))


def _is_before(inputs, found, one, other):
    totals, shown = found
    if totals[one] != totals[other]:
        return totals[one] > totals[other]
    for member in inputs.award["ties"]:
        if member == "lot":
            drawn = [
                hashlib.sha256(f"{inputs.lot}|{no}".encode()).hexdigest() for no in (one, other)
            ]
            return one != other and drawn[0] < drawn[1]
        if member == "public":
            figures = [inputs.votes.get(no, 0) for no in (one, other)]
        else:
            figures = [shown[no][KEYS.index(member)] for no in (one, other)]
        if figures[0] != figures[1]:
            return figures[0] > figures[1]
    return False


def _honoured(inputs, places):
    region = {each.no: each.region for each in inputs.candidates}
    category = {each.no: each.category for each in inputs.candidates}
    honoured = []
    for name, seats in inputs.award["seats"]:
        mine = [no for no in places if category[no] == name]
        for place in sorted({places[no] for no in mine}):
            if len([no for no in honoured if category[no] == name]) >= seats:
                break
            group, before = [no for no in mine if places[no] == place], list(honoured)
            for no in group:
                alike = [each for each in group if region[each] == region[no]]
                room = inputs.award["region_cap"] - len(
                    [each for each in before if region[each] == region[no]]
                )
                if not inputs.award["region_cap"] or not region[no] or len(alike) <= room:
                    honoured.append(no)
    return honoured
