"""The ballot: choosing, confirming, posting."""

import json
import secrets
from collections.abc import Iterable

from flask import Response, request, session, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from votesite import clock, rate_limits
from votesite.domain.candidates import listing, ordering
from votesite.domain.integrity import regions, traces
from votesite.domain.results.tallies import CampaignHead
from votesite.domain.voting import casting, checks, own, refusals, roster
from votesite.domain.voting.voters import voter_key
from votesite.errors import (
    CheckRequired,
    Closed,
    ConsentRequired,
    InvalidBallot,
    LimitReached,
    NotEligible,
    NotFound,
    NotIdentified,
    Refused,
    SecondCode,
    TooManyRequests,
)
from votesite.models.campaigns import Campaign, phase_of
from votesite.models.candidates import Candidate
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.responses import page, private_json, see_other
from votesite.web.voting.blueprint import bp
from votesite.web.voting.receipts import REPEATED
from votesite.web.wording.refusals import halted, sentence

REFUSALS_ON_THE_BALLOT = (Closed, InvalidBallot, LimitReached)


@bp.get("/c/<slug>/ballot")
def ballot(slug: str) -> Response:
    """Show the ballot; visitors not signed in get the button that begins login."""
    return _ballot_page(campaigns.campaign_or_404(slug))


@bp.post("/c/<slug>/ballot/confirm")
def confirm(slug: str) -> Response:
    """Show what the ballot would say, for a last look; stores nothing."""
    posted = _read_ballot(slug)
    try:
        chosen = casting.check(posted)
    except REFUSALS_ON_THE_BALLOT as refusal:
        return _refused(slug, refusal)
    return _confirm_page(slug, posted, chosen)


@bp.post("/c/<slug>/ballot")
def cast(slug: str) -> Response:
    """Record the ballot and show its receipt.

    A known token is answered with the first receipt, and the next page says that nothing was cast.
    """
    posted = _read_ballot(slug)
    try:
        recorded = casting.cast(posted)
    except CheckRequired as refusal:
        return _ask_for_check(slug, posted, refusal)
    except ConsentRequired as refusal:
        return _ask_for_consent(slug, posted, refusal)
    except REFUSALS_ON_THE_BALLOT as refusal:
        return _refused(slug, refusal)
    if not recorded.is_new:
        session[REPEATED] = recorded.receipt  # also for a program: it may be a page's script
    if visitors.wants_json():
        answer = {"receipt": recorded.receipt, "n": recorded.n, "remaining": recorded.remaining}
        if recorded.is_new:
            return private_json(answer, 201)
        return private_json({**answer, "repeated": True}, 200)
    if not recorded.receipt:  # its owner has deleted the code
        return see_other(url_for("voting.own_data"))
    return see_other(url_for("voting.receipt", slug=slug, code=recorded.receipt))


@bp.get("/c/<slug>/me")
def me(slug: str) -> Response:
    """Return what is personal on a shared page, and the tokens to vote with."""
    head = campaigns.head_or_404(slug)
    voter = identity.site_voter()
    allowance = own.allowance(head.campaign_id, voter)
    terms = allowance.terms
    return private_json(
        {
            "identified": voter is not None,
            "csrf_token": generate_csrf(),
            "ballot_token": new_token(),
            "remaining": allowance.remaining,
            "consented": allowance.has_consented,
            "next_at": clock.minute_or_none(allowance.next_at),
            "phase": phase_of(terms.schedule, terms.standing, clock.now()),
            "from": clock.minute_or_none(terms.opens),
            "to": clock.minute_or_none(terms.closes),
            "rules": terms.rules.as_entry(),
        }
    )


@bp.get("/c/<slug>/code")
def code(slug: str) -> Response:
    """Show the form in which an invited voter types the one-time code."""
    return page("voting/code.html", campaign=_roster_campaign(slug), typed="", refusal=None)


@bp.post("/c/<slug>/code")
def redeem_code(slug: str) -> Response:
    """Bind the one-time code to this voter; a person's wrong one comes back in its form."""
    campaign = _roster_campaign(slug)
    forms.accept_form()
    typed = request.form.get("code", "")
    try:
        rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
        voter = identity.require_voter()
        forms.require_clean_fields()
        roster.redeem(campaign.id, voter_key(campaign.id, voter), typed)
    except (NotEligible, TooManyRequests) as refusal:
        if visitors.wants_json():
            raise
        return _code_refused(campaign, typed, refusal)
    if visitors.wants_json():
        return private_json({"eligible": True})
    return see_other(url_for("voting.ballot", slug=slug))


def _code_refused(campaign: Campaign, typed: str, refusal: Refused) -> Response:
    """The form again, with what was typed and what is wrong with it."""
    wrong = isinstance(refusal, NotEligible) and not isinstance(refusal, SecondCode)
    words = _("没有这个投票码，或者它已被别人使用。") if wrong else sentence(refusal)
    answer = page(
        "voting/code.html", refusal.status, campaign=campaign, typed=typed[:40], refusal=words
    )
    if isinstance(refusal, TooManyRequests):
        answer.headers["Retry-After"] = str(refusal.retry_after)
    return answer


def new_token() -> str:
    """Return a new idempotency key for one ballot."""
    return secrets.token_urlsafe(18)


