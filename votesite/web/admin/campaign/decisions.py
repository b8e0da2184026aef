"""Decisions that take two people: the list, one of them, and how the two sign or confirm it."""

from base64 import b64encode
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import codes, honours, proposals, signatures
from votesite.domain.decisions.kinds import KINDS
from votesite.domain.results.guard import guard
from votesite.domain.scoring import standing
from votesite.domain.staff import people, roles, signing_keys
from votesite.domain.voting.roster import printed, spoken
from votesite.errors import Fault, Forbidden, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.decisions import HONOUR_KINDS, PEOPLE_KINDS, Decision
from votesite.web.access.staff import READERS, may, require_staff, staff_campaign, staff_required
from votesite.web.access.visitors import base_url, wants_json
from votesite.web.admin import acting
from votesite.web.admin.acting import NO_FAILURE, Failure
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page
from votesite.web.responses import private_json

LISTED = (*READERS, "accounts")


@bp.get("/c/<slug>/decisions")
@staff_required()
def decisions_list(slug: str) -> ResponseReturnValue:
    """List what waits, what can be proposed, and what was decided."""
    campaign = staff_campaign(slug, *LISTED)
    now, own = clock.now(), require_staff().id
    found = [
        *proposals.unsigned_of(campaign.id, own, now=now),
        *(made for made in proposals.of_campaign(campaign.id) if _may_read(campaign, made)),
    ]
    shown = [_shown(campaign, decision, now) for decision in found]
    return admin_page(
        "admin/campaign/decisions.html",
        campaign=campaign,
        active="decisions_list",
        waiting=[decision for decision in shown if decision["is_fresh"]],
        past=[decision for decision in shown if not decision["is_fresh"]],
        state=freeze.ledger_state(campaign),
        has_ledger=proposals.has_ledger(campaign),
        frozen=freeze.is_frozen(campaign, now),
        may_propose={kind: may(campaign, *KINDS[kind].proposers) for kind in KINDS},
        signers=_signers(campaign, now),
        recount_at=guard(campaign.id).recount_at,
    )


@bp.get("/c/<slug>/decisions/<int:decision_id>")
@staff_required()
def decision(slug: str, decision_id: int) -> ResponseReturnValue:
    """Show one decision: its exact words, who has to sign or confirm it, and how."""
    campaign = staff_campaign(slug, *LISTED)
    shown = _decision(campaign, decision_id)
    if not wants_json():
        return decision_page(campaign, decision_id)
    by = [shown.proposed_by, *([shown.decided_by] if shown.state == "done" else [])]
    return private_json(
        {
            "kind": shown.kind,
            "state": _state(shown, clock.now()),
            "statement": signatures.statement(shown),
            "by": by,
        }
    )


@bp.post("/c/<slug>/decisions/<int:decision_id>/sign")
@staff_required()
def sign(slug: str, decision_id: int) -> ResponseReturnValue:
    """Sign as its proposer, or as the second person, which makes it effective."""
    campaign = staff_campaign(slug, *LISTED)
    made = _decision(campaign, decision_id)
    _require_part(campaign, made)
    if made.state == "unsigned":
        done = _("已签字。请另一人在自己的手机或电脑上签字。")
    else:
        done = _("已签字，已生效。")
    return acting.run(
        lambda: proposals.sign(made.id, require_staff().id, request.form.get("signature", "")),
        done=done,
        to=decision_address(slug, decision_id),
    )


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm")
@staff_required()
def confirm(slug: str, decision_id: int) -> ResponseReturnValue:
    """Confirm as the second person, which makes it effective."""
    campaign = staff_campaign(slug, *LISTED)
    made = _decision(campaign, decision_id)
    _require_part(campaign, made)
    if acting.is_unaware(_warnings(campaign, made)):
        return decision_page(campaign, decision_id, _unaware())
    return acting.run(
        lambda: proposals.confirm(made.id, require_staff().id),
        done=_("已确认，已生效。"),
        to=decision_address(slug, decision_id),
    )


@bp.post("/c/<slug>/decisions/<int:decision_id>/confirm-here")
@staff_required()
def confirm_here(slug: str, decision_id: int) -> ResponseReturnValue:
    """Let a colleague confirm on this screen with name and password."""
    campaign = staff_campaign(slug, *LISTED)
    made = _decision(campaign, decision_id)
    _require_part(campaign, made)
    if acting.is_unaware(_warnings(campaign, made)):
        return decision_page(campaign, decision_id, _unaware())
    return confirm_on_screen(campaign, made.id)


@bp.post("/c/<slug>/decisions/<int:decision_id>/take-back")
@staff_required()
def take_back(slug: str, decision_id: int) -> ResponseReturnValue:
    """Withdraw one's own proposal."""
    campaign = staff_campaign(slug, *LISTED)
    made = _decision(campaign, decision_id)
    if not may(campaign, *KINDS[made.kind].proposers):
        raise Forbidden
    return acting.run(
        lambda: proposals.take_back(made.id, require_staff().id),
        done=_("提议已撤回。"),
        to=url_for(".decisions_list", slug=slug),
    )


@bp.post("/c/<slug>/decisions/<int:decision_id>/codes")
@staff_required()
def fetch_codes(slug: str, decision_id: int) -> ResponseReturnValue:
    """Show its proposer the codes of the voters that were added, this once."""
    campaign = staff_campaign(slug, "editor")
    made = _decision(campaign, decision_id)
    fetched = codes.fetch(made.id, require_staff().id)
    return admin_page(
        "admin/campaign/decision_codes.html",
        campaign=campaign,
        active="decisions_list",
        new_codes=[(label, spoken(code)) for label, code in fetched],
        codes_file=b64encode(printed(fetched)).decode(),
        back=decision_address(slug, decision_id),
    )


