"""What is enough evidence for a case, and what is not."""

from votesite.domain.integrity.evidence import Evidence, is_enough


def test_burst_agreement_and_shared_address_together_are_not_enough():
    people = [Evidence(code, {}) for code in ("burst", "choice", "source", "new-source")]

    assert not is_enough(people)
    assert is_enough([*people[:2], Evidence("rhythm", {})])
