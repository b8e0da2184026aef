"""Roles in one campaign and in all."""

from itertools import product

import pytest

from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from votesite.domain.staff import grants, people
from votesite.errors import InvalidFields
from votesite.models.staff import APART, ROLES


def test_grant_in_one_campaign_is_none_in_another(app):
    first, second = make_campaign(), make_campaign(slug="other")
    zhou = make_staff("zhou", "editor", campaign=first)

    assert zhou.roles_in(first.id) == {"editor"}
    assert zhou.roles_in(second.id) == frozenset()
    assert people.campaigns_of(zhou.id) == [first]


def test_grant_in_all_campaigns_holds_in_later_ones_too(app):
    zhou = make_staff("zhou", "editor")
    campaign = make_campaign()

    assert zhou.roles_in(campaign.id) == {"editor"}


def test_same_grant_twice_is_one(app):
    zhou = make_staff("zhou", "editor", "editor")

    assert [grant.role for grant in zhou.grants] == ["editor"]


KINDS = ("owner", "reviewer", "auditor", "judge")
PLACES = ("own", "other", "everywhere")


@pytest.mark.parametrize("held", PLACES)
@pytest.mark.parametrize("added", PLACES)
def test_auditor_and_judge_are_nothing_else_in_the_same_campaign(app, held, added):
    places = {
        "own": make_campaign().id,
        "other": make_campaign(slug="other").id,
        "everywhere": None,
    }
    owner = make_staff("root", "owner").id
    meets = held == added or "everywhere" in (held, added)
    wrong = []

    for number, (first, second) in enumerate(product(KINDS, KINDS)):
        zhou = make_staff(f"zhou{number}")
        grants.grant(zhou.id, first, places[held], by=owner)
        is_excluded = meets and first != second and not {first, second}.isdisjoint(APART)
        try:
            grants.grant(zhou.id, second, places[added], by=owner)
            is_refused = False
        except InvalidFields as refusal:
            is_refused = refusal.fields["role"].code == "roles-apart"
        if is_refused != is_excluded:
            wrong.append((first, second))

    assert wrong == []


@pytest.mark.parametrize("role", [role for role in ROLES if role != "accounts"])
def test_who_looks_after_accounts_is_nothing_else_anywhere(app, role):
    campaign = make_campaign()
    keeper, zhou = make_staff("keeper", "accounts"), make_staff("zhou", role, campaign=campaign)

    for staff, added, place in (
        (keeper, role, campaign.id),
        (keeper, role, None),
        (zhou, "accounts", None),
    ):
        with pytest.raises(InvalidFields) as refusal:
            grants.grant(staff.id, added, place, by=None)
        assert refusal.value.fields["role"].code == "roles-apart"


def test_role_that_was_taken_back_excludes_no_more(app):
    zhou, owner = make_staff("zhou", "editor"), make_staff("root", "owner")
    grants.revoke(zhou.id, zhou.grants[0].id, by=owner.id)

    grants.grant(zhou.id, "auditor", None, by=owner.id)

    assert [grant.role for grant in people.by_id(zhou.id).grants] == ["auditor"]
