"""Verifier keys: one spelling, and whatever the site takes, the verifier takes."""

import base64

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.cosigners import Witness
from tools import verify
from votesite.domain.ledger import verifier_keys
from votesite.domain.ledger.signed_notes import Signer
from votesite.domain.ledger.verifier_keys import BadVerifierKey, VerifierKey

PLAIN = Signer("某市审计局", b"a" * 32).verifier_key()
TIMED = Witness("witness.example.cn/w1", b"w" * 32).verifier_key()
PUBLISHED = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def of_type(kind, public, name="witness.example.cn/w2"):
    return str(VerifierKey(name, verifier_keys.key_id_of(name, kind, public), kind, public))


OTHER = of_type(0x06, b"m" * 200)


@pytest.mark.parametrize("text", [PLAIN, TIMED, PUBLISHED, OTHER])
def test_key_is_read_and_written_alike(text):
    key = verifier_keys.parse(text)

    assert str(key) == text
    assert key.is_checked is (text != OTHER)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "form"),
        ("hello", "form"),
        (f"{PLAIN}=", "base64"),
        (f"{PLAIN}==", "base64"),
        (f"{PLAIN}\n", "base64"),
        (PLAIN[:-3] + "AA=", "length"),
        (f" {PLAIN}", "name"),
        (PLAIN.replace("某市", "某\u2028市"), "name"),
        (PLAIN.replace("某市", "某\u3000市"), "name"),
        (PLAIN.replace("某市", "某\u200b市"), "name"),
        ("é".join(("", PLAIN)).replace("é", "e\u0301"), "name"),
        (PLAIN.replace("某市", "某县"), "key-id"),
        (PLAIN.replace("+", "+0", 1), "key-id"),
        ("a" * 101 + "+00000000+AAAA", "name"),
        (of_type(0x01, b"m" * 31), "length"),
        (of_type(0x01, b"m" * 33), "length"),
        (of_type(0x04, b"m" * 31), "length"),
        (of_type(0x06, b""), "length"),
        (of_type(0x06, b"m" * 301), "length"),
        (of_type(0x01, bytes(32)), "point"),
        (of_type(0x01, b"\xff" * 32), "point"),
        (of_type(0x04, b"\xff" * 32), "point"),
    ],
)
def test_other_spellings_are_no_keys(text, code):
    with pytest.raises(BadVerifierKey) as refusal:
        verifier_keys.parse(text)

    assert refusal.value.code == code


def test_names_that_stand_for_two_are_found():
    keys = [verifier_keys.parse(text) for text in (PLAIN, TIMED, OTHER)]
    twin = Signer("某市审计局", b"b" * 32).key

    assert verifier_keys.names_twice(keys) == []
    assert verifier_keys.names_twice([*keys, twin]) == ["某市审计局"]


TEXTS = st.text(
    st.sampled_from("\u2028\x85\u3000\u200b\ufeff\x1c\x7f =+-—é国A0/\r\n\t"), max_size=4
)


@st.composite
def altered_keys(draw):
    """A key with something put in, taken out or exchanged, its id made to fit it or not."""
    text = draw(st.sampled_from([PLAIN, TIMED, PUBLISHED, OTHER]))
    at, length = draw(st.integers(0, len(text))), draw(st.integers(0, 3))
    text = text[:at] + draw(TEXTS) + text[at + length :]
    parts = text.split("+", 2)
    if draw(st.booleans()) and len(parts) == 3:
        try:
            raw = base64.b64decode(parts[2])
        except ValueError:
            return text
        name = parts[0].encode("utf-8", "replace").decode()
        fitting = verifier_keys.key_id_of(name, raw[0], raw[1:]).hex() if raw else parts[1]
        return f"{name}+{fitting}+{parts[2]}"
    return text


@st.composite
def invented_keys(draw):
    """A key of any name, type and bytes, whose id fits it."""
    name = draw(st.text(max_size=20))
    return of_type(draw(st.integers(0, 255)), draw(st.binary(max_size=40)), name)


@given(altered_keys() | invented_keys())
@example(f"{PLAIN}=")
@example(of_type(0x06, b""))
@example(of_type(0x04, b"m" * 31))
def test_whatever_is_taken_the_verifier_takes(text):
    try:
        key = verifier_keys.parse(text)
    except BadVerifierKey:
        return

    assert str(key) == text
    assert len(verify.read_keys(f"{text}\n")) == 1
