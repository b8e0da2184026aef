"""Which 32 bytes are taken for a public key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from votesite.domain.ledger import curve

# The points of small order (RFC 7748's curve has the same ones): under them everybody can sign.
WEAK = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]


def test_keys_that_people_make_are_taken():
    for seed in range(64):
        key = Ed25519PrivateKey.from_private_bytes(seed.to_bytes(32)).public_key()

        assert curve.is_public_key(key.public_bytes_raw())


@pytest.mark.parametrize("encoded", WEAK)
def test_points_under_which_everybody_can_sign_are_not(encoded):
    assert not curve.is_public_key(bytes.fromhex(encoded))


@pytest.mark.parametrize(
    "public",
    [
        b"",
        b"\xff" * 32,
        (curve.P + 1).to_bytes(32, "little"),  # the neutral point, written the other way
        (curve.P + 3).to_bytes(32, "little"),
        (2).to_bytes(32, "little"),  # no point has this y
        (1 | 1 << 255).to_bytes(32, "little"),  # x = 0 with a sign
        Ed25519PrivateKey.from_private_bytes(bytes(32)).public_key().public_bytes_raw() + b"\0",
    ],
)
def test_bytes_that_are_no_point_in_its_one_spelling_are_not(public):
    assert not curve.is_public_key(public)
