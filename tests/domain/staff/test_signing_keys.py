"""Signing keys: proved by the browser that holds them, registered with password and code again."""

import base64

import pytest

from tests.support.signing import BrowserKey
from tests.support.staffing import PASSWORD, make_staff
from votesite.domain import audit
from votesite.domain.staff import signing_keys
from votesite.domain.staff.attempts import Browser
from votesite.domain.staff.signing_keys import Credentials, Offer
from votesite.errors import InvalidFields, NotFound

BROWSER = Browser("198.51.100.7", {}, 0)
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


@pytest.fixture
def zhou(app):
    return make_staff("zhou", "editor")


def register(staff, key, **changes):
    offer = {"public": key.public, "proof": key.proof(staff.id), "label": "电脑"}
    typed = {"name": staff.name, "password": PASSWORD, "code": ""}
    offer |= {name: value for name, value in changes.items() if name in offer}
    typed |= {name: value for name, value in changes.items() if name in typed}
    return signing_keys.register(staff.id, Offer(**offer), Credentials(**typed), BROWSER)


def faults(staff, key, **changes):
    with pytest.raises(InvalidFields) as refusal:
        register(staff, key, **changes)
    return {name: fault.code for name, fault in refusal.value.fields.items()}


def with_loose_bits(text):
    """Another base64 text of the same bytes: its last letter has bits that no byte holds."""
    last = len(text.rstrip("=")) - 1
    return text[:last] + BASE64[BASE64.index(text[last]) ^ 1] + text[last + 1 :]


def off_the_curve(key):
    point = bytearray(base64.b64decode(key.public))
    point[64] ^= 1
    return base64.b64encode(point).decode()


def compressed(key):
    point = base64.b64decode(key.public)
    return base64.b64encode(bytes([2 + point[64] % 2]) + point[1:33]).decode()


def test_proved_key_is_registered_and_noted(zhou):
    first, second = BrowserKey("computer"), BrowserKey("phone")

    register(zhou, first)
    register(zhou, second, label=" 手机 ")

    assert [(key.public, key.label) for key in signing_keys.keys_of(zhou.id)] == [
        (first.public, "电脑"),
        (second.public, "手机"),
    ]
    assert signing_keys.publics_of(zhou.id) == sorted([first.public, second.public])
    (line, *_) = audit.entries(None, by=zhou.id)
    assert (line.action, line.table, line.fields) == ("register-key", "staff_keys", "public label")


@pytest.mark.parametrize(
    "spelling",
    [
        lambda key: "",
        lambda key: key.public[:-1],
        lambda key: key.public.rstrip("="),
        lambda key: f"{key.public}\n",
        lambda key: f"{key.public[:40]} {key.public[40:]}",
        lambda key: key.public.translate(str.maketrans("+/", "-_")) + "_",
        lambda key: with_loose_bits(key.public),
        lambda key: base64.b64encode(bytes(65)).decode(),
        compressed,
        off_the_curve,
    ],
    ids=[
        "empty",
        "cut",
        "unpadded",
        "newline",
        "blank",
        "web-safe",
        "loose",
        "zero",
        "compressed",
        "off-curve",
    ],
)
def test_what_is_no_key_in_its_one_spelling_is_refused(zhou, spelling):
    key = BrowserKey("computer")

    assert faults(zhou, key, public=spelling(key)) == {"key": "no-signing-key"}
    assert signing_keys.keys_of(zhou.id) == []


@pytest.mark.parametrize(
    "proof",
    [
        lambda key, staff: "",
        lambda key, staff: BrowserKey("another").proof(staff.id),
        lambda key, staff: key.proof(staff.id + 1),
        lambda key, staff: key.sign(key.public),
        lambda key, staff: with_loose_bits(key.proof(staff.id)),
        lambda key, staff: base64.b64encode(bytes(64)).decode(),
    ],
    ids=["missing", "other-key", "other-number", "other-text", "loose", "zero"],
)
def test_key_without_its_proof_is_refused(zhou, proof):
    key = BrowserKey("computer")

    assert faults(zhou, key, proof=proof(key, zhou)) == {"key": "no-proof"}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "zheng"}, "name"),
        ({"name": ""}, "name"),
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"label": "名" * 41}, "label"),
    ],
)
def test_name_and_password_are_asked_for_again(zhou, typed, field):
    make_staff("zheng", "editor")

    assert list(faults(zhou, BrowserKey("computer"), **typed)) == [field]
    assert signing_keys.keys_of(zhou.id) == []


def test_key_never_stands_for_two_people_nor_comes_back(zhou):
    zheng, key = make_staff("zheng", "editor"), BrowserKey("computer")
    made = register(zhou, key)

    assert faults(zheng, key) == {"key": "key-known"}
    signing_keys.remove(made.id, by=zhou.id)
    assert faults(zheng, key) == {"key": "key-known"}
    assert faults(zhou, key) == {"key": "key-known"}
    assert signing_keys.keys_of(zhou.id) == []


def test_fifth_key_is_refused_until_one_is_removed(zhou):
    made = [register(zhou, BrowserKey(f"browser {place}")) for place in range(4)]

    assert faults(zhou, BrowserKey("fifth")) == {"key": "too-many-keys"}
    signing_keys.remove(made[0].id, by=zhou.id)
    register(zhou, BrowserKey("fifth"))

    assert len(signing_keys.keys_of(zhou.id)) == 4


def test_only_its_owner_removes_a_key_and_once(zhou):
    zheng = make_staff("zheng", "owner")
    made = register(zhou, BrowserKey("computer"))

    with pytest.raises(NotFound):
        signing_keys.remove(made.id, by=zheng.id)
    signing_keys.remove(made.id, by=zhou.id)
    with pytest.raises(NotFound):
        signing_keys.remove(made.id, by=zhou.id)
