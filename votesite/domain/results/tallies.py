"""What the public may know of the votes, and when: tallies, close, standings, ranks.

The visibility policy lives here and nowhere else. A page shows figures of the last published entry,
never the live counts.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from votesite.clock import Clock, at, day, minute, now
from votesite.domain import audit
from votesite.domain.ledger import entries
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.log import Log, open_log, write_open
from votesite.domain.ledger.terms import VotingTerms, read_terms
from votesite.errors import Busy, Closed, Lapsed
from votesite.extensions import site, writing
from votesite.store import Statement, Store, Transaction

PATIENCE = 1.0  # seconds that a reader waits for a turn to publish what is due

_HEAD_BY_SLUG = Statement(
    "SELECT h.campaign_id, h.size, h.version, h.rules_version, h.due_at, c.published_at, h.ballots,"
    " h.voided, h.tally_n, h.close_n, h.tally_ballots, h.fault, h.checked_at"
    " FROM campaigns c JOIN log_heads h ON h.campaign_id = c.id WHERE c.slug = :slug"
)
_VERSIONS = Statement(
    "SELECT COUNT(*), SUM(h.version), MIN(h.due_at) FROM log_heads h"
    " JOIN campaigns c ON c.id = h.campaign_id WHERE c.published_at IS NOT NULL"
)
_FIGURES = Statement(
    "SELECT c.slug, h.size, h.ballots, h.voided FROM log_heads h"
    " JOIN campaigns c ON c.id = h.campaign_id ORDER BY c.slug"
)
_REFUSED = Statement(
    "SELECT reason, SUM(refused) FROM refusal_counts GROUP BY reason ORDER BY reason"
)


@dataclass(frozen=True)
class CampaignHead:
    """One row that says which version of a campaign's pages is current, and what is due."""

    campaign_id: int
    size: int
    version: int
    rules_version: int
    due_at: int | None
    is_published: bool
    ballots: int
    voided: int
    tally_n: int | None
    close_n: int | None
    tally_ballots: int
    fault: int | None
    checked_at: str | None


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
    """The published figures. `ballots` is live (the log shows it), `tally_ballots` theirs.

    `voided` goes with the figures that are shown: live while these are hidden.
    """

    policy: str
    as_of: str
    ballots: int
    tally_ballots: int
    voided: int
    rows: tuple[ResultRow, ...]
    hidden: bool
    is_final: bool


def head(slug: str) -> CampaignHead | None:
    """The head of a campaign's log and pages, drafts too; None for an unknown one."""
    return head_in(site().store, slug)


def head_in(store: Store, slug: str) -> CampaignHead | None:
    """Like `head`, for callers outside an application context."""
    with store.reading() as tx:
        row = tx.one(_HEAD_BY_SLUG, {"slug": slug})
    if row is None:
        return None
    campaign_id, size, version, rules, due_at, published_at, *figures = row
    return CampaignHead(
        campaign_id, size, version, rules, due_at, published_at is not None, *figures
    )


def log_figures() -> list[tuple[str, int, int, int]]:
    """(slug, entries, ballots, voided) of every campaign."""
    with site().store.reading() as tx:
        return [(slug, size, ballots, void) for slug, size, ballots, void in tx.all(_FIGURES)]


def refused_figures() -> list[tuple[str, int]]:
    """(reason, how many ballots were refused for it) since the beginning."""
    with site().store.reading() as tx:
        return [(reason, refused) for reason, refused in tx.all(_REFUSED)]


def read_versions(store: Store) -> tuple[tuple[int, int], int | None]:
    """What the list of campaigns depends on, and when the first of them has something due."""
    with store.reading() as tx:
        published, versions, due_at = tx.one(_VERSIONS) or (0, 0, None)
    return (published, versions or 0), due_at


def settle_if_due(found: CampaignHead, *, clock: Clock = now) -> bool:
    """Write the tally or the close that time has made due; whether the head may have changed.

    No reader is refused because of it: when the write has no turn, the next one tries again.
    """
    if not found.is_published or found.due_at is None or clock().timestamp() < found.due_at:
        return False
    try:
        site().store.write(lambda tx: _settle(tx, found.campaign_id, clock()), patience=PATIENCE)
    except Busy:
        return False
    return True


def close(campaign_id: int, *, clock: Clock = now) -> bool:
    """Write `close` now; False if it stands already.

    Raises Closed(to) before the window's end, Lapsed while the ledger fails a check of its own.
    """
    return site().store.write(lambda tx: _close_at_once(tx, campaign_id, clock()))


def before_ballot(log: Log, moment: datetime) -> None:
    """The daily tally comes before the first vote of its day's window."""
    if log.terms.rules.results.startswith("daily") and _is_tally_due(log, moment):
        _write_tally(log, moment)


