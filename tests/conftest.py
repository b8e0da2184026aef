"""One app on real files for each test, and the option that puts its data on PostgreSQL."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.support import postgresql
from tests.support.site import make_app
from votesite.extensions import db

pytest_plugins = ["tests.support.phones"]  # one Chromium a process, whichever tests ask for it


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--postgresql`: the sites of this run have their data there."""
    parser.addoption("--postgresql", action="store_true")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once, before the processes that share it."""
    if config.getoption("--postgresql"):  # tests leave sites behind without ending them
        config.addinivalue_line("filterwarnings", "ignore:.*psycopg.Connection:ResourceWarning")
    if config.getoption("--postgresql") and postgresql.SERVER not in os.environ:
        stack = ExitStack()
        os.environ[postgresql.SERVER] = stack.enter_context(postgresql.cluster())
        config.add_cleanup(lambda: os.environ.pop(postgresql.SERVER))
        config.add_cleanup(stack.close)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on PostgreSQL what is about SQLite's own file or words."""
    if config.getoption("--postgresql"):
        own = [item for item in items if item.get_closest_marker("sqlite")]
        config.hook.pytest_deselected(items=own)
        items[:] = [item for item in items if item not in own]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """The site in test mode, its context pushed."""
    app = make_app(tmp_path)
    with app.app_context():
        yield app
        db.session.remove()
    with app.app_context():
        db.engine.dispose()
    if server := os.environ.get(postgresql.SERVER):
        postgresql.give_back(server, tmp_path)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()
