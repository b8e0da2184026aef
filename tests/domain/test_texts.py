"""What is text: its one form, stray marks, lengths, whole numbers, and names that are alike."""

import unicodedata

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
        ("甲\t乙", "control-characters", {"mark": "U+0009"}),
        ("甲\u200b乙", "stray-character", {"mark": "U+200B"}),
        ("甲乙丙丁", "too-long", {"max": 3, "n": 1, "length": 4}),
    ],
)
def test_text_that_cannot_be_kept_says_why(raw, code, detail):
    with pytest.raises(texts.BadText) as bad:
        texts.clean(raw, limit=3)

    assert (bad.value.code, bad.value.detail) == (code, detail)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("青石\n镇", "青石 镇"),
        ("青石\r\n镇", "青石 镇"),
        ("青石 \r\n \n\u3000镇\n", "青石 镇"),
        ("青石  镇", "青石 镇"),
        ("青\u3000石", "青\u3000石"),
    ],
)
def test_line_breaks_of_a_joined_text_are_blanks(typed, stored):
    assert texts.joined(typed) == stored
    assert texts.joined(stored) == stored


# By name what shows nothing, turns the text or was lost in decoding
UNSEEN = {
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "right-to-left mark": "\u200f",
    "right-to-left override": "\u202e",
    "isolate": "\u2067",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "hangul filler": "\u3164",
    "halfwidth hangul filler": "\uffa0",
    "braille blank": "\u2800",
    "grapheme joiner": "\u034f",
    "tag": "\U000e0041",
    "replacement": "\ufffd",
    "no character": "\uffff",
    "joiner": "\u200d",
    "non-joiner": "\u200c",
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_nobody_sees_is_stray_in_one_line(name):
    mark = UNSEEN[name]

    with pytest.raises(texts.BadText):
        texts.clean(f"青{mark}石")
    assert texts.clean(f"青{mark}石", lines=True)
    assert not texts.shows(mark) or name == "replacement"


@pytest.mark.parametrize(
    "text",
    [
        "👨\u200d👩\u200d👧",
        "❤\ufe0f",
        "葛\U000e0100城",
        "می\u200cخواهم",
        "ᠮᠣᠩᠭᠣᠯ\u202fᠤᠨ",
        "བོད་",
        "\U00031350镇",
        "\ue815镇",
    ],
)
def test_what_scripts_and_pictures_need_is_text(text):
    assert texts.clean(text) == texts.composed(text)


@given(st.text(max_size=6))
def test_line_that_is_kept_is_kept_as_it_is(text):
    try:
        kept = texts.clean(text)
    except texts.BadText:
        return

    assert texts.clean(kept) == kept
    assert not set(kept) & (set(UNSEEN.values()) - {"\u200c", "\u200d"})


@given(st.text(max_size=6))
def test_text_that_folds_to_something_shows(text):
    assert texts.shows(text) or not texts.fold(text).strip() or any(map(is_mark, text))


def is_mark(char):
    return unicodedata.category(char).startswith("M")


def test_blanks_around_a_text_do_not_count():
    assert texts.clean("  甲乙丙 ", limit=3) == "甲乙丙"
    assert texts.required("why", " 甲乙丙\n", 3) == "甲乙丙"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (" \n", Fault("missing")),
        ("\u200b", Fault("missing")),
        ("\u3164", Fault("missing")),
        ("甲乙丙丁戊", Fault("too-long", max=3, n=2)),
    ],
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
        ("青石\ufe00镇", "青石镇"),
        ("青石\u3164镇", "青石镇"),
        ("青⽯镇", "青石镇"),
        ("青石镇★", "青石镇"),
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


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("8:00", "08:00"),
        ("８：００", "08:00"),
        ("8点", "08:00"),
        ("8 点半", "08:30"),
        ("20时15分", "20:15"),
        ("24:00", "24:00"),
        (" 早上8点 ", "早上8点"),
        ("8", "8"),
        ("", ""),
    ],
)
def test_time_is_read_as_people_type_it(typed, time):
    assert texts.typed_time(typed) == time


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("2026-03-01T09:00", "2026-03-01 09:00"),
        ("2026/3/1 9:00", "2026-03-01 09:00"),
        ("２０２６年３月１日　９：０５", "2026-03-01 09:05"),
        ("2026-03-01", "2026-03-01"),
        ("", ""),
    ],
)
def test_minute_is_read_as_people_type_it(typed, minute):
    assert texts.typed_minute(typed) == minute


DASHES = "-‐‑‒–—―−－﹣ー_·."
BETWEEN = st.text(DASHES + " \u3000\u00a0\u200b\ufeff\t\n", max_size=2)


@st.composite
def typings(draw):
    """A code, and the way in which somebody types it."""
    code = draw(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=1, max_size=16))
    typed = "".join(draw(BETWEEN) + draw(st.sampled_from(WAYS.get(mark, mark))) for mark in code)
    if draw(st.booleans()):
        typed = typed.lower()
    if draw(st.booleans()):
        typed = "".join(chr(ord(mark) + 0xFEE0) if "!" <= mark <= "~" else mark for mark in typed)
    return code, typed + draw(BETWEEN)


WAYS = {"0": "0Oo", "1": "1IiLl"}


@given(typings())
def test_code_is_read_however_it_is_typed(given):
    code, typed = given

    assert texts.typed_code(typed) == code
