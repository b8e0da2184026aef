"""Why ballots were refused, in the few words of a table or a chart."""

from flask_babel import gettext as _


def short(reason: str) -> str:
    """A reason beside its figure; one without words stays as it is."""
    return {
        "busy": _("排队超时"),
        "check-required": _("被要求先算一道题"),
        "closed": _("不在投票时间"),
        "consent-required": _("没有勾选同意"),
        "csrf": _("页面过期"),
        "foreign-origin": _("不是从本站提交"),
        "invalid-ballot": _("选的个数或内容不对"),
        "limit-reached": _("次数已用完"),
        "not-eligible": _("不在投票范围"),
        "not-found": _("活动不存在"),
        "not-identified": _("还没有登录"),
        "snapshot-user": _("微信快照页"),
        "too-many-requests": _("操作太快"),
        "try-later": _("查不到关注状态"),
    }.get(reason, reason)