def _read_ballot(slug: str) -> casting.Ballot:
    """Return the posted ballot, after every check that comes before the rules of the vote.

    No row is loaded here: this is the hot path.
    """
    head, address = campaigns.head_or_404(slug), visitors.client_address()
    campaign_id = head.campaign_id
    forms.accept_form()
    try:
        rate_limits.check_ballot(identity.site_voter(), address)
        voter = identity.require_voter()
        follows = _follows(slug, head)
    except Refused as refusal:
        refusals.count_refusal(campaign_id, refusal.name, clock.now())
        raise
    picks = request.form.getlist("candidate")
    answer = _read_answer(campaign_id, voter, address)
    return casting.Ballot(
        campaign_id=campaign_id,
        voter=voter,
        picks=[""] if forms.fields_are_malformed() else picks,
        token=request.form.get("ballot_token", ""),
        consents=request.form.get("consent") == "1",
        follows=follows,
        source=traces.source_of(campaign_id, address),
        agent=traces.agent_of(campaign_id, request.headers.get("User-Agent", "")),
        outside=regions.is_outside(campaign_id, address),
        answer=answer,
    )


def _read_answer(campaign_id: int, voter: bytes, address: str) -> checks.Answer:
    """Return the answer to a check, if the post holds one.

    Visitors who wait instead of computing are rate-limited by address.
    """
    solution, ticket = request.form.get("altcha", ""), request.form.get("ticket", "")
    if not solution and not ticket:
        return checks.NO_ANSWER
    answer = checks.read(campaign_id, voter, solution, ticket, now=clock.now())
    if answer.mark and not solution:
        rate_limits.check_waited(address)
    return answer


def _ask_for_check(slug: str, posted: casting.Ballot, refusal: CheckRequired) -> Response:
    """Ask for a check where bots have just voted: the page computes, then posts again."""
    ticket = request.form.get("ticket", "")
    offer = checks.offer(posted.campaign_id, posted.voter, now=clock.now(), ticket=ticket)
    if visitors.wants_json():
        raise CheckRequired(refusal.fault, offer)
    challenge = {"challenge": offer["altcha"], "auto": "onload", "display": "invisible"}
    return page(
        "voting/check.html",
        status=refusal.status,
        campaign=campaigns.campaign_or_404(slug),
        picked=_named(posted.campaign_id, map(int, posted.picks)),
        ballot_token=posted.token,
        consents=posted.consents,
        offer=offer,
        configuration=json.dumps({**challenge, "humanInteractionSignature": False}),
        refusal=sentence(refusal) if refusal.fault else None,
    )


def _ask_for_consent(slug: str, posted: casting.Ballot, refusal: ConsentRequired) -> Response:
    """Show the picks once more, with the box to tick; on the ballot itself there is none."""
    if visitors.wants_json():
        raise refusal
    try:
        chosen = casting.check(posted)
    except REFUSALS_ON_THE_BALLOT:
        return _refused(slug, refusal)
    return _confirm_page(slug, posted, chosen, refusal)


def _confirm_page(
    slug: str, posted: casting.Ballot, chosen: list[int], refusal: ConsentRequired | None = None
) -> Response:
    return page(
        "voting/confirm.html",
        status=refusal.status if refusal else 200,
        campaign=campaigns.campaign_or_404(slug),
        picked=_named(posted.campaign_id, chosen),
        ballot_token=new_token(),
        consented=own.allowance(posted.campaign_id, posted.voter).has_consented,
        needs_consent=refusal is not None,
    )


def _named(campaign_id: int, numbers: Iterable[int]) -> list[Candidate]:
    by_number = {candidate.no: candidate for candidate in listing.candidates_of(campaign_id)}
    return [by_number[no] for no in numbers]


def _follows(slug: str, head: CampaignHead) -> bool | None:
    """Whether the voter follows the account, if the rules ask for it; None if WeChat cannot say."""
    if casting.eligibility(head.campaign_id, head.rules_version) != "followers":
        return False
    mark = identity.follows(slug)
    if mark is None:
        raise NotIdentified
    return None if mark is identity.UNKNOWN else bool(mark)


def _refused(slug: str, refusal: Refused) -> Response:
    """A refused post: as problem for a program, else the form filled again."""
    if visitors.wants_json():
        raise refusal
    campaign = campaigns.campaign_or_404(slug)
    return _ballot_page(campaign, refusal=refusal, picked=request.form.getlist("candidate"))


def _ballot_page(
    campaign: Campaign, refusal: Refused | None = None, picked: list[str] | None = None
) -> Response:
    voter = identity.site_voter()
    allowance = own.allowance(campaign.id, voter)
    bounds = allowance.terms.rules.category_picks
    generate_csrf()  # a session that a shuffle can belong to
    shown = ordering.ordered(
        listing.candidates_of(campaign.id), campaign.ballot["order"], session["csrf_token"]
    )
    return page(
        "voting/ballot.html",
        status=refusal.status if refusal else 200,
        campaign=campaign,
        now=clock.now(),
        rules=allowance.terms.rules,
        groups=_groups(campaign, shown, bounds),
        remaining=allowance.remaining,
        identified=voter is not None,
        snapshot=identity.is_snapshot(),
        ballot_token=new_token(),
        consented=allowance.has_consented,
        next_at=allowance.next_at,
        opens=allowance.terms.opens,
        closes=allowance.terms.closes,
        refusal=sentence(refusal) if refusal else None,
        halted=halted() if allowance.terms.is_halted else "",
        picked=picked or [],
        one_tap=allowance.terms.rules.picks == (1, 1),
    )


def _groups(
    campaign: Campaign, shown: list[Candidate], bounds: dict[str, tuple[int, int]]
) -> list[dict[str, object]]:
    """The candidates by category, in the campaign's order of categories."""
    groups = []
    for name in campaign.category_names:
        least, most = bounds.get(name, (0, 0))
        inside = [candidate for candidate in shown if candidate.category == name]
        groups.append({"name": name, "candidates": inside, "min": least, "max": most})
    return groups


def _roster_campaign(slug: str) -> Campaign:
    campaign = campaigns.campaign_or_404(slug)
    if campaign.ballot["eligibility"] != "roster":
        raise NotFound
    return campaign
