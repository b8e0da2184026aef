"""The unbound extensions, and the running site's parts as the current app holds them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, cast

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
StateType = TypeVar("StateType")


class CampaignRow(Protocol):
    """A row that belongs to a campaign."""

    @property
    def campaign_id(self) -> int:
        """The campaign's id."""


CampaignRowType = TypeVar("CampaignRowType", bound=CampaignRow)


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


class StateKey(Generic[StateType]):
    """The key of something that a module keeps in memory for one running site.

    The module that owns the state defines the key; `make` is called when a site first needs it.
    """

    def __init__(self, make: Callable[[], StateType]) -> None:
        self.make = make


@dataclass
class Site:
    """What one running app shares between its requests, in all threads of the process.

    The parts are set once. Whoever owns a state decides how its threads share it. `serves` tells a
    site that answers visitors from one that a command has made for itself.
    """

    settings: Settings
    store: Store
    master: Master
    wechat: WeChat
    serves: bool
    _states: dict[StateKey[Any], Any] = field(init=False, default_factory=dict)

    def state(self, key: StateKey[StateType]) -> StateType:
        """Returns this site's state for a key; the same object for every thread."""
        state = self._states.get(key)
        if state is None:
            # Two threads may both make one; setdefault is atomic, so both receive the first.
            state = self._states.setdefault(key, key.make())
        return cast(StateType, state)


def site() -> Site:
    """Returns the current app's parts."""
    parts: Site = current_app.extensions["votesite"]
    return parts


def load(model: type[RowType], row_id: object) -> RowType:
    """Returns a row by its primary key; raises NotFound."""
    row = db.session.get(model, row_id)
    if row is None:
        raise NotFound
    return row


def load_in(model: type[CampaignRowType], row_id: object, campaign_id: int) -> CampaignRowType:
    """Return a row of this campaign by its primary key; raises NotFound for those of others too."""
    row = load(model, row_id)
    if row.campaign_id != campaign_id:
        raise NotFound
    return row


@contextmanager
def writing() -> Iterator[Transaction]:
    """One write transaction that rows of the session and statements share; commits at the end.

    What the session had read before is read again, under the lock. Raises Busy.
    """
    with site().store.exclusive(db.session) as tx:
        yield tx