def decision_address(slug: str, decision_id: int) -> str:
    """The address of a decision's page."""
    return url_for(".decision", slug=slug, decision_id=decision_id)


def confirm_on_screen(campaign: Campaign, decision_id: int) -> ResponseReturnValue:
    """Confirm with a colleague's name and password, or show the decision with what is wrong."""
    return acting.confirm_on_screen(
        decision_id,
        done=_("已确认，已生效。"),
        to=decision_address(campaign.slug, decision_id),
        again=lambda failure: decision_page(campaign, decision_id, failure),
    )


def decision_page(
    campaign: Campaign, decision_id: int, failure: Failure = NO_FAILURE
) -> ResponseReturnValue:
    """Render a decision, with a `failure` of the form that was posted."""
    now, own = clock.now(), require_staff().id
    made = _decision(campaign, decision_id)
    address = decision_address(campaign.slug, decision_id)
    opened = _opened(campaign, made)
    names = {one.no: one.name for one in listing.candidates_of(campaign.id)}
    return admin_page(
        "admin/campaign/decision.html",
        failure.status,
        campaign=campaign,
        active="decisions_list",
        shown=_shown(campaign, made, now),
        statement=signatures.statement(made),
        is_signed=signatures.are_needed(campaign, made.kind),
        labels=_labels(campaign, own, now) if campaign.signed else {},
        is_signer=not KINDS[made.kind].k or (own, True) in _listed(campaign, now),
        own=own,
        address=f"{base_url()}{address}",
        warnings=_warnings(campaign, made),
        is_own=made.proposed_by == own,
        may_confirm=_may_confirm(campaign, made),
        subject=people.display_names([made.fields.get("staff")]),
        added=codes.named(made),
        opened=opened,
        has_why=KINDS[made.kind].has_why,
        names=names,
        not_in_table=_not_in_table(campaign, made, opened),
        decimals=campaign.weights["decimals"],
        error=failure.error,
        recount_at=guard(campaign.id).recount_at,
    )


def _opened(campaign: Campaign, made: Decision) -> dict[str, Any]:
    """What a proposal on the way to the honours sealed, for those who may decide it."""
    kind = KINDS[made.kind]
    is_decider = may(campaign, *(kind.proposers | kind.confirmers))
    return honours.opened(made) if made.kind in HONOUR_KINDS and is_decider else {}


def _not_in_table(campaign: Campaign, made: Decision, opened: dict[str, Any]) -> list[str]:
    """The candidates without a row in the table that a proposal would put in."""
    table = opened.get("table")
    if made.kind != "data" or not isinstance(table, list):
        return []
    missing = standing.ground(campaign).missing(table)
    listed = {one.no: one.name for one in listing.candidates_of(campaign.id)}
    return [f"{no:02d} {listed[no]}" for no in missing]


def _labels(campaign: Campaign, own: int, now: datetime) -> dict[str, str]:
    """What somebody calls the browsers whose keys sign for a campaign now, by public key."""
    named = signing_keys.labels_of(own)
    keys = signatures.keys_in_force(campaign.id, own, now=now)
    return {key: named.get(key, "") for key in keys}


def _listed(campaign: Campaign, now: datetime) -> list[tuple[int, bool]]:
    return signatures.signers(campaign.id, now=now)


def _signers(campaign: Campaign, now: datetime) -> list[tuple[int, str, bool]]:
    """Number and name of each signer, and whether they may sign by now."""
    listed = _listed(campaign, now)
    names = people.display_names(number for number, _is_old in listed)
    return [(number, names.get(number, ""), is_old) for number, is_old in listed]


def _may_read(campaign: Campaign, made: Decision) -> bool:
    """Whether the reader may see it: who looks after accounts, what is about signers alone."""
    return may(campaign, *READERS) or made.kind in PEOPLE_KINDS


def _may_confirm(campaign: Campaign, made: Decision) -> bool:
    own, confirmers = require_staff().id, proposals.confirmers(made.kind)
    return roles.has_role(own, campaign.id, confirmers) and not proposals.is_about(made, own)


def _require_part(campaign: Campaign, made: Decision) -> None:
    """Raise Forbidden for those who have no part in decisions of this kind."""
    kind = KINDS[made.kind]
    if not may(campaign, *(kind.proposers | kind.confirmers)):
        raise Forbidden


def _warnings(campaign: Campaign, made: Decision) -> list[Fault]:
    """What both people must know before a publication takes effect."""
    if made.kind != "publish" or campaign.is_published:
        return []
    return publishing.publish_warnings(campaign, clock.now())


def _unaware() -> Failure:
    return Failure(acting.INVALID, error=_("请先勾选下面的方框，确认您知道这些。"))


def _decision(campaign: Campaign, decision_id: int) -> Decision:
    """A decision of this campaign that its reader may see; raises NotFound, Forbidden."""
    made = proposals.find(decision_id, require_staff().id)
    if made.campaign_id != campaign.id:
        raise NotFound
    if not _may_read(campaign, made):
        raise Forbidden
    return made


def _state(made: Decision, now: datetime) -> str:
    return "lapsed" if made.is_open and not proposals.is_fresh(made, now) else made.state


def _shown(campaign: Campaign, made: Decision, now: datetime) -> dict[str, object]:
    """A decision with the names of its people."""
    names = people.display_names([made.proposed_by, made.decided_by])
    return {
        "decision": made,
        "is_fresh": proposals.is_fresh(made, now),
        "state": _state(made, now),
        "proposed_by": names.get(made.proposed_by, ""),
        "decided_by": names.get(made.decided_by or 0, ""),
        "candidates": listing.candidates_of(campaign.id),
        "until": proposals.until(made),
    }
