"""Actions of the audit log and events of the security log, in words."""

from flask_babel import gettext as _

from votesite.models.decisions import KINDS
from votesite.web.wording import decisions


def action(name: str) -> str:
    """What a line of the audit log records; a name without words stays as it is."""
    verb, _dash, kind = name.partition("-")
    what = decisions.kind(kind) if kind in KINDS else kind
    if verb == "propose" and kind:
        return _("提议：%(what)s", what=what)
    if verb == "confirm" and kind:
        return _("确认：%(what)s", what=what)
    return {
        "create": _("新建"),
        "edit": _("修改"),
        "add": _("添加"),
        "remove": _("移除"),
        "grant": _("授权"),
        "revoke": _("收回授权"),
        "disable": _("停用账号"),
        "enable": _("启用账号"),
        "set-password": _("换密码"),
        "set-second-factor": _("开启两步验证"),
        "drop-second-factor": _("取消两步验证"),
        "sign-in": _("登录"),
        "sign-out": _("退出登录"),
        "take-back": _("撤回提议"),
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
        "hold": _("待查选票"),
        "release": _("解除待查"),
        "reject-appeal": _("驳回申诉"),
        "delete-own": _("公民删除本人数据"),
        "withdraw-consent": _("公民撤回同意"),
        "purge": _("期满清除"),
        "rotate-keys": _("更换密钥"),
        "restore-backup": _("从备份恢复"),
        "auditor-key": _("登记审计公钥"),
        "cosign": _("联署账本"),
        "openings": _("下载审计存档"),
    }.get(name, name)


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
