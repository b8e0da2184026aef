"""Staff's pages: one file a screen, all on one blueprint."""

from votesite.web.admin import (
    accounts,
    audit_log,
    campaigns,
    candidates,
    cosigning,
    decisions,
    integrity,
    me,
    nominations,
    overview,
    results,
    roster,
    security_log,
    setup,
    sign_in,
    surveys,
)
from votesite.web.admin.blueprint import bp

SCREENS = (  # importing a screen registers its views
    accounts,
    audit_log,
    campaigns,
    candidates,
    cosigning,
    decisions,
    integrity,
    me,
    nominations,
    overview,
    results,
    roster,
    security_log,
    setup,
    sign_in,
    surveys,
)

__all__ = ["SCREENS", "bp"]
