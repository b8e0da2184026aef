"""Appealing once against the voiding of one's ballot, from its receipt."""

from flask import Response, request, url_for
from flask_babel import gettext as _

from votesite import clock, rate_limits
from votesite.domain.integrity import appeals
from votesite.domain.ledger import receipts
from votesite.domain.ledger.receipts import Proof
from votesite.domain.results.guard import guard
from votesite.domain.voting import own
from votesite.errors import InvalidFields, LimitReached, NotFound
from votesite.models.campaigns import Campaign
from votesite.web.access import campaigns, forms, identity, visitors
from votesite.web.responses import page, see_other
from votesite.web.voting.blueprint import bp
from votesite.web.wording import refusals


@bp.get("/c/<slug>/receipts/<code>/appeal")
def appeal(slug: str, code: str) -> Response:
    """Show the form, or what became of the appeal, to the ballot's own voter alone."""
    campaign = campaigns.campaign_or_404(slug)
    return _page(campaign, _own_proof(campaign, code))


@bp.post("/c/<slug>/receipts/<code>/appeal")
def make_appeal(slug: str, code: str) -> Response:
    """Store the appeal."""
    campaign = campaigns.campaign_or_404(slug)
    forms.accept_form()
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    voter = identity.require_voter()
    proof = _own_proof(campaign, code)
    forms.require_clean_fields()
    try:
        appeals.appeal(
            campaign.id,
            voter,
            proof.n,
            request.form.get("text", ""),
            shown_alone=request.form.get("shown_alone") == "1",
        )
    except InvalidFields as refusal:
        if visitors.wants_json():
            raise
        return _page(campaigns.campaign_or_404(slug), proof, refusal)
    except LimitReached:
        if visitors.wants_json() or not _is_stored(campaign, proof, request.form.get("text", "")):
            raise
    return see_other(url_for("voting.appeal", slug=slug, code=receipts.read_code(code)))


def _is_stored(campaign: Campaign, proof: Proof, text: str) -> bool:
    """Whether this very appeal stands already: a second tap sends it again."""
    made = appeals.of_ballot(campaign.id, proof.n)
    return made is not None and appeals.text_of(made) == text.strip()


def _own_proof(campaign: Campaign, code: str) -> Proof:
    """Return the proof of a ballot that belongs to this session; raises NotFound for any other."""
    known = receipts.read_code(code)
    if known is None:
        raise NotFound
    proof = receipts.prove(campaign.id, known)
    if not own.owns(campaign.id, identity.site_voter(), proof.n):
        raise NotFound
    return proof


def _page(campaign: Campaign, proof: Proof, refusal: InvalidFields | None = None) -> Response:
    appeal, present = appeals.of_ballot(campaign.id, proof.n), guard(campaign.id)
    until = appeals.until(campaign.id, proof.n)
    faults = refusal.fields if refusal else {}
    sentences = {name: refusals.fault(fault) for name, fault in faults.items()}
    return page(
        "voting/appeal.html",
        status=refusal.status if refusal else 200,
        campaign=campaign,
        proof=proof,
        code=receipts.read_code(request.view_args["code"]) if request.view_args else "",
        made=appeal,
        text=appeals.text_of(appeal) if appeal else request.form.get("text", ""),
        reply=appeals.reply_of(appeal) if appeal else "",
        guard=present,
        asks_to_be_shown=present.is_counted and not present.tells_of_each,
        shown_alone=request.form.get("shown_alone") == "1",
        until=until,
        is_over=until is not None and clock.now() >= until,
        faults=sentences,
        errors=[("f-text", _("理由"), sentence) for sentence in sentences.values()],
    )
