"""What two people sign: the exact words, in the form that every verifier builds."""

import re

from votesite.domain.ledger.decided import Decided, new_id, statement


def test_statement_is_the_entry_without_what_is_not_known_when_it_is_signed():
    text = statement(
        "example.gov.cn/c/a", "rule", {"why": "维护", "set": {"pause": "维护"}}, "0" * 32
    )

    assert text == (
        "votesite-decision/v1\nexample.gov.cn/c/a\n"
        '{"id":"00000000000000000000000000000000","k":"rule","set":{"pause":"维护"},"why":"维护"}'
    )


def test_ids_are_32_hex_and_differ():
    ids = {new_id() for _ in range(50)}

    assert len(ids) == 50
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)


def test_fields_are_those_of_the_entry():
    decided = Decided((3, 1), "a" * 32, ("x", "y"))

    assert decided.as_fields() == {"by": [3, 1], "id": "a" * 32, "sigs": ["x", "y"]}
    assert Decided((1, 2)).sigs == ("", "")
