"""Each kind of question: what counts as its answer."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.test import encode_multipart

from tests.support.surveys import EACH, HOW, RATED, TABLE, WHY
from votesite.domain.surveys.questions import (
    MAX_TEXT,
    SCALE,
    Question,
    form_size,
    question_of,
    read_answers,
)
from votesite.errors import (
    Fault,
    InvalidAnswers,
)
from votesite.models.surveys import TYPES


def read(question, numbers=(1, 2), **fields):
    given = {
        f"answers.{name.replace('__', '.')}": value if isinstance(value, list) else [value]
        for name, value in fields.items()
    }
    return read_answers([question_of(found) for found in question], numbers, given)


def faults(questions, **fields):
    with pytest.raises(InvalidAnswers) as refused:
        read(questions, **fields)
    return refused.value.fields


def test_single_choice_takes_one_of_its_options():
    question = [{**HOW, "type": "single", "required": True}]

    assert read(question, how="网上") == {"how": "网上"}
    assert faults(question, how="传真") == {"how": Fault("unknown-choice")}
    assert faults(question, how=["网上", "窗口"]) == {"how": Fault("too-many", max=1)}
    assert faults(question, how="") == {"how": Fault("missing")}


def test_multiple_choice_keeps_the_order_of_the_options():
    assert read([HOW], how=["电话", "窗口"]) == {"how": ["窗口", "电话"]}
    assert faults([HOW], how=["电话", "传真"]) == {"how": Fault("unknown-choice")}


def test_scale_goes_from_one_to_five_or_has_named_steps():
    named = {**RATED, "options": ["不满意", "一般", "满意"]}

    assert read([RATED], rate="5") == {"rate": "5"}
    assert faults([RATED], rate="6") == {"rate": Fault("unknown-choice")}
    assert read([named], rate="满意") == {"rate": "满意"}
    assert question_of(named).weights == {"不满意": 1, "一般": 2, "满意": 3}
    assert question_of({**RATED, "options": ["0", "5", "10"]}).weights == {"0": 0, "5": 5, "10": 10}


def test_matrix_rates_each_row():
    assert read([TABLE], table__1="好", table__2="差") == {"table": {"态度": "好", "速度": "差"}}
    assert read([TABLE], table__2="中") == {"table": {"速度": "中"}}
    assert faults([{**TABLE, "required": True}], table__1="好") == {"table": Fault("missing")}
    assert question_of({**TABLE, "options": ["甲"]}).options == SCALE


def test_text_is_tidied_limited_and_without_control_characters():
    note = {"id": "note", "type": "text", "text": "说说"}

    assert read([note], note=" 很好\r\n谢谢 ") == {"note": "很好\n谢谢"}
    assert faults([note], note="好" * 2001) == {"note": Fault("too-long", max=2000, n=1)}
    assert faults([note], note="好\x00") == {"note": Fault("control-characters")}


def test_question_for_each_candidate_has_a_field_for_each():
    assert read([EACH], each__1="5", each__2="") == {"each": {"1": "5"}}
    assert faults([{**EACH, "required": True}], each__9="5") == {"each": Fault("missing")}


def test_question_with_a_condition_is_asked_only_then():
    assert read([RATED, WHY], rate="5", why="没人问") == {"rate": "5"}
    assert faults([RATED, WHY], rate="2") == {"why": Fault("missing")}
    assert read([RATED, WHY], rate="2", why="慢") == {"rate": "2", "why": "慢"}


def test_condition_on_a_multiple_choice_holds_for_any_of_its_answers():
    other = {**WHY, "show_if": {"question": "how", "is": ["电话"]}}

    assert faults([HOW, other], how=["窗口", "电话"]) == {"why": Fault("missing")}
    assert read([HOW, other], how=["窗口"]) == {"how": ["窗口"]}


def test_empty_form_is_no_answer():
    assert faults([HOW, EACH]) == {"how": Fault("missing")}


def test_all_faults_are_told_at_once():
    assert sorted(faults([RATED, HOW], how="传真")) == ["how", "rate"]


OPTIONS = st.lists(st.text(min_size=1, max_size=9).filter(str.strip), min_size=2, max_size=4)
ANY_QUESTION = st.builds(
    Question,
    id=st.from_regex("[A-Za-z0-9_-]{1,40}", fullmatch=True),
    type=st.sampled_from(TYPES),
    text=st.just("问"),
    options=OPTIONS.map(tuple),
    rows=OPTIONS.map(tuple),
    per_candidate=st.booleans(),
)


def brim_of(questions, candidates):
    """The fields of a form in which everything is answered as lengthily as a browser lets one."""
    yield "csrf_token", "x" * 100
    yield "consent", "1"
    for question in questions:
        for name in (
            [f"{question.field}.{9999 - no}" for no in range(candidates)]
            if question.per_candidate
            else [question.field]
        ):
            longest = max(question.options, key=lambda option: len(option.encode()))
            if question.type == "text":
                yield name, "字" * MAX_TEXT
            elif question.type == "multi":
                yield from ((name, option) for option in question.options)
            elif question.type == "matrix":
                yield from ((f"{name}.{at}", longest) for at in range(1, len(question.rows) + 1))
            else:
                yield name, longest


@given(questions=st.lists(ANY_QUESTION, min_size=1, max_size=3), candidates=st.integers(0, 5))
def test_no_form_is_larger_than_was_foreseen(questions, candidates):
    questions = [
        replace(found, options=() if found.type == "text" else found.options) for found in questions
    ]
    fields = list(brim_of([replace(q, options=q.options or ("",)) for q in questions], candidates))

    size = form_size(questions, candidates)

    _, in_parts = encode_multipart(MultiDict(fields), boundary="-" * 60)
    bodies = {True: len(in_parts), False: len(urlencode(fields))}
    assert size.fields == len(fields)
    assert bodies[size.in_parts] <= size.bytes


@pytest.mark.parametrize(
    ("questions", "candidates", "fits"),
    [
        ([{**EACH, "id": f"e{n}"} for n in range(4)], 249, True),
        ([{**EACH, "id": f"e{n}"} for n in range(4)], 250, False),
        ([{"id": f"t{n}", "type": "text", "text": "为什么"} for n in range(10)], 9, True),
        ([{"id": f"t{n}", "type": "text", "text": "为什么"} for n in range(11)], 9, False),
    ],
)
def test_form_has_no_more_fields_and_bytes_than_are_taken(questions, candidates, fits):
    assert form_size([question_of(found) for found in questions], candidates).fits is fits
