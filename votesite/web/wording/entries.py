"""What an entry of the ledger says, as a sentence that anybody can read."""

from collections.abc import Mapping

from flask_babel import gettext as _

from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.entries import Entry
from votesite.web.templating import beijing, number

Names = Mapping[int, str]  # the candidates' names by their numbers


def sentence(entry: Entry, names: Names, *, is_opened: bool = False) -> str:
    """What happened, without reasons and without who decided it; `is_opened`: everybody may read
    the ballots in the archive.
    """
    match entry["k"]:
        case "open":
            return _opening(entry)
        case "vote":
            opened, sealed = _("一张选票，内容已在存档里公开。"), _("一张选票，选了谁已封存。")
            return opened if is_opened else sealed
        case "void":
            return _(
                "第 %(of)s 号选票按规则 %(rule)s 作废。",
                of=number(entry["of"]),
                rule=entry["rule"],
            )
        case "restore":
            return _("第 %(of)s 号选票恢复，重新计入。", of=number(entry["of"]))
        case "rule":
            return _change(Change.of(entry["set"]), names)
        case "incident":
            return _("事件记录：%(what)s", what=entry["what"])
        case _:
            return _count(entry)


def reason(entry: Entry) -> str:
    """The reason that a decision gives; empty for what needs none."""
    return str(entry.get("why", ""))


def deciders(entry: Entry) -> str:
    """Which two accounts decided it; empty for what nobody decides."""
    if "by" not in entry:
        return ""
    first, second = entry["by"]
    return _("工作账号 %(first)s、%(second)s 先后确认。", first=first, second=second)


def _opening(entry: Entry) -> str:
    return _(
        "开账。投票从 %(begin)s 到 %(end)s；规则、%(n)s 个候选和 %(rules)s 条作废规则从此写定。",
        begin=beijing(entry["from"], "long"),
        end=beijing(entry["to"], "long"),
        n=len(entry["candidates"]),
        rules=len(entry["void_rules"]),
    )


def _change(change: Change, names: Names) -> str:
    value = change.value
    match change.kind:
        case "to":
            return _("投票截止时间改为 %(when)s。", when=beijing(value, "long"))
        case "withdraw":
            return _("%(no)s 号“%(name)s”退出，不能再选。", no=value, name=names.get(value, ""))
        case "reinstate":
            return _("%(no)s 号“%(name)s”恢复候选。", no=value, name=names.get(value, ""))
        case "pause":
            return _("投票暂停，公布的原因：%(why)s", why=value)
        case _:
            return _("投票恢复，公布的原因：%(why)s", why=value)


def _count(entry: Entry) -> str:
    figures = {"ballots": number(entry["ballots"]), "voided": number(entry["voided"])}
    match entry["k"]:
        case "close":
            return _(
                "投票结束，公布计票结果：收到 %(ballots)s 张选票，其中作废 %(voided)s 张。",
                **figures,
            )
        case "recount":
            return _(
                "作废或恢复后重新公布计票结果：收到 %(ballots)s 张选票，其中作废 %(voided)s 张。",
                **figures,
            )
        case _:
            return _("公布票数：到这时收到 %(ballots)s 张选票，其中作废 %(voided)s 张。", **figures)
