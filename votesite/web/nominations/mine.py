"""One's own nominations: where they stand and why."""

from typing import NamedTuple

from flask import Response, get_flashed_messages

from votesite.domain.nominations import nominating, queries
from votesite.models.campaigns import Campaign
from votesite.models.nominations import Nomination
from votesite.web.access import identity
from votesite.web.nominations.blueprint import bp
from votesite.web.nominations.nominate import JUST_NOMINATED
from votesite.web.responses import page
from votesite.web.wording.nominations import status

TAG_KINDS = {"pending": "info", "accepted": "ok", "rejected": "warn"}


class OwnNomination(NamedTuple):
    """A nomination as its nominator sees it; `decisive` is the one whose decision holds for it."""

    campaign: Campaign
    nomination: Nomination
    decisive: Nomination
    state: str
    kind: str


@bp.get("/my/nominations")
def mine() -> Response:
    """Show the status and reason of each; visitors not signed in see the button that begins it."""
    voter = identity.site_voter()
    return page(
        "nominations/mine.html",
        identified=voter is not None,
        owned=[_own(*pair) for pair in nominating.mine(voter)] if voter else [],
        just_nominated=get_flashed_messages(category_filter=[JUST_NOMINATED]),
    )


def _own(campaign: Campaign, nomination: Nomination) -> OwnNomination:
    decisive = queries.decisive(nomination)
    state, kind = status(decisive.status), TAG_KINDS[decisive.status]
    return OwnNomination(campaign, nomination, decisive, state, kind)
