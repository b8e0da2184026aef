"""The office's people in signed-in browsers, and business time pushed forward."""

from datetime import timedelta

import pytest

from tests.support.staffing import browser_of, make_staff
from votesite import clock


@pytest.fixture
def keeper(app):
    """A browser in which the colleague who looks after accounts is signed in."""
    make_staff("keeper", "accounts")
    return browser_of(app, "keeper")


@pytest.fixture
def later():
    """Push business time forward; sessions and codes keep the machine's."""
    pushed = [timedelta()]
    clock.follow(lambda: pushed[0])

    def push(by):
        pushed[0] += by

    yield push
    clock.follow(None)
