"""Where a nomination stands, as its nominator reads it."""

from flask_babel import gettext as _


def status(name: str) -> str:
    """A status in words."""
    return {"pending": _("待审核"), "accepted": _("已采纳"), "rejected": _("未采纳")}[name]
