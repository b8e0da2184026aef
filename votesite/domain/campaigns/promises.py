"""Where settings hold less than one may take them to promise; nothing here is refused.

Steps of the figures in which ballots can be told apart, windows in which no step is possible, and
counts that nobody vouches for, decisions for which there are too few people.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from votesite.clock import at, day, minute
from votesite.domain.campaigns import presets
from votesite.domain.ledger import verifier_keys
from votesite.domain.ledger.ballot_rules import BallotRules, ballot_rules
from votesite.domain.ledger.signers import Signers, signers_of, signers_to_be
from votesite.domain.staff import second_factors
from votesite.errors import Fault
from votesite.extensions import db, site
from votesite.models.campaigns import Campaign
from votesite.models.voting import RosterCode
from votesite.store import Transaction

FEWEST = 2  # with fewer nothing that takes two people can ever follow
FEWEST_WITH_KEYS = 3  # so that two are left to replace a key that is lost


def small_steps(campaign: Campaign) -> list[Fault]:
    """The settings with which figures move so that ballots can be told apart during the vote."""
    if campaign.results == "hidden":
        return []
    ballot, default = campaign.ballot, presets.BALLOT_DEFAULTS
    given = [
        ("few-at-once", ballot["min_batch"], default["min_batch"]),
        ("short-quiet", ballot["quiet"], default["quiet"]),
    ]
    if campaign.results == "live":
        given.append(("too-often", ballot["publish_every"], default["publish_every"]))
    return [Fault(code, n=n, least=least) for code, n, least in given if n < least]


def missing_steps(campaign: Campaign) -> list[Fault]:
    """Why figures that are to be shown during the vote cannot move before its end."""
    if campaign.results == "hidden":
        return []
    found = []
    if campaign.window("voting") and not has_step(campaign):
        time = _time_of(campaign.results)
        found.append(Fault("no-step", quiet=campaign.ballot["quiet"], time=time))
    voters = _known_voters(campaign)
    if voters and voters < campaign.ballot["min_batch"]:
        found.append(Fault("few-voters", n=voters, least=campaign.ballot["min_batch"]))
    return found


def has_step(campaign: Campaign) -> bool:
    """Whether the window has a minute in which figures may move, after one in which one may vote.

    The last `quiet` minutes have none. A daily step follows the first HH:MM after a vote.
    """
    rules = _rules(campaign)
    ends = campaign.closes_at - timedelta(minutes=campaign.ballot["quiet"])
    first = rules.first_open(campaign.opens_at, campaign.opens_at, ends)
    if first is None or campaign.results == "live":
        return first is not None
    return _next_daily(first, _time_of(campaign.results)) < ends


def how_many_signers(tx: Transaction, campaign_id: int, now: datetime) -> int:
    """How many people can sign what takes two; before entry 0, how many it would list now."""
    return len(_signers(tx, campaign_id, now).numbers)


def can_decide(campaign_id: int, now: datetime) -> bool:
    """Whether there are two people for what takes two."""
    with site().store.reading() as tx:
        return how_many_signers(tx, campaign_id, now) >= FEWEST


def signer_faults(tx: Transaction, campaign: Campaign, now: datetime) -> dict[str, Fault]:
    """Why a vote would begin about which too few people can decide, under the folder's keys."""
    n = how_many_signers(tx, campaign.id, now)
    least = FEWEST_WITH_KEYS if campaign.signed else FEWEST
    code = "few-keys" if campaign.signed else "few-signers"
    return {} if n >= least else {"signed": Fault(code, n=n, least=least)}


def phone_faults(tx: Transaction, campaign: Campaign, now: datetime) -> dict[str, Fault]:
    """Why signers may not decide in production yet: a password alone would let somebody be them."""
    holders = second_factors.holders()
    lacking = [one for one in _signers(tx, campaign.id, now).numbers if one not in holders]
    is_needed = site().settings.mode == "production" and lacking
    return {"signed": Fault("signers-without-phone", n=len(lacking))} if is_needed else {}


def audit_alarms(campaign: Campaign) -> list[Fault]:
    """Why nobody can vouch for a count that is left to auditors, or only as long as none is lost.

    A key that is lost cannot be replaced, because entry 0 fixes them; so one more than the quorum
    is named.
    """
    if campaign.recount != "auditors":
        return []
    audit = campaign.audit
    keys = [verifier_keys.parse(text) for text in audit["auditors"]]
    able, quorum = sum(key.is_checked for key in keys), audit["quorum"]
    if quorum == 0:
        return [Fault("no-quorum")]
    if able < quorum:
        return [Fault("unchecked-quorum", n=quorum, able=able)]
    if able == quorum:
        return [Fault("no-spare-auditor", n=quorum)]
    return []


def award_alarms(campaign: Campaign) -> list[Fault]:
    """Where the way to the honours holds less than its settings seem to say."""
    weights, found = campaign.weights, []
    if weights["expert"] and campaign.results != "hidden":
        found.append(Fault("experts-see-figures"))
    if weights["expert"] and weights["trim"]:
        found.append(Fault("trim-needs-six"))
    if weights["public"] and weights["expert"]:
        ways = (weights["public_score"], weights["expert_score"])
        if ways == ("share", "points"):
            found.append(Fault("votes-outweigh"))
    return found


def _signers(tx: Transaction, campaign_id: int, now: datetime) -> Signers:
    """The signers of a ledger; before entry 0, those that it would list now."""
    signers = signers_of(tx, campaign_id)
    return signers if signers.numbers else signers_to_be(tx, campaign_id, minute(now))


def _known_voters(campaign: Campaign) -> int:
    """How many people can vote at most, where roster or electorate say so; else 0."""
    if campaign.ballot["eligibility"] == "roster":
        codes = select(func.count()).select_from(RosterCode).filter_by(campaign_id=campaign.id)
        return db.session.scalar(codes) or 0
    return campaign.electorate["population"]


def _rules(campaign: Campaign) -> BallotRules:
    return ballot_rules(campaign.ballot, campaign.categories, campaign.results, campaign.recount)


def _time_of(results: str) -> str:
    """`HH:MM` of a daily policy, "" of others."""
    return results.removeprefix("daily ") if results.startswith("daily") else ""


def _next_daily(moment: datetime, time: str) -> datetime:
    """The first HH:MM after a moment."""
    today = at(day(moment), time)
    return today if today > moment else today + timedelta(days=1)
