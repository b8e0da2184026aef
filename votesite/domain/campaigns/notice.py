"""The privacy notice: what a campaign tells people before it asks for their consent.

Its text is filled in from the campaign alone and stored with it when it is published, so a later
release of the site with another template changes nothing for published campaigns.
"""

from datetime import datetime
from pathlib import Path

from votesite import clock
from votesite.models.campaigns import Campaign

_TEMPLATE = (Path(__file__).parent / "notice.zh.md").read_text(encoding="utf-8")

_LINKAGE = {
    True: "同一个人在不同日期的选票使用不同的代号。",
    False: "同一个人在本活动中的各张选票使用同一个代号。",
}
_RECOUNT = {
    "auditors": "投票截止后，各张选票的选择内容会去掉编号、打乱次序后公布，并交审计人员逐张核对。",
    "public": (
        "投票截止后，各张选票的选择内容按账本编号公布，供任何人重新计票；"
        "届时持有回执的人可以据此说明该张选票投给了谁。"
    ),
}


def notice_for(campaign: Campaign) -> str:
    """Return the notice of a campaign in Markdown, from its organisers and its rules."""
    organisers = campaign.organisers
    daily = campaign.ballot.get("scope") == "day" and campaign.ballot.get("repeat") == "daily"
    return _TEMPLATE.format(
        title=campaign.title,
        host=_names(organisers.get("host")),
        partners=_partners(organisers.get("undertaker")),
        contact=_contact(organisers.get("phone"), organisers.get("email")),
        supervision=_supervision(
            _names(organisers.get("supervisor")), organisers.get("supervision_phone") or ""
        ),
        linkage=_LINKAGE[daily],
        recount=_RECOUNT[campaign.recount],
    )


def next_version(present: str, now: datetime) -> str:
    """Return the version of a new text: its day, with a counter if `present` is of that day too."""
    today = clock.day(now).isoformat()
    if not present.startswith(today):
        return today
    counter = present.removeprefix(today).removeprefix(".")
    return f"{today}.{int(counter or 1) + 1}"


def _names(names: list[str] | None) -> str:
    return "、".join(names or [])


def _partners(undertaker: list[str] | None) -> str:
    return f"；承办：{_names(undertaker)}" if undertaker else ""


def _contact(phone: str | None, email: str | None) -> str:
    ways = [f"电话 {phone}" if phone else "", f"邮箱 {email}" if email else ""]
    return "；".join(way for way in ways if way) or "见活动主页"


def _supervision(names: str, phone: str) -> str:
    return (
        " ".join(part for part in (names, f"电话 {phone}" if phone else "") if part) or "见活动主页"
    )
