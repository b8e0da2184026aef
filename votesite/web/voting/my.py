"""What the site holds of the visitor: receipts of his ballots; and signing out."""

from dataclasses import dataclass

from flask import Response, redirect, url_for

from votesite.domain import campaigns, voting
from votesite.models.campaigns import Campaign
from votesite.web import access, identity
from votesite.web.responses import page
from votesite.web.voting.blueprint import bp


@dataclass(frozen=True)
class Participation:
    """One campaign and the visitor's (code, number, minute) in it."""

    campaign: Campaign
    receipts: list[tuple[str | None, int, str]]
    remaining: int | None


@bp.get("/my/")
def my() -> Response:
    """Own receipts by campaign; to a stranger the button that begins login."""
    voter = access.site_voter()
    return page(
        "voting/my.html",
        identified=voter is not None,
        participations=_participations(voter) if voter else [],
    )


@bp.post("/my/sign-out")
def sign_out() -> Response:
    """Forget who is here; in the demo: be another person."""
    access.accept_form()
    identity.forget()
    response: Response = redirect(url_for("voting.my"), 303)  # type: ignore[assignment]
    return response


def _participations(voter: bytes) -> list[Participation]:
    found = []
    for campaign in campaigns.published():
        receipts = voting.receipts_of(campaign.id, voting.voter_key(campaign.id, voter))
        if receipts:
            remaining = voting.prospect(campaign.id, voter).remaining
            found.append(Participation(campaign, receipts[::-1], remaining))
    return found
