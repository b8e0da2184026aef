"""Casting a ballot: who may, when, how often and for whom; and the one transaction that records it.

`decide` is the whole decision as a pure function; `cast` asks the database for the history it needs
under the head's lock, decides, and only then writes. What must hold under load is a primary key.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_bytes

from votesite.clock import Clock, at, day, minute, now, parse_minute
from votesite.domain import ledger, results
from votesite.domain.integrity import checks
from votesite.domain.keys import PeopleForgotten
from votesite.domain.ledger import Book, Log, Rules
from votesite.errors import (
    Busy,
    Closed,
    ConsentRequired,
    Halted,
    InvalidBallot,
    LimitReached,
    NotEligible,
    NotFound,
    Refused,
    TryLater,
)
from votesite.extensions import site
from votesite.keys import mac
from votesite.models.campaigns import Campaign
from votesite.store import Statement, Transaction

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,100}")
NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_ANY_TOKEN = "x" * 16  # stands in where no token is asked for yet

_FIND_TOKEN = Statement(
    "SELECT n FROM vote_tokens WHERE campaign_id = :campaign_id AND mark = :mark"
)
_ADD_TOKEN = Statement(
    "INSERT INTO vote_tokens (campaign_id, mark, n) VALUES (:campaign_id, :mark, :n)"
)
_USED = Statement(
    "SELECT COUNT(*) FROM vote_slots WHERE campaign_id = :campaign_id AND p = :p AND v = :v"
)
_ADD_SLOT = Statement(
    "INSERT INTO vote_slots (campaign_id, p, v, slot, n) VALUES (:campaign_id, :p, :v, :slot, :n)"
)
_SLOTS_OF = Statement(
    "SELECT n FROM vote_slots WHERE campaign_id = :campaign_id AND p = :p AND v = :v ORDER BY slot"
)
_FIND_PICK = Statement("SELECT 1 FROM vote_picks WHERE campaign_id = :campaign_id AND mark = :mark")
_ADD_PICK = Statement("INSERT INTO vote_picks (campaign_id, mark) VALUES (:campaign_id, :mark)")
_ADD_RECEIPT = Statement(
    "INSERT INTO receipts (campaign_id, code, n) VALUES (:campaign_id, :code, :n)"
)
_ADD_TRACE = Statement(
    "INSERT INTO ballot_traces (campaign_id, n, source, agent, minute, outside)"
    " VALUES (:campaign_id, :n, :source, :agent, :minute, :outside)"
)
_RECEIPT_OF = Statement("SELECT code FROM receipts WHERE campaign_id = :campaign_id AND n = :n")
_CONSENTED = Statement(
    "SELECT 1 FROM consents"
    " WHERE campaign_id = :campaign_id AND voter = :voter AND version = :version"
)
_ADD_CONSENT = Statement(
    "INSERT INTO consents (campaign_id, voter, version, given_on)"
    " VALUES (:campaign_id, :voter, :version, :given_on)"
)
_ON_ROSTER = Statement(
    "SELECT 1 FROM roster_codes WHERE campaign_id = :campaign_id AND voter = :voter"
)
_COUNT_REFUSED = Statement(
    "INSERT INTO refusal_counts (campaign_id, hour, reason, refused)"
    " VALUES (:campaign_id, :hour, :reason, :refused)"
    " ON CONFLICT (campaign_id, hour, reason)"
    " DO UPDATE SET refused = refusal_counts.refused + excluded.refused"
)


@dataclass(frozen=True)
class Ballot:
    """What a voter posts. `follows` is what WeChat said, where the rule asks for followers; None:
    it could not say.

    `source` and `agent` are what `integrity.traces` made of address and browser, `outside` what
    `integrity.places` says of the address, `answer` what `integrity.checks` read in the post.
    """

    campaign_id: int
    voter: bytes
    picks: Sequence[str]
    token: str
    consents: bool = False
    follows: bool | None = False
    source: bytes = b""
    agent: bytes = b""
    outside: bool | None = None
    answer: checks.Answer = checks.NONE


@dataclass(frozen=True)
class Recorded:
    """A recorded ballot as its voter is told. `is_new`: recorded by this very post."""

    receipt: str
    n: int
    remaining: int
    is_new: bool


@dataclass(frozen=True)
class History:
    """What the database knows of a voter when a ballot comes.

    `is_eligible` is None where WeChat could not say; `used` ballots in this period; `picked` those
    of the ballot's candidates that were picked before where that matters.
    """

    is_eligible: bool | None = True
    has_consented: bool = True
    used: int = 0
    picked: frozenset[int] = frozenset()


def voter_key(campaign_id: int, voter: bytes) -> bytes:
    """The voter key of a site voter in one campaign: 32 bytes, unlinkable to other campaigns.

    Raises PeopleForgotten once `purge` has destroyed the campaign's pseudonym key.
    """
    with site().store.reading() as tx:
        return _voter_key(_book(tx, campaign_id), voter)


def decide(
    book: Book, history: History, picks: Sequence[str], token: str, moment: datetime
) -> list[int]:
    """The candidates a ballot names, ascending; or the first refusal that applies.

    `moment` is the minute the entry would have. A pure function: everything it knows is handed in.
    """
    check_open(book, moment)
    if history.is_eligible is None:
        raise TryLater
    if not history.is_eligible:
        raise NotEligible
    if not history.has_consented:
        raise ConsentRequired
    if history.used >= book.rules.ballots:
        raise LimitReached(next_period(book, moment))
    if not TOKEN.fullmatch(token):
        raise InvalidBallot("token")
    chosen = _numbers(book, picks)
    _check_counts(book.rules, book, chosen)
    for no in chosen:
        if no in history.picked:
            raise InvalidBallot("picked-before", no=no)
    return chosen


def check_open(book: Book, moment: datetime) -> None:
    """Raise Closed unless a ballot is possible at that minute."""
    if not book.is_published:
        raise NotFound
    if book.is_halted:
        raise Halted
    if book.paused:
        raise Closed(reason=book.paused)
    opens = book.rules.first_open(moment, book.opens, book.closes)
    if opens != moment:
        raise Closed(opens)


def next_period(book: Book, moment: datetime) -> datetime | None:
    """When a voter who has used up this period may vote again, or None for never."""
    if book.rules.scope == "campaign":
        return None
    tomorrow = at(day(moment) + timedelta(days=1), "00:00")
    return book.rules.first_open(tomorrow, book.opens, book.closes)


def cast(ballot: Ballot, *, clock: Clock = now) -> Recorded:
    """Record one ballot as an entry of the ledger, or raise the rule that forbids it.

    The same token again gives the first receipt, whatever else the post says. A refusal leaves no
    trace of person, ballot or request; only a counter by hour and reason rises.
    """
    try:
        return site().store.write(lambda tx: _cast(tx, ballot, clock()))
    except Refused as refusal:
        count_refusal(ballot.campaign_id, refusal.name, clock())
        raise


def eligibility(campaign_id: int, rules_version: int) -> str:
    """Whom that version of the rules lets vote: anyone, followers or roster."""
    with site().store.reading() as tx:
        return ledger.read_book(tx, campaign_id, rules_version).rules.eligibility


def check(ballot: Ballot, *, clock: Clock = now) -> list[int]:
    """The candidates a ballot would name, or what would refuse it now; stores nothing.

    Consent and token are not asked yet: they come with the ballot itself.
    """
    with site().store.snapshot() as tx:
        log = ledger.Log(tx, ballot.campaign_id)
        book = log.book
        voter = _voter_key(book, ballot.voter)
        moment = parse_minute(log.minute_of(clock()))
        p = book.rules.period(moment)
        v = _pseudonym(book, voter, p)
        history = History(
            is_eligible=_is_eligible(tx, book, voter, ballot.follows),
            used=_used(tx, book, p, v),
            picked=_picked_before(tx, book, v, ballot.picks),
        )
    return decide(book, history, ballot.picks, _ANY_TOKEN, moment)


def count_refusal(campaign_id: int, reason: str, moment: datetime) -> None:
    """Count a refused ballot in this worker; a later write adds it to the table."""
    site().refusals[campaign_id, minute(moment)[:13], reason] += 1


def check_roster(tx: Transaction, campaign_id: int, voter: bytes) -> bool:
    """Whether a voter key has redeemed a code of the roster."""
    values = {"campaign_id": campaign_id, "voter": voter}
    return tx.one(_ON_ROSTER, values) is not None


def has_consent(campaign: Campaign, voter: bytes) -> bool:
    """Whether a voter key has consented to the campaign's present privacy notice."""
    with site().store.reading() as tx:
        return _has_consent(tx, campaign.id, voter, campaign.notice_version)


