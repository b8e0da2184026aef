"""Objecting to a public notice: what citizens send in, and what came on paper.

An objection is an entry of the ledger by a commitment alone; name, contact and facts stay sealed. A
hint without a name is no entry, and no answer is owed to it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from secrets import token_bytes, token_hex
from typing import Annotated, NamedTuple

from sqlalchemy import func, select

from votesite.clock import Clock, day, minute, now, parse_minute
from votesite.domain import audit, schemas
from votesite.domain.hearing import calendar, evidence
from votesite.domain.hearing.evidence import Evidence
from votesite.domain.hearing.sealing import Words, seal_words
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.entries import Entry
from votesite.domain.ledger.honours import append_objection, final_from
from votesite.domain.ledger.log import open_log
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.ledger.receipts import new_receipt_code
from votesite.domain.schemas import Schema, Text
from votesite.domain.staff.roles import require_role
from votesite.domain.texts import shows, typed_minute
from votesite.domain.voting import voters
from votesite.domain.voting.consents import give_consent, has_consent
from votesite.errors import (
    Closed,
    ConsentRequired,
    Fault,
    Frozen,
    InvalidObjection,
    Lapsed,
    LimitReached,
    NotFound,
    UnknownYear,
)
from votesite.extensions import db, load, site, writing
from votesite.keys import mac
from votesite.models.campaigns import Campaign
from votesite.models.hearing import OBJECTION_KINDS, Objection, ObjectionTerms
from votesite.store import Transaction

ALLOWED = 3  # of one voter about one notice
MAX_NAME, MAX_CONTACT, MAX_FACTS = 60, 200, 4000
DAYS = 5  # working days within which an objection is answered, unless a campaign says otherwise
RECEIVERS = frozenset({"owner", "reviewer", "supervisor"})  # they enter what came on paper
FIELDS = ("kind", "name", "contact", "facts")


class ObjectionForm(Schema):
    """What an objector fills in."""

    kind: Annotated[str, Text(required=True, strict=True)]
    name: Annotated[str, Text(MAX_NAME, strict=True)] = ""
    contact: Annotated[str, Text(MAX_CONTACT, strict=True)] = ""
    facts: Annotated[str, Text(MAX_FACTS, lines=True, required=True, strict=True)]


@dataclass(frozen=True)
class Submission:
    """What a citizen posts: `voter` is the site voter, `file` the bytes of an uploaded file.

    `token` is the form's own: sent again it gets the first answer; empty for none.
    """

    campaign_id: int
    voter: bytes
    fields: Mapping[str, str]
    token: str = ""
    file: bytes | None = None
    consents: bool = False


@dataclass(frozen=True)
class Paper:
    """What staff enter that came on paper; `received` is when it came, YYYY-MM-DDTHH:MM."""

    campaign_id: int
    fields: Mapping[str, str]
    received: str = ""
    file: bytes | None = field(default=None, repr=False)


class Received(NamedTuple):
    """An objection as its author gets it back: its code, its entry (None of a hint)."""

    code: str
    n: int | None
    is_new: bool = True


class _Kept(NamedTuple):
    """What is stored of an objection beside its words, with the evidence that came with it."""

    notice: Entry
    words: Words
    kind: str
    evidence: Evidence | None
    voter: bytes | None = None
    form_mark: bytes | None = None
    received_by: int | None = None
    received_at: str = ""


def submit(submission: Submission, *, clock: Clock = now) -> Received:
    """Take an objection in; a refusal stores nothing.

    Raises NotFound, Closed outside the notice, ConsentRequired, InvalidObjection, LimitReached.
    """
    campaign = load(Campaign, submission.campaign_id)
    voter = voters.voter_key(campaign.id, submission.voter)
    mark = _form_mark(voter, submission.token)
    # All is asked here because a file takes long to read, and once more under the lock.
    if found := _repeated(campaign.id, mark):
        return found
    notice, words, kind = _checked(campaign, voter, submission, clock())
    read = evidence.read(submission.file) if submission.file else None
    with writing() as tx:
        now = clock()
        if found := _repeated(campaign.id, mark):
            return found
        campaign = load(Campaign, submission.campaign_id)
        notice = _checked(campaign, voter, submission, now)[0]
        give_consent(tx, campaign, voter, now)
        kept = _Kept(notice, words, kind, read, voter, mark)
        row = _keep(tx, campaign.id, kept, now)
    return Received(row.code, row.n)


def enter(paper: Paper, by: int, *, clock: Clock = now) -> Received:
    """Enter an objection or hint that came on paper; for a day longer than the notice runs.

    Raises Forbidden, Closed, InvalidObjection.
    """
    kind, words = _read(paper.fields, file=paper.file, needs_contact=False)
    read = evidence.read(paper.file) if paper.file else None
    with writing() as tx:
        now = clock()
        require_role(by, paper.campaign_id, RECEIVERS)
        notice = notice_at(tx, paper.campaign_id, minute(now), on_paper=True)
        if notice is None:
            raise Closed
        received_at = _came(paper.received, notice, now)
        kept = _Kept(notice, words, kind, read, received_by=by, received_at=received_at)
        row = _keep(tx, paper.campaign_id, kept, now)
        audit.note(by, "enter", "objections", row.id, (), paper.campaign_id, now=now)
    return Received(row.code, row.n)


def notice_at(tx: Transaction, campaign_id: int, t: str, *, on_paper: bool = False) -> Entry | None:
    """Returns the notice that one may object to at minute `t`, the newest of several; or None.

    What came `on_paper` can be entered for 24 hours after its end.
    """
    state = proceedings(tx, campaign_id)
    if state.final is not None:
        return None
    return next(
        (
            notice
            for notice in reversed(state.notices)
            if notice["from"] <= t < (final_from(notice) if on_paper else notice["to"])
        ),
        None,
    )


def check_open(campaign: Campaign, now: datetime, *, on_paper: bool = False) -> Entry:
    """Return the notice one may object to now; raises Closed, NotFound for a draft."""
    if not campaign.is_published:
        raise NotFound
    with site().store.snapshot() as tx:
        notice = notice_at(tx, campaign.id, minute(now), on_paper=on_paper)
    if notice is not None:
        return notice
    begins = campaign.notice_from
    is_to_come = bool(begins) and campaign.final_n is None and minute(now) < begins
    raise Closed(parse_minute(begins) if is_to_come else None)


def remaining(campaign_id: int, voter: bytes, notice_n: int) -> int:
    """How many more objections a voter key may send in about a notice."""
    made = select(func.count()).where(
        Objection.campaign_id == campaign_id,
        Objection.voter == voter,
        Objection.notice_n == notice_n,
    )
    return ALLOWED - (db.session.scalar(made) or 0)


def find(campaign_id: int, code: str) -> Objection:
    """The objection with this code; raises NotFound, for those of other campaigns too."""
    query = select(Objection).where(Objection.campaign_id == campaign_id, Objection.code == code)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def mine(campaign_id: int, voter: bytes | None) -> list[Objection]:
    """A voter key's objections in a campaign, newest first."""
    if voter is None:
        return []
    query = select(Objection).where(Objection.campaign_id == campaign_id, Objection.voter == voter)
    return list(db.session.scalars(query.order_by(Objection.id.desc())))


