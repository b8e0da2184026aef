"""What is wrong with a score sheet, in words; scores as people write them."""

from fractions import Fraction

from flask_babel import gettext as _

from votesite.errors import Fault

CODES = frozenset(
    {
        "not-on-sheet",
        "practised",
        "reason-missing",
        "score-decimals",
        "score-missing",
        "score-range",
        "score-words",
    }
)


def fault(found: Fault) -> str:
    """The sentence beside a field of the sheet."""
    name = found.detail.get("name", "")
    return {
        "not-on-sheet": _("您的评分表里没有这一项。"),
        "practised": _("已经有评委评过这份样本，不能再改。"),
        "reason-missing": _("回避“%(name)s”要写明理由。", name=name),
        "score-decimals": _("最多一位小数，如 95.5。"),
        "score-missing": _("还没有打分。"),
        "score-range": _("分数在 0 到 100 之间。"),
        "score-words": _("请用数字写，如 90 或 95.5。"),
    }[found.code]


def mean(tenths: Fraction | None) -> str:
    """A mean of scores to a tenth of a point, half up; a dash where there is none."""
    if tenths is None:
        return "–"
    rounded = int(tenths + Fraction(1, 2))
    return f"{rounded // 10}.{rounded % 10}"


def between(bounds: tuple[int, int] | None) -> str:
    """The lowest to the highest score: 78–90.5; a dash where there is none."""
    if bounds is None:
        return "–"
    low, high = (mean(Fraction(each)) for each in bounds)
    return f"{low}–{high}"
