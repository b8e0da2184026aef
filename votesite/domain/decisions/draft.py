"""A proposal before it is stored, and what it is stored with."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from votesite.domain.ledger.changes import Change
from votesite.models.campaigns import Campaign


@dataclass(frozen=True)
class Draft:
    """A proposal before it is stored: what it is about, why, its `id`, and when."""

    campaign: Campaign
    change: Change
    why: str
    entry_id: str
    now: datetime


@dataclass(frozen=True)
class Fixed:
    """What a proposal is stored with; `change` without what only the sealed part may hold."""

    change: Change
    fields: dict[str, Any]
    sealed: bytes | None = None
