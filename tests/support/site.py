"""A site on real files for a test: its settings, its app with tables and guards, its own client."""

import base64
import hashlib
import os
from contextvars import Context
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect

from tests.support import postgresql
from votesite import create_app
from votesite.domain.operations import identity
from votesite.errors import Misconfigured
from votesite.extensions import db
from votesite.models.ledger import APPEND_ONLY
from votesite.models.triggers import create_triggers

BASE_URL = "http://localhost:8000"
APP_ID = "wx0123456789abcdef"
MASTER_KEY = base64.b64encode(hashlib.sha256(b"the master key of tests").digest()).decode()
SECRET_KEY = hashlib.sha256(b"the secret key of tests").hexdigest()


def settings_for(instance: Path, **changes: str) -> dict[str, str]:
    """A complete environment for `create_app`, in test mode."""
    return {
        "MODE": "test",
        "PUBLIC_BASE_URL": BASE_URL,
        "SECRET_KEY": SECRET_KEY,
        "MASTER_KEY": MASTER_KEY,
        "INSTANCE": str(instance),
        "WECHAT_APP_ID": APP_ID,
        "WECHAT_APP_SECRET": "s" * 32,
        "WECHAT_TOKEN": "AAAAA",
        "WECHAT_AES_KEY": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
        **_database(instance),
        **changes,
    }


def _database(instance: Path) -> dict[str, str]:
    server = os.environ.get(postgresql.SERVER)
    return postgresql.settings_on(server, instance) if server else {}


class Browser(FlaskClient):
    """A client that knows the site by its own address."""

    def open(self, *args: Any, **changes: Any) -> Any:
        """Send a request to the base URL unless the test names another.

        It runs in an empty context, so that it shares nothing with the test's own.
        """
        if args and isinstance(args[0], str):
            changes.setdefault(
                "base_url", self.application.extensions["votesite"].settings.base_url
            )
        changes.setdefault("buffered", True)  # a streamed answer is read while its context stands
        return Context().run(super().open, *args, **changes)


def make_app(instance: Path, **changes: str) -> Flask:
    """A site with its tables, guards and keys, as `flask db upgrade` makes them.

    Raises Misconfigured where the site would not start.
    """
    app = create_app(settings_for(instance, **changes), serves=False)
    app.test_client_class = Browser
    with app.app_context():
        if not inspect(db.engine).has_table("log_entries"):
            db.create_all()
            with db.engine.begin() as connection:
                create_triggers(connection, APPEND_ONLY)
        found = identity.prepare()
        db.session.remove()
    if found:
        raise Misconfigured([fault.sentence for fault in found])
    return app
