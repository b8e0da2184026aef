"""`[weights]` of `campaign.toml`: how votes, sheets and figures make the composite score."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool

from votesite.domain.campaigns.presets import WEIGHT_DEFAULTS
from votesite.domain.schemas import Between, OneNumberOf, OneOf, Problem, Schema, wrong

SHARES = ("public", "expert", "satisfaction", "objective")
TIES = ("public", "expert", "satisfaction", "objective", "lot")
OLD_TIES = {"public": '["public"]', "expert": '["expert"]', "share the place": "[]"}
MOST_VOTES = 2_000_000_000


def _no_old_word(value: object) -> object:
    """Ties as a list; the one word of older folders is refused with its new form."""
    if isinstance(value, str) and value in OLD_TIES:
        raise wrong("old-word", value=value, form=OLD_TIES[value])
    return value


def _in_turn(ties: list[str]) -> list[str]:
    if len({*ties}) < len(ties):
        raise wrong("same-twice")
    if "lot" in ties[:-1]:
        raise wrong("lot-not-last")
    return ties


Share = Annotated[int, Between(0, 100)]
Ties = Annotated[
    list[Annotated[str, OneOf(TIES)]], BeforeValidator(_no_old_word), AfterValidator(_in_turn)
]


class WeightsTable(Schema):
    """`[weights]`: how the composite score is made."""

    public: Share = WEIGHT_DEFAULTS["public"]
    expert: Share = WEIGHT_DEFAULTS["expert"]
    satisfaction: Share = WEIGHT_DEFAULTS["satisfaction"]
    objective: Share = WEIGHT_DEFAULTS["objective"]
    public_score: Annotated[str, OneOf(("share", "rank", "cap"))] = WEIGHT_DEFAULTS["public_score"]
    cap: Annotated[int, Between(0, MOST_VOTES)] = WEIGHT_DEFAULTS["cap"]
    expert_score: Annotated[str, OneOf(("points", "rank"))] = WEIGHT_DEFAULTS["expert_score"]
    trim: StrictBool = WEIGHT_DEFAULTS["trim"]
    decimals: Annotated[int, OneNumberOf((2, 4))] = WEIGHT_DEFAULTS["decimals"]
    ties: Ties = Field(default_factory=lambda: list(WEIGHT_DEFAULTS["ties"]))
    missing: Annotated[str, OneOf(("refuse", "zero", "drop"))] = WEIGHT_DEFAULTS["missing"]
    region_cap: Annotated[int, Between(0, 10_000)] = WEIGHT_DEFAULTS["region_cap"]
    sheets: Annotated[str, OneOf(("public", "auditors"))] = WEIGHT_DEFAULTS["sheets"]
    panel: Annotated[str, OneOf(("named", "numbered"))] = WEIGHT_DEFAULTS["panel"]
    min_answers: Annotated[int, Between(5, 1_000_000)] = WEIGHT_DEFAULTS["min_answers"]
    notice_days: Annotated[int, Between(5, 60)] = WEIGHT_DEFAULTS["notice_days"]


def composite_problems(weights: WeightsTable, *, has_criteria: bool) -> Iterator[Problem]:
    """What does not fit together in `[weights]`, as far as its keys could be read."""
    yield from sum_problem("weights", [getattr(weights, key) for key in SHARES])
    if weights.expert and not has_criteria:
        yield Problem(("weights", "expert"), "no-criteria")
    if weights.cap is not None and weights.public_score is not None:
        if weights.public_score == "cap" and not weights.cap:
            yield Problem(("weights", "cap"), "needed")
        elif weights.public_score != "cap" and weights.cap:
            yield Problem(("weights", "cap"), "needless")


def sum_problem(table: str, parts: Sequence[int | None]) -> Iterator[Problem]:
    """That parts which could all be read do not add to 100."""
    known = [part for part in parts if part is not None]
    if len(known) == len(parts) and sum(known) != 100:
        yield Problem((table,), "sum", {"total": sum(known)})
