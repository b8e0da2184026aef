"""A proof-of-work check, asked only of sources from which bots have just voted.

It applies to networks and browsers whose recent ballots mostly belong to an open case. The work is
ALTCHA's (https://altcha.org), which needs no picture, no sound and no hand; a visitor who cannot
run it waits a minute instead. An answer is bound to campaign and voter, is valid for ten minutes,
and counts once.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import compare_digest, randbelow, token_bytes
from typing import Any

import altcha

from votesite.clock import minute_number, minutes_in
from votesite.domain import keys
from votesite.errors import CheckRequired
from votesite.extensions import site
from votesite.keys import mac
from votesite.store import Statement, Transaction

ANSWERED_WITHIN = timedelta(minutes=10)
WAIT = timedelta(seconds=60)
ALGORITHM, COST = "PBKDF2/SHA-256", 5000  # about 3 ms a try on a server
TRIES = (150, 350)  # of which the browser has to make as many: a few seconds on an old phone
MARK_BYTES = 16

_RISK = Statement(
    "SELECT 1 FROM integrity_risks WHERE campaign_id = :campaign_id"
    " AND mark IN (:source, :agent) AND until > :minute"
)
_USED = Statement("SELECT 1 FROM used_checks WHERE mark = :mark")
_USE = Statement("INSERT INTO used_checks (mark, until) VALUES (:mark, :until)")
_FORGET = Statement("DELETE FROM used_checks WHERE until < :minute")
_END = Statement("DELETE FROM integrity_risks WHERE until < :minute")


@dataclass(frozen=True)
class Answer:
    """A right answer to a check, as 16 bytes that mark it as used; else `fault` says what is wrong.

    `fault` is one of answer, ticket, or empty where nothing was answered.
    """

    mark: bytes = b""
    fault: str = ""


NO_ANSWER = Answer()


def offer(campaign_id: int, voter: bytes, *, now: datetime, ticket: str = "") -> dict[str, Any]:
    """Returns what a voter may answer: {"altcha": challenge, "ticket": text, "wait": seconds}.

    The challenge is of ALTCHA's version 2. A ticket that is waiting already is returned again, so
    that asking twice does not cost a minute.
    """
    waited = _waited(campaign_id, voter, ticket, now)
    if waited is None:
        ticket, waited = _ticket(campaign_id, voter, now), timedelta(0)
    challenge = altcha.create_challenge(
        ALGORITHM,
        COST,
        counter=TRIES[0] + randbelow(TRIES[1] - TRIES[0]),
        expires_at=now + ANSWERED_WITHIN,
        data={"for": _bound_to(campaign_id, voter)},
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("solution"),
    )
    left = max(WAIT - waited, timedelta(0))
    return {"altcha": challenge.to_dict(), "ticket": ticket, "wait": int(left.total_seconds())}


def read(campaign_id: int, voter: bytes, solution: str, ticket: str, *, now: datetime) -> Answer:
    """Returns the answer that a post has: by computing, else by having waited."""
    if solution:
        return _solved(campaign_id, voter, solution)
    if not ticket:
        return NO_ANSWER
    waited = _waited(campaign_id, voter, ticket, now)
    if waited is None or waited < WAIT:
        return Answer(fault="ticket")
    return Answer(_mark(ticket))


def require(
    tx: Transaction, campaign_id: int, source: bytes, agent: bytes, answer: Answer, now: datetime
) -> None:
    """Use up the answer where this network or browser must pass a check.

    Part of the ballot's transaction, as its last question. Raises CheckRequired without a right and
    unused answer.
    """
    minute = minute_number(now)
    values = {"campaign_id": campaign_id, "source": source, "agent": agent, "minute": minute}
    if tx.one(_RISK, values) is None:
        return
    if not answer.mark:
        raise CheckRequired(answer.fault)
    if tx.one(_USED, {"mark": answer.mark}) is not None:
        raise CheckRequired("used")
    until = minute + minutes_in(ANSWERED_WITHIN) + 1
    tx.run(_USE, {"mark": answer.mark, "until": until})


def forget_old(now: datetime) -> None:
    """Delete used answers that are too old to be accepted again, and risks that have passed."""
    values = {"minute": minute_number(now)}

    def work(tx: Transaction) -> None:
        tx.run(_FORGET, values)
        tx.run(_END, values)

    site().store.write(work)


def _solved(campaign_id: int, voter: bytes, solution: str) -> Answer:
    try:
        payload = altcha.Payload.from_base64(solution)
        result = altcha.verify_solution(
            payload, _secret("challenge"), hmac_key_secret=_secret("solution")
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Answer(fault="answer")
    parameters = payload.challenge.parameters
    bound_to = (parameters.data or {}).get("for") if result.verified else None
    if bound_to != _bound_to(campaign_id, voter):
        return Answer(fault="answer")
    return Answer(_mark(parameters.nonce))


def _ticket(campaign_id: int, voter: bytes, now: datetime) -> str:
    issued = f"{int(now.timestamp())}.{token_bytes(6).hex()}"
    return f"{issued}.{_seal(campaign_id, voter, issued)}"


def _waited(campaign_id: int, voter: bytes, ticket: str, now: datetime) -> timedelta | None:
    """Returns how long a ticket has waited; None for somebody else's, an old or an invented one."""
    issued, _, seal = ticket.rpartition(".")
    if not seal.isascii() or not compare_digest(seal, _seal(campaign_id, voter, issued)):
        return None
    waited = timedelta(seconds=int(now.timestamp()) - int(issued.partition(".")[0]))
    return waited if timedelta(0) <= waited <= ANSWERED_WITHIN else None


def _seal(campaign_id: int, voter: bytes, issued: str) -> str:
    ticket = f"{_bound_to(campaign_id, voter)}|{issued}".encode()
    return mac(keys.trace_key(), b"check|ticket|" + ticket)[:MARK_BYTES].hex()


def _bound_to(campaign_id: int, voter: bytes) -> str:
    person = f"check|{campaign_id}|".encode() + voter
    return mac(keys.trace_key(), person)[:MARK_BYTES].hex()


def _secret(purpose: str) -> str:
    return mac(keys.trace_key(), f"check|{purpose}".encode()).hex()


def _mark(answer: str) -> bytes:
    return hashlib.sha256(answer.encode()).digest()[:MARK_BYTES]
