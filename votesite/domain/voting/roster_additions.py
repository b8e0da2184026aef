"""Voters added to a frozen roster: what two people decide, and the codes that come of it.

The codes are made with the proposal and lie sealed in it, so that the entry, which commits to their
marks, is fixed before anybody signs. They count from the confirmation on; a proposal that lapses
takes its codes along. A label that is listed already gets another code in place of one that nobody
has used.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from votesite.domain import keys
from votesite.domain.ledger.electorate import electorate, electorate_of
from votesite.domain.texts import BadText, clean, joined
from votesite.domain.voting import roster
from votesite.errors import Fault, InvalidFields, Lapsed
from votesite.extensions import db
from votesite.models.voting import RosterCode
from votesite.store import Transaction

LABELS = "labels"  # the field of the form


class Addition(NamedTuple):
    """A label, its new code, and whether that replaces one that is on the roster, unused."""

    label: str
    code: str
    replaces: bool


class Prepared(NamedTuple):
    """What a proposal fixes: the fields of its entry, and the sealed codes."""

    fields: dict[str, Any]
    sealed: bytes


def prepare_additions(campaign_id: int, labels: Sequence[str], entry_id: str) -> Prepared:
    """Make codes for labels, inside `writing()`; `entry_id` is the proposal's, which seals them.

    Raises InvalidFields for no label, one that cannot be kept, is there twice or has a used code.
    """
    wanted = _cleaned(labels)
    standing = _by_label(campaign_id)
    for line, label in wanted.items():
        row = standing.get(roster.folded(label))
        if row is not None and row.voter is not None:
            raise InvalidFields({LABELS: roster.fault("used", row=line)})
    additions = [
        Addition(label, roster.new_code(), roster.folded(label) in standing)
        for label in wanted.values()
    ]
    size, sha256 = _with(campaign_id, additions)
    if size > roster.MAX_VOTERS:
        raise InvalidFields({LABELS: roster.fault("too-many")})
    text = json.dumps(additions, ensure_ascii=False, separators=(",", ":"))
    fields = {"set": {"roster": {"size": size, "sha256": sha256}}}
    return Prepared(fields, keys.seal_field(text, _bound_to(entry_id)))


def open_additions(sealed: bytes, entry_id: str) -> list[Addition]:
    """Returns the labels of a proposal with their codes. Raises Unreadable, KeyMissing."""
    return [Addition(*part) for part in json.loads(keys.open_field(sealed, _bound_to(entry_id)))]


def named_additions(sealed: bytes, entry_id: str) -> list[tuple[str, bool]]:
    """Returns whom a proposal adds, and whether only the code changes: what a colleague reads.

    Raises Unreadable, KeyMissing.
    """
    return [(each.label, each.replaces) for each in open_additions(sealed, entry_id)]


def take_additions(
    tx: Transaction,
    campaign_id: int,
    fields: Mapping[str, Any],
    sealed: bytes,
    entry_id: str,
) -> None:
    """Put a confirmed proposal's codes on the roster, after its entry, in the same transaction.

    Raises Lapsed where the roster is no longer the one that the proposal was made for: somebody was
    added meanwhile, or a code that was to be replaced has been used.
    """
    standing = _by_label(campaign_id)
    key = roster.key_in_session(campaign_id)
    for addition in open_additions(sealed, entry_id):
        row = standing.get(roster.folded(addition.label))
        if addition.replaces != (row is not None) or (row is not None and row.voter is not None):
            raise Lapsed
        if row is None:
            db.session.add(roster.listed(campaign_id, addition.label, key, addition.code))
        else:
            row.mark = roster.mark_of(key, addition.code)
    db.session.flush()
    size, sha256 = electorate_of(tx, campaign_id)
    if fields["set"]["roster"] != {"size": size, "sha256": sha256}:
        raise Lapsed


def _with(campaign_id: int, additions: Sequence[Addition]) -> tuple[int, str]:
    """The electorate as it will be: other codes for the labels that are listed, the new beside."""
    key = roster.key_in_session(campaign_id)
    replaced = {roster.folded(addition.label) for addition in additions if addition.replaces}
    rows = db.session.execute(
        select(RosterCode.folded, RosterCode.mark).where(RosterCode.campaign_id == campaign_id)
    )
    kept = [mark for folded, mark in rows if bytes(folded) not in replaced]
    return electorate([*kept, *(roster.mark_of(key, each.code) for each in additions)])


def _cleaned(labels: Sequence[str]) -> dict[int, str]:
    """The labels as they are kept, by their line; empty lines are nobody."""
    wanted: dict[int, str] = {}
    for line, raw in enumerate(labels, start=1):
        try:
            label = clean(joined(raw), limit=roster.MAX_LABEL)
        except BadText as bad:
            raise InvalidFields({LABELS: roster.fault(bad.code, row=line)}) from bad
        if label:
            wanted[line] = label
    if not wanted:
        raise InvalidFields({LABELS: Fault("missing")})
    if (place := roster.twin(wanted.values())) is not None:
        raise InvalidFields({LABELS: roster.fault("twice", row=list(wanted)[place])})
    return wanted


def _by_label(campaign_id: int) -> dict[bytes, RosterCode]:
    rows = db.session.scalars(select(RosterCode).where(RosterCode.campaign_id == campaign_id))
    return {bytes(row.folded): row for row in rows}


def _bound_to(entry_id: str) -> str:
    return f"decisions|{entry_id}|sealed"
