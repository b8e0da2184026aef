"""Whether a ballot is admitted: a pure function of rules, history, picks and time."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from votesite.clock import at, day
from votesite.domain.ledger.ballot_rules import BallotRules
from votesite.domain.ledger.terms import VotingTerms
from votesite.errors import (
    Closed,
    ConsentRequired,
    Halted,
    InvalidBallot,
    LimitReached,
    NotEligible,
    NotFound,
    TryLater,
)

TOKEN = re.compile(r"[A-Za-z0-9_-]{16,100}")
NUMBER = re.compile(r"[1-9][0-9]{0,3}")
ANY_TOKEN = "x" * 16  # stands in where no token is asked for yet


@dataclass(frozen=True)
class History:
    """What the database knows of a voter when a ballot arrives.

    `is_eligible` is None where WeChat could not say; `used` is the number of ballots in this
    period; `picked` are those of the ballot's candidates that were picked before, where the rules
    forbid that.
    """

    is_eligible: bool | None = True
    has_consented: bool = True
    used: int = 0
    picked: frozenset[int] = frozenset()


def decide(
    terms: VotingTerms, history: History, picks: Sequence[str], token: str, now: datetime
) -> list[int]:
    """Returns the candidates that a ballot names, ascending, or raises the first fitting refusal.

    `now` is the minute that the entry would bear. A pure function: all that it knows is passed in.
    """
    check_open(terms, now)
    if history.is_eligible is None:
        raise TryLater
    if not history.is_eligible:
        raise NotEligible
    if not history.has_consented:
        raise ConsentRequired
    if history.used >= terms.rules.ballots:
        raise LimitReached(next_period(terms, now))
    if not TOKEN.fullmatch(token):
        raise InvalidBallot("token")
    chosen = _numbers(terms, picks)
    _check_counts(terms.rules, terms, chosen)
    for no in chosen:
        if no in history.picked:
            raise InvalidBallot("picked-before", no=no)
    return chosen


def check_open(terms: VotingTerms, now: datetime) -> None:
    """Raise NotFound for a draft, Closed or Halted unless a ballot is possible at that minute."""
    if not terms.is_published:
        raise NotFound
    if terms.is_halted:
        raise Halted
    if terms.paused:
        raise Closed(reason=terms.paused)
    opens = terms.rules.first_open(now, terms.opens, terms.closes)
    if opens != now:
        raise Closed(opens)


def next_period(terms: VotingTerms, now: datetime) -> datetime | None:
    """Returns when a voter who has used up this period may vote again, or None for never."""
    if terms.rules.scope == "campaign":
        return None
    tomorrow = at(day(now) + timedelta(days=1), "00:00")
    return terms.rules.first_open(tomorrow, terms.opens, terms.closes)


def _numbers(terms: VotingTerms, picks: Sequence[str]) -> list[int]:
    """Returns the picks as candidate numbers, ascending; raises InvalidBallot."""
    chosen = []
    for text in picks:
        if not NUMBER.fullmatch(text) or int(text) not in terms.positions:
            raise InvalidBallot("unknown")
        chosen.append(int(text))
    if len(set(chosen)) != len(chosen):
        raise InvalidBallot("twice")
    for no in chosen:
        if no in terms.withdrawn:
            raise InvalidBallot("withdrawn", no=no)
    return sorted(chosen)


def _check_counts(rules: BallotRules, terms: VotingTerms, chosen: list[int]) -> None:
    """Raise InvalidBallot for too few or too many picks, in all or in a category with bounds."""
    least, most = rules.picks
    if len(chosen) < least:
        raise InvalidBallot("too-few", n=least - len(chosen))
    if len(chosen) > most:
        raise InvalidBallot("too-many", n=len(chosen) - most)
    if not rules.category_picks:
        return
    picked = Counter(terms.candidates[terms.positions[no]][2] for no in chosen)
    for name, (least, most) in rules.category_picks.items():
        if picked[name] < least:
            raise InvalidBallot("category-too-few", name=name, n=least - picked[name])
        if picked[name] > most:
            raise InvalidBallot("category-too-many", name=name, n=picked[name] - most)
