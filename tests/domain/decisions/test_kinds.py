"""The table of kinds, against contract section 7: who proposes, who confirms, which entry."""

import pytest

from votesite.domain.decisions.kinds import KINDS
from votesite.models import decisions
from votesite.models.staff import ROLES

EDIT, REVIEW = {"owner", "editor"}, {"owner", "reviewer"}
CONTRACT = {
    ("pause", "resume", "withdraw", "reinstate", "to"): (EDIT, EDIT | {"supervisor"}, "rule"),
    ("publish", "incident"): (EDIT, EDIT | {"supervisor"}, ""),
    ("void",): (REVIEW, REVIEW | {"supervisor"}, "void"),
    ("restore",): (REVIEW, REVIEW | {"supervisor"}, "restore"),
    ("roster",): (EDIT, {"owner", "supervisor"}, "rule"),
    ("signer",): (EDIT | {"accounts"}, EDIT | {"supervisor", "accounts"}, "signer"),
    ("drop",): (EDIT | {"accounts"}, EDIT | {"supervisor", "accounts"}, "drop"),
    ("answer",): (EDIT | REVIEW, EDIT | {"supervisor"}, "answer"),
    **{
        (kind,): (EDIT, EDIT | {"supervisor"}, kind)
        for kind in ("judge", "dismiss", "panel", "data", "ranking", "notice")
    },
    **{(kind,): ({"owner"}, EDIT | {"supervisor"}, kind) for kind in ("final", "revoke")},
}


def test_every_kind_that_can_be_stored_has_its_row_and_no_other():
    assert set(KINDS) == set(decisions.KINDS)


def test_rows_are_those_of_the_contract():
    expected = {kind: row for kinds, row in CONTRACT.items() for kind in kinds}

    assert {
        name: (set(kind.proposers), set(kind.confirmers), kind.k) for name, kind in KINDS.items()
    } == expected


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_an_owner_may_always_and_who_counts_again_or_judges_never(kind):
    able = kind.proposers | kind.confirmers

    assert "owner" in kind.proposers & kind.confirmers
    assert able <= set(ROLES)
    assert not able & {"auditor", "judge"}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_supervisor_confirms_everything_and_proposes_nothing(kind):
    assert "supervisor" in kind.confirmers
    assert "supervisor" not in kind.proposers


@pytest.mark.parametrize(("name", "kind"), KINDS.items(), ids=KINDS)
def test_who_looks_after_accounts_decides_about_signers_alone(name, kind):
    able = "accounts" in kind.proposers | kind.confirmers

    assert able == (name in ("signer", "drop"))


def test_table_cannot_be_changed():
    with pytest.raises(TypeError):
        KINDS["pause"] = KINDS["publish"]
