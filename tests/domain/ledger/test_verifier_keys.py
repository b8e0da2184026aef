"""Verifier keys: one text a key, and nothing that two readers could read differently."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.verifier_keys import PUBLIC, verifier_key
from votesite.domain.ledger import verifier_keys
from votesite.domain.ledger.verifier_keys import BadVerifierKey, VerifierKey, parse

NAME = "审计.example"


@pytest.mark.parametrize(("kind", "is_checked"), [(1, True), (4, True), (2, False), (255, False)])
def test_key_of_every_type_is_read_and_written_alike(kind, is_checked):
    key = parse(verifier_key(kind=kind))

    assert (key.name, key.kind, key.public, key.is_checked) == (NAME, kind, PUBLIC, is_checked)
    assert key.key_id == hashlib.sha256(NAME.encode() + b"\n" + bytes([kind]) + PUBLIC).digest()[:4]
    assert str(key) == verifier_key(kind=kind)


def test_key_of_another_type_has_the_length_that_it_has():
    assert parse(verifier_key(kind=6, public=b"\x07" * 65)).public == b"\x07" * 65


@pytest.mark.parametrize("name", ["a b", " a", "a\u3000b", "a\u00a0b", "", "a\tb", "a\u2028b"])
def test_name_has_no_blank_of_any_kind(name):
    with pytest.raises(BadVerifierKey) as refused:
        parse(verifier_key(name))

    assert refused.value.code == "name"


@pytest.mark.parametrize(
    "name", ["a\u200bb", "a\u202eb", "a\x7fb", "\ud800", "Cafe\u0301", "字" * 101]
)
def test_name_is_what_is_seen_of_it(name):
    """Nothing hidden, nothing that another program would write in other bytes."""
    with pytest.raises(BadVerifierKey) as refused:
        parse(verifier_key(name))

    assert refused.value.code == "name"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text[:-1], "base64"),
        (lambda text: text + "=", "base64"),
        (lambda text: text + "\n", "base64"),
        (lambda text: text[:-2] + "_=", "base64"),
        (lambda text: text.rpartition("+")[0] + "+", "base64"),
        (lambda text: text.rpartition("+")[0], "form"),
        (lambda text: text.upper().replace("审计.EXAMPLE", NAME, 1), "key-id"),
        (lambda text: "b" + text, "key-id"),
        (lambda text: "", "form"),
    ],
)
def test_text_that_is_nearly_a_key_is_none(spoil, code):
    with pytest.raises(BadVerifierKey) as refused:
        parse(spoil(verifier_key(public=PUBLIC[:-1] + b"\x01")))

    assert refused.value.code == code


def test_last_character_of_base64_holds_nothing_that_is_thrown_away():
    """`AQ==` and `AR==` decode alike: only one of them is canonical."""
    text = verifier_key(kind=2, public=b"")
    other = text[:-3] + "h=="

    assert base64.b64decode(other.rpartition("+")[2]) == base64.b64decode(text.rpartition("+")[2])
    assert parse(text).public == b""
    with pytest.raises(BadVerifierKey) as refused:
        parse(other)
    assert refused.value.code == "base64"


@pytest.mark.parametrize("size", [0, 31, 33])
@pytest.mark.parametrize("kind", [1, 4])
def test_key_of_a_known_type_has_32_bytes(kind, size):
    with pytest.raises(BadVerifierKey) as refused:
        parse(verifier_key(kind=kind, public=bytes(size)))

    assert refused.value.code == "length"


def test_key_id_that_is_not_lower_case_hex_of_this_key_is_refused():
    wrong = [parse(verifier_key()).key_id.hex().upper(), "00000000", "0", "", "0" * 9]

    for key_id in wrong:
        with pytest.raises(BadVerifierKey):
            parse(verifier_key(key_id=key_id or " "))


def test_name_that_stands_for_two_keys_is_found():
    keys = [parse(verifier_key(name, kind)) for name, kind in (("a", 1), ("b", 1), ("a", 4))]

    assert verifier_keys.names_twice(keys) == ["a"]
    assert verifier_keys.names_twice(keys[:2]) == []


@given(st.text(), st.integers(0, 255), st.binary(max_size=40))
def test_what_is_accepted_is_written_back_as_it_came(name, kind, public):
    text = verifier_key(name, kind, public)
    try:
        key = parse(text)
    except BadVerifierKey:
        return

    assert str(key) == text
    assert key == VerifierKey(name, key.key_id, kind, public)
    assert len(text.split()) == 1


@given(st.text(alphabet="+=AZaz09/ \n\u2028a"))
def test_no_text_raises_anything_else(text):
    with pytest.raises(BadVerifierKey):
        parse(text)
