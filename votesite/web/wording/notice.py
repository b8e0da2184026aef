"""The public notice in words: where it stands, its table, its days, what is still to come."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import gettext as _

from votesite.clock import at
from votesite.domain.hearing import papers
from votesite.domain.hearing.notices import COMPONENTS, Course, Notice
from votesite.domain.scoring.margin import Margin
from votesite.models.campaigns import Campaign
from votesite.web.templating import beijing


def component(name: str) -> str:
    """A component of the result, as tables and legends name it."""
    return {
        "public": _("公众"),
        "expert": _("专家"),
        "satisfaction": _("满意度"),
        "objective": _("客观指标"),
    }[name]


def weights(course: Course) -> list[tuple[str, int, str]]:
    """The parts of the total as the stacked bar draws them."""
    return [(component(each), course.award[each], f"{course.award[each]}%") for each in COMPONENTS]


def state(course: Course, now: datetime) -> str:
    """Where the notice stands, in the few words of a tag."""
    if course.is_final:
        return _("名单已确定")
    if course.current is None:
        return _("结果待公布")
    return _("公示中") if course.current.is_running(now) else _("公示期满，结果待公布")


def head(course: Course) -> list[str]:
    """The heads of the list's columns."""
    columns = [_("编号"), _("名称"), _("类别")]
    return [*columns, _("总分")] if course.shows_scores else columns


def rows(course: Course, notice: Notice) -> list[tuple[str, ...]]:
    """The list by number, as the table shows it."""
    decimals = course.award["decimals"]
    listed = []
    for each in notice.honours:
        name = each.name + (_("（已退出）") if each.is_withdrawn else "")
        if each.no in course.revoked:
            name = _("（已撤销）")
        row = (f"{each.no:02d}", name, each.category)
        score = (papers.points(each.total, decimals),) if course.shows_scores else ()
        listed.append(row + score)
    return listed


def margins(found: Sequence[Margin], names: Mapping[int, str]) -> list[str]:
    """How close the last honours were, a sentence for each category."""
    sentences = []
    for each in found:
        detail = {
            "before": _("“%(category)s”：", category=each.category) if each.category else "",
            "no_in": names[each.no_in],
            "no_out": names[each.no_out],
            "n": each.votes,
        }
        if each.votes is None:
            told = _(
                "%(before)s最后入选的%(no_in)s和最先落选的%(no_out)s，票数怎么变，名单都不会改变。",
                **detail,
            )
        else:
            told = _(
                "%(before)s最后入选的%(no_in)s少得 %(n)s 票，或者最先落选的%(no_out)s"
                "多得 %(n)s 票，名单才可能改变。",
                **detail,
            )
        sentences.append(told)
    return sentences


def days(notice: Notice) -> str:
    """The working days of a notice, one after the other."""
    return _("、").join(beijing(at(on, "00:00"), "day") for on in notice.days)


def still_to_come(campaign: Campaign, course: Course) -> list[str]:
    """What has to be done before the result can be announced, in order."""
    weighed = campaign.weights
    steps = []
    if not course.is_counted:
        steps.append(_("投票结束，公布票数"))
    if weighed["expert"]:
        steps.append(_("专家评审"))
    if weighed["satisfaction"] or weighed["objective"]:
        steps.append(_("录入满意度和客观指标，写明来源"))
    span = _("公示名单至少 %(n)s 个工作日，接受异议", n=course.award["notice_days"])
    return [*steps, _("按事先锁定的算法合成总分、排名"), span, _("异议全部答复后确定名单")]
