"""Decisions that take two people, in words."""

from collections.abc import Mapping

from flask_babel import gettext as _

from votesite import clock
from votesite.domain.decisions.kinds import KINDS
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.decisions import Decision
from votesite.web.templating import beijing, number
from votesite.web.wording import roles

ORDER = ("owner", "editor", "reviewer", "supervisor", "accounts")
MOST_NAMED = 12  # ballots whose numbers stand in the sentence


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
        "roster": _("增补名单"),
        "signer": _("加签字人或换密钥"),
        "drop": _("去掉签字人"),
        "incident": _("记录事件"),
    }[name]


def sentence(decision: Decision, candidates: list[Candidate]) -> str:
    """What a decision will do, with the name or time it is about."""
    value = decision.payload[decision.kind]
    if decision.kind == "void":
        return _("按规则 %(rule)s 作废异常 %(n)s 的选票", rule=value["rule"], n=value["case"])
    if decision.kind == "restore" and len(value) > 1:
        return _("恢复 %(n)s 张选票", n=len(value))
    if decision.kind == "to":
        return _("投票截止时间改为 %(when)s", when=beijing(clock.parse_minute(value), "long"))
    if decision.kind == "roster":
        return _("名单加入或换发 %(n)s 人", n=value["n"])
    if decision.kind in ("signer", "drop"):
        return _people(decision)
    if decision.kind in ("withdraw", "reinstate"):
        name = next((candidate.name for candidate in candidates if candidate.no == value), "")
        if decision.kind == "withdraw":
            return _("%(no)s 号“%(name)s”退出，不能再选", no=value, name=name)
        return _("%(no)s 号“%(name)s”恢复候选", no=value, name=name)
    return kind(decision.kind)


def _people(decision: Decision) -> str:
    staff, keys = decision.payload[decision.kind], decision.fields.get("keys", [])
    if decision.kind == "drop":
        return _("工作账号 %(staff)s 不再是签字人", staff=staff)
    if keys:
        return _("工作账号 %(staff)s 用 %(n)s 把密钥签字", staff=staff, n=len(keys))
    return _("工作账号 %(staff)s 参与两人决定", staff=staff)


def facts(
    decision: Decision, campaign: Campaign, names: Mapping[int, str]
) -> list[tuple[str, str | list[str]]]:
    """What the ledger will hold besides the reason, in plain words; `names` of staff by number."""
    fields = decision.fields
    if decision.kind == "void":
        text = next(
            (rule["text"] for rule in campaign.void_rules if rule["id"] == fields["rule"]), ""
        )
        rule = _("%(id)s：%(text)s", id=fields["rule"], text=text)
        return [(_("选票"), _ballots(fields["of"])), (_("作废规则"), rule)]
    if decision.kind == "restore":
        return [(_("选票"), _ballots(fields["of"]))]
    if decision.kind == "roster":
        roster = fields["set"]["roster"]
        return [(_("名单人数"), number(roster["size"])), (_("名单校验值"), roster["sha256"])]
    if decision.kind in ("signer", "drop"):
        keys = [_("密钥 …%(end)s", end=key[-12:]) for key in fields.get("keys", [])]
        return [(_("同事"), names.get(fields["staff"], "")), (_("能签字的"), keys)]
    return []


def _ballots(of: list[int]) -> str:
    if len(of) > MOST_NAMED:
        first, last = number(of[0]), number(of[-1])
        return _("%(n)s 张，第 %(first)s 至第 %(last)s 号之间", n=len(of), first=first, last=last)
    return _("第 %(numbers)s 号", numbers=_("、").join(map(number, of)))


def confirmers(name: str) -> str:
    """The roles that may be the second person, in words."""
    able = KINDS[name].confirmers
    return _("、").join(roles.name(role) for role in ORDER if role in able)


def state(name: str) -> str:
    """Where a decision stands."""
    return {
        "unsigned": _("等您签字"),
        "proposed": _("等第二人"),
        "done": _("已生效"),
        "lapsed": _("已失效"),
        "withdrawn": _("已撤回"),
    }[name]
