"""From votes to honours, in words."""

from flask_babel import gettext as _

from votesite.errors import Fault


def component(name: str) -> str:
    """A part of the composite score."""
    return {
        "public": _("群众投票"),
        "expert": _("专家评审"),
        "satisfaction": _("满意度"),
        "objective": _("客观指标"),
    }[name]


def data_key(name: str) -> str:
    """What a table of figures is about."""
    return {
        "satisfaction": _("群众满意度"),
        "objective": _("客观指标"),
        "lot": _("当众抽签"),
    }.get(name, name)


def tie(name: str) -> str:
    """By what a tie is decided."""
    return {
        "public": _("群众得票多的在前"),
        "expert": _("专家评分高的在前"),
        "satisfaction": _("满意度高的在前"),
        "objective": _("客观指标高的在前"),
        "lot": _("公开抽签"),
    }.get(name) or _("名次并列")


def outcome(name: str) -> str:
    """How an objection was decided."""
    return {
        "upheld": _("异议成立"),
        "dismissed": _("异议不成立"),
        "withdrawn": _("本人撤回"),
        "invalid": _("不符合受理条件"),
    }[name]


def reason(code: str) -> str:
    """Why no ranking is possible now, or no final list."""
    return fault(Fault(code))


def points(value: int, decimals: int) -> str:
    """Points as people write them; a dash where there are none."""
    return "–" if value < 0 else f"{value / 10**decimals:.{decimals}f}"


def fault(found: Fault) -> str:
    """The sentence for what is wrong with a decision on the way to the honours."""
    template = _words().get(found.code, "")
    figures = {
        "n": 0, "no": 0, "names": "", "name": "", "other": "", "value": "", "max": 0,
        "numbers": "", "year": "", "days": 0, "least": 0,
    }  # fmt: skip
    return template % {**figures, **found.detail} if template else ""


def is_known(code: str) -> bool:
    """Whether this page has words for a fault."""
    return code in _words()


def _words() -> dict[str, str]:
    return _of_the_course() | _of_tables() | _of_cells()


def _of_the_course() -> dict[str, str]:
    return {
        "not-published": _("活动还没有发布。"),
        "nomination-open": _("提名还没有结束。这一步会写入账本、冻结候选名单，请等提名结束。"),
        "no-experts": _("这个活动没有专家评审。"),
        "panel-closed": _("评审已经结束，不能再做这一步。"),
        "no-judge": _("这个账号在这个活动里没有评委的角色。请先请账号员授予。"),
        "judge-already": _("这个账号已经是这个活动的评委。"),
        "unscored": _("%(numbers)s 号还没有一张打分表，规则又不允许缺分。请先补齐。"),
        "not-used": _("这个活动的算法用不到它。"),
        "not-closed": _("还没有计票。"),
        "drawn-already": _("签已经抽过，只抽一次。"),
        "not-ascii": _("抽出的结果要写 1 至 200 个字母、数字或英文标点。"),
        "no-panel": _("专家评审还没有结束。"),
        "no-satisfaction": _("还没有录入群众满意度。"),
        "no-objective": _("还没有录入客观指标。"),
        "no-lot": _("并列时要抽签，还没有录入抽签结果。"),
        "missing-scores": _("有候选缺一项成绩，规则是不出名次。请先补齐。"),
        "no-ranking": _("还没有名次，或者名次排出以后数据有变，请先重新排名。"),
        "noticed-already": _("这次名次已经公示过。"),
        "no-calendar": _("%(year)s 年的节假日还不知道，请先载入当年的安排。"),
        "too-few-days": _("只有 %(days)s 个工作日，规定不少于 %(least)s 个。第一天不算。"),
        "not-final": _("最终名单还没有确定。"),
        "final": _("最终名单已经确定。"),
        "no-notice": _("还没有公示。"),
        "open-objections": _("还有异议没有答复。"),
        "needs-ranking": _("名次要重新排：有异议成立，或者数据有变。"),
        "needs-notice": _("新的名次还没有公示。"),
        "notice-runs": _("公示结束后 24 小时内还可以录入书面异议，要再等。"),
    }


def _of_tables() -> dict[str, str]:
    return {
        "faults": _("文件里有 %(n)s 处要改，都列在下面，什么也没有存。"),
        "no-table": _("请上传文件，或者选问卷。"),
        "only-satisfaction": _("问卷只能算满意度。"),
        "no-answers": _("没有一个候选满 %(n)s 份答卷，算不出满意度。"),
        "table-form": _("表要写成 [[编号, 分数], …]，都是整数。"),
        "table-order": _("编号要从小到大，不能重复。"),
        "table-unknown": _("没有 %(no)s 号候选。"),
        "table-points": _("分数在 0 到 %(max)s 之间。"),
        "rows-missing": _("缺 %(names)s 号的分数。规则是缺一项就不出名次，请补齐再传。"),
        "file-empty": _("文件是空的。"),
        "file-unreadable": _("这份文件打不开。请另存为 xlsx 或 CSV 再传。"),
        "file-encoding": _("认不出文字编码。请在 Excel 或 WPS 里另存为 CSV UTF-8。"),
        "file-syntax": _("从这一行起不是 CSV。"),
        "too-many-rows": _("最多 %(n)s 行。"),
        "no-number-column": _("第一行里没有“编号”这一列。请让第一行是表头，去掉上面的标题行。"),
        "two-number-columns": _("有两列都像编号，请只留一列。"),
        "no-figures": _("没有一列是分数。"),
        "no-head": _("这一列有数字，没有表头。"),
        "which-column": _("有几列数字：%(names)s。请选哪一列算数。"),
        "hidden-sheet": _("第一张工作表“%(name)s”是隐藏的。"),
        "hidden": _("是隐藏的，请取消隐藏或删去。"),
    }


def _of_cells() -> dict[str, str]:
    return {
        "merged": _("是合并单元格，请取消合并。"),
        "is-date": _("是日期，不是数字。"),
        "shows-error": _("公式出错：%(value)s。"),
        "no-result": _("是公式，没有算出结果。请在 Excel 或 WPS 里打开、保存后再传。"),
        "number-form": _("“%(value)s”不是编号。"),
        "number-missing": _("没有编号。"),
        "number-unknown": _("没有 %(no)s 号候选。"),
        "row-twice": _("%(no)s 号在第 %(n)s 行已经有了。"),
        "points-form": _("“%(value)s”不是数字。"),
        "points-range": _("%(value)s 不在 0 到 100 之间。"),
        "points-decimals": _("%(value)s 的小数多于 %(n)s 位。"),
        "other-name": _("写的是“%(name)s”，%(no)s 号是“%(other)s”。"),
    }
