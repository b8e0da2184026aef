"""What a proposal fixes before anybody signs: the fields of its entry, what it seals, its words.

Nothing is left to the moment in which it takes effect: what two people sign is what is written.
"""

from collections.abc import Callable, Mapping
from typing import Any

from votesite.domain.decisions import honour_proposals, signatures, voids
from votesite.domain.decisions.draft import Draft, Fixed
from votesite.domain.decisions.kinds import KINDS
from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.head import read_head
from votesite.domain.staff import signing_keys
from votesite.domain.voting.roster_additions import prepare_additions
from votesite.errors import Fault, InvalidFields
from votesite.store import Transaction

MIN_SIGNERS = 2


def fix(tx: Transaction, draft: Draft) -> Fixed:
    """Return what a proposal fixes, inside `writing()`; raises InvalidFields, Lapsed, NotFound."""
    kind = draft.change.kind
    if not KINDS[kind].k:
        return Fixed(draft.change, {})
    return _FIX.get(kind, _fix_rule)(tx, draft)


def _fix_rule(_tx: Transaction, draft: Draft) -> Fixed:
    return Fixed(draft.change, {"set": draft.change.as_entry(), "why": draft.why})


def _fix_roster(_tx: Transaction, draft: Draft) -> Fixed:
    prepared = prepare_additions(draft.campaign.id, draft.change.value, draft.entry_id)
    change = Change("roster", {**prepared.fields["set"]["roster"], "n": len(draft.change.value)})
    return Fixed(change, {**prepared.fields, "why": draft.why}, prepared.sealed)


def _fix_ballots(tx: Transaction, draft: Draft) -> Fixed:
    fields = voids.entry_fields(tx, draft.campaign.id, draft.change)
    return Fixed(draft.change, {**fields, "why": draft.why})


def _fix_signer(tx: Transaction, draft: Draft) -> Fixed:
    """Somebody with the keys that they have registered, or in an unsigned ledger with none."""
    staff = draft.change.value
    keys = signing_keys.publics_of(staff) if draft.campaign.signed else []
    if draft.campaign.signed and not keys:
        raise InvalidFields({"staff": Fault("no-key-yet")})
    if {"staff": staff, "keys": keys} in _listed(tx, draft):
        raise InvalidFields({"staff": Fault("signs-already")})
    return Fixed(draft.change, {"staff": staff, "keys": keys, "why": draft.why})


def _fix_drop(tx: Transaction, draft: Draft) -> Fixed:
    numbers = [listed["staff"] for listed in _listed(tx, draft)]
    if draft.change.value not in numbers:
        raise InvalidFields({"staff": Fault("unknown-choice")})
    if len(numbers) <= MIN_SIGNERS:
        raise InvalidFields({"staff": Fault("last-signers")})
    return Fixed(draft.change, {"staff": draft.change.value, "why": draft.why})


def _listed(tx: Transaction, draft: Draft) -> list[dict[str, Any]]:
    t = read_head(tx, draft.campaign.id).minute_of(draft.now)
    return signatures.signers_in(tx, draft.campaign.id, t).as_opening()


_FIX: Mapping[str, Callable[[Transaction, Draft], Fixed]] = {
    "roster": _fix_roster,
    "void": _fix_ballots,
    "restore": _fix_ballots,
    "signer": _fix_signer,
    "drop": _fix_drop,
    **honour_proposals.FIX,
}
