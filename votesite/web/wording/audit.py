"""Lines of the audit log in sentences, and events of the security log in words."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import gettext as _

from votesite.models.audit import AuditEntry
from votesite.models.decisions import KINDS
from votesite.web.wording import account_acts, decisions, roles, settings


class Known(NamedTuple):
    """What lines speak of, by its number: names of accounts, of candidates, words of decisions."""

    people: Mapping[int, str]
    candidates: Mapping[int, str]
    decisions: Mapping[int, str]


def sentence(line: AuditEntry, known: Known) -> str:
    """What somebody did, to what, and what of it changed."""
    said, what, detail = action(line.action), _object(line, known), _detail(line, known)
    if what:
        said = _("%(act)s：%(what)s", act=said, what=what)
    return _("%(said)s（%(detail)s）", said=said, detail=detail) if detail else said


def action(name: str) -> str:
    """What a line of the audit log records; a name without words stays as it is."""
    verb, _dash, kind = name.partition("-")
    if verb in ("propose", "confirm", "sign") and kind in KINDS:
        return {"propose": _("提议"), "confirm": _("确认"), "sign": _("签字")}[verb]
    return {
        "create": _("新建"),
        "load": _("从文件夹载入"),
        "load-calendar": _("载入节假日表"),
        "edit": _("修改"),
        "add": _("添加"),
        "remove": _("移除"),
        "grant": _("授权"),
        "revoke": _("收回授权"),
        "propose-account": _("提议账号变动"),
        "confirm-account": _("确认账号变动"),
        "stop-account": _("叫停账号变动"),
        "acknowledge": _("看过账号变动"),
        "open-account": _("用链接开通账号"),
        "recovery-codes": _("换恢复码"),
        "use-recovery-code": _("用恢复码登录"),
        "disable": _("停用账号"),
        "enable": _("启用账号"),
        "set-password": _("换密码"),
        "set-second-factor": _("开启两步验证"),
        "drop-second-factor": _("取消两步验证"),
        "sign-in": _("登录"),
        "sign-out": _("退出登录"),
        "take-back": _("撤回提议"),
        "fetch-codes": _("取出投票码"),
        "register-key": _("登记签字密钥"),
        "remove-key": _("停用签字密钥"),
        "open-ledger": _("开启账本"),
        "export": _("导出"),
        "incident": _("记录事件"),
        "set-roster": _("更新名单"),
        "accept": _("采纳"),
        "join": _("并入候选"),
        "merge": _("合并"),
        "reject": _("不采纳"),
        "reopen": _("撤回决定"),
        "look": _("查看联系方式"),
        "enter": _("登记书面的"),
        "take-up": _("受理"),
        "decline": _("不予受理或办结"),
        "note-concern": _("登记回避"),
        "drop-concern": _("取消回避"),
        "ask-body": _("问候选"),
        "reply-body": _("候选回答"),
        "make-links": _("做候选链接"),
        "revoke-link": _("停用候选链接"),
        "hold": _("待查选票"),
        "release": _("解除待查"),
        "reject-appeal": _("驳回申诉"),
        "delete-own": _("公民删除本人数据"),
        "withdraw-consent": _("公民撤回同意"),
        "purge": _("期满清除"),
        "rotate-keys": _("更换密钥"),
        "retire-key": _("停用旧密钥"),
        "restore-backup": _("从备份恢复"),
        "take-over": _("启动时改用"),
        "auditor-key": _("登记审计公钥"),
        "cosign": _("联署账本"),
        "openings": _("下载审计存档"),
        "hand-in": _("交评分表"),
        "close": _("结束"),
    }.get(name, name)


def _object(line: AuditEntry, known: Known) -> str:
    """What a line is about, as its reader knows it; empty where the act says it already."""
    number = _number(line)
    if line.table == "staff_grants":
        return _grant(line, known)
    if line.table == "account_acts":
        return _account_act(line, known)
    if line.table in _counted() and line.action in ("purge", "delete-own", "withdraw-consent"):
        return _("%(what)s %(n)s 条", what=_counted()[line.table], n=number)
    if line.table == "decisions":
        return known.decisions.get(number) or _decision(line)
    return {
        "candidates": known.candidates.get(number) or _("已移除的候选"),
        "nominations": _("第 %(n)s 号提名", n=number),
        "staff": known.people.get(number) or _("账号 %(n)s", n=number),
        "staff_keys": _("第 %(n)s 把", n=number),
        "campaigns": _("活动") if line.action in ("create", "load") else _("活动设置"),
        "integrity_cases": _("异常 %(n)s", n=number),
        "integrity_areas": _("本地区"),
        "sealed_sheets": _("账本第 %(n)s 号", n=number),
        "model_dossiers": _("试评样本"),
        "appeals": _("申诉 %(n)s", n=number),
        "objections": _("异议 %(n)s", n=number),
        "objection_files": _("异议 %(n)s 的材料", n=number),
        "objection_terms": _("异议的答复期限"),
        "hearings": _("问题 %(n)s", n=number),
        "dossier_links": _("候选 %(numbers)s", numbers=line.row_id),
        "checkpoints": _("到第 %(n)s 条为止", n=number),
        "results": _("票数（%(kind)s）", kind=line.row_id),
        "site_facts": _("公众号 AppID") if line.row_id == "app-id" else _("识别投票人的密钥"),
        "surveys": _("问卷 %(n)s 的答卷", n=number),
        "calendar_years": _("%(year)s 年的节假日", year=number),
        "wrapped_keys": {
            "field": _("资料密钥"),
            "master": _("主密钥"),
            "signing": _("签名密钥"),
        }.get(line.row_id, _("密钥")),
    }.get(line.table, "")


def _decision(line: AuditEntry) -> str:
    """What a decision is about that is not known by its own words."""
    kind = line.action.partition("-")[2]
    return decisions.kind(kind) if kind in KINDS else _("第 %(n)s 号决定", n=line.row_id)


def _grant(line: AuditEntry, known: Known) -> str:
    """Whom a grant is for and as what: `staff:12 editor`."""
    account, _blank, role = line.fields.partition(" ")
    return f"{_account(account, known)} {roles.name(role) if role else ''}".strip()


def _account_act(line: AuditEntry, known: Known) -> str:
    """What an act does, to whom, with which role: `grant staff:12 editor`, `invite editor`."""
    if not line.fields:
        return _("第 %(n)s 号变动", n=line.row_id)
    kind, *about = line.fields.split(" ")
    words = [_account(one, known) if ":" in one else roles.name(one) for one in about]
    return " ".join([account_acts.kind(kind), *words])


def _account(text: str, known: Known) -> str:
    """The name of the account that `staff:12` stands for."""
    number = text.removeprefix("staff:")
    name = known.people.get(int(number)) if number.isdecimal() else None
    return name or _("账号 %(n)s", n=number)


def _counted() -> dict[str, str]:
    """Tables of which a line says only how many rows went."""
    return {
        "nominations": _("提名人资料"),
        "consents": _("同意记录"),
        "roster_misses": _("投票码试错记录"),
        "roster_codes": _("投票码"),
        "survey_answers": _("问卷答卷"),
        "survey_marks": _("问卷作答标记"),
        "wrapped_keys": _("识别投票人的密钥"),
        "receipts": _("回执"),
        "appeals": _("申诉"),
        "objections": _("异议的内容"),
        "vote_tokens": _("投票凭据"),
    }


def _detail(line: AuditEntry, known: Known) -> str:
    """What was changed, on whose screen it was confirmed, how many codes were made."""
    screen = re.search(r"on-screen-of:(\d+)", line.fields)
    if screen:
        owner = known.people.get(int(screen[1])) or _("账号 %(n)s", n=screen[1])
        return _("在%(who)s的屏幕上", who=owner)
    codes = re.fullmatch(r"new:(\d+)(?: void:(\d+))?", line.fields)
    if codes:
        made = _("新发 %(n)s 个", n=codes[1])
        return made if codes[2] in (None, "0") else f"{made}，{_('作废 %(n)s 个', n=codes[2])}"
    return "、".join(map(field, line.fields.split())) if line.action == "edit" else ""


def field(name: str) -> str:
    """A changed column in words; settings have theirs already."""
    own = {
        "name": _("名称"),
        "no": _("编号"),
        "category": _("类别"),
        "region": _("地区"),
        "level": _("级别"),
        "summary": _("简介"),
        "dossier": _("分项介绍"),
        "images": _("图片"),
        "slogan": _("一句话"),
        "organisers": _("主办单位"),
        "schedule": _("日程"),
        "ballot": _("投票规则"),
        "recount": _("核对方式"),
        "days": _("工作日"),
    }
    return own.get(name) or settings.key_label(name)


def _number(line: AuditEntry) -> int:
    """The number at the beginning of a row's name; 0 where it is none."""
    found = re.match(r"\d+", line.row_id)
    return int(found[0]) if found else 0


