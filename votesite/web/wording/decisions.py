"""Decisions that take two people, in words."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from votesite import clock
from votesite.domain.decisions.kinds import KINDS
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.decisions import HONOUR_KINDS, Decision
from votesite.web.templating import beijing, number
from votesite.web.wording import award, roles

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
        "judge": _("聘任评委"),
        "dismiss": _("解聘评委"),
        "panel": _("结束评分"),
        "data": _("导入成绩"),
        "ranking": _("排出名次"),
        "notice": _("发布公示"),
        "answer": _("答复异议"),
        "final": _("确定最终名单"),
        "revoke": _("撤销荣誉"),
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
    return _honour(decision, candidates) if decision.kind in HONOUR_KINDS else kind(decision.kind)


def _honour(decision: Decision, candidates: list[Candidate]) -> str:
    """What a decision on the way to the honours will do."""
    value = decision.payload[decision.kind]
    if decision.kind == "judge":
        return _("聘任第 %(n)s 号评委", n=value["judge"])
    if decision.kind == "dismiss":
        return _("解聘第 %(n)s 号评委", n=value["judge"])
    if decision.kind == "data":
        return _("导入成绩：%(name)s", name=award.table_name(value["key"]))
    if decision.kind == "notice":
        begins, ends = (beijing(clock.parse_minute(value[key]), "long") for key in ("from", "to"))
        return _("公示名次：%(begins)s 至 %(ends)s", begins=begins, ends=ends)
    if decision.kind == "answer":
        return _("答复 %(n)s 件异议", n=len(value["objections"]))
    if decision.kind == "revoke":
        name = next((one.name for one in candidates if one.no == value["no"]), "")
        return _("撤销 %(no)s 号“%(name)s”的荣誉", no=value["no"], name=name)
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
    if decision.kind in HONOUR_KINDS:
        return _honour_facts(decision)
    if decision.kind in ("signer", "drop"):
        keys = [_("密钥 …%(end)s", end=key[-12:]) for key in fields.get("keys", [])]
        return [(_("同事"), names.get(fields["staff"], "")), (_("能签字的"), keys)]
    return []


def _honour_facts(decision: Decision) -> list[tuple[str, str | list[str]]]:
    """What of a decision on the way to the honours is public once it is in effect."""
    value = decision.payload[decision.kind]
    found: list[tuple[str, str | list[str]]] = []
    if decision.kind == "judge":
        found = [(_("类别"), value["categories"] or _("全部类别"))]
    elif decision.kind == "data":
        found = [(_("来源"), value["source"])]
    elif decision.kind == "notice":
        found = [(_("工作日"), decision.fields["days"])]
        corrected = [*value["off"], *value["on"]]
        found += [(_("对节假日表的更正"), corrected)] if corrected else []
    elif decision.kind == "answer":
        listed = _("、").join(map(number, value["objections"]))
        effect = (
            _("要重新排名次、重新公示") if value["effect"] == "new_ranking" else _("不影响名次")
        )
        found = [
            (_("异议"), _("第 %(numbers)s 号", numbers=listed)),
            (_("结论"), award.outcome(value["outcome"])),
            (_("影响"), effect),
        ]
    return found


def sealed_facts(decision: Decision, opened: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a proposal sealed, for those who may decide it."""
    if decision.kind == "judge":
        return [(_("姓名"), opened["name"]), (_("单位"), opened["unit"])]
    if decision.kind == "answer":
        return [(_("答复"), opened["reply"])]
    return [(_("抽出的数"), opened["table"])] if _is_drawn(decision) else []


def _is_drawn(decision: Decision) -> bool:
    return decision.kind == "data" and decision.payload["data"]["key"] == "lot"


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
