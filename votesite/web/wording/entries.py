"""What an entry of the ledger says, as a sentence that anybody can read."""

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import pgettext

from votesite.domain.ledger.changes import Change
from votesite.domain.ledger.entries import Entry
from votesite.web.templating import beijing, number
from votesite.web.wording import honour_entries

Names = Mapping[int, str]  # the candidates' names by their numbers


def sentence(entry: Entry, names: Names, *, is_opened: bool = False) -> str:
    """What happened, without reasons and without who decided it; `is_opened`: everybody may read
    the ballots in the archive.
    """
    if honour_entries.handles(entry):
        return honour_entries.sentence(entry, names)
    match entry["k"]:
        case "open":
            return _opening(entry)
        case "vote":
            opened, sealed = _("一张选票，内容已在存档里公开。"), _("一张选票，选了谁已封存。")
            return opened if is_opened else sealed
        case "void" | "restore":
            return _void(entry) if entry["k"] == "void" else _restore(entry)
        case "rule":
            return _change(Change.of(entry["set"]), names)
        case "signer" | "drop":
            return _signer(entry)
        case "incident":
            return _("事件记录：%(what)s", what=entry["what"])
        case _:
            return _count(entry)


def more(entry: Entry) -> list[str]:
    """What else an entry fixes or says that concerns everybody."""
    if entry["k"] == "open":
        return [_electorate(entry), _signing(entry), _auditors(entry)]
    if entry["k"] == "signer":
        return [_("新的人和新的密钥，24 小时以后才算数。")]
    return honour_entries.more(entry)


def reason(entry: Entry) -> str:
    """The reason that a decision gives; empty for what needs none."""
    return str(entry.get("why", ""))


def deciders(entry: Entry) -> str:
    """Which two accounts decided it, and whether they signed; empty for what nobody decides."""
    if "by" not in entry:
        return ""
    first, second = entry["by"]
    if all(entry["sigs"]):
        return _(
            "工作账号 %(first)s、%(second)s 先后确认，各用自己的密钥签了字。",
            first=first,
            second=second,
        )
    return _("工作账号 %(first)s、%(second)s 先后确认，没有签字。", first=first, second=second)


def figures(entry: Entry, votes: Sequence[Sequence[int]], names: Names) -> list[tuple[str, ...]]:
    """The rows of a count as cells: candidate, votes; in a result what was taken off as well.

    A tally has those that have changed since the one before.
    """
    if entry["k"] == "tally":
        return [(_named(no, names), number(net)) for no, net in entry["votes"]]
    return [(_named(no, names), number(net), number(gross - net)) for no, gross, net in votes]


def _named(no: int, names: Names) -> str:
    return _("%(no)s 号 %(name)s", no=no, name=names.get(no, ""))


def _opening(entry: Entry) -> str:
    return _(
        "开账。投票从 %(begin)s 到 %(end)s；规则、名单、评定办法和 %(rules)s 条作废规则从此写定。",
        begin=beijing(entry["from"], "long"),
        end=beijing(entry["to"], "long"),
        rules=len(entry["void_rules"]),
    )


def _electorate(entry: Entry) -> str:
    stated = entry["electorate"]
    if stated["size"]:
        return _("名册：%(n)s 个投票码，一人一码。", n=number(stated["size"]))
    if stated["population"]:
        return _(
            "可以投票的人数，主办单位说明是 %(n)s 人（依据：%(source)s）。",
            n=number(stated["population"]),
            source=stated["source"],
        )
    return _("可以投票的人数，主办单位没有说明。")


def _signing(entry: Entry) -> str:
    people = _list(str(signer["staff"]) for signer in entry["signers"])
    if entry["signed"]:
        return _("可以参与两人决定的工作账号：%(people)s，各用自己的密钥签字。", people=people)
    return _("可以参与两人决定的工作账号：%(people)s，不签字。", people=people)


def _auditors(entry: Entry) -> str:
    names = _list(key.split("+")[0] for key in entry["auditors"])
    if not names:
        return _("没有指定审计方。")
    return _(
        "指定的审计方：%(names)s；其中至少 %(n)s 个要联署计票结果。",
        names=names,
        n=entry["quorum"],
    )


def _list(words: Iterable[str]) -> str:
    return pgettext("并列", "、").join(words)


def _void(entry: Entry) -> str:
    of = entry["of"]
    if len(of) == 1:
        return _("第 %(of)s 号选票按规则 %(rule)s 作废。", of=number(of[0]), rule=entry["rule"])
    return _("%(n)s 张选票按规则 %(rule)s 作废。", n=number(len(of)), rule=entry["rule"])


def _restore(entry: Entry) -> str:
    of = entry["of"]
    if len(of) == 1:
        return _("第 %(of)s 号选票恢复，重新计入。", of=number(of[0]))
    return _("%(n)s 张选票恢复，重新计入。", n=number(len(of)))


def _signer(entry: Entry) -> str:
    staff = entry["staff"]
    if entry["k"] == "drop":
        return _("工作账号 %(staff)s 从此不能参与两人决定。", staff=staff)
    if not entry["keys"]:
        return _("工作账号 %(staff)s 可以参与两人决定。", staff=staff)
    return _(
        "工作账号 %(staff)s 可以参与两人决定，签字用 %(n)s 把密钥。",
        staff=staff,
        n=len(entry["keys"]),
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
        case "roster":
            return _("名册改为 %(n)s 个投票码。", n=number(value["size"]))
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