def commitment(kind: str, words: Words) -> str:
    """Returns `c` of an objection's entry (ledger.md section 2a)."""
    body = canonical([kind, words.name, words.facts])
    return hashlib.sha256(bytes.fromhex(words.salt) + body).hexdigest()


def days_of(campaign_id: int) -> int:
    """Within how many working days a campaign answers objections."""
    terms = db.session.get(ObjectionTerms, campaign_id)
    return terms.days if terms else DAYS


def _checked(
    campaign: Campaign, voter: bytes, submission: Submission, now: datetime
) -> tuple[Entry, Words, str]:
    """Raise what forbids it; whoever has to consent learns of the fields as well."""
    notice = check_open(campaign, now)
    faults: dict[str, Fault] = {}
    try:
        kind, words = _read(submission.fields, file=submission.file, needs_contact=True)
    except InvalidObjection as refusal:
        faults = refusal.fields
    if not (submission.consents or has_consent(campaign, voter)):
        raise ConsentRequired(faults)
    if faults:
        raise InvalidObjection(faults)
    if remaining(campaign.id, voter, notice["n"]) <= 0:
        raise LimitReached
    return notice, words, kind


def _read(
    fields: Mapping[str, str], *, file: bytes | None, needs_contact: bool
) -> tuple[str, Words]:
    """The kind, and the words as they are sealed; raises InvalidObjection.

    A hint has no name, whatever was typed.
    """
    reading = schemas.read(ObjectionForm, {name: fields.get(name, "") for name in FIELDS})
    form, faults = reading.value, dict(reading.faults)
    if "kind" not in faults and form.kind not in OBJECTION_KINDS:
        faults["kind"] = Fault("unknown-choice")
    if form.kind != "hint":
        required = ("name", "contact") if needs_contact else ("name",)
        faults |= {
            name: Fault("missing")
            for name in required
            if name not in faults and not shows(getattr(form, name))
        }
    if file and (fault := evidence.fault_of(file)):
        faults["file"] = fault
    if faults:
        raise InvalidObjection(faults)
    name = "" if form.kind == "hint" else form.name
    return form.kind, Words(name, form.contact, form.facts, token_hex(32))