def give_consent(tx: Transaction, campaign: Campaign, voter: bytes, moment: datetime) -> None:
    """Keep a consent, once; part of the write it allows."""
    if not _has_consent(tx, campaign.id, voter, campaign.notice_version):
        _add_consent(tx, campaign.id, voter, campaign.notice_version, moment)


def key_of(campaign_id: int, site_voter: bytes | None) -> bytes | None:
    """The voter key for a page; None for a stranger, and for all once people are forgotten."""
    try:
        return voter_key(campaign_id, site_voter) if site_voter else None
    except PeopleForgotten:
        return None


def owns(campaign_id: int, site_voter: bytes | None, n: int) -> bool:
    """Whether a ballot is a site voter's own; nobody's any more once people are forgotten."""
    key = key_of(campaign_id, site_voter)
    return key is not None and n in ballots_of(campaign_id, key)


def has_voted(campaign_id: int, voter: bytes) -> bool:
    """Whether a voter key has a ballot in the campaign's log."""
    return bool(ballots_of(campaign_id, voter))


def ballots_of(campaign_id: int, voter: bytes) -> list[int]:
    """The ledger numbers of a voter key's ballots, found by its pseudonym of every period."""
    with site().store.reading() as tx:
        book = _book(tx, campaign_id)
        found = []
        for p in _periods(book):
            v = _pseudonym(book, voter, p)
            values = {"campaign_id": campaign_id, "p": p, "v": v}
            found += [row[0] for row in tx.all(_SLOTS_OF, values)]
        return found


