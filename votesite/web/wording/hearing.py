"""Objections in words: their kinds, how far they are, how they were decided."""

from flask_babel import gettext as _

from votesite.models.hearing import Objection

Kind = tuple[str, str, str]


def kinds() -> list[Kind]:
    """What one may be: the stored word, the word to read, what it takes."""
    return [
        ("unit", _("单位异议"), _("写单位全称和联系方式；书面材料要盖公章。有书面答复。")),
        ("person", _("个人异议"), _("写真实姓名和联系方式，只有经办人员能看。有书面答复。")),
        ("hint", _("匿名线索"), _("不写姓名。密封保存，供核查参考，不进公开账本，不逐件答复。")),
    ]


def kind(name: str) -> str:
    """A kind of objection."""
    return {key: words for key, words, _takes in kinds()}[name]


def status(objection: Objection) -> str:
    """`open`, the outcome, or of a hint that was dealt with `closed`: for programs."""
    if objection.n is None:
        return "closed" if objection.state == "closed" else "open"
    return objection.outcome or "open"


def outcome(objection: Objection) -> str:
    """How an objection was decided; empty while it is not."""
    return outcomes().get(objection.outcome, "")


def outcomes() -> dict[str, str]:
    """How an objection can be decided."""
    return {
        "upheld": _("异议成立"),
        "dismissed": _("异议不成立"),
        "withdrawn": _("提出人撤回"),
        "invalid": _("不符合异议的条件"),
    }


def state(objection: Objection) -> str:
    """How far an objection is, for its author and for staff."""
    if objection.n is None:
        return _("已经阅处") if objection.state == "closed" else _("等阅处")
    return (
        outcome(objection)
        or {
            "received": _("已收到"),
            "accepted": _("已受理，正在核查"),
            "closed": _("不予受理，等书面答复"),
            "answered": _("已答复"),
        }[objection.state]
    )


def steps(objection: Objection) -> list[tuple[str, str]]:
    """What has happened so far, each with its minute."""
    found = [(_("收到"), objection.received_at)]
    if objection.accepted_at:
        found.append((_("受理"), objection.accepted_at))
    if objection.answered_at:
        found.append((_("答复"), objection.answered_at))
    return found


def components() -> dict[str, str]:
    """What a composite score is made of."""
    return {
        "public": _("群众投票"),
        "expert": _("专家评审"),
        "satisfaction": _("满意度"),
        "objective": _("客观数据"),
    }
