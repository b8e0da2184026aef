"""tools/verify.py: every field of every kind of entry is looked at, and who may sign is kept."""

import copy
import json
from functools import cache

import pytest

from tests.support import independent_ledger
from tests.support.ledger_cases import (
    AGAIN,
    ANSWERED,
    AWARD,
    COMPOSITE,
    ORIGIN,
    PEOPLE,
    TO,
    Decider,
    LedgerWriter,
    finished,
    jcs,
    statement,
)
from tools import verify

NOON = "2026-11-20T12:00+08:00"


REMEMBERED = cache(verify.is_signed_p256)


@pytest.fixture(autouse=True)
def signatures_are_checked_once(monkeypatch):
    """Most cases are copies of one log: each of its signatures is checked once, and remembered."""
    monkeypatch.setattr(verify, "is_signed_p256", REMEMBERED)


def number_of(case):
    """The lowest check that fails for a log alone, with its candidates, key and openings."""
    openings = case.openings()["openings.jsonl"].splitlines(keepends=True)
    log = verify.Log(jcs(case.candidates), case.opening_key, openings)
    for body in case.bodies():
        log.add(body)
    return min(log.faults, default=None)


def of_every_kind(signed=1, **rules):
    """A campaign with an entry of every kind."""
    award = {**COMPOSITE, "ties": ["lot"]}
    case = finished(signed=signed, eligibility="roster", award=award, **rules)
    case.entries.pop()
    case.signer("2026-11-18T10:00+08:00", 4, [PEOPLE[4]] if signed else ())
    case.signer("2026-11-18T10:00+08:00", 2, [PEOPLE[2], PEOPLE[5]] if signed else ())
    case.drop("2026-11-19T10:00+08:00", 3)
    case.rule("2026-11-19T11:00+08:00", by=(4, 1), roster={"size": 21, "sha256": "f" * 64})
    for judge in (1, 2):
        case.judge("2026-11-20T10:00+08:00", judge, "山区")
    case.sheet("2026-11-21T10:00+08:00", 1, [[1, [5, 10]], [3, [0, 1000]]])
    case.dismiss("2026-11-21T11:00+08:00", 2)
    case.panel("2026-11-22T10:00+08:00")
    table = independent_ledger.satisfaction(ANSWERED, 10_000)
    case.data("2026-11-23T10:00+08:00", "satisfaction", table, ANSWERED)
    case.data("2026-11-23T10:00+08:00", "objective", [[2, 10_000]])
    case.finish()
    case.void("2026-12-13T10:00+08:00", 4, by=(4, 2))
    case.finish("recount", "2026-12-16T10:00+08:00")
    case.data("2026-12-16T11:00+08:00", "lot", "7")
    case.ranking("2026-12-16T12:00+08:00")
    case.notice("2026-12-16T13:00+08:00", *AGAIN)
    n = case.objection("2026-12-25T10:00+08:00", "unit", "某单位", "有误")
    case.answer("2026-12-26T10:00+08:00", n)
    case.final("2027-01-02T00:00+08:00")
    case.revoke("2027-02-01T10:00+08:00", 1)
    return case


@pytest.mark.parametrize("signed", [0, 1])
def test_a_log_with_an_entry_of_every_kind_agrees(signed):
    case = of_every_kind(signed)

    assert number_of(case) is None
    assert {entry["k"] for entry in case.entries} == verify.KINDS.keys()


# --- form: every field, in every depth -----------------------------------------------------------


