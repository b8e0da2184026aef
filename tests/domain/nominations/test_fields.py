"""The fields of a nomination: what is missing, too long, or no address."""

import pytest
from sqlalchemy import func, select

from tests.support.nominations import nominated
from votesite.errors import (
    Fault,
    InvalidNomination,
)
from votesite.extensions import db
from votesite.models.nominations import Nomination


def faults(campaign, **fields):
    with pytest.raises(InvalidNomination) as refused:
        nominated(campaign, **fields)
    return refused.value.fields


def stored():
    return db.session.scalar(select(func.count()).select_from(Nomination))


@pytest.mark.parametrize("missing", ["name", "category", "reason"])
def test_required_field_that_is_blank_is_missing(campaign, missing):
    found = faults(campaign, **{missing: " \u3000\n " if missing == "reason" else " "})

    assert found == {missing: Fault("missing")}
    assert stored() == 0


@pytest.mark.parametrize(
    ("name", "text", "over"),
    [
        ("name", "镇" * 61, 1),
        ("reason", "好" * 2003, 3),
        ("evidence", "http://a.cn/" + "a" * 500, 12),
        ("service", "好" * 2001, 1),
        ("region", "县" * 61, 1),
        ("contact", "1" * 201, 1),
    ],
)
def test_overlong_field_is_a_fault_that_counts(campaign, name, text, over):
    found = faults(campaign, **{name: text})

    assert found == {name: Fault("too-long", max=len(text) - over, n=over)}


def test_line_ends_count_as_one_character(campaign):
    kept = nominated(campaign, reason="好\r\n" * 999 + "好好")

    assert len(kept.reason) == 2000


@pytest.mark.parametrize(
    "name", ["name", "category", "reason", "region", "contact", "service", "x"]
)
@pytest.mark.parametrize(
    "char", ["\x00", "\x08", "\x1f", "\x7f", "\x85", "\u2028", "\u202e", "\ufffd"]
)
def test_control_characters_are_faults(campaign, name, char):
    assert faults(campaign, **{name: f"甲{char}乙"})[name] == Fault("control-characters")


def test_line_end_in_a_name_is_a_fault(campaign):
    assert faults(campaign, name="清水镇\n") == {"name": Fault("control-characters")}


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "ftp://a.cn/",
        "//a.cn/",
        "a",
        "a@b.cn",
        "http://",
        "http:///x",
        "https://[::1",
        "http://a.cn/ b",
        "http://a.cn:x/",
        "data:text/html,x",
    ],
)
def test_evidence_is_an_http_address(campaign, address):
    assert faults(campaign, evidence=address) == {"evidence": Fault("not-a-link")}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("www.gov.cn", "https://www.gov.cn"),
        (" a.cn/x?b=c#d ", "https://a.cn/x?b=c#d"),
        ("a.cn:8080/x", "https://a.cn:8080/x"),
        ("例子.中国/新闻", "https://例子.中国/新闻"),
        ("http://a.cn", "http://a.cn"),
        ("HTTPS://A.cn", "HTTPS://A.cn"),
        ("", ""),
    ],
)
def test_address_typed_without_its_beginning_gets_one(campaign, typed, kept):
    assert nominated(campaign, evidence=typed).evidence == kept


def test_address_with_its_beginning_is_no_longer_than_its_column(campaign):
    found = faults(campaign, evidence="a.cn/" + "a" * 495)

    assert found == {"evidence": Fault("too-long", max=500, n=8)}


def test_category_must_be_the_campaigns(campaign):
    assert faults(campaign, category="平原乡镇") == {"category": Fault("unknown-choice")}


def test_all_faults_are_told_at_once(campaign):
    found = faults(campaign, name="", reason="", evidence="x", picture=b"GIF89a")

    assert sorted(found) == ["evidence", "name", "picture", "reason"]
