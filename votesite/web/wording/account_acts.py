"""Acts about accounts, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from votesite import clock
from votesite.domain.staff import account_acts
from votesite.models.staff import AccountAct
from votesite.web.templating import beijing
from votesite.web.wording import roles


class Names(NamedTuple):
    """What acts speak of: names of accounts and titles of campaigns, by their numbers."""

    people: Mapping[int, str]
    campaigns: Mapping[int, str]


def kind(name: str) -> str:
    """What an act of this kind does, in a word."""
    return {
        "create": _("新建账号"),
        "invite": _("邀请"),
        "grant": _("授权"),
        "reset": _("重设密码"),
        "drop-factor": _("取消两步验证"),
        "reopen": _("启用账号"),
    }[name]


def sentence(act: AccountAct, names: Names) -> str:
    """What an act does, with the name, the role and where it holds."""
    name = names.people.get(act.staff_id or 0) or act.display_name
    role = granted(act, names) if act.role else ""
    return {
        "create": _("在服务器上新建账号“%(name)s”：%(role)s", name=name, role=role),
        "invite": _("邀请“%(name)s”担任%(role)s", name=name, role=role),
        "grant": _("让“%(name)s”担任%(role)s", name=name, role=role),
        "reset": _("重设“%(name)s”的密码", name=name),
        "drop-factor": _("取消“%(name)s”的两步验证", name=name),
        "reopen": _("重新启用“%(name)s”的账号", name=name),
    }[act.kind]


def granted(act: AccountAct, names: Names) -> str:
    """A role and where it holds."""
    where = names.campaigns.get(act.campaign_id or 0) or _("全部活动")
    return _("%(role)s（%(where)s）", role=roles.name(act.role), where=where)


def state(act: AccountAct, now: datetime) -> str:
    """Where an act stands, and from when it counts."""
    if act.state == "proposed":
        return _("等另一人确认") if account_acts.is_waiting(act, now) else _("已失效")
    if act.state == "stopped":
        return _("已叫停")
    if act.state == "lapsed":
        return _("已失效")
    if clock.minute(now) < act.effective_from:
        begins = clock.parse_minute(act.effective_from)
        return _("已确认，%(when)s 起生效", when=beijing(begins, "long"))
    if act.kind in account_acts.LINKED and act.used_at is None:
        return _("等本人用链接完成") if account_acts.has_link(act, now) else _("链接已过期")
    return _("已生效")


def consequence(kind: str) -> str:
    """What proposing an act about an account leads to, and when it is needed."""
    return {
        "reset": _(
            "本人忘了密码才用。本人定好新密码以前，现在的密码照常可用；定好以后，别处的登录都会结束。"
        ),
        "drop-factor": _("手机丢了、恢复码也没有了才用。本人还要输入自己的密码，再用新手机开启。"),
        "reopen": _("本人定好新密码以后，账号重新可用，原有的角色还在。"),
    }[kind]


def link_purpose(kind: str) -> str:
    """What the person does with the link of an act."""
    return {
        "invite": _("本人打开链接，自己定账号名和密码，设好两步验证。"),
        "reset": _("本人打开链接，自己定新密码。"),
        "reopen": _("本人打开链接，自己定新密码，账号随即可用。"),
        "drop-factor": _("本人打开链接，输入自己的密码，用新手机设两步验证。"),
    }[kind]
