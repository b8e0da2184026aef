"""The printed form of a notice: a PDF on A4, made once, kept with its SHA-256 in the campaign.

It says what the page says when the notice begins, always in the words of the organiser's language.
Text goes to the typesetter as data, never as its language.
"""

import hashlib
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from votesite import confined
from votesite.clock import CST, Clock, minute, now
from votesite.domain import fonts
from votesite.domain.campaigns import publishing
from votesite.domain.hearing import notices
from votesite.domain.hearing.notices import COMPONENTS, Course, Notice
from votesite.domain.jobs import asking
from votesite.domain.jobs.kinds import Made, Task, kind
from votesite.errors import Fault, InvalidFields
from votesite.extensions import db, load, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.hearing import NoticePaper
from votesite.models.jobs import Job

KIND = "notice-pdf"
SECONDS = 20.0
MEMORY = 2 << 30  # addresses: fonts are mapped whole
_TYPESETTING = confined.job("votesite.domain.hearing.typesetting:make")
_TEMPLATE = Path(__file__).with_name("data") / "notice.typ"
_LABELS = {
    "public": "公众投票",
    "expert": "专家评审",
    "satisfaction": "满意度",
    "objective": "客观指标",
}


def has_font() -> bool:
    """Whether this machine has a Chinese font to print with."""
    return fonts.font_file(fonts.TEXT + fonts.SANS) is not None


def ask(campaign_id: int, n: int, by: int, *, clock: Clock = now) -> Job:
    """Ask for the printed form of the notice of entry `n`; raises TooManyRequests."""
    return asking.ask(campaign_id, by, KIND, {"n": n}, clock=clock)


def make(campaign_id: int, n: int, *, clock: Clock = now) -> NoticePaper:
    """Make the printed form of the notice of entry `n`, unless it is there; returns it.

    Raises NotFound, InvalidFields without a font, confined.Failed and Busy.
    """
    paper = db.session.get(NoticePaper, (campaign_id, n))
    if paper is not None:
        return paper
    if not has_font():
        raise InvalidFields({"paper": Fault("no-font")})
    pdf = _typeset(load(Campaign, campaign_id), n)
    with writing() as tx:
        paper = db.session.get(NoticePaper, (campaign_id, n))
        if paper is None:
            paper = NoticePaper(
                campaign_id=campaign_id,
                n=n,
                pdf=pdf,
                sha256=hashlib.sha256(pdf).hexdigest(),
                made_at=minute(clock()),
            )
            db.session.add(paper)
            publishing.touch(tx, campaign_id)
    return paper


def is_made(campaign_id: int, n: int) -> bool:
    """Whether the notice of entry `n` has its printed form."""
    return db.session.get(NoticePaper, (campaign_id, n)) is not None


def paper_of(campaign_id: int, n: int) -> NoticePaper:
    """Returns the printed form of the notice of entry `n`; raises NotFound."""
    return load(NoticePaper, (campaign_id, n))


@kind(KIND, seconds=60)
def _make_for(task: Task) -> Made:
    paper = make(task.campaign_id, task.question["n"])
    return Made({"sha256": paper.sha256}, paper.pdf, "notice.pdf")


def _typeset(campaign: Campaign, n: int) -> bytes:
    notice = notices.notice_of(campaign.id, n)
    course = notices.course(campaign, notice.begins)
    question = {
        "template": str(_TEMPLATE),
        "fonts": list(fonts.FOLDERS),
        "data": _data(campaign, course, notice),
        "seconds": int(notice.begins.timestamp()),
    }
    data = json.dumps(question, ensure_ascii=False).encode()
    return confined.run(_TYPESETTING, data, seconds=SECONDS, memory=MEMORY)


def _data(campaign: Campaign, course: Course, notice: Notice) -> dict[str, Any]:
    """What the typst file reads."""
    former = [each for each in course.former if each.n < notice.n]
    base = f"{site().settings.base_url}/c/{campaign.slug}"
    return {
        "title": campaign.title,
        "subject": subject(campaign),
        "host": campaign.organisers["host"],
        "address": f"{base}/notice",
        "ledger": f"账本、名单的算法和核对办法：{base}/ledger/",
        "replaces": bool(former),
        "former": _moment(former[-1].begins) if former else "",
        "why": notice.why,
        "opening": _opening(campaign),
        **_table(course, notice),
        "method": _method(course),
        "period": _period(notice),
        "confirmed": notice.is_confirmed,
        "objecting": _objecting(),
        "contacts": _contacts(campaign),
        "date": _day(notice.begins.astimezone(CST).date()),
        "entry": notice.n,
        "ranking": notice.ranking_n,
    }


