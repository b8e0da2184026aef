"""What every page of a campaign says while its ledger fails the site's own check."""

from typing import NamedTuple

from flask import Flask
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.results import tallies
from votesite.models.campaigns import Campaign


class Alarm(NamedTuple):
    """The failing check, by its number in ledger.md and in words; `is_over`: voting has ended."""

    check: int
    words: str
    is_over: bool


def init_app(app: Flask) -> None:
    """Let every template ask for the alarm."""
    app.jinja_env.globals.update(ledger_alarm=ledger_alarm)


def ledger_alarm(campaign: Campaign) -> Alarm | None:
    """Return the alarm of a campaign, or None while its ledger passes."""
    head = tallies.head(campaign.slug)
    if head is None or head.fault is None:
        return None
    return Alarm(head.fault, _words(head.fault), clock.now() >= campaign.closes_at)


def _words(check: int) -> str:
    """What is wrong, as the verifier names it."""
    return {
        0: _("缺少应有的内容"),
        1: _("检查点无效"),
        2: _("一个长度两个检查点"),
        3: _("记录写法不规范"),
        4: _("字段编号次序不对"),
        5: _("时间倒退"),
        6: _("账本与检查点不符"),
        7: _("周期不是当时的"),
        8: _("不在开放时间投票"),
        9: _("投票超过限次"),
        10: _("剔除变更不合规"),
        11: _("回执与账本不符"),
        12: _("不是承诺的钥匙"),
        13: _("选票与承诺不符"),
        14: _("选择违反规则"),
        15: _("过程票数有误"),
        16: _("公布结果有误"),
        17: _("选票清单有误"),
        18: _("公布时机违规"),
        19: _("评委或评分表次序不对"),
        20: _("评分表或评委与承诺不符"),
        21: _("候选名单或数据与承诺不符"),
        22: _("综合结果与重算不符"),
        23: _("公示异议名单次序不对"),
        24: _("投票人或投票名单不符"),
    }[check]