def paths(value, before=()):
    """The way to every value inside of a value."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    for name, each in inside:
        yield (*before, name)
        if isinstance(each, dict | list):
            yield from paths(each, (*before, name))


def put(value, path, new):
    """Put something at the end of a way."""
    for name in path[:-1]:
        value = value[name]
    value[path[-1]] = new


def value_at(value, path):
    for name in path:
        value = value[name]
    return value


WRONG = {int: ["1", -1, [], {}], str: [7, [], {}], list: [{}, 7, "x"], dict: [[], 7, "x"]}
ALL = of_every_kind()
FIRST = {entry["k"]: entry["n"] for entry in reversed(ALL.entries)}
PLACES = [(k, path) for k, n in sorted(FIRST.items()) for path in paths(ALL.entries[n])]


@pytest.mark.parametrize(("k", "path"), PLACES, ids=lambda part: str(part))
def test_value_of_another_type_fails_check_4(k, path):
    for wrong in WRONG[type(value_at(ALL.entries[FIRST[k]], path))]:
        case = copy.deepcopy(ALL)
        put(case.entries[FIRST[k]], path, wrong)

        assert number_of(case) == 4, wrong


@pytest.mark.parametrize("k", sorted(FIRST))
def test_field_that_is_missing_or_too_many_fails_check_4(k):
    entry = ALL.entries[FIRST[k]]
    objects = [(), *(path for path in paths(entry) if isinstance(value_at(entry, path), dict))]
    for path in objects:
        for name in value_at(entry, path):
            if path != ("rules", "category_picks"):
                case = copy.deepcopy(ALL)
                del value_at(case.entries[FIRST[k]], path)[name]
                assert number_of(case) == 4, (path, name)
        case = copy.deepcopy(ALL)
        put(case.entries[FIRST[k]], (*path, "more"), 1)
        assert number_of(case) == 4, path


def opened(*path):
    return ("open", path)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (opened("site"), ["", "a b", "A.example.cn", "a/b", "a+b"]),
        (opened("campaign"), ["", "ab", "x" * 61, "Abc", "a_b", "中文中文"]),
        (opened("title"), [""]),
        (opened("from"), ["2026-11-12T09:00", "2026-11-12T09:00Z", "2026-02-30T09:00+08:00", TO]),
        (
            opened("to"),
            ["2026-11-12T24:00+08:00", "2026-11-12T09:60+08:00", "２026-11-12T09:00+08:00"],
        ),
        (opened("rules", "scope"), ["", "week", "campaign"]),
        (opened("rules", "ballots"), [0, 2**53]),
        (opened("rules", "picks"), [[0, 1], [2, 1], [1], [1, 2, 3]]),
        (opened("rules", "category_picks"), [{"山区": [2, 1]}, {"山区": [1]}, {"无": [0, 1]}]),
        (opened("rules", "hours"), [["24:00", "24:00"], ["09:00", "09:00"], ["9:00", "10:00"]]),
        (opened("rules", "hours"), [["22:00", "06:00"], ["00:00"], ["00:00", "24:01"]]),
        (opened("rules", "repeat"), ["", "weekly"]),
        (opened("rules", "results"), ["", "daily", "daily 24:00", "daily 9:00", "LIVE"]),
        (opened("rules", "recount"), ["", "nobody"]),
        (opened("rules", "eligibility"), ["", "followers"]),
        (opened("rules", "min_batch"), [0]),
        (opened("award", "public"), [39, 41, 101]),
        (opened("award", "public_score"), ["", "cap"]),
        (opened("award", "cap"), [1]),
        (opened("award", "expert_score"), ["", "share"]),
        (opened("award", "criteria"), [[], [{"key": "a", "weight": 99}]]),
        (opened("award", "criteria", 0, "key"), ["", "民意"]),
        (opened("award", "criteria", 0, "weight"), [0, 59]),
        (opened("award", "expert"), [0, 29]),
        (opened("award", "trim"), [2]),
        (opened("award", "decimals"), [0, 3]),
        (opened("award", "ties"), [["public", "public"], ["lot", "public"], ["x"]]),
        (opened("award", "missing"), ["", "keep"]),
        (opened("award", "seats"), [[], [["山区", 1], ["山区", 1]], [["山区", -1], ["城郊", 1]]]),
        (opened("award", "sheets"), ["", "nobody"]),
        (opened("award", "panel"), ["", "nobody"]),
        (opened("award", "min_answers"), [4]),
        (opened("award", "notice_days"), [4]),
        (opened("electorate", "size"), [0]),
        (opened("electorate", "sha256"), ["", "E" * 64, "e" * 63]),
        (opened("electorate", "population"), [0]),
        (opened("electorate", "source"), [""]),
        (opened("signed"), [2]),
        (opened("signers"), [[{"staff": 2, "keys": []}, {"staff": 1, "keys": []}]]),
        (opened("signers", 0, "staff"), [0, 2]),
        (opened("signers", 0, "keys"), [[], [PEOPLE[1].key] * 2, ["AAAA"], [PEOPLE[1].key + "="]]),
        (opened("auditors"), [["x"], [AWARD["missing"]], [""]]),
        (opened("quorum"), [3]),
        (opened("identity_sha256"), ["", "0" * 63, "G" * 64]),
        (opened("candidates_sha256"), ["", "0" * 65]),
        (opened("void_rules"), [[{"id": "", "text": "x"}]]),
        (opened("opening_key_sha256"), [""]),
        (opened("sheet_key_sha256"), [""]),
        (opened("notice_sha256"), [""]),
        (("vote", ("p",)), ["", "ALL", "2026-02-30", "20261112"]),
        (("vote", ("v",)), ["", "0" * 31, "0" * 33, "A" * 32]),
        (("vote", ("c",)), ["", "0" * 63, "A" * 64]),
        (("vote", ("t",)), ["", "2026-11-12 09:00", "2026-11-12T09:00:00+08:00"]),
        (("vote", ("n",)), [0, 2]),
        (("vote", ("k",)), ["", "Vote", "open"]),
        (("tally", ("votes",)), [[[0, 1]], [[10_000, 1]], [[1]], [[1, 2, 3]]]),
        (("void", ("of",)), [[], [1, 1], [4, 1], list(range(1, 5002))]),
        (("void", ("why",)), [""]),
        (("void", ("rule",)), [""]),
        (("void", ("by",)), [[1], [1, 2, 3], [0, 1], []]),
        (("void", ("id",)), ["", "0" * 31, "A" * 32]),
        (("void", ("sigs",)), [[], [""], ["", "", ""]]),
        (("restore", ("why",)), [""]),
        (("rule", ("set",)), [{}, {"to": TO, "pause": "x"}, {"stop": "x"}, {"pause": ""}]),
        (("rule", ("set",)), [{"withdraw": 0}, {"withdraw": 10_000}, {"roster": 5}, {"to": ""}]),
        (("rule", ("set",)), [{"roster": {"size": 0, "sha256": "f" * 64}}, {"resume": "x"}]),
        (("rule", ("why",)), [""]),
        (("signer", ("staff",)), [0]),
        (("signer", ("keys",)), [[], ["x"], [PEOPLE[n].key for n in (1, 2, 3, 4, 5)]]),
        (("signer", ("why",)), [""]),
        (("drop", ("staff",)), [0]),
        (("drop", ("why",)), [""]),
        (("incident", ("what",)), [""]),
        (("close", ("votes_sha256",)), ["", "0" * 63]),
        (("recount", ("votes_sha256",)), ["", "0" * 63]),
        (("judge", ("judge",)), [0]),
        (("judge", ("categories",)), [["山区", "山区"], ["无"]]),
        (("judge", ("who",)), ["", "0" * 63, "A" * 64]),
        (("dismiss", ("judge",)), [0]),
        (("dismiss", ("why",)), [""]),
        (("sheet", ("judge",)), [0]),
        (("sheet", ("c",)), ["", "0" * 63]),
        (("data", ("key",)), ["", "public", "Lot"]),
        (("data", ("sha256",)), ["", "0" * 63]),
        (("data", ("answers_sha256",)), ["0", "A" * 64]),
        (("data", ("source",)), [""]),
        (("ranking", ("sha256",)), ["", "0" * 63]),
        (("notice", ("from",)), ["", "2026-12-24T09:00"]),
        (("notice", ("to",)), ["", "2026-12-24"]),
        (("notice", ("days",)), [["2026-02-30"], ["20261225"], [""]]),
        (("objection", ("c",)), ["", "0" * 63]),
        (("answer", ("of",)), [[], [1, 1], [2, 1], list(range(1, 502))]),
        (("answer", ("outcome",)), ["", "open"]),
        (("answer", ("effect",)), ["", "new"]),
        (("answer", ("c",)), [[], ["0" * 64, "1" * 64], ["0"]]),
        (("revoke", ("no",)), [0, 10_000]),
        (("revoke", ("why",)), [""]),
    ],
    ids=lambda part: str(part)[:60],
)
def test_value_that_its_field_may_not_have_fails_check_4(place, values):
    k, path = place
    for value in values:
        case = copy.deepcopy(ALL)
        put(case.entries[FIRST[k]], path, value)

        assert number_of(case) == (3 if value == 2**53 else 4), value


# --- value: each field that another entry, a key or a signature bears out -----------------------------


@pytest.mark.parametrize(
    ("k", "field", "value", "number"),
    [
        ("vote", "p", "all", 7),
        ("vote", "t", "2026-11-12T08:59+08:00", 5),
        ("vote", "c", "0" * 64, 13),
        ("tally", "ballots", 3, 15),
        ("tally", "voided", 1, 15),
        ("tally", "votes", [[1, 1]], 15),
        ("tally", "votes", [[1, 1], [2, 1]], 15),
        ("tally", "votes", [[2, 2], [1, 1]], 15),
        ("tally", "t", "2026-11-12T10:01+08:00", 5),
        ("void", "of", [1], 10),
        ("void", "rule", "R2", 10),
        ("void", "why", "别的理由", 10),
        ("void", "by", [2, 1], 10),
        ("void", "by", [1, 1], 10),
        ("void", "id", "0" * 32, 10),
        ("void", "sigs", ["", ""], 10),
        ("restore", "of", [1], 10),
        ("restore", "why", "别的理由", 10),
        ("rule", "set", {"pause": "别的理由"}, 10),
        ("rule", "why", "别的理由", 10),
        ("signer", "staff", 6, 10),
        ("signer", "keys", [PEOPLE[6].key], 10),
        ("signer", "why", "别的理由", 10),
        ("drop", "staff", 4, 10),
        ("drop", "why", "别的理由", 10),
        ("judge", "judge", 3, 10),
        ("judge", "categories", [], 10),
        ("judge", "who", "0" * 64, 10),
        ("dismiss", "why", "别的理由", 10),
        ("panel", "id", "0" * 32, 10),
        ("data", "sha256", "0" * 64, 10),
        ("data", "answers_sha256", "0" * 64, 10),
        ("data", "source", "别处", 10),
        ("ranking", "sha256", "0" * 64, 10),
        ("ranking", "why", "别的理由", 10),
        ("notice", "days", [f"2026-12-{day}" for day in (25, 28, 29, 30)], 10),
        ("answer", "outcome", "upheld", 10),
        ("answer", "c", ["0" * 64], 10),
        ("final", "notice", 3, 10),
        ("revoke", "why", "别的理由", 10),
        ("close", "ballots", 7, 16),
        ("close", "voided", 0, 16),
        ("close", "votes_sha256", "0" * 64, 16),
        ("close", "t", "2026-12-12T17:59+08:00", 4),
        ("recount", "voided", 1, 16),
        ("recount", "votes_sha256", "0" * 64, 16),
        ("open", "opening_key_sha256", "0" * 64, 12),
        ("open", "candidates_sha256", "0" * 64, 21),
        ("open", "campaign", "other-2026", 10),
        ("open", "site", "other.example.cn", 10),
        ("open", "to", "2026-11-12T09:01+08:00", 8),
        ("open", "from", "2026-11-12T09:01+08:00", 8),
        ("open", "void_rules", [{"id": "R2", "text": ""}], 10),
    ],
)
def test_value_that_something_else_bears_out_fails_its_check(k, field, value, number):
    case = copy.deepcopy(ALL)
    case.entries[FIRST[k]][field] = value

    assert number_of(case) == number


# --- who may sign --------------------------------------------------------------------------------


def with_newcomer(signed, t, by=(1, 4)):
    """Number 4 is added on 18 November at ten and acts at a time."""
    case = LedgerWriter(signed=signed)
    case.signer("2026-11-18T10:00+08:00", 4, [PEOPLE[4]] if signed else ())
    case.rule(t, by=by, pause="维护")
    return case


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    ("t", "number"),
    [
        ("2026-11-18T10:01+08:00", 10),  # a colleague invented a minute ago
        ("2026-11-19T09:59+08:00", 10),
        ("2026-11-19T10:00+08:00", None),
    ],
)
def test_new_signer_counts_a_day_later(signed, t, number):
    assert number_of(with_newcomer(signed, t)) == number


@pytest.mark.parametrize(
    ("t", "person", "number"),
    [
        ("2026-11-18T10:01+08:00", PEOPLE[2], None),  # what was in the list stays good
        ("2026-11-18T10:01+08:00", PEOPLE[5], 10),
        ("2026-11-19T10:00+08:00", PEOPLE[5], None),
        ("2026-11-19T10:00+08:00", PEOPLE[6], 10),
    ],
)
def test_new_key_counts_a_day_later_and_an_old_one_stays(t, person, number):
    case = LedgerWriter(signed=1)
    case.signer("2026-11-18T10:00+08:00", 2, [PEOPLE[2], PEOPLE[5]])
    case.people[2] = person
    case.rule(t, pause="维护")

    assert number_of(case) == number


def test_key_that_is_left_out_ends_at_once():
    case = LedgerWriter(signed=1)
    case.signer("2026-11-18T10:00+08:00", 2, [PEOPLE[2], PEOPLE[5]])
    case.signer("2026-11-20T10:00+08:00", 2, [PEOPLE[5]])
    case.people[2] = PEOPLE[5]
    case.rule("2026-11-20T10:00+08:00", pause="维护")
    good = number_of(case)
    case.people[2] = PEOPLE[2]
    case.rule("2026-11-20T10:00+08:00", resume="完成")

    assert (good, number_of(case)) == (None, 10)


@pytest.mark.parametrize("signed", [0, 1])
def test_whoever_is_dropped_may_not_sign_and_two_are_left(signed):
    case = LedgerWriter(signed=signed)
    case.drop(NOON, 3, by=(3, 1))
    good = number_of(case)
    late = copy.deepcopy(case)
    late.rule(NOON, by=(1, 3), pause="维护")
    again = copy.deepcopy(case)
    again.drop(NOON, 3)
    last = copy.deepcopy(case)
    last.drop(NOON, 2)

    assert good is None
    assert [number_of(each) for each in (late, again, last)] == [10, 10, 10]


def test_no_key_stands_for_two_numbers_not_even_a_dropped_one():
    case = LedgerWriter(signed=1, staff=(1, 2, 3, 4))
    case.drop(NOON, 4)
    case.signer(NOON, 5, [PEOPLE[4]])
    doubled = LedgerWriter(signed=1)
    doubled.opening["signers"][1]["keys"] = doubled.opening["signers"][0]["keys"]

    assert number_of(case) == 10
    assert number_of(doubled) == 10


def test_with_one_signer_nothing_of_two_people_can_follow():
    case = LedgerWriter(staff=(1,))
    alone = number_of(case)
    case.rule(NOON, pause="维护")

    assert (alone, number_of(case)) == (None, 10)


@pytest.mark.parametrize("signed", [0, 1])
@pytest.mark.parametrize(
    ("forge", "is_found"),
    [
        ("stranger", {1}),
        ("twice the first", {1}),
        ("exchanged", {1}),
        ("another place", {1}),
        ("another act", {1}),
        ("not of the format", {0, 1}),
        ("padded", {0, 1}),
        ("left out", {1}),
    ],
)
def test_forged_second_signature_is_found_where_acts_are_signed(signed, forge, is_found):
    case = LedgerWriter(signed=signed)
    n = case.rule(NOON, pause="维护")
    entry = case.entries[n]
    first, second = entry["sigs"]
    other = PEOPLE[2].sign(statement(entry, "other.example.cn/c/xiangzhen-2026")) if signed else ""
    act = PEOPLE[2].sign(statement({**entry, "id": "0" * 32})) if signed else ""
    entry["sigs"] = {
        "stranger": [first, Decider(77).sign(statement(entry)) if signed else ""],
        "twice the first": [first, first],
        "exchanged": [second, first],
        "another place": [first, other],
        "another act": [first, act],
        "not of the format": [first, "!"],
        "padded": [first, second + "===="],
        "left out": [first, ""],
    }[forge]

    assert number_of(case) == (10 if signed in is_found else None)


def test_what_two_have_signed_is_the_entry_without_its_place():
    entry = {"k": "drop", "n": 5, "t": NOON, "staff": 3, "why": "调离", "by": [1, 2]}
    entry |= {"id": "0" * 32, "sigs": ["", ""]}
    said = {"id": "0" * 32, "k": "drop", "staff": 3, "why": "调离"}

    text = verify.statement(ORIGIN, entry).decode()

    assert text.split("\n")[:2] == ["votesite-decision/v1", ORIGIN]
    assert json.loads(text.split("\n")[2]) == said
