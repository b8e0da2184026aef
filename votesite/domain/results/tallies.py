"""What the public may know of the votes, and when: tallies, close, figures, ranks.

A page shows the figures of the last published entry, never the live counts, and those only as the
`guard` lets everybody see them.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from votesite.clock import Clock, minute, now
from votesite.domain import audit
from votesite.domain.ledger import entries
from votesite.domain.ledger.canonical import canonical
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import Log, open_log
from votesite.domain.ledger.opening import write_open
from votesite.domain.ledger.terms import VotingTerms, read_terms
from votesite.domain.results.due import is_recount_due, is_tally_due, next_due
from votesite.domain.results.guard import guard_in
from votesite.errors import Busy, Closed, Lapsed
from votesite.extensions import site, writing
from votesite.store import Query, Statement, Store, Transaction

MAX_PATIENCE = 1.0  # seconds that a reader waits for a turn to publish what is due


@dataclass(frozen=True, slots=True)
class CampaignHead:
    """One row that says which version of a campaign's pages is current, and what is due.

    `published_at` and `checked_at` are ledger minutes, `due_at` seconds since the epoch.
    """

    campaign_id: int
    size: int
    version: int
    rules_version: int
    due_at: int | None
    published_at: str | None
    ballots: int
    voided: int
    tally_n: int | None
    close_n: int | None
    fault: int | None
    checked_at: str | None

    @property
    def is_published(self) -> bool:
        """Whether the campaign is public; drafts have heads too."""
        return self.published_at is not None


class LogFigures(NamedTuple):
    """A campaign's log in figures, for monitors."""

    slug: str
    size: int
    ballots: int
    voided: int


class RefusedFigures(NamedTuple):
    """How many ballots were refused for a reason since the beginning."""

    reason: str
    refused: int


class _Versions(NamedTuple):
    published: int
    versions: int | None
    due_at: int | None


_HEAD_BY_SLUG = Query(
    CampaignHead,
    "FROM campaigns JOIN log_heads ON campaign_id = id WHERE slug = :slug",
)
_VERSIONS = Query(
    _Versions,
    "FROM log_heads JOIN campaigns ON id = campaign_id WHERE published_at IS NOT NULL",
    expressions={"published": "COUNT(*)", "versions": "SUM(version)", "due_at": "MIN(due_at)"},
)
_PUBLISHED = Statement("SELECT votes FROM published_votes WHERE campaign_id = :campaign_id")
_FORGET_PUBLISHED = Statement("DELETE FROM published_votes WHERE campaign_id = :campaign_id")
_PUBLISH = Statement(
    "INSERT INTO published_votes (campaign_id, votes) VALUES (:campaign_id, :votes)"
)
_FIGURES = Query(LogFigures, "FROM log_heads JOIN campaigns ON id = campaign_id ORDER BY slug")
_REFUSED = Query(
    RefusedFigures,
    "FROM refusal_counts GROUP BY reason ORDER BY reason",
    expressions={"refused": "SUM(refused)"},
)


@dataclass(frozen=True)
class ResultRow:
    """One candidate's published figure; votes and rank are None where the policy hides them."""

    no: int
    name: str
    category: str
    votes: int | None
    rank: int | None
    withdrawn: bool


@dataclass(frozen=True)
class PublishedFigures:
    """The figures as the visibility policy lets everybody see them.

    `as_of` is the minute of the entry they come from. `ballots` is live, because the log shows it;
    `tally_ballots` is the number that the votes below come from. Both leave voided ballots out.
    `voided` belongs to the figures shown, and is live while these are hidden; `voided_since` were
    voided after them (less than 0: restored), and are taken off with the next ones. `recount_at` is
    when the result is published again because of them; None while nothing has changed it.
    """

    policy: str
    as_of: str
    ballots: int
    tally_ballots: int
    voided: int
    voided_since: int
    rows: tuple[ResultRow, ...]
    hidden: bool
    is_final: bool
    recount_at: datetime | None = None


