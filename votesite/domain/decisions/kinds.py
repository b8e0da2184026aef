"""The kinds of decisions: who proposes and who confirms each, and the entry that records it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

EDITORS = frozenset({"owner", "editor"})
REVIEWERS = frozenset({"owner", "reviewer"})
ACCOUNTS = frozenset({"accounts"})
OVERSEER = frozenset({"supervisor"})
OWNER = frozenset({"owner"})


@dataclass(frozen=True)
class Kind:
    """The roles that may propose it, those that may confirm it, and the ledger's `k` for it.

    `k` is empty where no entry names the two people: such a decision is confirmed, never signed.
    `about` is the field of the form that says whom or what it is about, empty where nothing.
    `has_why` is whether its entry gives a reason; `days` how long a proposal waits.
    """

    proposers: frozenset[str]
    confirmers: frozenset[str]
    k: str = ""
    about: str = ""
    has_why: bool = True
    days: int = 1


def _of_rule(about: str = "") -> Kind:
    return Kind(EDITORS, EDITORS | OVERSEER, "rule", about)


def _of_ballots(k: str, about: str) -> Kind:
    return Kind(REVIEWERS, REVIEWERS | OVERSEER, k, about)


def _of_people(k: str) -> Kind:
    return Kind(EDITORS | ACCOUNTS, EDITORS | OVERSEER | ACCOUNTS, k, "staff", days=7)


def _of_honours(k: str, about: str = "", *, has_why: bool = False) -> Kind:
    return Kind(EDITORS, EDITORS | OVERSEER, k, about, has_why, days=7)


def _of_owner(k: str, about: str = "", *, has_why: bool = False) -> Kind:
    return Kind(OWNER, EDITORS | OVERSEER, k, about, has_why, days=7)


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "pause": _of_rule(),
        "resume": _of_rule(),
        "withdraw": _of_rule("no"),
        "reinstate": _of_rule("no"),
        "to": _of_rule("to"),
        "publish": Kind(EDITORS, EDITORS | OVERSEER),
        "void": _of_ballots("void", "case"),
        "restore": _of_ballots("restore", "appeal"),
        "roster": Kind(EDITORS, OWNER | OVERSEER, "rule", "labels"),
        "signer": _of_people("signer"),
        "drop": _of_people("drop"),
        "incident": Kind(EDITORS, EDITORS | OVERSEER),
        "judge": _of_honours("judge", "judge"),
        "dismiss": _of_honours("dismiss", "judge", has_why=True),
        "panel": _of_honours("panel"),
        "data": _of_honours("data", "key"),
        "ranking": _of_honours("ranking", has_why=True),
        "notice": _of_honours("notice"),
        "answer": Kind(
            EDITORS | REVIEWERS,
            EDITORS | OVERSEER,
            "answer",
            "objection",
            has_why=False,
            days=7,
        ),
        "final": _of_owner("final"),
        "revoke": _of_owner("revoke", "no", has_why=True),
    }
)