def after_ballot(log: Log, moment: datetime) -> None:
    """The ballot that makes a tally due writes it in its own transaction."""
    if _is_tally_due(log, moment):
        _write_tally(log, moment)
    log.set_due(_next_due(log, moment))


def published_figures(campaign_id: int, *, clock: Clock = now) -> PublishedFigures:
    """The figures as the policy lets everybody see them, ascending by number."""
    with site().store.snapshot() as tx:
        head = read_head(tx, campaign_id)
        terms = read_terms(tx, campaign_id, head.rules_version)
        published = head.close_n if head.close_n is not None else head.tally_n
        entry = entries.read_entry(tx, campaign_id, published) if published is not None else None
    is_final = head.close_n is not None
    hidden = terms.rules.results == "hidden" and not is_final
    votes = {row[0]: row[-1] for row in entry["votes"]} if entry else {}
    return PublishedFigures(
        policy=terms.rules.results,
        as_of=entry["t"] if entry else minute(clock()),
        ballots=head.ballots - head.voided,
        tally_ballots=entry["ballots"] - entry["voided"] if entry else 0,
        voided=entry["voided"] if entry and not hidden else head.voided,
        rows=_rows(terms, None if hidden else votes),
        hidden=hidden,
        is_final=is_final,
    )


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
    """Ranks 1 1 3 by votes."""
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


def _settle(tx: Transaction, campaign_id: int, moment: datetime) -> None:
    log = open_log(tx, campaign_id)
    if log.head.fault is None and not log.head.is_clock_behind(moment):
        if log.head.close_n is None and moment >= log.terms.count_published_at:
            _write_close(log, moment)
        elif log.terms.is_published and _is_tally_due(log, moment):
            _write_tally(log, moment)
    log.set_due(_next_due(log, moment))


def _close_at_once(tx: Transaction, campaign_id: int, moment: datetime) -> bool:
    log = open_log(tx, campaign_id)
    if log.head.close_n is not None:
        return False
    if moment < log.terms.closes or not log.terms.is_published:
        raise Closed(log.terms.closes)
    if log.head.fault is not None:
        raise Lapsed
    _write_close(log, moment)
    return True


def _write_close(log: Log, moment: datetime) -> None:
    write_open(log, moment)
    votes = log.counts.gross_and_net()
    fields = {"ballots": log.head.ballots, "voided": log.head.voided, "votes": votes}
    log.head.close_n = log.append("close", fields, moment)
    log.add_checkpoint()
    log.touch()
    log.set_due(None)


def _write_tally(log: Log, moment: datetime) -> None:
    fields = {"ballots": log.head.ballots, "voided": log.head.voided, "votes": log.counts.net()}
    log.head.tally_n = log.append("tally", fields, moment)
    log.head.tally_t = log.head.t
    log.head.tally_ballots = log.head.ballots
    log.head.tallied_at = int(moment.timestamp())
    log.add_checkpoint()
    log.touch()


def _is_tally_due(log: Log, moment: datetime) -> bool:
    """Whether policy and step size ask for a tally now (ledger.md section 2)."""
    rules = log.terms.rules
    if log.head.close_n is not None or moment >= log.terms.closes or rules.results == "hidden":
        return False
    if log.head.fault is not None:  # figures that may be wrong are not published; voting goes on
        return False
    if log.head.ballots - log.head.tally_ballots < rules.min_batch:
        return False
    if rules.results == "live":
        return moment.timestamp() >= log.head.tallied_at + rules.publish_every
    begins = minute(_daily_begin(rules.results, moment))
    return log.head.tally_t < begins and log.head.vote_t < begins


def _next_due(log: Log, moment: datetime) -> int | None:
    """When time alone will make something due, in epoch seconds; None for never."""
    if log.head.close_n is not None:
        return None
    terms = log.terms
    due = terms.count_published_at
    waiting = log.head.ballots - log.head.tally_ballots
    if moment < terms.closes and waiting >= terms.rules.min_batch:
        if terms.rules.results == "live":
            later = datetime.fromtimestamp(
                log.head.tallied_at + terms.rules.publish_every, moment.tzinfo
            )
            due = min(due, max(later, moment))
        elif terms.rules.results != "hidden":
            due = min(due, _daily_begin(terms.rules.results, moment) + timedelta(days=1))
    return int(due.timestamp())


def _daily_begin(policy: str, moment: datetime) -> datetime:
    """The last `HH:MM` of a policy `daily HH:MM` at or before a moment."""
    begin = at(day(moment), policy.removeprefix("daily "))
    return begin if begin <= moment else begin - timedelta(days=1)
