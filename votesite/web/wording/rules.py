"""The rules of a campaign in plain sentences: for its pages, the ballot and the settings."""

from flask_babel import gettext as _

from votesite.domain.results.tallies import PublishedFigures
from votesite.models.campaigns import Campaign
from votesite.web.templating import number
from votesite.web.wording.electorate import electorate_sentence

WHOLE_DAY = ["00:00", "24:00"]


def ballot_sentence(campaign: Campaign) -> str:
    """How many ballots, and how many picks on each."""
    rules = campaign.ballot
    count = rules["ballots"]
    if rules["scope"] == "day":
        return _("每天可投 %(n)s 张选票，%(picks)s。", n=count, picks=picks(campaign))
    return _("每人可投 %(n)s 张选票，%(picks)s。", n=count, picks=picks(campaign))


def short_sentence(campaign: Campaign) -> str:
    """How many ballots, for the second line of the main button."""
    count, hours = campaign.ballot["ballots"], campaign.ballot["hours"]
    if campaign.ballot["scope"] == "day" and hours != WHOLE_DAY:
        return _("每天 %(begin)s–%(end)s 可投 %(n)s 张", begin=hours[0], end=hours[1], n=count)
    if campaign.ballot["scope"] == "day":
        return _("每天可投 %(n)s 张选票", n=count)
    return _("每人可投 %(n)s 张选票", n=count)


def picks(campaign: Campaign) -> str:
    """How many picks a ballot takes, as part of a sentence."""
    return _("每张选 %(range)s", range=pick_range(*campaign.ballot["picks"]))


def pick_range(least: int, most: int) -> str:
    """1 至 5 个, or 10 个 where the number is exact."""
    if least == most:
        return _("%(n)s 个", n=most)
    return _("%(least)s 至 %(most)s 个", least=least, most=most)


def again_sentence(campaign: Campaign) -> str:
    """That a ballot is final, and when the next becomes possible."""
    rules = campaign.ballot
    if rules["scope"] == "day":
        return _("投出后不能更改；次日 0:00 可再投。")
    return _("投出后不能更改；整个活动期间共 %(n)s 张。", n=rules["ballots"])


def voluntary_sentence() -> str:
    """That nobody may be made to vote."""
    return _("自愿参与，任何单位不得强制、摊派。")


def figures_sentence(campaign: Campaign) -> str:
    """When and in what steps figures become public."""
    policy = campaign.results
    if policy == "hidden":
        return _("票数在投票结束后公布。")
    if policy.startswith("daily"):
        return _("票数每天 %(time)s 公布一次。", time=policy.removeprefix("daily "))
    return _("票数实时公布。%(how)s", how=steps_sentence(campaign))


def steps_sentence(campaign: Campaign) -> str:
    """How often live figures move, and in what steps."""
    return _(
        "每 %(every)s更新一次，每次至少合并 %(batch)s 位投票人的选票。",
        every=span(campaign.ballot["publish_every"]),
        batch=campaign.ballot["min_batch"],
    )


def _quiet_sentence(campaign: Campaign) -> str:
    """That figures stand still before the end, or ""."""
    quiet = campaign.ballot["quiet"]
    if not quiet or campaign.results == "hidden":
        return ""
    return _("截止前 %(span)s票数不再更新。", span=span(60 * quiet))


def neighbour_sentences(campaign: Campaign) -> list[str]:
    """Whose ballot the figures may show, and whose not, in plain words."""
    batch = campaign.ballot["min_batch"]
    steps = _step_sentences(campaign, batch)
    if campaign.recount == "public":
        opened = _("计票以后全部选票内容公开，凭回执码看得出那张选票选了谁。回执码不要给别人。")
        return [*steps, opened]
    last = _("计票时，上次公布以后才来的选票不论多少都算进去：只有几张的，看得出它们合起来选了谁。")
    return [*steps, last, _changed_sentence(batch)]


def _changed_sentence(batch: int) -> str:
    """What a result that voids and restores have changed tells of them."""
    if batch == 1:
        return _("计票以后的作废和恢复，合在一起重新公布：改动的选票不多时，可能看得出选了谁。")
    return _(
        "计票以后的作废和恢复，合在一起重新公布。改动的选票来自不足 %(n)s 位投票人的，"
        "可能看得出其中的票选了谁；单独恢复一张，要投票人事先同意。",
        n=batch,
    )


def _step_sentences(campaign: Campaign, batch: int) -> list[str]:
    """What steps of the figures hide during the vote, and from whom they cannot."""
    if campaign.results == "hidden":
        return [_("投票期间不公布票数，看不出。")]
    if batch == 1:
        return [_("每来一张新选票，票数就可能更新：谁盯着看，就看得出它选了谁。")]
    mixed = _("投票期间，每次公布至少合并 %(n)s 位投票人的新选票，分不开是谁的。", n=batch)
    others = _(
        "防不住的是：谁自己掌握其中 %(n)s 个账号，减去自己的，就看得出剩下那个人选了谁。",
        n=batch - 1,
    )
    return [mixed, others]


