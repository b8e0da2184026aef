"""From votes to honours, in words."""

from flask_babel import gettext as _


def component(name: str) -> str:
    """A part of the composite score."""
    return {
        "public": _("群众投票"),
        "expert": _("专家评审"),
        "satisfaction": _("满意度"),
        "objective": _("客观指标"),
    }[name]
