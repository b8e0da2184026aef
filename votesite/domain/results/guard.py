"""The one guard of choices: what may be told of them at a moment, to anybody, staff included.

Every page, file and picture that speaks of what ballots chose asks here. Two thoughts are behind
it. Before figures are published nothing newer and nothing finer than the published ones is told.
And of a set of ballots, whose members everybody can look up in the ledger, only what leaves each
of them in doubt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from votesite.domain.ledger import entries
from votesite.domain.ledger.head import read_head
from votesite.domain.ledger.terms import read_terms
from votesite.domain.results.due import recount_at
from votesite.extensions import site
from votesite.store import Transaction

# At most this share of a set may name whom it is said to name. Beyond it whoever finds a ballot in
# the set as good as knows what it chose; one in ten that chose otherwise leaves each in doubt. The
# line is a choice: who knows all the others of a set knows the last one anyway.
MAX_NAMING = 0.9


@dataclass(frozen=True)
class Guard:
    """What a campaign's rules and the state of its count let everybody know of choices.

    `is_counted` is whether `close` stands. `recount_at` is when the result is published again
    because voids or restores have changed it, None while none has.
    """

    policy: str
    recount: str
    min_batch: int
    is_counted: bool
    recount_at: datetime | None

    @property
    def shows_figures(self) -> bool:
        """Whether the figures last published are shown: always, but under `hidden` before close."""
        return self.is_counted or self.policy != "hidden"

    @property
    def holds_back(self) -> bool:
        """Whether figures wait for their day or the count; then even a share tells of choices."""
        return not self.is_counted and self.policy != "live"

    @property
    def tells_of_sets(self) -> bool:
        """Whether it may be told what ballots of a set chose: not before the count.

        Until then it would be newer than the figures last published, or a part of them.
        """
        return self.is_counted

    @property
    def tells_of_each(self) -> bool:
        """Whether everybody may open every ballot, so that nothing is left to guard."""
        return self.is_counted and self.recount == "public"

    def may_name(self, *, naming: int, ballots: int, voters: int) -> bool:
        """Whether it may be told, once counted, whom many ballots of a set name.

        `naming` of its `ballots`, of so many different `voters`, do. Sets of fewer voters than a
        step of the figures holds tell nothing; nor those whose ballots nearly all chose alike,
        because that would be what each of them chose.
        """
        if 2 * naming < ballots or not ballots:
            return False
        if self.recount == "public":  # everybody opens each of them after the count
            return True
        return voters >= self.min_batch and naming <= MAX_NAMING * ballots


def guard(campaign_id: int) -> Guard:
    """Returns a campaign's guard as of now; raises NotFound."""
    with site().store.snapshot() as tx:
        return guard_in(tx, campaign_id)


def guard_in(tx: Transaction, campaign_id: int) -> Guard:
    """The same, inside a transaction."""
    head = read_head(tx, campaign_id)
    terms = read_terms(tx, campaign_id, head.rules_version)
    waiting = head.sanctioned_at
    return Guard(
        policy=terms.rules.results,
        recount=terms.rules.recount,
        min_batch=terms.rules.min_batch,
        is_counted=head.close_n is not None,
        recount_at=None if waiting is None else recount_at(waiting),
    )


def voters_of(tx: Transaction, campaign_id: int, ballots: Iterable[int], most: int) -> int:
    """Returns from how many different voters ballots come, as the ledger knows voters.

    It looks no further than `most`.
    """
    found: set[str] = set()
    for n in ballots:
        if len(found) >= most:
            break
        found.add(entries.read_entry(tx, campaign_id, n)["v"])
    return len(found)
