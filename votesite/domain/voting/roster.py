"""The roster of an invited group: one-time codes, kept as keyed hashes, bound once to one voter.

Nobody is listed twice, and nobody holds two codes: the roster is the electorate. Entry 0 of the
ledger says how large it is and commits to its marks; from the freeze on it grows by decisions of
two people alone (`roster_additions`).
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Sequence
from secrets import choice
from typing import NamedTuple

from sqlalchemy import func, select

from votesite.clock import CST, Clock, now
from votesite.domain import keys
from votesite.domain.spreadsheets import safe_text
from votesite.domain.texts import alike, typed_code
from votesite.errors import Fault, NotEligible, SecondCode, TooManyRequests
from votesite.extensions import db, site
from votesite.keys import mac
from votesite.models.keys import WrappedKey
from votesite.models.voting import RosterCode
from votesite.store import Query, Statement, Transaction

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: 12 characters are 60 bits
CODE_LENGTH = 12
MAX_MISSES = 10  # of one voter in an hour
MAX_LABEL = 120
MAX_VOTERS = 100_000


class _Code(NamedTuple):
    """A code's row, and the voter key it is bound to."""

    id: int
    voter: bytes | None


_FIND = Query(
    _Code,
    "FROM roster_codes WHERE campaign_id = :campaign_id AND mark = :mark",
    locks=True,
)
_BIND = Statement("UPDATE roster_codes SET voter = :voter WHERE id = :id")
_BOUND = Statement(
    "SELECT 1 FROM roster_codes WHERE campaign_id = :campaign_id AND voter = :voter LIMIT 1"
)
_MISSES = Statement(
    "SELECT misses FROM roster_misses"
    " WHERE campaign_id = :campaign_id AND voter = :voter AND hour = :hour"
)
_FIRST_MISS = Statement(
    "INSERT INTO roster_misses (campaign_id, voter, hour, misses)"
    " VALUES (:campaign_id, :voter, :hour, 1)"
)
_FURTHER_MISS = Statement(
    "UPDATE roster_misses SET misses = misses + 1"
    " WHERE campaign_id = :campaign_id AND voter = :voter AND hour = :hour"
)


