"""What is wrong with a score sheet, in words; scores as people write them."""

from fractions import Fraction

from flask_babel import gettext as _

from votesite.domain.scoring.agreement import Concordance
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


def tenth(value: float) -> str:
    """A figure of the panel's findings to a tenth: 87.3."""
    return f"{value:.1f}"


def severity(value: float) -> str:
    """How far a judge gives above or below the others on the same candidates, in words."""
    shown = tenth(abs(value))
    if shown == "0.0":
        return _("和大家一样")
    return _("偏宽 %(n)s 分", n=shown) if value > 0 else _("偏严 %(n)s 分", n=shown)


def concordance(one: Concordance) -> str:
    """What Kendall's W of a category means, in one sentence."""
    if one.w is None:
        return _("打全了这一类的评委不到两位，或者分数分不出先后，算不出一致程度。")
    w = f"{one.w:.2f}"
    return {
        "weak": _("W = %(w)s，评委排的先后差别大：谁上谁下，换一组评委可能就不一样。", w=w),
        "moderate": _("W = %(w)s，评委排的先后大体相近，也有不小的分歧。", w=w),
        "strong": _("W = %(w)s，评委排的先后很一致。", w=w),
    }[one.strength]
