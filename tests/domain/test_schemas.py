"""Schemas: every problem with its path and code, and the rest read all the same."""

import re
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from votesite.domain import schemas
from votesite.domain.schemas import Between, Bounds, Matches, OneOf, Schema, Text, read
from votesite.errors import Fault, InvalidFields
from votesite.models.campaigns import Campaign


class Row(Schema):
    """A row of the table below."""

    name: Annotated[str, Text(3, required=True)]
    seats: Annotated[int, Between(1, 9)] = 5


class Form(Schema):
    """One field of each kind."""

    title: Annotated[str, Text(5, required=True)]
    code: Annotated[str, Text(), Matches(re.compile("[a-z]*"))] = ""
    colour: Annotated[str, OneOf(("", "red", "blue"))] = "red"
    picks: Annotated[list[int], Bounds(1)] = Field(default_factory=lambda: [1, 1])
    hosts: list[Annotated[str, Text(5, required=True)]] = Field(default_factory=list)
    rows: list[Row] = Field(default_factory=list)
    texts: dict[str, Annotated[str, Text(3, lines=True)]] = Field(default_factory=dict)
    said: Annotated[str, Text(strict=True)] = ""


def problems(**tree):
    return [(found.key, found.code) for found in read(Form, {"title": "题目", **tree}).problems]


def test_sound_tree_is_read_with_its_defaults():
    reading = read(Form, {"title": " 题目 ", "rows": [{"name": "甲"}]})

    assert reading.problems == []
    assert (reading.value.title, reading.value.colour) == ("题目", "red")
    assert reading.value.rows == [Row(name="甲", seats=5)]


@pytest.mark.parametrize(
    ("tree", "key", "code"),
    [
        ({"title": 3}, "title", "string_type"),
        ({"title": "\u3000"}, "title", "blank"),
        ({"title": "一二三四五六"}, "title", "too-long"),
        ({"title": "一\n二"}, "title", "line-break"),
        ({"title": "一\u200b"}, "title", "stray-character"),
        ({"title": "\u3164"}, "title", "stray-character"),
        ({"title": "\ufe0f"}, "title", "blank"),
        ({"title": "一\x07"}, "title", "control-characters"),
        ({"code": "A"}, "code", "pattern"),
        ({"colour": "pink"}, "colour", "unknown-choice"),
        ({"picks": 3}, "picks", "list_type"),
        ({"picks": [1]}, "picks", "not-bounds"),
        ({"picks": [True, 2]}, "picks", "not-bounds"),
        ({"picks": [0, 2]}, "picks", "bounds"),
        ({"picks": [2, 1]}, "picks", "bounds"),
        ({"hosts": "甲"}, "hosts", "list_type"),
        ({"hosts": ["甲", 1]}, "hosts", "string_type[]"),
        ({"hosts": ["甲", " "]}, "hosts", "blank[]"),
        ({"rows": [3]}, "rows", "model_type[]"),
        ({"rows": [{"name": "甲"}, {"name": "乙", "seats": 10}]}, "rows[2].seats", "out-of-range"),
        ({"rows": [{"name": "甲", "seats": True}]}, "rows[1].seats", "int_type"),
        ({"rows": [{"name": "甲", "seat": 1}]}, "rows[1].seat", "extra_forbidden"),
        ({"rows": [{}]}, "rows[1].name", "missing"),
        ({"texts": {"a b": "一二三四"}}, 'texts."a b"', "too-long"),
        ({"said": "甲\n"}, "said", "control-characters"),
        ({"said": "\u202e甲"}, "said", "control-characters"),
        ({"odd": 1}, "odd", "extra_forbidden"),
    ],
)
def test_one_problem_has_its_path_and_its_code(tree, key, code):
    assert problems(**tree) == [(key, code)]


def test_all_problems_come_at_once_unknown_keys_of_a_table_first():
    found = problems(title="", rows=[{"name": "甲", "seats": 0, "seat": 1}, {}], odd=1)

    assert found == [
        ("odd", "extra_forbidden"),
        ("title", "blank"),
        ("rows[1].seat", "extra_forbidden"),
        ("rows[1].seats", "out-of-range"),
        ("rows[2].name", "missing"),
    ]


def test_what_is_sound_is_read_beside_problems():
    tree = {"title": 1, "rows": [{"name": "甲", "seats": 0}, {"name": "乙"}], "texts": {"a": 1}}

    reading = read(Form, tree)

    assert [row.name for row in reading.value.rows] == ["甲", "乙"]
    assert (reading.value.title, reading.value.rows[0].seats) == (None, None)
    assert reading.value.texts == {}
    assert reading.is_sound("rows", 1)
    assert not reading.is_sound("rows")
    assert not reading.is_sound("rows", 0, "seats")


def test_tree_that_was_read_is_not_changed():
    tree = {"title": 1, "rows": [{"name": "", "odd": 1}], "texts": {"a": 1}}

    read(Form, tree)

    assert tree == {"title": 1, "rows": [{"name": "", "odd": 1}], "texts": {"a": 1}}


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
fields = st.sampled_from([*Form.model_fields, "odd"])


@given(tree=st.dictionaries(fields, values))
def test_any_tree_is_read_to_the_end(tree):
    reading = read(Form, tree)

    assert isinstance(reading.value, Form)
    assert bool(reading.problems) or read(Form, reading.value.model_dump()).problems == []


@pytest.mark.parametrize(
    ("title", "fault"),
    [
        (" ", Fault("missing")),
        ("一\n二", Fault("control-characters")),
        ("一\u200b二", Fault("control-characters")),
        ("一二三四五六七", Fault("too-long", max=5, n=2)),
        (3, Fault("invalid")),
    ],
)
def test_form_reports_a_problem_as_a_fault_of_its_field(title, fault):
    (problem,) = read(Form, {"title": title}).problems

    assert problem.fault == fault


class Complaint(schemas.Form):
    """A form with two fields."""

    text: Annotated[str, Text(5, lines=True, required=True, strict=True)]
    contact: Annotated[str, Text(3, strict=True)] = ""


def test_form_is_read_beside_fields_that_are_not_its_own():
    form = schemas.checked(Complaint, {"text": " 一\r\n二 ", "csrf_token": "x"})

    assert form.model_dump() == {"text": "一\n二", "contact": ""}


def test_form_with_faults_is_refused_with_all_of_them():
    with pytest.raises(InvalidFields) as refusal:
        schemas.checked(Complaint, {"contact": "0800"})

    assert refusal.value.fields == {
        "text": Fault("missing"),
        "contact": Fault("too-long", max=3, n=1),
    }


def test_limits_of_a_form_are_those_of_its_rules():
    assert schemas.limits(Form) == {"title": 5}
    assert schemas.limits(Form, Row) == {"title": 5, "name": 3}


def test_limit_of_a_column_is_what_the_database_holds():
    assert schemas.column_limit(Campaign.title) == 120
