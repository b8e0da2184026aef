"""Who a judge is stays sealed, and opens to what the log commits to."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.factories import make_campaign
from tests.support.ledger_cases import jcs
from votesite.domain.ledger.judges import Identity, open_identity, seal_identity
from votesite.keys import Unreadable

SALT = "5a" * 32


def test_identity_opens_for_its_own_number_alone(app):
    campaign = make_campaign()
    identity = Identity("王教授", "省行政学院", SALT)
    sealed = seal_identity(campaign.id, 3, identity)

    assert open_identity(campaign.id, 3, sealed) == identity
    assert "王教授".encode() not in sealed
    for wrong in ((campaign.id, 4), (campaign.id + 1, 3)):
        with pytest.raises(Unreadable):
            open_identity(*wrong, sealed)


@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.binary(min_size=32, max_size=32),
)
def test_commitment_is_the_hash_of_salt_and_canonical_names(name, salt):
    expected = hashlib.sha256(salt + jcs([name, "x"])).hexdigest()

    assert Identity(name, "x", salt.hex()).who() == expected
