"""How the result is made, in words and with a worked example (ledger.md section 2a)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from votesite.domain.scoring.composite import MIN_TRIMMED
from votesite.domain.scoring.example import Example
from votesite.web.templating import number
from votesite.web.wording.award import component, points

Chapters = list[tuple[str, str]]


def chapters(award: Mapping[str, Any], criteria: Mapping[str, str]) -> Chapters:
    """The method as (heading, sentence); `criteria` are names by key."""
    said: Chapters = []
    if award["public"]:
        said.append((component("public"), _public(award)))
    if award["expert"]:
        said.append((component("expert"), _expert(award, criteria)))
    if award["satisfaction"]:
        said.append(
            (
                component("satisfaction"),
                _(
                    "来自问卷或者主办单位导入的成绩，公开记下来源和校验值。"
                    "来自本站问卷的，不满 %(n)s 份答卷的候选没有这项成绩。",
                    n=award["min_answers"],
                ),
            )
        )
    if award["objective"]:
        said.append(
            (component("objective"), _("由主办单位导入，公开记下来源和校验值，计票以后人人可看。"))
        )
    said.append((_("总分"), _("每项得分乘以权重，相加。每个数只四舍五入一次，拿计算器就能复算。")))
    said.append((_("缺成绩"), _missing(award["missing"])))
    said.append((_("同分"), _ties(award["ties"])))
    said.append((_("名额"), _seats(award)))
    said.append(
        (
            _("公示"),
            _(
                "名次排出后公示至少 %(n)s 个工作日，期间可以提异议；全部答复、公示期满一天以后，"
                "由两人确定最终名单。",
                n=award["notice_days"],
            ),
        )
    )
    return said


def steps(example: Example) -> list[str]:
    """The worked example, a sentence a step."""
    decimals = example.decimals
    said = [*_public_steps(example), *_expert_steps(example)]
    shown = [
        f"{points(max(part.points, 0), decimals)} × {part.weight}"
        for part in example.parts
        if not part.is_dropped
    ]
    said.append(
        _(
            "总分：（%(sum)s）÷ %(divisor)s = %(total)s。",
            sum=" + ".join(shown),
            divisor=example.divisor,
            total=points(example.total, decimals),
        )
    )
    honoured = _("入选") if example.is_honoured else _("没有入选")
    said.append(
        _(
            "在 %(field)s 个候选里排第 %(rank)s，名额 %(seats)s 个，%(honoured)s。",
            field=example.field,
            rank=example.rank,
            seats=example.seats,
            honoured=honoured,
        )
    )
    return said


def _public(award: Mapping[str, Any]) -> str:
    if award["public_score"] == "share":
        return _("同类里得票最多的得 100 分，其余按得票的比例得分。")
    if award["public_score"] == "cap":
        return _("得到 %(n)s 票就是 100 分，再多不加分；不到的按比例。", n=number(award["cap"]))
    return _(
        "同类候选按得票排名次：第一名 100 分，往后每名少一份，最后一名只得一份。票数相同名次相同。"
    )


def _expert(award: Mapping[str, Any], criteria: Mapping[str, str]) -> str:
    weighed = _("、").join(
        f"{criteria.get(one['key'], one['key'])} {one['weight']}%" for one in award["criteria"]
    )
    said = _(
        "每位评委按 %(criteria)s 打分，0 至 100 分，加权相加，再取各位评委的平均。",
        criteria=weighed,
    )
    if award["trim"]:
        said += _(
            "一类里人人至少有 %(n)s 张评分表时，各去掉一个最高分、一个最低分；不足就都不去。",
            n=MIN_TRIMMED,
        )
    if award["expert_score"] == "rank":
        said += _("平均分再按名次折算：第一名 100 分，往后每名少一份。")
    return said + _("评委打分时看不到票数，也看不到别人的分；结束评分以前谁也不能打开评分表。")


def _missing(rule: str) -> str:
    return {
        "refuse": _("有候选缺一项成绩，就不排名次，补齐再排。"),
        "zero": _("缺的一项按 0 分算。"),
        "drop": _("同类里有一个候选缺这一项，全类都不算这一项，其余按比例放大。"),
    }[rule]


def _ties(ties: Sequence[str]) -> str:
    if not ties:
        return _("总分相同，名次并列。")
    order = {
        "public": _("得票多的在前"),
        "expert": _("专家评分高的在前"),
        "satisfaction": _("满意度高的在前"),
        "objective": _("客观指标高的在前"),
        "lot": _("计票以后公开抽签"),
    }
    said = _("，再比").join(order[each] for each in ties)
    return _("总分相同，%(order)s；都比不出，名次并列。", order=said)


def _seats(award: Mapping[str, Any]) -> str:
    said = _("各类按名次取满名额。最后一个名次有并列的，一起入选，所以可能超出名额。")
    if award["region_cap"]:
        said += _("同一地区最多 %(n)s 个；超出的，名次靠前也不入选。", n=award["region_cap"])
    return said


def _public_steps(example: Example) -> list[str]:
    step = example.public
    if step is None:
        return []
    told = {
        "votes": number(step.votes),
        "most": number(step.most),
        "place": step.place,
        "field": step.field,
        "points": points(step.points, example.decimals),
    }
    if step.score == "rank":
        return [
            _(
                "群众投票：得 %(votes)s 票，%(field)s 个候选里第 %(place)s，"
                "100 × (%(field)s − %(place)s + 1) ÷ %(field)s = %(points)s。",
                **told,
            )
        ]
    if step.score == "cap":
        return [
            _(
                "群众投票：得 %(votes)s 票，封顶 %(most)s 票，"
                "100 × 两数中较小的 ÷ %(most)s = %(points)s。",
                **told,
            )
        ]
    return [
        _(
            "群众投票：得 %(votes)s 票，最多的得 %(most)s 票，"
            "100 × %(votes)s ÷ %(most)s = %(points)s。",
            **told,
        )
    ]


def _expert_steps(example: Example) -> list[str]:
    step = example.expert
    if step is None or not step.values:
        return []
    values = [f"{Decimal(value).scaleb(-3):.3f}".rstrip("0").rstrip(".") for value in step.values]
    told = {
        "values": _("、").join(values),
        "mean": points(step.mean, example.decimals),
        "place": step.place,
        "field": step.field,
        "points": points(step.points, example.decimals),
    }
    if step.is_trimmed:
        said = _(
            "专家评审：各位评委的分从低到高是 %(values)s，去掉头尾各一个，平均 %(mean)s。", **told
        )
    else:
        said = _("专家评审：各位评委的分从低到高是 %(values)s，平均 %(mean)s。", **told)
    if step.score == "rank":
        said += _(
            "排第 %(place)s，100 × (%(field)s − %(place)s + 1) ÷ %(field)s = %(points)s。", **told
        )
    return [said]
