"""One's own nominations: where they stand and why."""

from dataclasses import dataclass

from flask import Response, get_flashed_messages
from flask_babel import gettext as _

from votesite.domain.nominations import nominating, queries
from votesite.models.campaigns import Campaign
from votesite.models.nominations import Nomination
from votesite.web.access import identity
from votesite.web.nominations.blueprint import bp
from votesite.web.nominations.nominate import JUST_NOMINATED
from votesite.web.responses import page


@dataclass(frozen=True)
class OwnNomination:
    """A nomination as its nominator sees it; `decisive` is the one whose decision holds for it."""

    campaign: Campaign
    nomination: Nomination
    decisive: Nomination
    state: str
    kind: str


@bp.get("/my/nominations")
def mine() -> Response:
    """Status and reason of each; to a stranger the button that begins login."""
    voter = identity.site_voter()
    return page(
        "nominations/mine.html",
        identified=voter is not None,
        owned=[_own(*found) for found in nominating.mine(voter)] if voter else [],
        just_nominated=get_flashed_messages(category_filter=[JUST_NOMINATED]),
    )


def _own(campaign: Campaign, nomination: Nomination) -> OwnNomination:
    decisive = queries.decisive(nomination)
    state, kind = {
        "pending": (_("待审核"), "info"),
        "accepted": (_("已采纳"), "ok"),
        "rejected": (_("未采纳"), "warn"),
    }[decisive.status]
    return OwnNomination(campaign, nomination, decisive, state, kind)
