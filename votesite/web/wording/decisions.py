"""Decisions that take two people, in words."""

from flask_babel import gettext as _

from votesite import clock
from votesite.models.candidates import Candidate
from votesite.models.decisions import Decision
from votesite.web.templating import beijing


def kind(name: str) -> str:
    """What a decision of this kind does, as a verb."""
    return {
        "pause": _("暂停投票"),
        "resume": _("恢复投票"),
        "withdraw": _("候选退出"),
        "reinstate": _("恢复候选"),
        "to": _("更改投票截止时间"),
        "publish": _("发布活动"),
        "void": _("作废一批选票"),
        "restore": _("恢复一张选票"),
        "incident": _("记录事件"),
    }[name]


def sentence(decision: Decision, candidates: list[Candidate]) -> str:
    """What a decision will do, with the name or time it is about."""
    value = decision.payload[decision.kind]
    if decision.kind == "void":
        return _("按规则 %(rule)s 作废异常 %(n)s 的选票", rule=value["rule"], n=value["case"])
    if decision.kind == "to":
        return _("投票截止时间改为 %(when)s", when=beijing(clock.parse_minute(value), "long"))
    if decision.kind in ("withdraw", "reinstate"):
        name = next((candidate.name for candidate in candidates if candidate.no == value), "")
        if decision.kind == "withdraw":
            return _("%(no)s 号“%(name)s”退出，不能再选", no=value, name=name)
        return _("%(no)s 号“%(name)s”恢复候选", no=value, name=name)
    return kind(decision.kind)


def state(name: str) -> str:
    """Where a decision stands."""
    return {
        "proposed": _("等另一人确认"),
        "done": _("已生效"),
        "lapsed": _("已失效"),
        "withdrawn": _("已撤回"),
    }[name]
