"""Tables of figures as staff upload them: what is read, what is refused, and where it stands."""

import io
from datetime import UTC, datetime

import pytest
import xlsxwriter

from votesite.domain.scoring import tables
from votesite.errors import InvalidFields, InvalidFile

GROUND = tables.Ground({1: "城关镇", 2: "河东乡", 3: "山口乡"}, {3}, 2)
HEAD = ["编号", "名称", "得分"]


def book_of(*rows, act=None):
    """An xlsx file of rows; `act(book, sheet)` adds what plain values cannot be."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        if act:
            act(book, sheet)
    return target.getvalue()


def csv_of(*rows, encoding="utf-8"):
    return "\r\n".join(",".join(map(str, row)) for row in rows).encode(encoding)


def faults_of(data, ground=GROUND, **said):
    with pytest.raises(InvalidFile) as refused:
        tables.from_file(data, ground, **said)
    return [(row, column, fault.code) for row, column, fault in refused.value.faults]


@pytest.mark.parametrize(
    "data",
    [
        book_of(HEAD, [1, "城关镇", 95.55], [2, "河东乡", 0]),
        book_of(HEAD, ["１", "城关镇", "95.55"], ["02", "河东乡", "０"]),
        book_of(["No", "score"], [2, 0], [1, 95.55]),
        csv_of(HEAD, [1, "城关镇", "95.55"], [2, "河东乡", 0]),
        csv_of(HEAD, [1, "城关镇", "９５．５５"], [2, "河东乡", 0], encoding="utf-16"),
        csv_of(HEAD, [1, "城关镇", "95.550"], [2, "河东乡", 0], encoding="gb18030"),
        "编号\t得分\n1\t95.55\n\n2\t0\n".encode(),
    ],
    ids=["xlsx", "text and full width", "English heads", "utf-8", "utf-16", "gb18030", "tabs"],
)
def test_a_table_is_read_however_it_is_written(data):
    assert tables.from_file(data, GROUND).table == [[1, 9555], [2, 0]]


def test_a_sum_of_a_spreadsheet_is_taken_with_the_digits_that_it_shows():
    data = book_of(HEAD, [1, "城关镇", 0.1 + 0.2], [2, "河东乡", 92.30000000000001])

    assert tables.from_file(data, GROUND).table == [[1, 30], [2, 9230]]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("101", "points-range"),
        ("-1", "points-range"),
        ("九十", "points-form"),
        ("95.555", "points-decimals"),
        ("95.5%", "points-form"),
        ("1e1", "points-form"),
        ("95,5", "points-form"),
        ("nan", "points-form"),
    ],
)
def test_what_is_no_number_of_points_is_named_with_row_and_column(cell, code):
    data = book_of(HEAD, [1, "城关镇", 90], [2, "河东乡", cell])

    assert faults_of(data) == [(3, "得分", code)]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (9, "number-unknown"),
        ("一", "number-form"),
        ("", "number-missing"),
        (1.5, "number-form"),
        (1, "row-twice"),
    ],
)
def test_what_is_no_number_of_a_candidate_is_named(cell, code):
    data = book_of(HEAD, [1, "城关镇", 90], [cell, "河东乡", 80])

    assert faults_of(data) == [(3, "编号", code)]


def test_every_fault_is_named_at_once():
    data = book_of(HEAD, [1, "城关镇", 101], [9, "某乡", "九十"], [2, "河东乡", 3])

    assert faults_of(data) == [
        (2, "得分", "points-range"),
        (3, "编号", "number-unknown"),
        (3, "得分", "points-form"),
    ]


def test_formula_without_value_error_date_and_merged_cells_are_no_figures():
    def act(book, sheet):
        sheet.write_formula(1, 2, "=40+50", None, "")
        sheet.write_formula(2, 2, "=1/0", None, "#DIV/0!")
        sheet.write_datetime(
            3,
            2,
            datetime(2026, 1, 2, tzinfo=UTC).replace(tzinfo=None),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        sheet.merge_range(4, 0, 4, 1, 3)

    ground = tables.Ground({1: "", 2: "", 3: "", 4: ""}, set(), 2)
    data = book_of(["编号", "备注", "得分"], [1], [2], [4], [3, "", 70], act=act)

    assert faults_of(data, ground) == [
        (2, "得分", "no-result"),
        (3, "得分", "shows-error"),
        (4, "得分", "is-date"),
        (5, "编号", "merged"),
    ]


def test_hidden_rows_are_not_read_over():
    data = book_of(
        HEAD,
        [1, "城关镇", 90],
        [2, "河东乡", 80],
        act=lambda _, sheet: sheet.set_row(2, None, None, {"hidden": True}),
    )

    assert faults_of(data) == [(3, "", "hidden")]


def test_a_file_with_several_columns_of_figures_is_asked_which_one_counts():
    data = book_of(["编号", "2024年", "2025年"], [1, 90, 91], [2, 80, 81])

    with pytest.raises(InvalidFile) as asked:
        tables.from_file(data, GROUND)
    chosen = tables.from_rows(asked.value.rows, GROUND, column="2025年")

    assert asked.value.columns == ["2024年", "2025年"]
    assert (chosen.table, chosen.column) == ([[1, 9100], [2, 8100]], "2025年")
    assert tables.from_file(data, GROUND, column="2024年").table == [[1, 9000], [2, 8000]]


def test_a_name_that_is_not_the_candidates_stops_until_somebody_says_it_is_meant():
    data = book_of(HEAD, [1, "城关镇", 90], [2, "河西乡", 80])

    with pytest.raises(InvalidFile) as asked:
        tables.from_file(data, GROUND)
    trusted = tables.from_rows(asked.value.rows, GROUND, trusts=True)

    (row, column, fault) = asked.value.faults[0]
    assert (row, column, fault.code, fault.detail["name"]) == (3, "名称", "other-name", "河西乡")
    assert trusted.table == [[1, 9000], [2, 8000]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"PK\x03\x04 no workbook", "file-unreadable"),
        (b"\xff\xff\xff\xff\x80", "file-encoding"),
        (csv_of(["a", "b"], [1, 2]), "no-number-column"),
        (csv_of([1, 95], [2, 90]), "no-number-column"),
        (csv_of(["编号", "号码", "得分"], [1, 1, 95]), "two-number-columns"),
        (csv_of(["编号", "名称"], [1, "城关镇"]), "no-figures"),
    ],
)
def test_a_file_that_is_no_table_says_why(data, code):
    assert [found for _, _, found in faults_of(data)] == [code]


def test_who_has_no_row_is_named_but_for_those_who_have_withdrawn():
    figures = tables.from_file(book_of(HEAD, [1, "城关镇", 90], [2, "河东乡", ""]), GROUND)

    assert figures.table == [[1, 9000]]
    assert GROUND.missing(figures.table) == [2]


def test_a_table_as_json_is_taken_as_the_ledger_has_it():
    assert tables.from_json("[[1,9555],[3,0]]", GROUND) == [[1, 9555], [3, 0]]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "table-form"),
        ("[]", "table-form"),
        ("[[1,true]]", "table-form"),
        ("[[1,95.5]]", "table-form"),
        ('[[1,"95"]]', "table-form"),
        ("[[2,1],[1,1]]", "table-order"),
        ("[[1,1],[1,1]]", "table-order"),
        ("[[9,1]]", "table-unknown"),
        ("[[1,10001]]", "table-points"),
        ("[[1,-1]]", "table-points"),
        ("[" * 100_000, "table-form"),
    ],
)
def test_json_that_is_no_table_says_why(text, code):
    with pytest.raises(InvalidFields) as refused:
        tables.from_json(text, GROUND)

    assert refused.value.fields["table"].code == code


def test_points_are_written_with_their_decimals():
    assert [tables.as_decimal(points, 2) for points in (10_000, 9555, 5)] == [
        "100.00",
        "95.55",
        "0.05",
    ]
