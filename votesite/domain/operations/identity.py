"""What voters are recognised by: AppID and site keys, which must not change while people vote.

`flask db upgrade` makes the keys of a new site, and nothing else ever does: a key made anew would
turn everybody into a stranger with a second vote. The AppID does the same, because openids belong
to it. So both are remembered, and a site that finds others during a vote does not start.
"""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import inspect

from votesite.clock import Clock, now
from votesite.domain import audit, keys
from votesite.domain.ledger import entries
from votesite.errors import NotFound
from votesite.extensions import db, site, writing
from votesite.keys import Unreadable
from votesite.models.site import SiteFact
from votesite.store import Query, Statement, Transaction

APP_ID, VOTER_KEY = "app-id", "site-voter-check"  # the facts that are remembered
SECTION = "docs/deploy.md, section 8"

_ANY_LEDGER = Statement("SELECT 1 FROM log_heads WHERE size > 0 LIMIT 1")
_FACT = Statement("SELECT value FROM site_facts WHERE key = :key")


class _Vote(NamedTuple):
    """A campaign whose ledger is open and not counted yet."""

    id: int
    slug: str


_VOTES = Query(
    _Vote,
    "FROM campaigns JOIN log_heads ON campaign_id = id"
    " WHERE size > 0 AND close_n IS NULL ORDER BY slug",
)


class IdentityFault(NamedTuple):
    """Why voters would not be recognised: a code for programs, and a sentence for the operator."""

    code: str
    sentence: str


def is_made() -> bool:
    """Whether there is a database that `flask db upgrade` has made; it need not be the newest."""
    file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None
    if file and not Path(file).exists():
        return False
    return inspect(db.engine).has_table(SiteFact.__tablename__)


def prepare(*, clock: Clock = now) -> list[IdentityFault]:
    """Make the keys of a new site, and remember by what voters are recognised.

    Returns what is wrong even so: keys that are missing although there are ledgers stay missing.
    """
    with writing() as tx:
        if tx.one(_ANY_LEDGER) is None:
            keys.make_site_keys(tx, clock())
    return begin(clock=clock)


def begin(*, clock: Clock = now) -> list[IdentityFault]:
    """Returns what forbids a start; if nothing does, remember AppID and key as they are now.

    What had been remembered before and is replaced is noted in the audit log.
    """
    found = faults()
    if found:
        return found
    with site().store.snapshot() as tx:
        if not _changed(tx):
            return []
    with writing() as tx:
        if found := _faults(tx):  # a vote may have begun meanwhile
            return found
        for name, (known, value) in _changed(tx).items():
            db.session.merge(SiteFact(key=name, value=value))
            if known is not None:
                audit.note(None, "take-over", "site_facts", name, now=clock())
    return []


def faults() -> list[IdentityFault]:
    """Returns why voters would not be recognised by the site as it is; asks the database alone."""
    with site().store.snapshot() as tx:
        return _faults(tx)


def _faults(tx: Transaction) -> list[IdentityFault]:
    missing = keys.missing_site_keys(tx)
    if missing:
        return [_missing(missing, has_ledgers=tx.one(_ANY_LEDGER) is not None)]
    try:
        changed = _changed(tx)
    except Unreadable:
        return [_unreadable()]
    votes = _VOTES.all(tx)
    if not votes:
        return []
    slug = votes[0].slug
    if APP_ID in changed and changed[APP_ID][0] is not None:
        return [_other_app_id(slug, *changed[APP_ID])]
    if VOTER_KEY in changed and changed[VOTER_KEY][0] is not None:
        return [_other_key(slug)]
    strange = [vote.slug for vote in votes if not _is_own(tx, vote)]
    return [_other_than_entry_0(strange[0])] if strange else []


def _changed(tx: Transaction) -> dict[str, tuple[str | None, str]]:
    """What is now and was remembered otherwise, or not at all: (remembered, now), by fact.

    Raises Unreadable.
    """
    present = {
        APP_ID: site().settings.wechat_app_id,
        VOTER_KEY: keys.stored_voter_check(tx),
    }
    known = {name: tx.value(_FACT, {"key": name}) for name in present}
    return {name: (known[name], value) for name, value in present.items() if known[name] != value}


def _is_own(tx: Transaction, vote: _Vote) -> bool:
    """Whether entry 0 of a running vote commits to this AppID and this key."""
    try:
        told = entries.read_entry(tx, vote.id, 0).get("identity_sha256")
    except NotFound:  # a damaged ledger, which its own checks name
        return True
    app_id, check = site().settings.wechat_app_id, keys.stored_voter_check(tx)
    return told is None or told == keys.identity_of(app_id, check)


def _missing(purposes: list[str], *, has_ledgers: bool) -> IdentityFault:
    names = ", ".join(purposes)
    if not has_ledgers:
        return IdentityFault(
            "site-keys",
            f"The site has no key for {names} yet: run `flask --app wsgi db upgrade`.",
        )
    return IdentityFault(
        "site-keys",
        f"The site's key for {names} is gone from the database, and a new one would let everybody"
        f" vote a second time: restore the database from a backup ({SECTION}).",
    )


def _unreadable() -> IdentityFault:
    return IdentityFault(
        "keys",
        "The site's keys cannot be opened: VOTESITE_MASTER_KEY is another machine's or another"
        f" backup's. Put the one into .env that was in use when the backup was made ({SECTION}).",
    )


def _other_app_id(slug: str, known: str | None, present: str) -> IdentityFault:
    return IdentityFault(
        "app-id",
        f"VOTESITE_WECHAT_APP_ID is {present}, but people vote in {slug} since it was {known}: with"
        f" another AppID everybody could vote a second time. Set it to {known} until the votes of"
        f" {slug} are counted.",
    )


def _other_key(slug: str) -> IdentityFault:
    return IdentityFault(
        "site-voter",
        f"The site's key for site-voter is not the one with which {slug} began: everybody could"
        f" vote a second time. Restore the database from a backup ({SECTION}).",
    )


def _other_than_entry_0(slug: str) -> IdentityFault:
    return IdentityFault(
        "identity",
        f"AppID or site-voter key are not those that the ledger of {slug} began with (its entry 0,"
        " identity_sha256): everybody could vote a second time. Set VOTESITE_WECHAT_APP_ID to what"
        f" it was, or restore the database from a backup ({SECTION}).",
    )