def _came(typed: str, notice: Entry, now: datetime) -> str:
    """When paper came, as a minute; just now where nothing is typed. Raises InvalidObjection.

    What came before the notice began, or after it ended, is no objection to it.
    """
    try:
        came = parse_minute(f"{typed_minute(typed).replace(' ', 'T')}+08:00") if typed else now
    except ValueError as error:
        raise InvalidObjection({"received": Fault("invalid")}) from error
    if came > now or not notice["from"] <= minute(came) < notice["to"]:
        raise InvalidObjection({"received": Fault("not-in-notice")})
    return minute(came)


def _repeated(campaign_id: int, mark: bytes | None) -> Received | None:
    if mark is None:
        return None
    query = select(Objection).where(
        Objection.campaign_id == campaign_id, Objection.form_mark == mark
    )
    found = db.session.scalar(query)
    return Received(found.code, found.n, is_new=False) if found else None


def _form_mark(voter: bytes, token: str) -> bytes | None:
    return mac(voter, b"objection|" + token.encode()) if token else None


def _keep(tx: Transaction, campaign_id: int, kept: _Kept, now: datetime) -> Objection:
    """Append the entry, unless it is a hint, and store the row and the file."""
    code = new_receipt_code(token_bytes(10))
    n = None
    if kept.kind != "hint":
        try:
            log = open_log(tx, campaign_id)
            n = append_objection(log, commitment(kept.kind, kept.words), now)
        except (Frozen, Lapsed) as over:  # by the log's clock
            raise Closed from over
    row = Objection(
        campaign_id=campaign_id,
        code=code,
        n=n,
        notice_n=kept.notice["n"],
        kind=kept.kind,
        voter=kept.voter,
        form_mark=kept.form_mark,
        sealed=seal_words(code, kept.words),
        made_at=minute(now),
        received_at=kept.received_at or minute(now),
        received_by=kept.received_by,
        due_on=_due(campaign_id, now).isoformat(),
    )
    db.session.add(row)
    db.session.flush()
    if kept.evidence is not None:
        file = evidence.seal(code, kept.evidence)
        file.objection_id = row.id
        db.session.add(file)
    return row


def _due(campaign_id: int, now: datetime) -> date:
    """The day by which an objection that comes in now is to be answered.

    In a year that the calendar does not know each day but those of a weekend counts: a deadline too
    early harms nobody, and nobody is turned away for it.
    """
    days, today = days_of(campaign_id), day(now)
    try:
        return calendar.after_working_days(today, days)
    except UnknownYear:
        weeks, rest = divmod(days, 5)
        due = today + timedelta(weeks=weeks, days=rest)
        return due + timedelta(days=2) if rest and due.weekday() < today.weekday() else due
