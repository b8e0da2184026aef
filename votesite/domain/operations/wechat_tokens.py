"""The shared copy of WeChat's tokens: what `wechat.TokenStore` asks of the database."""

from typing import NamedTuple

from votesite.clock import Clock, real
from votesite.domain import keys
from votesite.extensions import site
from votesite.keys import Unreadable
from votesite.store import Query, Statement


class _Token(NamedTuple):
    sealed: bytes
    expires_at: int  # seconds since the epoch


_FIND = Query(_Token, "FROM wechat_tokens WHERE name = :name")
_PUT = Statement(
    "INSERT INTO wechat_tokens (name, sealed, expires_at) VALUES (:name, :sealed, :expires_at)"
    " ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, expires_at = excluded.expires_at"
)
_DROP = Statement("DELETE FROM wechat_tokens WHERE name = :name")


class DatabaseTokens:
    """Tokens in a table, sealed, so that every worker uses the one that WeChat sent last."""

    def __init__(self, clock: Clock = real) -> None:
        self._clock = clock

    def get(self, name: str) -> str | None:
        """Returns the token if it is valid now; None also for one that no key opens."""
        with site().store.reading() as tx:
            token = _FIND.one(tx, {"name": name})
        if token is None or token.expires_at <= self._clock().timestamp():
            return None
        try:
            return keys.open_field(bytes(token.sealed), _bound_to(name))
        except (Unreadable, keys.KeyMissing):
            return None

    def put(self, name: str, value: str, expires_in: int) -> None:
        """Store a token that is valid for `expires_in` seconds."""
        values = {
            "name": name,
            "sealed": keys.seal_field(value, _bound_to(name)),
            "expires_at": int(self._clock().timestamp()) + expires_in,
        }
        site().store.write(lambda tx: tx.run(_PUT, values))

    def drop(self, name: str) -> None:
        """Delete a token that WeChat no longer accepts."""
        site().store.write(lambda tx: tx.run(_DROP, {"name": name}))


def _bound_to(name: str) -> str:
    return f"wechat_tokens|{name}|sealed"
