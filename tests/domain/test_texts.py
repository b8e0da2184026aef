"""What is text: its one form, stray marks, lengths, whole numbers, and names that are alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votesite.domain import texts
from votesite.errors import Fault, InvalidFields


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  甲 \n", "甲"),
        ("\u3000甲\u3000", "甲"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("一\r\n二\r三", "一\n二\n三"),
    ],
)
def test_text_is_stored_in_one_form(typed, stored):
    assert texts.tidy(typed) == stored


@given(st.text())
def test_tidy_text_stays_as_it_is(text):
    once = texts.tidy(text)

    assert texts.tidy(once) == once


@pytest.mark.parametrize("mark", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ud800"])
def test_what_no_keyboard_types_is_stray_everywhere(mark):
    assert texts.stray(f"甲{mark}乙") == mark


@pytest.mark.parametrize("mark", ["\t", "\r", "\n"])
def test_tabs_and_line_ends_are_stray_in_one_line_only(mark):
    assert texts.stray(f"甲{mark}乙") == ""
    assert texts.stray(f"甲{mark}乙", lines=False) == mark


@pytest.mark.parametrize("mark", texts.STRANGE)
def test_marks_that_turn_or_were_lost_are_stray_to_those_who_ask(mark):
    assert texts.stray(f"甲{mark}乙") == ""
    assert texts.stray(f"甲{mark}乙", also=texts.STRANGE) == mark


@pytest.mark.parametrize(
    ("raw", "code", "detail"),
    [
        ("甲\n乙", "line-break", {}),
        ("甲\x07乙", "control-characters", {"mark": "U+0007"}),
        ("甲乙丙丁", "too-long", {"max": 3, "n": 1, "length": 4}),
    ],
)
def test_text_that_cannot_be_kept_says_why(raw, code, detail):
    with pytest.raises(texts.BadText) as bad:
        texts.clean(raw, limit=3)

    assert (bad.value.code, bad.value.detail) == (code, detail)


def test_blanks_around_a_text_do_not_count():
    assert texts.clean("  甲乙丙 ", limit=3) == "甲乙丙"
    assert texts.required("why", " 甲乙丙\n", 3) == "甲乙丙"


@pytest.mark.parametrize(
    ("text", "fault"), [(" \n", Fault("missing")), ("甲乙丙丁戊", Fault("too-long", max=3, n=2))]
)
def test_required_text_that_is_blank_or_too_long_is_refused_by_its_field(text, fault):
    with pytest.raises(InvalidFields) as refusal:
        texts.required("why", text, 3)

    assert refusal.value.fields == {"why": fault}


def test_text_below_its_least_length_says_how_much_is_missing():
    assert texts.length_fault("甲", 40, least=3) == Fault("too-short", min=3, n=2)
    assert texts.length_fault("甲乙丙", 40, least=3) is None


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("0007", 7), ("9999", 9999), ("10000", None)]
)
def test_whole_number_has_at_most_so_many_digits(text, number):
    assert texts.whole(text, 4) == number


@pytest.mark.parametrize("text", ["", " 1", "-1", "+1", "1.0", "1e3", "１", "²", "٣", "1_0"])
def test_nothing_but_ascii_digits_is_a_whole_number(text):
    assert texts.whole(text, 9) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("青石镇", " 青 石 镇 "),
        ("青石镇(北)", "青石镇（北）"),
        ("ＡＢＣ街道", "abc街道"),
        ("青\u200b石镇", "青石镇"),
        ("青石镇。", "青石镇"),
    ],
)
def test_names_that_look_alike_are_one_when_folded(one, other):
    assert texts.fold(one) == texts.fold(other)


def test_chinese_characters_take_two_columns():
    assert texts.width("a镇，") == 5


def test_quoted_text_stays_in_its_line_and_is_cut():
    assert texts.quoted("a\x1b[31m\u2028") == '"a\\x1b[31m\\u2028"'
    assert texts.quoted("长" * 61) == f'"{"长" * 59}…"'


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", 12),
        ("１２", 12),
        (" 1 2 ", 12),
        ("０", 0),
        ("一二", None),
        ("-1", None),
        ("1234", None),
    ],
)
def test_number_is_read_as_people_type_it(typed, number):
    assert texts.typed_whole(typed, 3) == number
