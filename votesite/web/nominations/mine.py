"""One's own nominations: what they say, where they stand and why; withdrawing undecided ones."""

from typing import NamedTuple

from flask import Response, flash, get_flashed_messages, url_for

from votesite import rate_limits
from votesite.domain.nominations import alike, nominating, queries
from votesite.errors import Lapsed
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.nominations import Nomination
from votesite.web.access import forms, identity, visitors
from votesite.web.nominations.blueprint import bp
from votesite.web.nominations.nominate import JUST_NOMINATED
from votesite.web.responses import page, private_picture, see_other
from votesite.web.wording.nominations import status

TAG_KINDS = {"pending": "info", "accepted": "ok", "rejected": "warn"}
WITHDRAWN, TOO_LATE = "withdrawn", "too-late"


class OwnNomination(NamedTuple):
    """A nomination as its nominator sees it; `decisive` is the one whose decision holds for it.

    `criteria`: names and texts. `namesake`: while it is undecided, the candidate of that name.
    """

    campaign: Campaign
    nomination: Nomination
    decisive: Nomination
    state: str
    kind: str
    criteria: list[tuple[str, str]]
    namesake: Candidate | None


@bp.get("/my/nominations")
def mine() -> Response:
    """Show each with its status and reason; visitors not signed in see the button to begin."""
    voter = identity.site_voter()
    return page(
        "nominations/mine.html",
        identified=voter is not None,
        owned=[_own(*pair) for pair in nominating.mine(voter)] if voter else [],
        just_nominated=get_flashed_messages(category_filter=[JUST_NOMINATED]),
        withdrawn=get_flashed_messages(category_filter=[WITHDRAWN]),
        too_late=get_flashed_messages(category_filter=[TOO_LATE]),
    )


@bp.get("/my/nominations/<int:nomination_id>/picture-480.jpg")
def picture(nomination_id: int) -> Response:
    """Return the picture of one's own nomination, which nobody else sees before it is accepted."""
    _campaign, nomination = nominating.own(identity.require_voter(), nomination_id)
    return private_picture(nomination.picture)


@bp.post("/my/nominations/<int:nomination_id>/withdraw")
def withdraw(nomination_id: int) -> Response:
    """Delete one's own nomination unless it has been decided."""
    forms.accept_form()
    rate_limits.check_ballot(identity.site_voter(), visitors.client_address())
    voter = identity.require_voter()
    try:
        nominating.withdraw(voter, nomination_id)
    except Lapsed:
        if visitors.wants_json():
            raise
        flash("", TOO_LATE)
    else:
        flash("", WITHDRAWN)
    return see_other(url_for("nominations.mine"))


def _own(campaign: Campaign, nomination: Nomination) -> OwnNomination:
    decisive = queries.decisive(nomination)
    return OwnNomination(
        campaign,
        nomination,
        decisive,
        status(decisive.status),
        TAG_KINDS[decisive.status],
        [
            (criterion["name"], nomination.criteria[criterion["key"]])
            for criterion in campaign.criteria
            if nomination.criteria.get(criterion["key"])
        ],
        alike.namesake(nomination) if decisive.is_pending else None,
    )