def store(campaign_id: int, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Bring the roster to these labels, inside `writing()`; returns (label, code) of the new ones.

    Labels that were there, however spelled, keep their codes, which nobody can read again; unused
    codes of labels that are gone are deleted. The caller sees to it that nobody is there twice.
    """
    compared = _compared(campaign_id, labels)
    for row in compared.gone:
        db.session.delete(row)
    for row, label in compared.kept:
        row.label = label
    codes = [(label, new_code()) for label in compared.added]
    key = key_in_session(campaign_id)
    for label, code in codes:
        db.session.add(listed(campaign_id, label, key, code))
    return codes


def listed(campaign_id: int, label: str, key: bytes, code: str) -> RosterCode:
    """Returns the row of a label and its code under a campaign's pseudonym key."""
    mark = mark_of(key, code)
    return RosterCode(campaign_id=campaign_id, label=label, folded=folded(label), mark=mark)


def voided_by(campaign_id: int, labels: Sequence[str]) -> int:
    """How many codes that are still unused `store` with these labels would delete."""
    return len(_compared(campaign_id, labels).gone)


def twin(labels: Iterable[str]) -> int | None:
    """Returns the place of the first label that repeats one before it, however spelled."""
    met: set[bytes] = set()
    for place, label in enumerate(labels):
        if folded(label) in met:
            return place
        met.add(folded(label))
    return None


def fault(code: str, row: int = 0, others: int = 0) -> Fault:
    """Returns what is wrong with a roster in a line, with all that the sentences mention."""
    return Fault(f"roster-{code}", row=row, max=MAX_LABEL, voters=MAX_VOTERS, others=others)


def redeem(campaign_id: int, voter: bytes, code: str, *, clock: Clock = now) -> None:
    """Bind a code to a voter key.

    Raises NotEligible for an unknown code and another voter's, SecondCode where this voter has
    redeemed another one already, TooManyRequests after ten unknown ones in an hour. The voter's own
    code again changes nothing. What cannot be a code is a slip, not a guess: it does not count.
    """
    plain = typed_code(code)
    if len(plain) != CODE_LENGTH or not set(plain) <= set(ALPHABET):
        raise NotEligible
    mark = mark_of(keys.campaign_key(campaign_id, "pseudonym"), plain)
    refusal = site().store.write(lambda tx: _redeem(tx, campaign_id, voter, mark, clock))
    if refusal is not None:
        raise refusal


def is_bound(tx: Transaction, campaign_id: int, voter: bytes) -> bool:
    """Whether a voter has redeemed a code of this campaign."""
    return tx.one(_BOUND, {"campaign_id": campaign_id, "voter": voter}) is not None


def labels_of(campaign_id: int) -> list[str]:
    """Returns every label, in the order of the roster."""
    rows = select(RosterCode.label).filter_by(campaign_id=campaign_id).order_by(RosterCode.id)
    return list(db.session.scalars(rows))


def size_of(campaign_id: int) -> int:
    """Returns how many people are on the roster."""
    rows = select(func.count()).where(RosterCode.campaign_id == campaign_id)
    return db.session.scalar(rows) or 0


def states_of(campaign_id: int) -> list[tuple[str, bool]]:
    """Returns (label, whether its code has been used): never when, never by whom."""
    rows = select(RosterCode).filter_by(campaign_id=campaign_id).order_by(RosterCode.id)
    return [(row.label, row.voter is not None) for row in db.session.scalars(rows)]


def printed(codes: Sequence[tuple[str, str]]) -> bytes:
    """Returns labels and codes as a CSV file with a byte-order mark, as spreadsheets expect."""
    target = io.StringIO(newline="")
    writer = csv.writer(target)
    writer.writerow(["label", "code"])
    writer.writerows([safe_text(label), spoken(code)] for label, code in codes)
    return target.getvalue().encode("utf-8-sig")


def folded(label: str) -> bytes:
    """Returns what is the same for two spellings of a label."""
    return hashlib.sha256(alike(label).encode()).digest()


def new_code() -> str:
    """Returns a random code."""
    return "".join(choice(ALPHABET) for _ in range(CODE_LENGTH))


def spoken(code: str) -> str:
    """Returns a code as it is printed for people: three groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


class _Compared(NamedTuple):
    """A roster beside the labels that it shall have.

    `gone` are unused codes whose labels are not among them, `kept` those that are, with the label
    as it is spelled now, `added` the labels without a code.
    """

    gone: list[RosterCode]
    kept: list[tuple[RosterCode, str]]
    added: list[str]


def _compared(campaign_id: int, labels: Sequence[str]) -> _Compared:
    wanted = {folded(label): label for label in labels}
    gone, kept = [], []
    for row in db.session.scalars(select(RosterCode).filter_by(campaign_id=campaign_id)):
        label = wanted.pop(row.folded, None)
        if label is not None:
            kept.append((row, label))
        elif row.voter is None:
            gone.append(row)
    return _Compared(gone, kept, list(wanted.values()))


def _redeem(
    tx: Transaction, campaign_id: int, voter: bytes, mark: bytes, clock: Clock
) -> NotEligible | None:
    """Bind a code; returns why it cannot be the voter's. Must not raise that: a miss is counted."""
    now = clock().astimezone(CST)
    hour = now.strftime("%Y-%m-%dT%H")
    values = {"campaign_id": campaign_id, "voter": voter, "hour": hour}
    misses = tx.value(_MISSES, values)
    if misses is not None and misses >= MAX_MISSES:
        raise TooManyRequests(retry_after=3600 - now.minute * 60 - now.second)
    row = _FIND.one(tx, {"campaign_id": campaign_id, "mark": mark})
    if row is None or row.voter not in (None, voter):
        tx.run(_FURTHER_MISS if misses else _FIRST_MISS, values)
        return NotEligible()
    if row.voter is None:
        if is_bound(tx, campaign_id, voter):  # one person, one code: this one stays unused
            return SecondCode()
        tx.run(_BIND, {"id": row.id, "voter": voter})
    return None


def mark_of(key: bytes, code: str) -> bytes:
    """Returns the keyed hash of a code as it was made."""
    return mac(key, b"code|" + code.encode())


def key_in_session(campaign_id: int) -> bytes:
    """Returns the pseudonym key, even of a campaign that this very transaction creates.

    Raises KeyMissing.
    """
    of_campaign = select(WrappedKey.wrapped).filter_by(campaign_id=campaign_id, purpose="pseudonym")
    wrapped = db.session.scalar(of_campaign.order_by(WrappedKey.id.desc()))
    if wrapped is None:
        raise keys.KeyMissing(f"pseudonym of campaign {campaign_id}")
    return site().master.unwrap(wrapped, f"pseudonym|{campaign_id}")