def receipts_of(campaign_id: int, voter: bytes) -> list[tuple[str | None, int, str]]:
    """(code or None where it was deleted, ledger number, minute) of a voter key's ballots."""
    found = []
    numbers = ballots_of(campaign_id, voter)
    with site().store.reading() as tx:
        for n in numbers:
            code = tx.one(_RECEIPT_OF, {"campaign_id": campaign_id, "n": n})
            entry = ledger.read_entry(tx, campaign_id, n)
            found.append((code[0] if code else None, n, entry["t"]))
    return found


@dataclass(frozen=True)
class Prospect:
    """What a voter may do now. `remaining` is None for a stranger."""

    remaining: int | None
    has_consented: bool
    next_at: datetime | None
    book: Book


def prospect(campaign_id: int, voter: bytes | None, *, clock: Clock = now) -> Prospect:
    """How many ballots a site voter has left in this period, and when the next is possible."""
    with site().store.reading() as tx:
        book = _book(tx, campaign_id)
        moment = parse_minute(minute(clock()))
        if voter is None:
            return Prospect(None, False, None, book)
        try:
            key = _voter_key(book, voter)
        except PeopleForgotten:
            return Prospect(0, False, None, book)
        has_consented = _has_consent(tx, campaign_id, key, book.notice_version)
        try:
            check_open(book, moment)
        except Closed as closed:
            return Prospect(0, has_consented, closed.next_at, book)
        p = book.rules.period(moment)
        used = _used(tx, book, p, _pseudonym(book, key, p))
        remaining = max(book.rules.ballots - used, 0)
        next_at = None if remaining else next_period(book, moment)
        return Prospect(remaining, has_consented, next_at, book)


def _book(tx: Transaction, campaign_id: int) -> Book:
    return ledger.read_book(tx, campaign_id, ledger.rules_version(tx, campaign_id))


