"""`award` of entry 0: how votes, sheets and figures become honours (ledger.md section 2a)."""

from collections.abc import Sequence
from typing import Any, Protocol

from votesite.models.campaigns import Category, Criterion, Weights

FULL_POINTS = 100  # the best that a component can give, in points before decimals


FULL_POINTS = 100  # the best that a component can give, in points before decimals


class Rewarding(Protocol):
    """What of a campaign decides how honours are awarded: its row, or the settings of a folder."""

    @property
    def weights(self) -> Weights:
        """Shares and ways of counting."""

    @property
    def criteria(self) -> Sequence[Criterion]:
        """What experts judge by."""

    @property
    def categories(self) -> Sequence[Category]:
        """What candidates compete in, with the honours of each."""


def award_of(campaign: Rewarding) -> dict[str, Any]:
    """Returns the object as entry 0 holds it: strings, integers, lists, all fields present."""
    weights = campaign.weights
    has_experts = weights["expert"] > 0
    seats = [[category["name"], category["seats"]] for category in campaign.categories]
    criteria = campaign.criteria if has_experts else ()
    return {
        "public": weights["public"],
        "expert": weights["expert"],
        "satisfaction": weights["satisfaction"],
        "objective": weights["objective"],
        "public_score": weights["public_score"],
        "cap": weights["cap"],
        "expert_score": weights["expert_score"],
        "criteria": [{"key": one["key"], "weight": one["weight"]} for one in criteria],
        "trim": int(weights["trim"]),
        "decimals": weights["decimals"],
        "ties": list(weights["ties"]),
        "missing": weights["missing"],
        "seats": seats or [["", 0]],
        "region_cap": weights["region_cap"],
        "sheets": weights["sheets"],
        "panel": weights["panel"],
        "min_answers": weights["min_answers"],
        "notice_days": weights["notice_days"],
    }
