"""Tables for spreadsheets: nobody's words become a formula."""

import csv
import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from votesite.domain.spreadsheets import (
    BYTE_ORDER_MARK,
    FORMULA_STARTS,
    csv_text,
    safe_text,
    sheet_name,
    xlsx_bytes,
)

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠a",
    '好的\n=HYPERLINK("http://x")',
    "好的\r\n @x",
    "好的\u2028=1",
    "=cmd|' /C calc'!A0",
]
DANGEROUS = st.text(alphabet="=+-@＝＋－＠ \t\r\n\u00a0\u3000\u200ba1中\",;'")


def read(text):
    return list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))


def shown_first(line):
    """The first character of a line that a spreadsheet would look at."""
    return next(
        (
            char
            for char in line
            if char in "\t\r" or not (char.isspace() or unicodedata.category(char) in ("Cc", "Cf"))
        ),
        "",
    )


@pytest.mark.parametrize("payload", PAYLOADS)
def test_formula_is_put_behind_an_apostrophe(payload):
    ((cell,),) = read(csv_text([[payload]]))

    assert cell != payload
    assert shown_first(cell) not in FORMULA_STARTS
    assert cell.replace("'", "").split() == payload.replace("'", "").split()


@given(DANGEROUS)
def test_no_line_of_a_cell_begins_like_a_formula(text):
    ((cell,),) = read(csv_text([[text]])) or (("",),)

    assert all(shown_first(line) not in FORMULA_STARTS for line in cell.split("\n"))
    assert shown_first(cell) not in FORMULA_STARTS


@given(st.text(alphabet="abc 中，。1\"\n,;'", max_size=40))
def test_plain_text_comes_back_as_it_was(text):
    assert safe_text(text) == text
    assert read(csv_text([["x", text]])) == [["x", text]]


def test_numbers_stay_numbers():
    assert csv_text([["分", -3, 4.5, None]]) == f"{BYTE_ORDER_MARK}分,-3,4.5,\r\n"


@pytest.mark.parametrize("payload", [*PAYLOADS, "http://example.org", "00123"])
def test_workbook_holds_text_and_no_formula(payload):
    content = xlsx_bytes({"答卷": [["内容"], [payload]]})

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        names = archive.namelist()
    assert "<f>" not in sheet
    assert 't="s"' in sheet
    assert not [name for name in names if "rels/sheet" in name]


def test_workbook_reads_back_with_its_sheets_and_figures():
    content = xlsx_bytes({"甲/乙": [["名称", "票"], ["第一镇", 12]], "甲 乙": [["空"]]})

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    assert book.sheet_names == ["甲 乙", "甲 乙 2"]
    assert book.get_sheet_by_name("甲 乙").to_python() == [["名称", "票"], ["第一镇", 12]]


def test_overlong_cell_is_cut_instead_of_lost():
    content = xlsx_bytes({"a": [["字" * 40_000]]})

    book = CalamineWorkbook.from_filelike(io.BytesIO(content))

    assert book.get_sheet_by_name("a").to_python() == [["字" * 32_767]]


@given(st.lists(st.text(max_size=40), max_size=8))
def test_sheet_names_are_allowed_and_distinct(wanted):
    taken = set()

    names = [sheet_name(name, taken) for name in wanted]

    assert all(1 <= len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert len({name.casefold() for name in names}) == len(names)
