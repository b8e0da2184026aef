"""From votes to honours, in words."""

from decimal import Decimal

from flask_babel import gettext as _

from votesite.domain.scoring.composite import MISSING, Tie
from votesite.domain.scoring.margin import Margin
from votesite.domain.scoring.standing import Standing
from votesite.errors import Fault, InvalidFile
from votesite.web.templating import number


def component(name: str) -> str:
    """A part of the composite score."""
    return {
        "public": _("群众投票"),
        "expert": _("专家评审"),
        "satisfaction": _("满意度"),
        "objective": _("客观指标"),
    }[name]


def table_name(key: str) -> str:
    """A table of figures that can be put in, or the draw."""
    return _("公开抽签") if key == "lot" else component(key)


def outcome(name: str) -> str:
    """What was decided about an objection."""
    return {
        "upheld": _("成立"),
        "dismissed": _("不成立"),
        "withdrawn": _("异议人撤回"),
        "invalid": _("不予受理"),
    }[name]


def about(kind: str) -> str:
    """What a decision of this kind does and what it fixes, in a sentence."""
    return {
        "judge": _("聘任一位评委。账本记编号、类别和身份的校验值；生效以后评委就能打分。"),
        "dismiss": _("解聘一位评委，其评分表从此不算，也不能再聘任。理由公开。"),
        "panel": _("结束评分：评委不能再交表，评分表从这时起才能打开计算。不能撤回。"),
        "data": _(
            "导入一项成绩，或者记下公开抽出的数。账本记表的校验值和来源；再导入一次，以最后一次为准。"
        ),
        "ranking": _("按开账时定下的算法排出名次，写入账本。公示以前不公开。"),
        "notice": _("公示最后一次排出的名次。公示期内接受异议。"),
        "answer": _("书面答复异议。要由与异议无关的两位同事决定。"),
        "final": _("确定最终名单。只有公示期满一天、异议都已答复才能提；生效以后只能撤销荣誉。"),
        "revoke": _("最终名单公布以后撤销一个候选的荣誉，位置空缺。理由公开。"),
    }[kind]


def points(value: int, decimals: int) -> str:
    """Points as people write them; a dash where there are none."""
    return "—" if value == MISSING else f"{Decimal(value).scaleb(-decimals):.{decimals}f}"


def category_of(standing: Standing, no: int) -> str:
    """The category of a candidate that is ranked."""
    listed = standing.gathered.candidates if standing.gathered else []
    return next((one.category for one in listed if one.no == no), "")


def tie(found: Tie) -> str:
    """Who has the same total, and what decides between them."""
    said = []
    for place, by in enumerate(found.by):
        one, other = found.numbers[place], found.numbers[place + 1]
        if by:
            said.append(
                _(
                    "%(one)s 号排在 %(other)s 号前，因为%(why)s",
                    one=one,
                    other=other,
                    why=decider(by),
                )
            )
        else:
            said.append(_("%(one)s 号和 %(other)s 号名次并列", one=one, other=other))
    return _("总分相同：") + _("；").join(said) + _("。")


def decider(member: str) -> str:
    """Why one candidate stands before another with the same total."""
    return {
        "public": _("得票更多"),
        "expert": _("专家评分更高"),
        "satisfaction": _("满意度更高"),
        "objective": _("客观指标更高"),
        "lot": _("抽签在前"),
    }[member]


def margin(found: Margin) -> str:
    """How few votes would alter the list of honours."""
    named = {"category": found.category, "inside": found.no_in, "outside": found.no_out}
    if found.votes is None:
        said = _(
            "最后一个入选的 %(inside)s 号和第一个落选的 %(outside)s 号之间，改多少票都不会变。",
            **named,
        )
    else:
        said = _(
            "其他都不变，只要给 %(outside)s 号多 %(votes)s 票，"
            "或者给 %(inside)s 号少 %(votes)s 票，名单就会变。",
            votes=number(found.votes),
            **named,
        )
    return f"{found.category}：{said}" if found.category else said


def reason(code: str) -> str:
    """Why nothing can be ranked yet."""
    return {
        "not-closed": _("还没有计票。"),
        "no-panel": _("评分还没有结束。"),
        "no-satisfaction": _("还没有满意度的成绩。"),
        "no-objective": _("还没有客观指标的成绩。"),
        "no-lot": _("同分要靠抽签，还没有抽。"),
        "missing-scores": _("有候选缺一项成绩，规则是补齐以前不排名次。"),
        "final": _("最终名单已经确定。"),
    }[code]


