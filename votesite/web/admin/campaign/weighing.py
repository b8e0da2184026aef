"""What weights really weigh: the share of the differences that each component is likely to make."""

import json
from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from votesite.domain.award import award_of
from votesite.domain.candidates import listing
from votesite.domain.ledger.canonical import canonical
from votesite.domain.schemas import Tree
from votesite.domain.scoring import effective
from votesite.domain.scoring.composite import COMPONENTS
from votesite.domain.setup import steps
from votesite.models.campaigns import Campaign

SUPPOSED = 10  # candidates of a category that has none yet
SEED = 1


class Share(NamedTuple):
    """A component, its weight in percent, and the share that it is likely to have, in percent."""

    component: str
    weight: int
    percent: int


def shares(campaign: Campaign, values: Tree) -> list[Share]:
    """The shares of the weights in a form; nothing while one of them is not possible."""
    if steps.faults_of({"weights": values["weights"], "criteria": values["criteria"]}):
        return []
    settings = steps.settings_of(
        {key: values[key] for key in ("weights", "criteria", "categories")}
    )
    award = award_of(settings)
    award["criteria"] = award["criteria"] or [{"key": "all", "weight": 100}]
    counted = Counter(one.category for one in listing.candidates_of(campaign.id))
    sizes = {name: counted[name] or SUPPOSED for name, _seats in award["seats"]}
    found = _simulated(canonical([award, sizes]))
    return [
        Share(each, award[each], round(100 * found[each])) for each in COMPONENTS if award[each]
    ]


@lru_cache(maxsize=64)
def _simulated(settings: bytes) -> dict[str, float]:
    award, sizes = json.loads(settings)
    return effective.simulated(award, sizes, SEED)
