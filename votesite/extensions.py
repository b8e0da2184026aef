"""The unbound extensions, and the running site's parts as the current app holds them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import current_app
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase

from votesite.config import Settings
from votesite.errors import NotFound
from votesite.keys import Master
from votesite.store import Store, Transaction
from votesite.wechat import WeChat

RowType = TypeVar("RowType")


class Base(DeclarativeBase):
    """Every table's base. Constraints have names, so that SQLite's batch migrations find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
babel = Babel()
login_manager = LoginManager()
csrf = CSRFProtect()


@dataclass
class Site:
    """What one running app shares between its requests."""

    settings: Settings
    store: Store
    master: Master
    wechat: WeChat
    voting_terms: dict[int, object] = field(default_factory=dict)  # domain/ledger.py's, by campaign
    refusals: Counter[tuple[int, str, str]] = field(default_factory=Counter)  # domain/voting.py's
    events: Counter[Any] = field(default_factory=Counter)  # domain/security_log.py's
    events_are_sent: bool = False


def site() -> Site:
    """The current app's parts."""
    found: Site = current_app.extensions["votesite"]
    return found


def load(model: type[RowType], row_id: object) -> RowType:
    """A row by its primary key; raises NotFound."""
    row = db.session.get(model, row_id)
    if row is None:
        raise NotFound
    return row


@contextmanager
def writing() -> Iterator[Transaction]:
    """One write transaction that rows of the session and statements share; commits at the end.

    Whatever the session had read before is read anew, under the lock.
    """
    with site().store.exclusive(db.session) as tx:
        yield tx