def _cast(tx: Transaction, ballot: Ballot, moment: datetime) -> Recorded:
    """The work of one ballot in a transaction that others may share: ask first, write last."""
    log = ledger.open_log(tx, ballot.campaign_id)
    book = log.book
    voter = _voter_key(book, ballot.voter)
    mark = _token_mark(book, voter, ballot.token)
    minute_now = parse_minute(log.minute_of(moment))
    p = book.rules.period(minute_now)
    v = _pseudonym(book, voter, p)
    used = _used(tx, book, p, v)
    known = tx.one(_FIND_TOKEN, {"campaign_id": book.campaign_id, "mark": mark})
    if known is not None:
        return _again(tx, book, known[0], used, minute_now)
    consented = _has_consent(tx, book.campaign_id, voter, book.notice_version)
    history = History(
        is_eligible=_is_eligible(tx, book, voter, ballot.follows),
        has_consented=consented or ballot.consents,
        used=used,
        picked=_picked_before(tx, book, v, ballot.picks),
    )
    chosen = decide(book, history, ballot.picks, ballot.token, minute_now)
    _require_passage(tx, log, ballot, moment)

    results.before_ballot(log, moment)
    ledger.write_open(log, moment)
    n = _append_vote(log, book, p, v, chosen, moment)
    key = {"campaign_id": book.campaign_id}
    tx.run(_ADD_SLOT, {**key, "p": p, "v": v, "slot": used, "n": n})
    if book.rules.picks_span_ballots:
        tx.many(_ADD_PICK, [{**key, "mark": _pick_mark(book, v, no)} for no in chosen])
    tx.run(_ADD_TOKEN, {**key, "mark": mark, "n": n})
    code = _add_receipt(tx, ballot, n, moment)
    if not consented:
        _add_consent(tx, book.campaign_id, voter, book.notice_version, moment)
    _write_refusals(tx, book.campaign_id)
    results.after_ballot(log, moment)
    return Recorded(code, n, book.rules.ballots - used - 1, is_new=True)


def _require_passage(tx: Transaction, log: Log, ballot: Ballot, moment: datetime) -> None:
    """What a ballot that keeps all rules still needs: a right clock and, over the web, a check."""
    if log.is_clock_behind(moment):
        raise Busy
    if ballot.source:
        checks.require(tx, log.campaign_id, ballot.source, ballot.agent, ballot.answer, moment)


