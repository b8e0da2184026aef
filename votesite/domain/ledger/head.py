"""The head of a campaign's log: one row that says how far the log has come.

Reading it never waits: only `log.open_log` locks it. A page that asked for the lock would wait
for, and on PostgreSQL fail behind, whoever is writing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from votesite.clock import minute
from votesite.errors import NotFound
from votesite.store import Query, Transaction
from votesite.store.queries import field_names

MAX_STEP_BACK = timedelta(minutes=5)


@dataclass(slots=True)
class Head:
    """The row of `log_heads`, column by column; `Log` changes it in memory and saves it once.

    `t`, `vote_t` and `tally_t` are the minutes of the last entry, the last vote and the last tally;
    `tallied_at`, `sanctioned_at` and `due_at` are seconds since the epoch.
    """

    size: int
    t: str
    frontier: bytes
    ballots: int
    voided: int
    voters: int
    period: str
    period_voters: int
    counts: bytes
    vote_t: str
    tally_n: int | None
    tally_t: str
    tallied_at: int
    step: bytes
    sanctioned_at: int | None
    close_n: int | None
    due_at: int | None
    version: int
    rules_version: int
    fault: int | None

    def minute_of(self, now: datetime) -> str:
        """Returns the minute that an entry written now would bear: it never goes back."""
        return max(minute(now), self.t)

    def count_voter(self, q: str) -> None:
        """Count a pseudonym that has not voted before under `q`, the period it is made for.

        Time never goes back in the log, so a period that has ended is not asked for again.
        """
        if q != self.period:
            self.period, self.period_voters = q, 0
        self.period_voters += 1
        self.voters = max(self.voters, self.period_voters)

    def is_clock_behind(self, now: datetime) -> bool:
        """Whether the clock is more than five minutes before the last entry."""
        return minute(now + MAX_STEP_BACK) < self.t


COLUMNS = field_names(Head)
_OF_CAMPAIGN = "FROM log_heads WHERE campaign_id = :campaign_id"
_READ = Query(Head, _OF_CAMPAIGN)
_LOCK = Query(Head, _OF_CAMPAIGN, locks=True)


def read_head(tx: Transaction, campaign_id: int) -> Head:
    """Returns the head as last committed, without waiting for a writer; raises NotFound."""
    head = _READ.one(tx, {"campaign_id": campaign_id})
    if head is None:
        raise NotFound
    return head


def lock_head(tx: Transaction, campaign_id: int) -> Head:
    """Returns the head, which nobody else changes until this transaction ends; raises NotFound."""
    head = _LOCK.one(tx, {"campaign_id": campaign_id})
    if head is None:
        raise NotFound
    return head
