"""The terms of a vote now in force: ballot rules, candidates, window, keys (ledger.md 2)."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from votesite.clock import parse_minute
from votesite.domain import keys
from votesite.domain.ledger import entries, high_water, merkle
from votesite.domain.ledger.ballot_rules import BallotRules, ballot_rules
from votesite.errors import NotFound
from votesite.extensions import StateKey, site
from votesite.keys import Sealer
from votesite.models.campaigns import Standing, VoidRule
from votesite.store import Query, Statement, Transaction


class _CampaignRow(NamedTuple):
    """What of a campaign decides about ballots; five columns are JSON."""

    slug: str
    title: str
    results: str
    recount: str
    schedule: Any
    ballot: Any
    categories: Any
    void_rules: Any
    notice_text: str
    notice_version: str
    paused: str
    published_at: str | None
    weights: Any
    ranking_n: int | None
    noticed_from: str
    final_n: int | None


class _CandidateRow(NamedTuple):
    no: int
    name: str
    category: str
    withdrawn: str  # why, or empty


_RULES_VERSION = Statement("SELECT rules_version FROM log_heads WHERE campaign_id = :campaign_id")
_CAMPAIGN = Query(_CampaignRow, "FROM campaigns WHERE id = :campaign_id")
_CANDIDATES = Query(_CandidateRow, "FROM candidates WHERE campaign_id = :campaign_id ORDER BY no")


@dataclass(frozen=True)
class VotingTerms:
    """What decides about a ballot, as now in force; never changed once made.

    `candidates` are (number, name, category) ascending, `positions` their indices by number.
    `paused` is the public reason, empty while the vote runs. `schedule` has [begin, end) of each
    phase as ledger minutes. A campaign is halted while its log is not the one published before.
    """

    campaign_id: int
    rules_version: int
    slug: str
    title: str
    rules: BallotRules
    opens: datetime
    closes: datetime
    count_published_at: datetime
    paused: str
    is_published: bool
    candidates: tuple[tuple[int, str, str], ...]
    withdrawn: frozenset[int]
    void_rules: tuple[VoidRule, ...]
    schedule: dict[str, list[str]]
    notice_text: str
    notice_version: str
    standing: Standing
    is_halted: bool = False
    positions: dict[int, int] = field(repr=False, default_factory=dict)

    @cached_property
    def origin(self) -> str:
        """The log's origin as the base URL makes it; entry 0 fixes it permanently."""
        return f"{site().settings.host}/c/{self.slug}"

    @cached_property
    def pseudonym_key(self) -> bytes:
        """Turns site voter ids into voter keys, and those into pseudonyms."""
        return keys.campaign_key(self.campaign_id, "pseudonym")

    @cached_property
    def opening_key(self) -> bytes:
        """Makes the salts of the commitments."""
        return keys.campaign_key(self.campaign_id, "opening")

    @cached_property
    def sealer(self) -> Sealer:
        """Seals choices and counts."""
        return Sealer(keys.campaign_key(self.campaign_id, "choices"))

    @cached_property
    def longest_ballot(self) -> int:
        """The bytes of the longest list of numbers that a ballot can hold."""
        widths = sorted((len(str(no)) for no in self.positions), reverse=True)
        chosen = widths[: self.rules.picks[1]]
        return len("[]") + sum(chosen) + max(len(chosen) - 1, 0)

    def seal_choices(self, n: int, choices: bytes) -> bytes:
        """Returns what ballot `n` chose, sealed: as long as any other, whatever it chose."""
        return self.sealer.seal(choices.ljust(self.longest_ballot), self._bound_to(n))

    def open_choices(self, n: int, sealed: bytes) -> bytes:
        """Returns what ballot `n` chose, the list of its numbers as JSON; raises Unreadable."""
        return self.sealer.open(sealed, self._bound_to(n)).rstrip()

    def _bound_to(self, n: int) -> bytes:
        return f"{self.campaign_id}|{n}".encode()


# The terms last read, by campaign. All threads of a process share the dictionary without a lock:
# terms never change once made, storing one is a single assignment, and whoever finds an old
# `rules_version` reads the rows again. Two threads may read the same terms twice.
_CURRENT_TERMS = StateKey(dict[int, VotingTerms])


