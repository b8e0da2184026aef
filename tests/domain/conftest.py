"""People whom several packages' tests know."""

import pytest

from tests.support.staffing import make_staff


@pytest.fixture
def reviewers(app):
    """Two reviewers, who may void together."""
    return make_staff("shen", "reviewer"), make_staff("jian", "reviewer")
