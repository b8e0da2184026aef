"""The desk's campaigns and people."""

from datetime import timedelta

import pytest

from tests.support.factories import CALM, make_campaign
from tests.support.staffing import browser_of, make_staff
from votesite import clock
from votesite.domain.campaigns.presets import WEIGHT_DEFAULTS


@pytest.fixture
def campaign(app):
    """A campaign voting now."""
    now = clock.now()
    return make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))


@pytest.fixture
def draft(app):
    """A draft whose vote lies ahead."""
    now = clock.now()
    opens, closes = now + timedelta(days=2), now + timedelta(days=9)
    return make_campaign(
        slug="draft-2026",
        published=False,
        **CALM,
        opens=opens,
        closes=closes,
        weights=dict(WEIGHT_DEFAULTS),
    )


@pytest.fixture
def editor(app):
    """A browser in which the editor Zhou is signed in; his colleague is Zheng."""
    make_staff("zhou", "editor")
    make_staff("zheng", "editor")
    return browser_of(app, "zhou")


@pytest.fixture
def owner(app):
    make_staff("root", "owner")
    return browser_of(app, "root")
