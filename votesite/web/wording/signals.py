"""Why a case was opened, in plain words with its figures."""

from flask_babel import gettext as _

from votesite.domain.integrity.cases import Details
from votesite.domain.integrity.evidence import Evidence
from votesite.domain.integrity.signals import CHOICE_KINDS
from votesite.models.integrity import Case


def title(case: Case, details: Details) -> str:
    """What the ballots of a case share; while figures are hidden, not that it is a choice."""
    if case.kind in CHOICE_KINDS and not details.candidate:
        return _("多处网络集中投票")
    return {
        "source": _("同一处网络集中投票"),
        "agent": _("同一种浏览器集中投票"),
        "picks": _("同一种选法集中投票"),
        "candidate": _("集中投给同一候选"),
        "strangers": _("陌生网络集中投给同一候选"),
    }[case.kind]


def state(name: str) -> str:
    """Where a case stands."""
    return {
        "open": _("待看"),
        "held": _("待查"),
        "released": _("已解除"),
        "voided": _("已作废"),
    }[name]


def appeal_state(name: str) -> str:
    """Where an appeal stands."""
    return {"open": _("待处理"), "restored": _("已恢复"), "rejected": _("已驳回")}[name]


def short(details: Details) -> str:
    """The technical reason in one line, for the list of cases."""
    technical = [piece for piece in details.evidence if piece.code in ("agent", "rhythm", "novel")]
    return sentence(technical[0]) if technical else ""


def sentence(piece: Evidence) -> str:
    """One piece of evidence."""
    names = ("count", "usual", "share", "agents", "every", "elsewhere")
    figures = {**dict.fromkeys(names, 0), **piece.figures}
    if piece.code == "agent" and figures["agents"] <= 1:
        return _("全部来自同一种浏览器，这种浏览器平时很少见。")
    if piece.code == "burst" and not figures["usual"]:
        return _("这段时间来了 %(count)s 张，平时几乎没有。", **figures)
    return {
        "burst": _("这段时间来了 %(count)s 张，按平时的比例应有 %(usual)s 张左右。", **figures),
        "source": _(
            "%(share)s%% 来自同一处网络。单看这一点不说明问题：单位、学校常共用一个地址。",
            **figures,
        ),
        "agent": _(
            "只有 %(agents)s 种浏览器，最多的一种占 %(share)s%%，平时没有这样集中。", **figures
        ),
        "choice": _(
            "%(share)s%% 选了同一候选或同一组候选，其他选票不是这样。"
            "单看这一点不说明问题：支持者常选得一样。",
            **figures,
        ),
        "rhythm": _("约每 %(every)s 秒一张，间隔均匀，像按时钟投的；真人投票有疏有密。", **figures),
        "novel": _("%(share)s%% 的网络和浏览器在本活动其他选票里从未出现。", **figures),
        "new-source": _("%(share)s%% 的网络在本活动其他选票里从未出现。", **figures),
        "region": _("%(share)s%% 来自本地区以外，其他选票只有 %(elsewhere)s%%。", **figures),
        "night": _("%(share)s%% 在凌晨 0 点到 6 点投出。", **figures),
    }[piece.code]