def read_terms(tx: Transaction, campaign_id: int, rules_version: int) -> VotingTerms:
    """Returns the campaign's terms, from memory while its rules have not changed.

    Raises NotFound.
    """
    current = site().state(_CURRENT_TERMS)
    terms = current.get(campaign_id)
    if terms is None or terms.rules_version != rules_version or terms.is_halted:
        terms = current[campaign_id] = load_terms(tx, campaign_id, rules_version)
    return terms


def forget_terms(campaign_id: int | None = None) -> None:
    """Drop what this process has in memory, of one campaign or of all: its rows may be newer."""
    current = site().state(_CURRENT_TERMS)
    if campaign_id is None:
        current.clear()
    else:
        current.pop(campaign_id, None)


def load_terms(tx: Transaction, campaign_id: int, rules_version: int) -> VotingTerms:
    """Returns the terms as the database has them; raises NotFound."""
    campaign = _CAMPAIGN.one(tx, {"campaign_id": campaign_id})
    if campaign is None:
        raise NotFound
    schedule = parsed_json(campaign.schedule)
    candidates = _CANDIDATES.all(tx, {"campaign_id": campaign_id})
    opens, closes = map(parse_minute, schedule["voting"])
    hidden_until = parse_minute(schedule.get("counting", schedule["voting"])[1])
    return VotingTerms(
        campaign_id=campaign_id,
        rules_version=rules_version,
        slug=campaign.slug,
        title=campaign.title,
        rules=_rules(campaign, {row.category for row in candidates}),
        opens=opens,
        closes=closes,
        count_published_at=hidden_until if campaign.results == "hidden" else closes,
        paused=campaign.paused,
        is_published=campaign.published_at is not None,
        candidates=tuple((row.no, row.name, row.category) for row in candidates),
        withdrawn=frozenset(row.no for row in candidates if row.withdrawn),
        void_rules=tuple(parsed_json(campaign.void_rules)),
        schedule=schedule,
        notice_text=campaign.notice_text,
        notice_version=campaign.notice_version,
        standing=_standing(campaign, schedule),
        is_halted=disagrees(campaign_id, campaign.slug),
        positions={row.no: position for position, row in enumerate(candidates)},
    )


def _standing(campaign: _CampaignRow, schedule: dict[str, list[str]]) -> Standing:
    by_schedule = parsed_json(campaign.weights)["public"] == 100 and "notice" not in schedule
    by_entries = not by_schedule or campaign.ranking_n is not None
    return Standing(by_entries, campaign.noticed_from, campaign.final_n is not None)


def _rules(campaign: _CampaignRow, named: set[str]) -> BallotRules:
    """Returns the rules; a category without candidates, from which nobody can pick, has none."""
    ballot = parsed_json(campaign.ballot)
    categories = [each for each in parsed_json(campaign.categories) if each["name"] in named]
    return ballot_rules(ballot, categories, campaign.results, campaign.recount)


def parsed_json(value: Any) -> Any:
    """Returns a JSON column's value: SQLite returns text, PostgreSQL what it has parsed."""
    return json.loads(value) if isinstance(value, str) else value


def disagrees(campaign_id: int, slug: str) -> bool:
    """Whether the log is shorter than what was published of it before, or a different one.

    The marks are read before the log, because they are written after the commit they belong to.
    """
    trees = high_water.marks(slug).trees()
    if not trees:
        return False
    with site().store.reading() as tx:
        size = entries.size_of(tx, campaign_id)
        subtree = entries.subtrees(tx, campaign_id)
        try:
            return any(
                known > size or merkle.root(subtree, 0, known).hex() != root
                for known, root in trees
            )
        except (IndexError, ValueError):  # leaves or stored hashes are lost
            return True


def rules_version(tx: Transaction, campaign_id: int) -> int:
    """Returns the number of the rules now in force; 0 for a campaign without a log."""
    return int(tx.value(_RULES_VERSION, {"campaign_id": campaign_id}) or 0)