def _add_receipt(tx: Transaction, ballot: Ballot, n: int, moment: datetime) -> str:
    """The receipt's code; beside it the trace, where the ballot came over the web."""
    key = {"campaign_id": ballot.campaign_id, "n": n}
    code = ledger.new_receipt_code(token_bytes(10))
    tx.run(_ADD_RECEIPT, {**key, "code": code})
    if ballot.source:
        came = {"source": ballot.source, "agent": ballot.agent, "outside": ballot.outside}
        tx.run(_ADD_TRACE, {**key, **came, "minute": int(moment.timestamp()) // 60})
    return code


def _append_vote(
    log: Log, book: Book, p: str, v: bytes, chosen: list[int], moment: datetime
) -> int:
    n = log.size
    choices = f"[{','.join(map(str, chosen))}]".encode()
    c = ledger.commitment(book.opening_key, n, choices)
    log.t = log.vote_t = log.minute_of(moment)
    # The canonical body, spelled out: this is the hot path, and a test holds it to `canonical`.
    body = f'{{"c":"{c}","k":"vote","n":{n},"p":"{p}","t":"{log.t}","v":"{v.hex()}"}}'
    log.append_body("vote", body.encode())
    log.seal_choices(n, choices)
    log.counts.add(chosen, gross=1, net=1)
    log.ballots += 1
    return n


def _again(tx: Transaction, book: Book, n: int, used: int, moment: datetime) -> Recorded:
    """The answer to a post whose ballot is recorded already."""
    row = tx.one(_RECEIPT_OF, {"campaign_id": book.campaign_id, "n": n})
    try:
        check_open(book, moment)
        remaining = max(book.rules.ballots - used, 0)
    except Closed:
        remaining = 0
    return Recorded(row[0] if row else "", n, remaining, is_new=False)


def _numbers(book: Book, picks: Sequence[str]) -> list[int]:
    """The picks as candidate numbers, ascending."""
    chosen = []
    for text in picks:
        if not NUMBER.fullmatch(text) or int(text) not in book.positions:
            raise InvalidBallot("unknown")
        chosen.append(int(text))
    if len(set(chosen)) != len(chosen):
        raise InvalidBallot("twice")
    for no in chosen:
        if no in book.withdrawn:
            raise InvalidBallot("withdrawn", no=no)
    return sorted(chosen)


def _check_counts(rules: Rules, book: Book, chosen: list[int]) -> None:
    """Enough and not too many, in all and in each category that has bounds."""
    least, most = rules.picks
    if len(chosen) < least:
        raise InvalidBallot("too-few", n=least - len(chosen))
    if len(chosen) > most:
        raise InvalidBallot("too-many", n=len(chosen) - most)
    if not rules.category_picks:
        return
    found = Counter(book.candidates[book.positions[no]][2] for no in chosen)
    for name, (least, most) in rules.category_picks.items():
        if found[name] < least:
            raise InvalidBallot("category-too-few", name=name, n=least - found[name])
        if found[name] > most:
            raise InvalidBallot("category-too-many", name=name, n=found[name] - most)


def _voter_key(book: Book, voter: bytes) -> bytes:
    return mac(book.pseudonym_key, voter)


def _pseudonym(book: Book, voter: bytes, p: str) -> bytes:
    """`v`: the least linkable value that still lets anybody check the limits."""
    q = p if book.rules.repeat == "daily" else "all"
    return mac(book.pseudonym_key, voter + b"|" + q.encode())[:16]


def _token_mark(book: Book, voter: bytes, token: str) -> bytes:
    return mac(book.pseudonym_key, b"token|" + voter + b"|" + token.encode())


def _pick_mark(book: Book, v: bytes, no: int) -> bytes:
    return mac(book.pseudonym_key, b"pick|" + v + f"|{no}".encode())[:16]


def _used(tx: Transaction, book: Book, p: str, v: bytes) -> int:
    row = tx.one(_USED, {"campaign_id": book.campaign_id, "p": p, "v": v})
    return int(row[0]) if row else 0


def _picked_before(tx: Transaction, book: Book, v: bytes, picks: Sequence[str]) -> frozenset[int]:
    if not book.rules.picks_span_ballots:
        return frozenset()
    numbers = {int(text) for text in picks if NUMBER.fullmatch(text)}
    return frozenset(
        no
        for no in numbers
        if tx.one(_FIND_PICK, {"campaign_id": book.campaign_id, "mark": _pick_mark(book, v, no)})
    )


def _is_eligible(tx: Transaction, book: Book, voter: bytes, follows: bool | None) -> bool | None:
    if book.rules.eligibility == "roster":
        return check_roster(tx, book.campaign_id, voter)
    return True if book.rules.eligibility == "anyone" else follows


def _has_consent(tx: Transaction, campaign_id: int, voter: bytes, version: str) -> bool:
    values = {"campaign_id": campaign_id, "voter": voter, "version": version}
    return tx.one(_CONSENTED, values) is not None


def _add_consent(
    tx: Transaction, campaign_id: int, voter: bytes, version: str, moment: datetime
) -> None:
    values = {"campaign_id": campaign_id, "voter": voter, "version": version}
    tx.run(_ADD_CONSENT, {**values, "given_on": day(moment).isoformat()})


def _write_refusals(tx: Transaction, campaign_id: int) -> None:
    """Add this worker's counters of refused ballots; a rolled back batch may lose them."""
    refusals = site().refusals
    for key in [key for key in list(refusals) if key[0] == campaign_id]:
        _, hour, reason = key
        values = {"campaign_id": campaign_id, "hour": hour, "reason": reason}
        tx.run(_COUNT_REFUSED, {**values, "refused": refusals.pop(key)})


def _periods(book: Book) -> list[str]:
    """Every period of the voting window so far and to come."""
    if book.rules.scope == "campaign":
        return ["all"]
    days = (day(book.closes) - day(book.opens)).days
    return [(day(book.opens) + timedelta(days=d)).isoformat() for d in range(days + 1)]