def short_policy(campaign: Campaign) -> str:
    """The policy beside the figures, in a few words."""
    policy = campaign.results
    if policy == "hidden":
        return _("票数在投票结束后公布")
    if policy.startswith("daily"):
        return _("每天 %(time)s 公布", time=policy.removeprefix("daily "))
    return _("实时公布，每 %(every)s更新一次", every=span(campaign.ballot["publish_every"]))


def waiting_sentence(campaign: Campaign, figures: PublishedFigures) -> str:
    """What published figures do not count yet and when they will, or "" if they count all."""
    if figures.hidden or figures.is_final or figures.tally_ballots >= figures.ballots:
        return ""
    received = number(figures.ballots)
    if campaign.results.startswith("daily"):
        time = campaign.results.removeprefix("daily ")
        return _("已收到 %(n)s 张选票，每天 %(time)s 公布票数。", n=received, time=time)
    batch = campaign.ballot["min_batch"]
    return _(
        "已收到 %(n)s 张选票，每满 %(batch)s 位投票人的新选票公布一次。", n=received, batch=batch
    )


def counted_sentence(campaign: Campaign) -> str:
    """When a ballot just cast shows in the figures."""
    policy = campaign.results
    if policy == "hidden":
        return _("您的这张已在账本里；票数在投票结束后公布。")
    if policy.startswith("daily"):
        time = policy.removeprefix("daily ")
        return _("您的这张已在账本里；票数每天 %(time)s 公布一次。", time=time)
    batch = campaign.ballot["min_batch"]
    if batch == 1:
        return ""
    return _("您的这张已在账本里；票数每满 %(batch)s 位投票人的新选票更新一次。", batch=batch)


def span(seconds: int) -> str:
    """A span of time in its largest whole unit."""
    for size, words in ((3600, _("%(n)s 小时")), (60, _("%(n)s 分钟"))):
        if seconds % size == 0:
            return words.replace("%(n)s", str(seconds // size))
    return _("%(n)s 秒", n=seconds)


def sentences(campaign: Campaign) -> list[str]:
    """Every rule of the ballot in force, one sentence each."""
    texts = [ballot_sentence(campaign), *_category_sentences(campaign), again_sentence(campaign)]
    texts.append(_repeat_sentence(campaign))
    texts += [_hours_sentence(campaign), _who_sentence(campaign), electorate_sentence(campaign)]
    texts += [figures_sentence(campaign), _quiet_sentence(campaign)]
    texts += [_recount_sentence(campaign), voluntary_sentence()]
    return [sentence for sentence in texts if sentence]


def steps(campaign: Campaign) -> list[str]:
    """The sentences under 怎么投: who and when, if that is not everybody at any time."""
    who = _who_sentence(campaign) if campaign.ballot["eligibility"] != "anyone" else ""
    first = [ballot_sentence(campaign), _hours_sentence(campaign), who]
    return [text for text in [*first, again_sentence(campaign), voluntary_sentence()] if text]


def order_sentence(order: str) -> str:
    """In which order candidates are listed, and that votes do not decide it."""
    return {
        "number": _("按编号排列，与票数无关。"),
        "stroke": _("按名称笔画排列，与票数无关。"),
        "random": _("随机排列，与票数无关。"),
    }[order]


def _hours_sentence(campaign: Campaign) -> str:
    begin, end = campaign.ballot["hours"]
    if [begin, end] == WHOLE_DAY:
        return ""
    return _("每天 %(begin)s 至 %(end)s 开放投票。", begin=begin, end=end)


def _category_sentences(campaign: Campaign) -> list[str]:
    return [
        _("“%(name)s”每张选 %(range)s。", name=category["name"], range=pick_range(*bounds))
        for category in campaign.categories
        if (bounds := category.get("picks"))
    ]


def _repeat_sentence(campaign: Campaign) -> str:
    rules = campaign.ballot
    if rules["scope"] == "day" and rules["repeat"] == "daily":
        return _("同一张选票里每个候选只能选一次，不同的日子可以再选。")
    return _("每个候选只能选一次。")


def _who_sentence(campaign: Campaign) -> str:
    return {
        "anyone": _("任何微信用户都可以投。微信只用来避免重复投票。"),
        "followers": _("关注主办单位公众号的微信用户可以投。"),
        "roster": _("名单内的人凭一次性投票码投票。投票码只核对资格，不与选票相连。"),
    }[campaign.ballot["eligibility"]]


def _recount_sentence(campaign: Campaign) -> str:
    if campaign.recount == "public":
        return _(
            "投票结束后公开全部选票内容，任何人都可以重新计票；届时凭回执码可以看出自己那张选票选了谁。"
        )
    return _("投票结束后由审计人员逐张核对，并公布打乱顺序的全部选票内容。")
