"""Names of staff roles, and what each may do."""

from flask_babel import gettext as _


def name(role: str) -> str:
    """A role's name."""
    return {
        "owner": _("管理员"),
        "editor": _("编辑"),
        "reviewer": _("审核员"),
        "supervisor": _("监督员"),
        "auditor": _("审计员"),
        "judge": _("评委"),
        "accounts": _("账号员"),
    }[role]


def duties(role: str) -> str:
    """What a role may do, in one sentence."""
    return {
        "owner": _("活动的全部事项；确认账号变动，不能提出。"),
        "editor": _("活动、候选、文稿、问卷；提出和确认规则变更。"),
        "reviewer": _("审核提名，处理异常；提出和确认作废。"),
        "supervisor": _("查看情况；可以确认他人的提议，不能提出。"),
        "auditor": _("只读，下载归档；从不确认。"),
        "accounts": _("管账号：邀请、授权、重设。只能管全站，不能兼任别的角色。"),
        "judge": _("只给自己评的类别打分，看不到票数和别的评委的分数。"),
    }[role]
