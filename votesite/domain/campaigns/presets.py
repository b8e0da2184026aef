"""What the set-up form offers: wordings, colours, defaults, and rules of real campaigns."""

from collections.abc import Mapping, Sequence
from typing import Any

from votesite.models.campaigns import Weights, votes_alone

WORDINGS = ("表彰", "推选", "展示", "案例征集")
COLOURS = ("red", "blue", "green")

WHOLE_DAY = ["00:00", "24:00"]
BALLOT_DEFAULTS: Mapping[str, Any] = {
    "repeat": "daily",
    "hours": WHOLE_DAY,
    "order": "number",
    "eligibility": "anyone",
    "min_batch": 20,
    "quiet": 60,
    "publish_every": 30,
}
WEIGHT_DEFAULTS: Weights = votes_alone()
VOID_RULE_DEFAULTS: Sequence[Mapping[str, str]] = (
    {"id": "R1", "text": "同一来源在短时间内集中产生的异常选票"},
)

# Rules of real campaigns, to fill in the form with. `results` and `ballot` replace those settings;
# `category_picks`, if set, applies to every category. None shows figures while people watch them
# move: a step holds the ballots of `min_batch` voters, and who controls that many accounts reads
# the next voter's ballot off the next one.
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "感动式": {
        "results": "daily 18:00",
        "ballot": {"scope": "day", "ballots": 1, "picks": [10, 10], "repeat": "daily"},
        "category_picks": None,
    },
    "全程一次": {
        "results": "hidden",
        "ballot": {"scope": "campaign", "ballots": 1, "picks": [1, 10], "repeat": "never"},
        "category_picks": [1, 10],
    },
    "每日多票": {
        "results": "daily 18:00",
        "ballot": {"scope": "day", "ballots": 5, "picks": [1, 5], "repeat": "daily"},
        "category_picks": None,
    },
    "点赞式": {
        "results": "daily 18:00",
        "ballot": {"scope": "day", "ballots": 10, "picks": [1, 1], "repeat": "daily"},
        "category_picks": None,
    },
}
