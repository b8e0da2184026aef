"""What is wrong with a list of holidays, in words."""

from flask_babel import gettext as _

from votesite.errors import Fault

CODES = frozenset(
    {
        "holiday-form",
        "holiday-missing",
        "holiday-other-year",
        "holiday-outside",
        "holiday-row",
        "holiday-twice",
    }
)


def fault(found: Fault) -> str:
    """The sentence beside the list."""
    detail = {"row": 0, "day": "", "year": 0, **found.detail}
    return {
        "holiday-form": _("这不是节假日表：要有 year、papers、days 三项。"),
        "holiday-missing": _(
            "法定节日 %(day)s 不在表里，或者不是放假。表可能还没有公布，或者不完整。", **detail
        ),
        "holiday-other-year": _("表里写的不是 %(year)s 年。", **detail),
        "holiday-outside": _("%(day)s 不是这一年的日子，也不在上一年 12 月。", **detail),
        "holiday-row": _("第 %(row)s 行看不懂。写成：2027-02-06 至 2027-02-12 休。", **detail),
        "holiday-twice": _("第 %(row)s 行的 %(day)s 前面写过，一处放假、一处上班。", **detail),
    }[found.code]
