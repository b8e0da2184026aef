from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from votesite.clock import CST
from votesite.domain import keys
from votesite.domain.operations.wechat_tokens import DatabaseTokens
from votesite.extensions import db

NOON = datetime(2026, 11, 23, 12, tzinfo=CST)


class Hands:
    """A clock that stands where it was put."""

    def __init__(self):
        self.moment = NOON

    def __call__(self):
        return self.moment


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def tokens(app, hands):
    return DatabaseTokens(hands)


def test_token_that_was_never_put_is_none(tokens):
    assert tokens.get("token|wx1") is None


def test_token_is_shared_by_all_who_ask_the_database(tokens, hands):
    tokens.put("token|wx1", "secret-token", 7140)

    assert DatabaseTokens(hands).get("token|wx1") == "secret-token"


def test_token_is_replaced(tokens):
    tokens.put("token|wx1", "first", 7140)
    tokens.put("token|wx1", "second", 7140)

    assert tokens.get("token|wx1") == "second"


def test_token_ends_after_its_seconds(tokens, hands):
    tokens.put("token|wx1", "secret-token", 60)

    hands.moment = NOON + timedelta(seconds=59)
    assert tokens.get("token|wx1") == "secret-token"
    hands.moment = NOON + timedelta(seconds=60)
    assert tokens.get("token|wx1") is None


def test_dropped_token_is_gone(tokens):
    tokens.put("token|wx1", "secret-token", 7140)
    tokens.put("ticket|wx1", "a-ticket", 7140)

    tokens.drop("token|wx1")

    assert (tokens.get("token|wx1"), tokens.get("ticket|wx1")) == (None, "a-ticket")


def test_token_lies_sealed_in_the_database(tokens):
    tokens.put("token|wx1", "secret-token", 7140)

    (row,) = db.session.execute(text("SELECT * FROM wechat_tokens")).all()

    assert b"secret-token" not in b"".join(str(part).encode() for part in row)
    assert b"secret-token" not in bytes(row.sealed)


def test_token_of_another_name_does_not_open(tokens):
    tokens.put("token|wx1", "secret-token", 7140)
    db.session.execute(text("UPDATE wechat_tokens SET name = 'token|wx2'"))
    db.session.commit()

    assert tokens.get("token|wx2") is None


def test_token_that_no_key_opens_any_more_is_none(tokens):
    tokens.put("token|wx1", "secret-token", 7140)
    db.session.execute(text("DELETE FROM wrapped_keys"))
    db.session.commit()
    keys.forget_cached()

    assert tokens.get("token|wx1") is None
