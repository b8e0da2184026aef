"""Roles in one campaign and in all."""

from tests.support.factories import make_campaign
from tests.support.staffing import make_staff
from votesite.domain.staff import people


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
