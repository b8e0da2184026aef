"""The admin area: one file a screen, one folder a group of the menu, all on one blueprint."""

from votesite.web.admin import jobs
from votesite.web.admin.blueprint import bp
from votesite.web.admin.campaign import (
    campaigns,
    decisions,
    notice_paper,
    overview,
    proposing,
    setup,
)
from votesite.web.admin.candidates import candidates, nominations, roster
from votesite.web.admin.frame import refused
from votesite.web.admin.hearing import dossiers, objection, objections
from votesite.web.admin.integrity import appeals, cases, region
from votesite.web.admin.ledger import cosigning
from votesite.web.admin.scoring import judges, scores
from votesite.web.admin.site import (
    account_acts,
    accounts,
    audit_log,
    calendar,
    inbox,
    join,
    me,
    notices,
    security_log,
    sign_in,
    signing_key,
)
from votesite.web.admin.voting import results, surveys

SCREENS = (  # importing a screen registers its views
    account_acts,
    accounts,
    appeals,
    audit_log,
    calendar,
    campaigns,
    candidates,
    cases,
    cosigning,
    decisions,
    dossiers,
    inbox,
    jobs,
    join,
    judges,
    me,
    nominations,
    notice_paper,
    notices,
    objection,
    objections,
    overview,
    proposing,
    region,
    results,
    roster,
    scores,
    security_log,
    setup,
    sign_in,
    signing_key,
    surveys,
)

__all__ = ["SCREENS", "bp", "refused"]
