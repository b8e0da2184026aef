"""Who may sign two-person entries, at any place of a log (ledger.md section 2).

The list is that of entry 0, changed by `signer` and `drop`. Who is new, and a key that is new,
counts 24 hours after the entry that brought it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from votesite.clock import minute, parse_minute
from votesite.domain.ledger import signatures
from votesite.domain.ledger.acts import acts
from votesite.domain.ledger.entries import Entry
from votesite.store import Query, Statement, Transaction

WAIT = timedelta(hours=24)
MAX_KEYS = 4
FROM_OPENING = ""  # earlier than any minute: what entry 0 lists counts at once


@dataclass
class Signer:
    """A signer: since when, and since when each key; ledger minutes."""

    since: str = FROM_OPENING
    keys: dict[str, str] = field(default_factory=dict)


class Signers:
    """The signers at one place of a log, by staff number."""

    def __init__(self, opening: Iterable[Entry] = ()) -> None:
        self._signers: dict[int, Signer] = {}
        self._owners: dict[str, int] = {}  # whose a key is or was: it never stands for two
        for listed in opening:
            self._set(listed["staff"], listed["keys"], FROM_OPENING)

    @property
    def numbers(self) -> list[int]:
        """Every signer's staff number, ascending; those still waiting included."""
        return sorted(self._signers)

    def apply(self, entry: Entry) -> None:
        """Take in a `signer` or `drop` entry."""
        if entry["k"] == "signer":
            self._set(entry["staff"], entry["keys"], entry["t"])
        else:
            self._signers.pop(entry["staff"], None)

    def may_sign(self, staff: int, t: str) -> bool:
        """Whether somebody is a signer at minute `t`, and has been for long enough."""
        signer = self._signers.get(staff)
        return signer is not None and _is_old_enough(signer.since, t)

    def keys_of(self, staff: int, t: str) -> list[str]:
        """Returns the keys under which a signature of somebody counts at minute `t`."""
        signer = self._signers.get(staff, Signer())
        return sorted(key for key, since in signer.keys.items() if _is_old_enough(since, t))

    def holds(self, staff: int, t: str, text: str, signature: str) -> bool:
        """Whether a signature over a text is valid under one of somebody's keys at minute `t`."""
        return any(signatures.holds(key, text, signature) for key in self.keys_of(staff, t))

    def takes(self, staff: int, keys: list[str]) -> bool:
        """Whether these keys may stand for a number: none of them is or was another's."""
        return all(self._owners.get(key, staff) == staff for key in keys)

    def as_opening(self) -> list[Entry]:
        """Returns the list as entry 0 holds it."""
        return [
            {"staff": staff, "keys": sorted(signer.keys)}
            for staff, signer in sorted(self._signers.items())
        ]

    def _set(self, staff: int, keys: list[str], t: str) -> None:
        before = self._signers.get(staff)
        known = before.keys if before else {}
        since = before.since if before else t
        self._signers[staff] = Signer(since, {key: known.get(key, t) for key in keys})
        self._owners |= dict.fromkeys(keys, staff)


class _Person(NamedTuple):
    """An account that decides or looks after accounts, and one of its keys, or NULL."""

    id: int
    public: str | None


# Roles as contract.md section 7 has them; `accounts` sign `signer` and `drop` alone.
_PEOPLE = Query(
    _Person,
    "FROM staff LEFT JOIN staff_keys ON staff_keys.staff_id = staff.id"
    " AND staff_keys.removed_at IS NULL"
    " WHERE NOT staff.disabled AND EXISTS (SELECT 1 FROM staff_grants g"
    " WHERE g.staff_id = staff.id AND g.effective_from <= :t"
    " AND (g.campaign_id IS NULL OR g.campaign_id = :campaign_id)"
    " AND g.role IN ('owner', 'editor', 'reviewer', 'supervisor', 'accounts'))"
    " AND (NOT staff.needs_factor OR EXISTS (SELECT 1 FROM staff_second_factors f"
    " WHERE f.staff_id = staff.id AND f.since IS NOT NULL))"
    " ORDER BY staff.id, staff_keys.id DESC",
    expressions={"id": "staff.id", "public": "staff_keys.public"},
)
_OPENING = Statement("SELECT body FROM log_entries WHERE campaign_id = :campaign_id AND n = 0")
_IS_SIGNED = Statement("SELECT signed FROM campaigns WHERE id = :campaign_id")


def signers_of(tx: Transaction, campaign_id: int) -> Signers:
    """Returns the signers at the log's end; before entry 0 there is none."""
    body = tx.value(_OPENING, {"campaign_id": campaign_id})
    if body is None:
        return Signers()
    signers = Signers(json.loads(body)["signers"])
    for entry in acts(tx, campaign_id, ("signer", "drop")):
        signers.apply(entry)
    return signers


def signers_to_be(tx: Transaction, campaign_id: int, t: str) -> Signers:
    """Returns the signers that entry 0 would list at minute `t`.

    They are the accounts in force with a deciding role in the campaign, and those that look after
    accounts; where the campaign is signed, those with a key.
    """
    is_signed = bool(tx.value(_IS_SIGNED, {"campaign_id": campaign_id}))
    keys: dict[int, list[str]] = {}
    for person in _PEOPLE.all(tx, {"campaign_id": campaign_id, "t": t}):
        listed = keys.setdefault(person.id, [])
        if is_signed and person.public is not None and len(listed) < MAX_KEYS:
            listed.append(person.public)
    return Signers(
        {"staff": staff, "keys": sorted(listed)}
        for staff, listed in sorted(keys.items())
        if listed or not is_signed
    )


def _is_old_enough(since: str, t: str) -> bool:
    return since == FROM_OPENING or minute(parse_minute(since) + WAIT) <= t
