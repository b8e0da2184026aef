"""Signatures of P-256 keys, in the one spelling that the ledger takes."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votesite.cli.demo.people import SigningBrowser
from votesite.domain.ledger import signatures

TEXT = "votesite-decision/v1\nexample.gov.cn/c/a\n{}"


def test_signature_holds_for_its_text_and_key_alone():
    browser, other = SigningBrowser(), SigningBrowser()
    signature = browser.sign(TEXT)

    assert signatures.holds(browser.public, TEXT, signature)
    assert not signatures.holds(other.public, TEXT, signature)
    assert not signatures.holds(browser.public, f"{TEXT} ", signature)


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text + "=",
        lambda text: text.rstrip("="),
        lambda text: text + "\n",
        lambda text: " " + text,
        lambda text: text.replace("A", "Ａ", 1) + "é",
        lambda text: base64.urlsafe_b64encode(b"\xff" * 64).decode(),
        lambda text: text[:-3] + "B==" if text[-3] == "A" else text[:-4],
        lambda text: "",
    ],
)
def test_no_other_spelling_is_a_signature_or_a_key(spell):
    browser = SigningBrowser()
    signature = browser.sign(TEXT)

    assert not signatures.holds(browser.public, TEXT, spell(signature))
    assert not signatures.holds(spell(browser.public), TEXT, signature)


@given(st.integers(0, 511))
def test_no_bit_of_a_signature_may_differ(place):
    browser = SigningBrowser()
    raw = bytearray(base64.b64decode(browser.sign(TEXT)))
    raw[place // 8] ^= 1 << place % 8

    assert not signatures.holds(browser.public, TEXT, base64.b64encode(raw).decode())


@pytest.mark.parametrize(
    "point", [b"\x04" + bytes(64), b"\x02" + bytes(64), b"\x04" + b"\xff" * 64]
)
def test_what_is_no_point_of_the_curve_is_no_key(point):
    with pytest.raises(ValueError):
        signatures.read_public(base64.b64encode(point).decode())