def screen(rule: str) -> str:
    """The screen of the desk that an address with blanks belongs to, as the menu names it."""
    parts = rule.removeprefix("/admin/").split("/")
    of_campaign = {
        "": _("总览"),
        "setup": _("设置"),
        "decisions": _("两人决定"),
        "incident": _("记录事件"),
        "candidates": _("候选档案"),
        "nominations": _("提名审核"),
        "roster": _("名单与投票码"),
        "results": _("票数"),
        "integrity": _("异常与清理"),
        "surveys": _("问卷"),
        "objections": _("异议"),
        "dossiers": _("候选链接"),
        "cosigning": _("审计与联署"),
        "scores": _("评分"),
        "judges": _("评委"),
        "award": _("名次"),
        "jobs": _("需要时间的工作"),
        "notice-paper": _("公示的 PDF"),
    }
    of_site = {
        "": _("全部活动"),
        "campaigns": _("新建活动"),
        "login": _("登录"),
        "logout": _("退出登录"),
        "me": _("我的账号"),
        "accounts": _("人员与权限"),
        "join": _("账号链接"),
        "inbox": _("等我确认"),
        "notices": _("账号变动"),
        "security": _("安全日志"),
        "calendar": _("节假日"),
        "audit": _("审计日志"),
    }
    if len(parts) > 2 and parts[0] == "c":
        return of_campaign.get(parts[2].partition(".")[0], "")
    return of_site.get(parts[0].partition(".")[0], "") if rule else ""


def security_event(name: str) -> str:
    """What an event of the security log was; a name without words stays as it is."""
    return {
        "sign-in-failed": _("账号或密码不对"),
        "code-failed": _("密码对，动态码不对"),
        "sign-in-braked": _("错得太多，要求稍后再试"),
        "forbidden": _("没有权限"),
        "not-found": _("不存在，或不是自己的活动"),
        "csrf": _("表单过期，或是伪造的"),
        "foreign-origin": _("表单来自别的网站"),
        "bad-picture": _("上传的图片不能用"),
        "too-large": _("内容太大"),
        "unsupported-form": _("不是表单"),
        "malformed-fields": _("内容里有非法字符"),
    }.get(name, name)
