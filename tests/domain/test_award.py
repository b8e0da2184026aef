"""`award` of entry 0: every field of the format, from a campaign's columns."""

from types import SimpleNamespace

from tests.support.factories import OPENS, make_campaign
from votesite.domain.award import award_of
from votesite.domain.ledger import entries
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.opening import write_open
from votesite.extensions import writing
from votesite.models.campaigns import Campaign, votes_alone

CATEGORIES = [
    {"name": "城郊乡镇", "seats": 5, "picks": [0, 2]},
    {"name": "山区乡镇", "seats": 3, "picks": None},
]
CRITERIA = [
    {"key": "service", "name": "服务质量", "weight": 60},
    {"key": "创新做法", "name": "创新做法", "weight": 40},
]
FIELDS = (
    "public expert satisfaction objective public_score cap expert_score criteria trim decimals ties"
    " missing seats region_cap sheets panel min_answers notice_days"
)


def made(**changes):
    weights = votes_alone() | changes
    return award_of(Campaign(weights=weights, criteria=CRITERIA, categories=CATEGORIES))


def test_votes_alone_make_an_award_without_experts():
    assert made() == {
        "public": 100,
        "expert": 0,
        "satisfaction": 0,
        "objective": 0,
        "public_score": "rank",
        "cap": 0,
        "expert_score": "rank",
        "criteria": [],
        "trim": 1,
        "decimals": 2,
        "ties": ["public"],
        "missing": "refuse",
        "seats": [["城郊乡镇", 5], ["山区乡镇", 3]],
        "region_cap": 0,
        "sheets": "auditors",
        "panel": "numbered",
        "min_answers": 30,
        "notice_days": 5,
    }


def test_experts_judge_by_the_criteria_and_numbers_stand_for_yes_and_no():
    award = made(public=60, expert=40, trim=False, ties=["expert", "lot"])

    assert award["criteria"] == [
        {"key": "service", "weight": 60},
        {"key": "创新做法", "weight": 40},
    ]
    assert (type(award["trim"]), award["trim"], award["ties"]) == (int, 0, ["expert", "lot"])


def test_award_has_the_fields_of_the_format_in_any_case():
    plain = SimpleNamespace(weights=votes_alone(), criteria=[], categories=[])

    assert set(award_of(plain)) == set(made(expert=0)) == set(FIELDS.split())
    assert award_of(plain)["seats"] == [["", 0]]
    assert b"true" not in canonical(made()) + canonical(award_of(plain))


def test_category_without_candidates_has_no_seats_in_the_first_entry(app):
    campaign = make_campaign(candidates=1)
    with writing() as tx:
        write_open(open_log(tx, campaign.id), OPENS)
        seats = entries.read_entry(tx, campaign.id, 0)["award"]["seats"]

    assert len(campaign.categories) == 2
    assert seats == [["山区乡镇", 5]]