def _opening(campaign: Campaign) -> str:
    basis = campaign.approval.get("number")
    begins = f"经{basis}批准，" if basis else ""
    return (
        f"{begins}{campaign.title}已经完成计票和核算。"
        f"现将{subject(campaign)}公示如下，请社会各界监督。"
    )


def subject(campaign: Campaign) -> str:
    """Returns what the list is called as long as it is not final."""
    verb = {"表彰": "表彰", "推选": "推选"}.get(campaign.wording, "入选")
    return f"拟{verb}名单"


def _table(course: Course, notice: Notice) -> dict[str, Any]:
    """The list by number. Columns of a width of 0 are as wide as what stands in them."""
    asked = [each for each in COMPONENTS if course.award[each]] if course.shows_scores else []
    scores = asked if len(asked) > 1 else []
    head, widths = ["编号", "名称", "类别"], [0, 3, 2]
    if course.shows_scores:
        head += ["总分", *(_LABELS[each] for each in scores)]
        widths += [0] * (1 + len(scores))
    decimals = course.award["decimals"]
    rows = []
    for each in notice.honours:
        row = [f"{each.no:02d}", each.name, each.category]
        if course.shows_scores:
            row += [points(each.total, decimals)]
            row += [points(each.scores[one], decimals) for one in scores]
        rows.append(row)
    scale = "各项满分 100 分；总分是各项分数按权重相加。" if course.shows_scores else ""
    return {"head": head, "widths": widths, "rows": rows, "scale": scale}


def points(value: int, decimals: int) -> str:
    """Returns points as a decimal number, a dash where a score is missing."""
    if value < 0:
        return "—"
    whole, part = divmod(value, 10**decimals)
    return f"{whole}.{part:0{decimals}d}"


def _method(course: Course) -> list[str]:
    award = course.award
    asked = [each for each in COMPONENTS if award[each]]
    seats = sum(count for _, count in award["seats"])
    weighed = "、".join(f"{_LABELS[each]}占 {award[each]}%" for each in asked)
    made = f"总分由{weighed}合成" if len(asked) > 1 else f"名单由{_LABELS[asked[0]]}得出"
    fixed = "算法和权重写在公开账本的第 0 条，第一张选票投出以前就已锁定。"
    sentences = [f"{made}，按类别排名，共 {seats} 个名额。{fixed}"]
    if award["region_cap"]:
        sentences.append(f"同一地区最多 {award['region_cap']} 个。")
    return sentences


def _period(notice: Notice) -> str:
    days = "、".join(f"{day.month} 月 {day.day} 日" for day in notice.days)
    return (
        f"{_moment(notice.begins)}至 {_moment(notice.ends)}，"
        f"共 {len(notice.days)} 个工作日（{days}；起始当天不计）。"
    )


def _objecting() -> list[str]:
    return [
        "对名单有异议的，请在公示期内向受理单位提出，写明具体事实和依据。",
        "以单位名义提出的，须加盖公章；个人提出的，须署真实姓名并留联系方式。"
        "受理单位对提出人的信息保密。",
        "不署名的反映作为线索处理，不逐件答复。",
    ]


def _contacts(campaign: Campaign) -> list[list[str]]:
    who = campaign.organisers
    office = "、".join(who.get("undertaker") or who["host"])
    rows = [
        ("受理单位", office),
        ("电话", who.get("phone", "")),
        ("监督单位", "、".join(who.get("supervisor") or [])),
        ("监督电话", who.get("supervision_phone", "")),
        ("电子邮箱", who.get("email", "")),
        ("网上提出", f"{site().settings.base_url}/c/{campaign.slug}/notice"),
    ]
    return [[key, value] for key, value in rows if value]


def _moment(moment: datetime) -> str:
    local = moment.astimezone(CST)
    return f"{_day(local.date())} {local:%H:%M}"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
