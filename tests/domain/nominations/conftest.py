"""A campaign that takes nominations, and who reviews them."""

import pytest

from tests.support.factories import make_campaign
from tests.support.nominations import OPEN
from votesite.domain.staff import accounts


@pytest.fixture
def campaign(app):
    return make_campaign(
        schedule={"nomination": ["2026-11-03T09:00+08:00", "2026-11-10T09:00+08:00"]}
    )


@pytest.fixture
def reviewer(app):
    return accounts.create("zhou", "周岚", "correct horse battery", by=None, clock=OPEN).id
