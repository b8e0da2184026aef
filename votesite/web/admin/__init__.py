"""Staff's pages: one file a screen, all on one blueprint."""

from votesite.web.admin import (
    accounts,
    audit_log,
    campaigns,
    candidates,
    decisions,
    me,
    overview,
    results,
    setup,
    sign_in,
)
from votesite.web.admin.blueprint import bp

SCREENS = (  # importing a screen registers its views
    accounts,
    audit_log,
    campaigns,
    candidates,
    decisions,
    me,
    overview,
    results,
    setup,
    sign_in,
)

__all__ = ["SCREENS", "bp"]
