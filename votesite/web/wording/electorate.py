"""Who may vote, as a number: how many people that is, who says so, and how many of them voted."""

from flask import Flask
from flask_babel import gettext as _

from votesite.domain.results import turnout
from votesite.domain.voting import roster
from votesite.models.campaigns import Campaign
from votesite.web.templating import number


def init_app(app: Flask) -> None:
    """Let every template put the voters beside the electorate."""
    app.jinja_env.globals.update(turnout_sentence=turnout_sentence)


def electorate_sentence(campaign: Campaign) -> str:
    """How many people may vote; where nobody has said so, that nobody has."""
    if campaign.ballot["eligibility"] == "roster":
        return _(
            "名单上共 %(n)s 人，一人一个投票码。"
            "投票开始后名单锁定，增补须两个人决定，并公开记入账本。",
            n=number(roster.size_of(campaign.id)),
        )
    if campaign.electorate["population"]:
        return _(
            "据主办单位公布，有资格投票的共 %(n)s 人（来源：%(source)s）。",
            n=number(campaign.electorate["population"]),
            source=campaign.electorate["source"],
        )
    return _("主办单位没有公布有资格投票的共有多少人。")


def turnout_sentence(campaign: Campaign) -> str:
    """How many different voters there were, against how many there could be."""
    return _came(campaign) + _of(campaign)


def _came(campaign: Campaign) -> str:
    """With daily repeat a voter cannot be known again the next day: then the busiest day counts."""
    voters = number(turnout.voters(campaign.id))
    rules = campaign.ballot
    if rules["scope"] == "day" and rules["repeat"] == "daily":
        return _("人数最多的一天有 %(n)s 个不同的微信用户投票。", n=voters)
    return _("有 %(n)s 个不同的微信用户投了票。", n=voters)


def _of(campaign: Campaign) -> str:
    if campaign.ballot["eligibility"] == "roster":
        return _("名单上共 %(n)s 人。", n=number(roster.size_of(campaign.id)))
    if campaign.electorate["population"]:
        return _(
            "据主办单位公布，有资格投票的是 %(n)s 人（来源：%(source)s）。",
            n=number(campaign.electorate["population"]),
            source=campaign.electorate["source"],
        )
    return _("主办单位没有公布有资格投票的共有多少人，这个数无从对照。")