def head(slug: str) -> CampaignHead | None:
    """Returns the head of a campaign's log and pages, drafts too; None for an unknown one."""
    return head_in(site().store, slug)


def head_in(store: Store, slug: str) -> CampaignHead | None:
    """Like `head`, for callers outside an application context."""
    with store.reading() as tx:
        return _HEAD_BY_SLUG.one(tx, {"slug": slug})


def log_figures() -> list[LogFigures]:
    """Returns the figures of every campaign's log, by slug."""
    with site().store.reading() as tx:
        return _FIGURES.all(tx)


def refused_figures() -> list[RefusedFigures]:
    """Returns how many ballots were refused since the beginning, by reason."""
    with site().store.reading() as tx:
        return _REFUSED.all(tx)


def read_versions(store: Store) -> tuple[tuple[int, int], int | None]:
    """Returns what the list of campaigns depends on, and when its first tally or close is due.

    The former is (published campaigns, sum of their versions), the latter epoch seconds or None.
    """
    with store.reading() as tx:
        row = _VERSIONS.one(tx) or _Versions(0, 0, None)
    return (row.published, row.versions or 0), row.due_at


def settle_if_due(head: CampaignHead, *, clock: Clock = now) -> bool:
    """Write the tally or the close that time has made due; returns whether the head may differ.

    No reader is refused because of it: if the write gets no turn, the next reader tries again.
    """
    if not head.is_published or head.due_at is None or clock().timestamp() < head.due_at:
        return False
    try:
        site().store.write(lambda tx: _settle(tx, head.campaign_id, clock()), patience=MAX_PATIENCE)
    except Busy:
        return False
    return True


def close(campaign_id: int, *, clock: Clock = now) -> bool:
    """Write `close` now; returns False if it stands already.

    Raises Closed(to) before the window's end, Lapsed while the ledger fails a check of its own.
    """
    return site().store.write(lambda tx: _close_at_once(tx, campaign_id, clock()))


def recount_before_ranking(log: Log, now: datetime) -> None:
    """Publish the result again where voids or restores wait for that: a ranking needs it."""
    if log.head.close_n is not None and log.head.sanctioned_at is not None:
        _write_result(log, "recount", now)
        log.set_due(next_due(log, now))


def before_ballot(log: Log, now: datetime) -> None:
    """The daily tally comes before the first vote of its day's window."""
    if log.terms.rules.results.startswith("daily") and is_tally_due(log, now):
        _write_tally(log, now)


def after_ballot(log: Log, now: datetime) -> None:
    """The ballot that makes a tally due writes it in its own transaction."""
    if is_tally_due(log, now):
        _write_tally(log, now)
    log.set_due(next_due(log, now))


def published_figures(campaign_id: int, *, clock: Clock = now) -> PublishedFigures:
    """Returns the figures that everybody may see, rows ascending by number; raises NotFound."""
    with site().store.snapshot() as tx:
        head = read_head(tx, campaign_id)
        terms = read_terms(tx, campaign_id, head.rules_version)
        guard = guard_in(tx, campaign_id)
        published = head.close_n if head.close_n is not None else head.tally_n
        entry = entries.read_entry(tx, campaign_id, published) if published is not None else None
        votes = dict(published_votes(tx, campaign_id))
    voided = entry["voided"] if entry and guard.shows_figures else head.voided
    return PublishedFigures(
        policy=guard.policy,
        as_of=entry["t"] if entry else minute(clock()),
        ballots=head.ballots - head.voided,
        tally_ballots=entry["ballots"] - entry["voided"] if entry else 0,
        voided=voided,
        voided_since=head.voided - voided,
        rows=_rows(terms, votes if guard.shows_figures else None),
        hidden=not guard.shows_figures,
        is_final=guard.is_counted,
        recount_at=guard.recount_at,
    )


def published_votes(tx: Transaction, campaign_id: int) -> list[tuple[int, int]]:
    """Returns (number, net votes) of every candidate as last published; empty before that."""
    votes = tx.value(_PUBLISHED, {"campaign_id": campaign_id})
    return [(no, net) for no, net in json.loads(votes or "[]")]


