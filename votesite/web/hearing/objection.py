"""What became of an objection: whoever has its code sees status, reply and receipt."""

from flask import Response, get_flashed_messages, request, url_for

from votesite.domain.hearing import objections
from votesite.domain.hearing.sealing import open_note, open_reply, open_words
from votesite.domain.ledger import receipts
from votesite.errors import NotFound
from votesite.models.campaigns import Campaign
from votesite.models.hearing import Objection
from votesite.web import citizen_form
from votesite.web.access import campaigns, visitors
from votesite.web.hearing.blueprint import bp
from votesite.web.hearing.objections import JUST_OBJECTED
from votesite.web.responses import page, private_json, see_other
from votesite.web.templating import beijing
from votesite.web.wording import hearing as wording


@bp.get("/c/<slug>/objections/")
def find(slug: str) -> Response:
    """Show the form for a code; with `?code=` go on to its objection, or answer 404."""
    campaign = campaigns.campaign_or_404(slug)
    typed = request.args.get("code")
    if typed is None:
        return page("hearing/find.html", campaign=campaign)
    try:
        found = _found(campaign, typed)
    except NotFound:
        if visitors.wants_json():
            raise
        return page("hearing/find.html", 404, campaign=campaign, typed=typed[:60])
    return see_other(url_for(".objection", slug=slug, code=found.code))


@bp.get("/c/<slug>/objections/<code>")
def objection(slug: str, code: str) -> Response:
    """Show how far an objection is; its own words only to the session that sent them."""
    campaign = campaigns.campaign_or_404(slug)
    found = _found(campaign, code)
    proof = receipts.prove_entry(campaign.id, found.n) if found.n is not None else None
    words = open_words(found)
    status = wording.status(found)
    if visitors.wants_json():
        return private_json(
            {
                "status": status,
                "reply": open_reply(found),
                "salt": words.salt if proof else "",
                "receipt": proof.as_json() if proof else None,
            }
        )
    key = citizen_form.citizen_key(campaign)
    is_own = key is not None and found.voter == key
    return page(
        "hearing/objection.html",
        campaign=campaign,
        objection=found,
        standing=status,
        steps=wording.steps(found),
        state=wording.state(found),
        due=beijing(f"{found.due_on}T00:00+08:00", "day"),
        outcome=wording.outcome(found),
        note=open_note(found) if found.n is not None else "",
        reply=open_reply(found),
        salt=words.salt,
        proof=proof,
        own=is_own,
        words=words if is_own else None,
        kinds=wording.kinds(),
        just_objected=get_flashed_messages(category_filter=[JUST_OBJECTED]),
        can_open=proof is not None and bool(words.salt),
    )


def _found(campaign: Campaign, typed: str) -> Objection:
    code = receipts.read_code(typed)
    if code is None:
        raise NotFound
    return objections.find(campaign.id, code)