def fault(found: Fault) -> str | None:
    """What is wrong with a decision on the way to the honours; None for what others word."""
    detail = {"n": 0, "least": 0, "numbers": "", "year": 0, "no": 0, "max": 0, **found.detail}
    words = {
        "not-published": _("活动还没有发布。"),
        "nomination-open": _("提名还没有结束，现在写入账本会冻结候选名单。请等提名结束。"),
        "no-experts": _("这个活动没有专家评审。"),
        "panel-closed": _("评分已经结束，不能再改评委。"),
        "no-judge": _("这个账号在本活动没有“评委”角色。请先在“账号”里授予。"),
        "judge-already": _("这个账号已经是评委。"),
        "unscored": _(
            "还有候选没有任何评委打分：%(numbers)s 号。"
            "规则是缺成绩不出名次，这样做就再也补不上了。",
            **detail,
        ),
        "not-used": _("这个活动不用这一项。"),
        "not-closed": _("还没有计票。"),
        "drawn-already": _("已经抽过，不能再抽。"),
        "not-ascii": _("请填 1 至 200 个数字、字母、空格或英文标点。"),
        "no-ranking": _("没有可以公示的名次：还没有排，或者排了以后有变动，要重新排。"),
        "noticed-already": _("这次的名次已经公示过。"),
        "no-calendar": _(
            "没有 %(year)s 年的节假日表，数不出工作日。请所有者先在“节假日”里载入。", **detail
        ),
        "too-few-days": _("只有 %(n)s 个工作日，至少要 %(least)s 个。第一天不算。", **detail),
        "no-notice": _("还没有公示。"),
        "open-objections": _("还有异议没有答复。"),
        "open-appeals": _("还有投票人的申诉没有处理。"),
        "needs-ranking": _("公示以后有变动，要重新排名次、重新公示。"),
        "needs-notice": _("新的名次还没有公示。"),
        "notice-runs": _("公示期满 24 小时以后才能确定：书面寄来的异议还可能补录。"),
        "not-final": _("最终名单还没有确定。"),
        "table-form": _("这不是表：要写成 [[编号, 得分], …]，都是整数。"),
        "table-order": _("编号要从小到大，一个只写一次。"),
        "table-unknown": _("没有 %(no)s 号候选。", **detail),
        "table-points": _("得分要在 0 至 %(max)s 之间。", **detail),
        "faults": _("表里有 %(n)s 处要改，一处没改好就什么都不导入。", **detail),
    }
    return words.get(found.code) or (reason(found.code) if found.code in _REASONS else None)


_REASONS = (
    "no-panel",
    "no-satisfaction",
    "no-objective",
    "no-lot",
    "missing-scores",
    "final",
)


def file_faults(refusal: InvalidFile) -> list[str]:
    """The faults of a table, each with its row and column."""
    return [_place(row, column) + file_fault(found) for row, column, found in refusal.faults]


def _place(row: int, column: str) -> str:
    if not row:
        return ""
    if column:
        return _("第 %(row)s 行“%(column)s”：", row=row, column=column)
    return _("第 %(row)s 行：", row=row)


def file_fault(found: Fault) -> str:
    """What is wrong with one place of a table."""
    detail = {"n": 0, "no": 0, "name": "", "value": "", "names": "", "other": "", **found.detail}
    return {
        "file-unreadable": _("打不开。请用 Excel 或 WPS 另存为 xlsx 再传。"),
        "file-encoding": _("认不出文字编码。请另存为 UTF-8 的 csv，或者 xlsx。"),
        "file-empty": _("表是空的。"),
        "too-many-rows": _("最多 %(n)s 行。", **detail),
        "hidden-sheet": _(
            "第一张工作表“%(name)s”是隐藏的。请取消隐藏，或者另存要用的那张。", **detail
        ),
        "hidden": _("是隐藏的。请取消隐藏或删去，再传一次。"),
        "merged": _("是合并的单元格。请取消合并，每行都填上。"),
        "is-date": _("被存成了日期。请把单元格改为数值，重新填。"),
        "shows-error": _("显示的是错误（%(value)s）。请改好公式，或者填数。", **detail),
        "no-result": _("公式没有算出结果。请在 Excel 里打开、保存一次，或者粘贴为数值。"),
        "other-name": _(
            "%(no)s 号是“%(other)s”，表里写的是“%(name)s”。确实是同一个，请勾选下面的方框。",
            **detail,
        ),
        "which-column": _("有好几列数字：%(names)s。请在下面选哪一列是得分。", **detail),
        "no-number-column": _("没有“编号”一列。"),
        "two-number-columns": _("有两列都像编号。请只留一列。"),
        "no-head": _("这一列没有表头。"),
        "no-figures": _("没有得分。"),
        "row-twice": _("%(no)s 号在第 %(n)s 行已经有了。", **detail),
        "number-form": _("“%(value)s”不是编号。", **detail),
        "number-missing": _("没有编号。"),
        "number-unknown": _("没有 %(no)s 号候选。", **detail),
        "points-form": _("“%(value)s”不是数。请填 0 至 100 的数。", **detail),
        "points-range": _("%(value)s 不在 0 至 100 之间。", **detail),
        "points-decimals": _("%(value)s 的小数太多，最多 %(n)s 位。", **detail),
    }.get(found.code) or _("这一处读不出来。")
