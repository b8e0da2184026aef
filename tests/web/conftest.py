"""A campaign that everybody sees."""

from datetime import timedelta

import pytest

from tests.support.factories import make_campaign


@pytest.fixture
def open_campaign(app, now):
    """A campaign whose vote is open now."""
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=3), min_batch=1)
