"""What the forms that citizens fill in share: who fills it in, and how a refused one comes back."""

from collections.abc import Callable
from typing import Any

from flask import Response, request

from votesite.domain.voting import consents
from votesite.domain.voting.voters import key_of
from votesite.errors import Closed, ConsentRequired, InvalidFields, Refused
from votesite.models.campaigns import Campaign
from votesite.web.access import identity, visitors
from votesite.web.responses import page
from votesite.web.wording import refusals


def citizen_key(campaign: Campaign) -> bytes | None:
    """The visitor's voter key in this campaign; None if nobody is signed in."""
    return key_of(campaign.id, identity.site_voter())


def form_page(
    template: str, campaign: Campaign, refusal: Refused | None, **context: Any
) -> Response:
    """Render a citizen's form: empty, or filled again with what was wrong with it.

    The context must bring `values`, the fields as posted.
    """
    key = citizen_key(campaign)
    faults = refusal.fields if isinstance(refusal, InvalidFields | ConsentRequired) else {}
    return page(
        template,
        status=refusal.status if refusal else 200,
        campaign=campaign,
        identified=key is not None,
        snapshot=identity.is_snapshot(),
        consented=key is not None and consents.has_consent(campaign, key),
        consents=refusal is not None and request.form.get("consent") == "1",
        needs_consent=isinstance(refusal, ConsentRequired),
        faults={name: refusals.fault(fault) for name, fault in faults.items()},
        refusal=refusals.sentence(refusal) if refusal and not faults else None,
        **context,
    )


def refused(refusal: Refused, show_form: Callable[[Refused], Response]) -> Response:
    """Answer a refused post: raise the refusal for a program, else show the form filled again."""
    if visitors.wants_json():
        raise refusal
    return show_form(refusal)


def in_words(refusal: Refused, *, too_early: str, too_late: str) -> Refused:
    """Return a refusal with the form's own words where it is not open, any other unchanged.

    `too_early` holds `%(when)s` for the moment at which the form opens.
    """
    if not isinstance(refusal, Closed) or refusal.reason:
        return refusal
    if refusal.next_at:
        return Closed(refusal.next_at, too_early % {"when": refusals.moment(refusal.next_at)})
    return Closed(reason=too_late)
