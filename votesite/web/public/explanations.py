"""Pages that explain a campaign: procedure, rules, news, privacy notice, forced voting."""

from datetime import datetime

from flask import Response
from flask_babel import gettext as _
from markupsafe import Markup

from votesite.domain.award import award_of
from votesite.domain.campaigns.notice import notice_for
from votesite.domain.candidates.listing import candidates_of, how_many
from votesite.domain.decisions import proposals
from votesite.domain.ledger import publication
from votesite.domain.nominations.queries import counts
from votesite.domain.scoring import example
from votesite.models.campaigns import Campaign
from votesite.web.public.blueprint import bp
from votesite.web.public.campaign_page import campaign_page
from votesite.web.templating import beijing, number, when
from votesite.web.wording import award as award_words
from votesite.web.wording import decisions, method, phases, rules
from votesite.web.wording.electorate import electorate_sentence
from votesite.web.wording.phases import Column


@bp.get("/c/<slug>/process")
def process(slug: str) -> Response:
    """Show the procedure with dates: where it stands, what comes next."""
    return campaign_page("public/process.html", slug, _process)


@bp.get("/c/<slug>/rules")
def rules_in_force(slug: str) -> Response:
    """Show the rules in force, in plain sentences."""
    return campaign_page("public/rules.html", slug, _rules)


@bp.get("/c/<slug>/news")
def news(slug: str) -> Response:
    """Show announcements; until there are any, what the schedule announces."""
    return campaign_page("public/news.html", slug, _news)


@bp.get("/c/<slug>/privacy")
def privacy(slug: str) -> Response:
    """Show the privacy notice as published with the campaign, or as a draft would publish it."""
    return campaign_page("public/privacy.html", slug, _privacy)


@bp.get("/c/<slug>/report-pressure")
def report_pressure(slug: str) -> Response:
    """Show whom to tell about forced voting."""
    return campaign_page("public/report_pressure.html", slug)


def _privacy(campaign: Campaign, _now: datetime) -> dict[str, object]:
    return {"notice": campaign.notice_text if campaign.is_published else notice_for(campaign)}


def _rules(campaign: Campaign, _now: datetime) -> dict[str, object]:
    award = award_of(campaign)
    inputs, ranking = example.made_up(award)
    worked = example.worked_example(inputs, ranking, inputs.candidates[0].no)
    return {
        "sentences": rules.sentences(campaign),
        "method": method.chapters(award, {one["key"]: one["name"] for one in campaign.criteria}),
        "example": method.steps(worked),
        "words": award_words,
    }


def _process(campaign: Campaign, now: datetime) -> dict[str, object]:
    columns = phases.columns(campaign, now)
    return {
        "steps": [_step(campaign, column, now) for column in columns],
        "short_rule": rules.short_sentence(campaign),
        "may_vote": campaign.accepts_votes_at(now),
        "electorate": electorate_sentence(campaign),
        "changes": _changes(campaign),
    }


def _changes(campaign: Campaign) -> list[dict[str, object]]:
    """Return what was changed after the rules were frozen, newest first, as the page shows it."""
    decided = proposals.changes_in_force(campaign.id)
    if not decided:
        return []
    candidates = candidates_of(campaign.id)
    end = publication.first_end(campaign.id)
    shown: list[dict[str, object]] = []
    for decision in decided:
        sentence = decisions.sentence(decision, candidates)
        if decision.kind == "to":
            sentence += _("（原定 %(when)s）", when=beijing(end, "long"))
            end = decision.payload["to"]
        shown.append({"sentence": sentence, "why": decision.why, "at": decision.decided_at})
    return shown[::-1]


def _news(campaign: Campaign, now: datetime) -> dict[str, object]:
    columns = phases.columns(campaign, now)
    done = [
        column
        for column in columns
        if column.state in ("done", "now") and column.begins_at and not column.is_planned
    ]
    return {"milestones": list(reversed(done))}


def _step(campaign: Campaign, column: Column, now: datetime) -> dict[str, object]:
    return {
        "state": column.state,
        "title": phases.as_step(column.phase),
        "when": _step_when(column, now),
        "text": _step_text(campaign, column.phase),
        "links": _links(campaign, column.phase, now),
    }


def _step_when(column: Column, now: datetime) -> str:
    """The dates of a step; where entries of the ledger decide, that they are only planned."""
    if column.begins_at is None:
        return str(_("日期待定"))
    begins = when(column.begins_at, "full")
    span = begins if column.ends_at is None else begins + " — " + when(column.ends_at)
    if not column.is_planned:
        return span
    if column.phase == "final" and now < column.begins_at:
        return Markup("{} {}").format(_("最早"), span)
    if column.begins_at <= now:
        return Markup("{} {}{}").format(_("原定"), span, _("，还没有开始"))
    return Markup("{} {}").format(_("预计"), span)


def _step_text(campaign: Campaign, phase: str) -> str:
    nominated = _("任何人都可以提名。审核不通过的，写明理由。")
    if phase == "nomination" and (of := counts(campaign.id)).submitted:
        nominated = _(
            "共收到 %(came)s 件提名，已采纳 %(accepted)s 件。审核不通过的，写明理由。",
            came=number(of.submitted),
            accepted=number(of.accepted),
        )
    reviewed = _("核对提名，确定候选名单。")
    if phase == "review" and (listed := how_many(campaign.id)):
        reviewed = _("核对提名，确定候选名单。现有 %(n)s 个候选。", n=number(listed))
    return {
        "publicity": _("公布活动方案、批准依据、评选标准和名额。"),
        "nomination": nominated,
        "review": reviewed,
        "voting": rules.ballot_sentence(campaign) + _("不收取任何费用，自愿参与。"),
        "counting": _("核对账本，公布计票结果。"),
        "notice": _("公示拟定名单，接受异议。"),
        "final": _("异议全部答复后，公布最终结果。")
        if campaign.standing.by_entries
        else _("公布最终结果。"),
    }[phase]


def _links(campaign: Campaign, phase: str, now: datetime) -> list[tuple[str, str]]:
    base = f"/c/{campaign.slug}"
    links = {
        "publicity": [(f"{base}/rules", _("评选规则"))],
        "review": [(f"{base}/#candidates", _("候选名单"))],
        "counting": [(f"{base}/results", _("看票数"))],
    }.get(phase, [])
    if (phase == "notice" and campaign.noticed_from) or (phase == "final" and campaign.final_n):
        links = [(f"{base}/notice", _("看公示") if phase == "notice" else _("看名单"))]
    if phase == "nomination" and campaign.is_open("nomination", now):
        links = [(f"{base}/nominate", _("去提名"))]
    if phase == "voting":
        links = [(f"{base}/rules", _("投票规则"))]
        if campaign.accepts_votes_at(now):
            links.insert(0, (f"{base}/ballot", _("去投票")))
    return links
