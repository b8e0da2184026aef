"""The admin area: one file a screen, one folder a group of the menu, all on one blueprint."""

from votesite.web.admin.blueprint import bp
from votesite.web.admin.campaign import campaigns, decisions, overview, setup
from votesite.web.admin.candidates import candidates, nominations, roster
from votesite.web.admin.frame import refused
from votesite.web.admin.integrity import appeals, cases, region
from votesite.web.admin.integrity import decisions as ballot_decisions
from votesite.web.admin.ledger import cosigning
from votesite.web.admin.site import accounts, audit_log, me, security_log, sign_in
from votesite.web.admin.voting import results, surveys

SCREENS = (  # importing a screen registers its views
    accounts,
    appeals,
    audit_log,
    ballot_decisions,
    campaigns,
    candidates,
    cases,
    cosigning,
    decisions,
    me,
    nominations,
    overview,
    region,
    results,
    roster,
    security_log,
    setup,
    sign_in,
    surveys,
)

__all__ = ["SCREENS", "bp", "refused"]
