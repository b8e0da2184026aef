"""Receipts: the page after voting, and proof that a ballot is in the log; never what it chose.

A judge's sheet has one at the same address.
"""

from flask import Response, request, session, url_for

from votesite import clock
from votesite.domain.integrity import appeals
from votesite.domain.ledger import receipts, sanctions
from votesite.domain.results.guard import guard
from votesite.domain.voting import own
from votesite.errors import NotFound
from votesite.web.access import campaigns, identity, visitors
from votesite.web.responses import page, private_json, see_other
from votesite.web.voting.blueprint import bp
from votesite.web.wording import rules

REPEATED = "again"  # in the session: the receipt last answered to a token known before


@bp.get("/c/<slug>/receipts/")
def find_receipt(slug: str) -> Response:
    """Show the form for a code; with `?code=` go on to its receipt, or answer 404."""
    campaign = campaigns.campaign_or_404(slug)
    typed = request.args.get("code")
    if typed is None:
        return page("voting/receipt_form.html", campaign=campaign)
    code = receipts.read_code(typed)
    try:
        if code is None:
            raise NotFound
        receipts.prove(campaign.id, code)
    except NotFound:
        if visitors.wants_json():
            raise
        return page("voting/receipt_form.html", 404, campaign=campaign, typed=typed[:60])
    return see_other(url_for("voting.receipt", slug=slug, code=code))


@bp.get("/c/<slug>/receipts/<code>")
def receipt(slug: str, code: str) -> Response:
    """Show a receipt with its proof, and thanks to the session that owns its ballot."""
    campaign = campaigns.campaign_or_404(slug)
    known = receipts.read_code(code)
    if known is None:
        raise NotFound
    proof = receipts.prove(campaign.id, known)
    if visitors.wants_json():
        return private_json(proof.as_json())
    if proof.k != "vote":
        return page("voting/sheet_receipt.html", campaign=campaign, code=known, proof=proof)
    voter = identity.site_voter()
    is_own = own.owns(campaign.id, voter, proof.n)
    void = sanctions.void_of(campaign.id, proof.n) if proof.voided else None
    void_rules = {rule["id"]: rule["text"] for rule in campaign.void_rules}
    return page(
        "voting/receipt.html",
        campaign=campaign,
        code=known,
        proof=proof,
        own=is_own,
        counted=rules.counted_sentence(campaign)
        if is_own and not proof.voided and campaign.accepts_votes_at(clock.now())
        else "",
        repeated=is_own and session.pop(REPEATED, None) == known,
        identified=voter is not None,
        is_over=clock.now() >= campaign.closes_at,
        void=void,
        rule_text=void_rules.get(void["rule"], "") if void else "",
        appeal=appeals.of_ballot(campaign.id, proof.n) if is_own else None,
        appeal_until=appeals.until(campaign.id, proof.n) if is_own and proof.voided else None,
        recount_at=guard(campaign.id).recount_at,
        allowance=own.allowance(campaign.id, voter) if is_own else None,
    )
