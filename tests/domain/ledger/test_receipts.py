"""Receipts of ballots, sheets and objections: where an entry stands, and no more."""

import hashlib

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign
from tests.support.honours import Honours
from tests.support.sheet_receipts import hand_in
from votesite.domain.ledger import merkle, receipts, signed_notes
from votesite.errors import NotFound


@pytest.fixture
def campaign(app):
    return make_campaign()


def root_of(proof):
    """The root that leaf and path make (RFC 9162, section 2.1.3.2)."""
    at, last, digest = proof.n, proof.size - 1, proof.leaf
    for step in proof.path:
        if at % 2 or at == last:
            digest = merkle.node_hash(step, digest)
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            digest = merkle.node_hash(digest, step)
        at, last = at // 2, last // 2
    return digest


def test_sheet_has_a_receipt_that_says_nothing_of_voids(app):
    honours = Honours()
    n, code = hand_in(honours, 1, 800)

    proof = receipts.prove(honours.campaign.id, code)

    assert (proof.k, proof.n, proof.voided) == ("sheet", n, None)
    assert sorted(proof.as_json()) == ["checkpoint", "leaf", "n", "path", "size", "t"]
    assert signed_notes.parse(proof.checkpoint).root == root_of(proof)


def test_ballot_keeps_saying_whether_it_is_void(campaign):
    proof = receipts.prove(campaign.id, cast_ballot(campaign, 1, 2).receipt)

    assert (proof.k, proof.voided) == ("vote", False)
    assert proof.as_json()["voided"] is False


def test_entry_is_proved_by_its_number_and_a_checkpoint_made_for_it(campaign):
    cast_ballot(campaign, 1, 2)

    proof = receipts.prove_entry(campaign.id, 1)

    assert proof.size > 1
    assert signed_notes.parse(proof.checkpoint).root == root_of(proof)
    with pytest.raises(NotFound):
        receipts.prove_entry(campaign.id, proof.size)


def test_code_is_good_in_its_own_campaign_alone(campaign):
    other = make_campaign(slug="other-2026")
    code = cast_ballot(campaign, 1, 2).receipt

    with pytest.raises(NotFound):
        receipts.prove(other.id, code)
    with pytest.raises(NotFound):
        receipts.prove(campaign.id, receipts.new_receipt_code(hashlib.sha256(b"x").digest()[:10]))