def export_figures(
    campaign_id: int, slug: str, kind: str, *, by: int, clock: Clock = now
) -> PublishedFigures:
    """Return the published figures for a file of this `kind`, and note who took it along.

    What is due in the ledger is written first.
    """
    present = head(slug)
    if present is not None:
        settle_if_due(present, clock=clock)
    with writing():
        audit.note(by, "export", "results", kind, campaign_id=campaign_id, now=clock())
    return published_figures(campaign_id, clock=clock)


def ranked(votes: dict[int, int]) -> dict[int, int]:
    """Returns each candidate's rank by votes; equal votes share the better one: 1 1 3."""
    ordered = sorted(votes.values(), reverse=True)
    return {no: ordered.index(figure) + 1 for no, figure in votes.items()}


def _rows(terms: VotingTerms, votes: dict[int, int] | None) -> tuple[ResultRow, ...]:
    ranks: dict[int, int] = {}
    for name in {category for _, _, category in terms.candidates}:
        inside = [no for no, _, category in terms.candidates if category == name]
        if votes is not None:
            ranks |= ranked({no: votes.get(no, 0) for no in inside})
    return tuple(
        ResultRow(
            no=no,
            name=name,
            category=category,
            votes=None if votes is None else votes.get(no, 0),
            rank=ranks.get(no),
            withdrawn=no in terms.withdrawn,
        )
        for no, name, category in terms.candidates
    )


def _settle(tx: Transaction, campaign_id: int, now: datetime) -> None:
    log = open_log(tx, campaign_id)
    if log.head.fault is None and not log.head.is_clock_behind(now):
        if log.head.close_n is None and now >= log.terms.count_published_at:
            _write_close(log, now)
        elif is_recount_due(log, now):
            _write_result(log, "recount", now)
        elif log.terms.is_published and is_tally_due(log, now):
            _write_tally(log, now)
    log.set_due(next_due(log, now))


def _close_at_once(tx: Transaction, campaign_id: int, now: datetime) -> bool:
    log = open_log(tx, campaign_id)
    if log.head.close_n is not None:
        return False
    if now < log.terms.closes or not log.terms.is_published:
        raise Closed(log.terms.closes)
    if log.head.fault is not None:
        raise Lapsed
    _write_close(log, now)
    return True


def _write_close(log: Log, now: datetime) -> None:
    write_open(log, now)
    _write_result(log, "close", now)
    log.set_due(next_due(log, now))


def _write_result(log: Log, k: str, now: datetime) -> None:
    """Write a `close` or `recount`, which commits to the votes of every candidate by their hash."""
    votes = log.counts.gross_and_net()
    fields = {
        "ballots": log.head.ballots,
        "voided": log.head.voided,
        "votes_sha256": hashlib.sha256(canonical(votes)).hexdigest(),
    }
    log.head.close_n = log.append(k, fields, now)
    log.head.sanctioned_at = None
    log.add_table(log.head.close_n, "votes", votes)
    _publish(log, log.counts.net())
    log.add_checkpoint()
    log.touch()


def _write_tally(log: Log, now: datetime) -> None:
    """Write a `tally`: the rows that differ from the one before, 0 before the first."""
    before, net = dict(published_votes(log.tx, log.campaign_id)), log.counts.net()
    moved = [[no, votes] for no, votes in net if votes != before.get(no, 0)]
    fields = {"ballots": log.head.ballots, "voided": log.head.voided, "votes": moved}
    log.head.tally_n = log.append("tally", fields, now)
    log.head.tally_t = log.head.t
    log.head.tallied_at = int(now.timestamp())
    log.head.step = b""
    _publish(log, net)
    log.add_checkpoint()
    log.touch()


def _publish(log: Log, net: list[list[int]]) -> None:
    """Keep the figures that pages show from now on."""
    values = {"campaign_id": log.campaign_id}
    log.tx.run(_FORGET_PUBLISHED, values)
    log.tx.run(_PUBLISH, {**values, "votes": json.dumps(net)})
