"""What an entry between the count and the list of honours says; never who a judge is."""

from collections.abc import Callable, Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.domain.ledger.entries import Entry
from votesite.web.templating import beijing, number

Names = Mapping[int, str]  # the candidates' names by their numbers


def sentence(entry: Entry, names: Names) -> str:
    """What happened, without reasons and without who decided it."""
    return _SENTENCES[entry["k"]](entry, names)


def more(entry: Entry) -> list[str]:
    """What else it says or keeps back."""
    match entry["k"]:
        case "judge":
            return [_("评委的姓名和单位已封存，这里只有它的指纹。")]
        case "sheet":
            return [_("打的分已封存，这里只有它的指纹；评分结束以前交的最后一份算数。")]
        case "data":
            return _data_more(entry)
        case "objection":
            return [_("异议的内容已封存，这里只有它的指纹；提出的人凭编码看处理结果。")]
        case "answer":
            return [_("答复只给提出异议的人看，这里只有它的指纹。")]
        case _:
            return []


def data_name(key: str) -> str:
    """A table of figures by its key."""
    return {
        "satisfaction": _("群众满意度"),
        "objective": _("客观指标"),
    }.get(key) or _("当众抽出的数")


def handles(entry: Entry) -> bool:
    """Whether an entry is one of these."""
    return entry["k"] in _SENTENCES


def _judge(entry: Entry, _names: Names) -> str:
    judge = entry["judge"]
    if not entry["categories"]:
        return _("任命 %(judge)s 号评委，评审全部候选。", judge=judge)
    return _("任命 %(judge)s 号评委，评审：%(of)s。", judge=judge, of=_list(entry["categories"]))


def _dismiss(entry: Entry, _names: Names) -> str:
    return _("%(judge)s 号评委退出评审，交过的评分表不再算数。", judge=entry["judge"])


def _sheet(entry: Entry, _names: Names) -> str:
    return _("%(judge)s 号评委交了一份评分表。", judge=entry["judge"])


def _panel(_entry: Entry, _names: Names) -> str:
    return _("评分结束：从此不再收评分表，也不再任命评委。")


def _data(entry: Entry, _names: Names) -> str:
    if entry["key"] == "lot":
        return _("录入当众抽出的数，用它给仍然并列的候选排出先后。")
    return _("录入%(what)s的数据。", what=data_name(entry["key"]))


def _data_more(entry: Entry) -> list[str]:
    said = [_("来源：%(source)s", source=entry["source"])]
    if entry["answers_sha256"]:
        said.append(_("数据由本网站问卷的答案算出，答案的指纹也记在这里。"))
    return said


def _ranking(_entry: Entry, _names: Names) -> str:
    return _("按开账时写定的办法得出综合结果。")


def _notice(entry: Entry, _names: Names) -> str:
    return _(
        "公示第 %(ranking)s 号记录的综合结果，从 %(begin)s 到 %(end)s，其间 %(days)s 个工作日。",
        ranking=number(entry["ranking"]),
        begin=beijing(entry["from"], "long"),
        end=beijing(entry["to"], "long"),
        days=len(entry["days"]),
    )


def _objection(_entry: Entry, _names: Names) -> str:
    return _("收到一份对公示的异议。")


def _answer(entry: Entry, _names: Names) -> str:
    outcome = {
        "upheld": _("异议成立"),
        "dismissed": _("异议不成立"),
        "withdrawn": _("异议由本人撤回"),
        "invalid": _("异议无效"),
    }[entry["outcome"]]
    figures = {"n": number(len(entry["of"])), "outcome": outcome}
    if entry["effect"] == "new_ranking":
        return _("答复 %(n)s 份异议：%(outcome)s，要重新得出综合结果并公示。", **figures)
    return _("答复 %(n)s 份异议：%(outcome)s。", **figures)


def _final(entry: Entry, _names: Names) -> str:
    return _(
        "名单确定：就是第 %(ranking)s 号记录的综合结果里入选的那些。",
        ranking=number(entry["ranking"]),
    )


def _revoke(entry: Entry, names: Names) -> str:
    no = entry["no"]
    return _("撤销 %(no)s 号“%(name)s”的荣誉，名额空缺。", no=no, name=names.get(no, ""))


def _list(words: Iterable[str]) -> str:
    return pgettext("并列", "、").join(words)


_SENTENCES: Mapping[str, Callable[[Entry, Names], str]] = {
    "judge": _judge,
    "dismiss": _dismiss,
    "sheet": _sheet,
    "panel": _panel,
    "data": _data,
    "ranking": _ranking,
    "notice": _notice,
    "objection": _objection,
    "answer": _answer,
    "final": _final,
    "revoke": _revoke,
}
