"""Publishing campaigns, and telling every cache that one has changed."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain.campaigns import freeze, phases, promises
from votesite.domain.campaigns.notice import next_version, notice_for
from votesite.domain.candidates import listing
from votesite.domain.ledger.log import open_log
from votesite.domain.surveys.listing import questions_of, surveys_of
from votesite.domain.surveys.questions import form_size
from votesite.errors import Fault, InvalidFields
from votesite.extensions import db, load, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.voting import RosterCode
from votesite.store import Transaction


class PublishFaults(InvalidFields):
    """What prevents publishing, under the keys of the campaign folder."""

    name = "publish-faults"


def touch(tx: Transaction, campaign_id: int, rules: bool = False) -> None:
    """Tell the caches of every worker that a campaign's public pages have changed.

    With `rules`, what decides about ballots has changed too, and the next read computes again when
    a tally or the close falls due. Raises NotFound.
    """
    db.session.flush()  # a head made in this transaction must be a row before it is locked
    open_log(tx, campaign_id).touch(rules=rules)


def publish(campaign_id: int, *, clock: Clock = now) -> Campaign:
    """Show a campaign to the public, and return it.

    Raises NotFound, and PublishFaults with everything that prevents it.
    """
    with writing() as tx:
        now = clock()
        campaign = load(Campaign, campaign_id)
        faults = publish_faults(campaign, listing.candidates_of(campaign_id), now)
        if faults:
            raise PublishFaults(faults)
        make_public(campaign, now)
        touch(tx, campaign_id, rules=True)
    return campaign


def make_public(campaign: Campaign, now: datetime) -> None:
    """Date the publication, and store the privacy notice as it is now; the caller commits."""
    campaign.published_at = campaign.published_at or minute(now)
    text = notice_for(campaign)
    if text != campaign.notice_text:
        campaign.notice_version = next_version(campaign.notice_version, now)
        campaign.notice_text = text


def publish_warnings(campaign: Campaign, now: datetime) -> list[Fault]:
    """What publishing now would pass over, and nothing prevents."""
    warnings = [*schedule_warnings(campaign), *_begun(campaign, now)]
    return warnings + promises.small_steps(campaign)


def schedule_warnings(campaign: Campaign) -> list[Fault]:
    """The phases that run into each other."""
    return [
        Fault(found.code, phase=found.phase, other=found.other, at=found.at)
        for found in phases.overlaps(campaign.schedule)
    ]


def has_empty_roster(campaign: Campaign) -> bool:
    """Whether only people of the roster may vote, and there is nobody on it."""
    if campaign.ballot.get("eligibility") != "roster":
        return False
    anybody = select(RosterCode.id).filter_by(campaign_id=campaign.id).limit(1)
    return db.session.scalar(anybody) is None


def has_enough_candidates(campaign: Campaign, candidates: Sequence[Candidate]) -> bool:
    """Whether there are as many as a ballot asks for; nominations may still bring them."""
    return not _candidate_faults(campaign, candidates)


@contextmanager
def staying_fit(campaign: Campaign, now: datetime) -> Iterator[None]:
    """Hold an act on a published campaign back if publishing would lack more after it than before.

    What time alone has made unfit, for example where nobody was nominated, is mended step by step.
    Once the campaign is frozen, no such act is left. Raises PublishFaults.
    """
    if not campaign.is_published or freeze.is_frozen(campaign, now):
        yield
        return
    had = publish_faults(campaign, listing.candidates_of(campaign.id), now)
    yield
    found = publish_faults(campaign, listing.candidates_of(campaign.id), now)
    worse = {key: fault for key, fault in found.items() if _is_worse(key, fault, had)}
    if worse:
        raise PublishFaults(worse)


def can_fill(campaign: Campaign, present: Sequence[Candidate]) -> bool:
    """Whether a ballot can still be filled with its least picks, in all and in each category."""
    members = Counter(candidate.category for candidate in present)
    room = 0
    for category in campaign.categories:
        least, most = category.get("picks") or [0, len(present)]
        if members[category["name"]] < least:
            return False
        room += min(members[category["name"]], most)
    return room >= campaign.ballot["picks"][0]


def publish_faults(
    campaign: Campaign, candidates: Sequence[Candidate], now: datetime
) -> dict[str, Fault]:
    """What prevents publishing, under the keys of the campaign folder; empty if nothing does.

    Until the nomination window has ended, candidates may be missing, because they come from it.
    """
    faults = _basis_faults(campaign)
    voting = campaign.window("voting")
    if voting is None:
        faults["schedule.voting"] = Fault("missing")
    elif voting[1] <= now:
        faults["schedule.voting"] = Fault("over")
    faults |= _survey_faults(campaign, len(candidates))
    if has_empty_roster(campaign):  # entry 0 will say how many there are, and that is at least one
        faults["ballot.eligibility"] = Fault("empty-roster")
    nomination = campaign.window("nomination")
    if not (nomination and now < nomination[1]):
        faults |= _candidate_faults(campaign, candidates)
    return faults


def publish_blockers(
    campaign: Campaign, candidates: Sequence[Candidate], now: datetime
) -> dict[str, Fault]:
    """What prevents publishing at the desk: also that too few people could decide afterwards.

    In production everybody who decides needs a second factor.
    """
    with site().store.reading() as tx:
        phones = promises.phone_faults(tx, campaign, now)
        signers = promises.signer_faults(tx, campaign, now)
    return publish_faults(campaign, candidates, now) | phones | signers


def _begun(campaign: Campaign, now: datetime) -> list[Fault]:
    """The phases that have begun or are over without the public."""
    warnings = []
    for phase in ("nomination", "review"):
        window = campaign.window(phase)
        if window and window[1] <= now:
            warnings.append(Fault("phase-over", phase=phase, at=minute(window[1])))
        elif window and window[0] <= now:
            warnings.append(Fault("phase-begun", phase=phase, at=minute(window[0])))
    voting = campaign.window("voting")
    if voting and voting[0] <= now:
        warnings.append(Fault("freezes-at-once", at=minute(voting[0])))
    return warnings


def _basis_faults(campaign: Campaign) -> dict[str, Fault]:
    faults: dict[str, Fault] = {}
    approval = campaign.approval
    if not campaign.fee_free:
        faults["fee_free"] = Fault("must-be-true")
    if campaign.wording == "表彰" and not approval.get("number"):
        faults["wording"] = Fault("needs-approval")
    if not approval.get("number") and not (approval.get("exempt") and approval.get("reason")):
        faults["approval"] = Fault("missing")
    if not campaign.organisers.get("host"):
        faults["organisers.host"] = Fault("missing")
    if not campaign.categories:
        faults["categories"] = Fault("missing")
    if campaign.weights.get("expert") and not campaign.criteria:
        faults["weights.expert"] = Fault("needs-criteria")
    return faults


def _survey_faults(campaign: Campaign, candidates: int) -> dict[str, Fault]:
    """A questionnaire that asks more about so many candidates than a form can hold."""
    for survey in surveys_of(campaign.id):
        size = form_size(questions_of(survey), candidates)
        if not size.fits:
            return {"surveys": Fault("form-too-large", name=survey.title, **size.figures)}
    return {}


def _candidate_faults(campaign: Campaign, candidates: Sequence[Candidate]) -> dict[str, Fault]:
    present = [candidate for candidate in candidates if not candidate.is_withdrawn]
    if not present:
        return {"candidates": Fault("missing")}
    faults: dict[str, Fault] = {}
    most = (campaign.ballot.get("picks") or [1, 1])[1]
    if most > len(present):
        faults["ballot.picks"] = Fault("more-than-candidates", picks=most, candidates=len(present))
    members = Counter(candidate.category for candidate in present)
    for number, category in enumerate(campaign.categories, start=1):
        asked = (category.get("picks") or [0, 0])[1]
        if asked > members[category["name"]]:
            faults[f"categories[{number}].picks"] = Fault(
                "more-than-candidates", picks=asked, candidates=members[category["name"]]
            )
    return faults


def _is_worse(key: str, fault: Fault, had: Mapping[str, Fault]) -> bool:
    """Whether more is lacking than before; without any candidate, picks lacked them already."""
    if key not in had:
        return not ("candidates" in had and fault.code == "more-than-candidates")
    return _lack(fault) > _lack(had[key])


def _lack(fault: Fault) -> int:
    return int(fault.detail.get("picks", 1)) - int(fault.detail.get("candidates", 0))
