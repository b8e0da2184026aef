"""The panel as staff see it: who judges what, who has handed in, and after it how they agreed."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite.domain import edits
from votesite.domain.award import award_of
from votesite.domain.candidates import listing
from votesite.domain.scoring import findings, practice, sheets
from votesite.domain.scoring import judges as panel
from votesite.domain.staff import people, roles
from votesite.errors import Closed, Conflict, InvalidFields, NotFound
from votesite.models.campaigns import Campaign
from votesite.models.staff import Staff
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.admin.scoring.scores import criteria_of, printed
from votesite.web.responses import see_other
from votesite.web.wording import scores as words

READING = ("editor", "supervisor")
JUDGE = frozenset({"judge"})


@bp.get("/c/<slug>/judges")
@staff_required()
def judges(slug: str) -> ResponseReturnValue:
    """List the judges with categories and progress, the model dossiers, and what is to be done."""
    return _judges_page(staff_campaign(slug, *READING))


@bp.post("/c/<slug>/judges/dossiers")
@staff_required()
def write_model_dossiers(slug: str) -> ResponseReturnValue:
    """Set the model dossiers of the calibration round."""
    campaign = staff_campaign(slug, "editor")
    require_clean_fields()
    names = practice.values_of(practice.round_of(campaign.id))
    typed = {name: request.form[name] for name in names if name in request.form}
    seen = request.form.get("seen", "")
    try:
        practice.write_dossiers(campaign.id, typed, by=require_staff().id, seen=seen)
    except InvalidFields as refusal:
        faults = faults_in_words(refusal)
        return _judges_page(campaign, refusal.status, faults=faults, typed=typed, seen=seen)
    except Conflict as refusal:
        rows = [(_label(name), now, own) for name, (now, own) in refusal.fields.items()]
        return _judges_page(campaign, refusal.status, typed=refusal.values, conflicts=rows)
    except Closed as refusal:
        raise Closed(reason=_("试评已经结束，样本不能再改。")) from refusal
    flash(_("试评样本已保存。"), "ok")
    return see_other(url_for(".judges", slug=slug, _anchor="practice"))


@bp.post("/c/<slug>/judges/dossiers/close")
@staff_required()
def close_practice(slug: str) -> ResponseReturnValue:
    """End the calibration round: from now on judges see their scores beside the others' mean."""
    campaign = staff_campaign(slug, "editor")
    practice.close(campaign.id, by=require_staff().id)
    flash(_("试评已结束。评委现在看得到自己和别人的平均。"), "ok")
    return see_other(url_for(".judges", slug=slug, _anchor="practice"))


@bp.get("/c/<slug>/judges/<int:number>/sheet")
@staff_required()
def judge_sheet(slug: str, number: int) -> ResponseReturnValue:
    """Show a judge's sheet for the minutes, once the panel is closed; before, there is none."""
    campaign = staff_campaign(slug, *READING)
    state = panel.state_of(campaign.id)
    if state.panel is None or number not in state.sheets:
        raise NotFound
    sheet = sheets.handed_in(campaign.id, state.sheets[number]["n"])
    return admin_page(
        "admin/scoring/judge_sheet.html",
        campaign=campaign,
        active="judges",
        **printed(campaign, number, sheet),
    )


def _judges_page(
    campaign: Campaign,
    status: int = 200,
    *,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    seen: str = "",
    conflicts: Sequence[tuple[str, str, str]] = (),
) -> ResponseReturnValue:
    state = panel.state_of(campaign.id)
    members = panel.members(campaign, state)
    sitting = [one for one in members if one.judge.dismissed_n is None]
    award = award_of(campaign)
    practised = practice.round_of(campaign.id)
    standing = practice.values_of(practised)
    return admin_page(
        "admin/scoring/judges.html",
        status,
        campaign=campaign,
        active="judges",
        award=award,
        criteria=criteria_of(campaign),
        state=state,
        members=members,
        coverage=panel.coverage(campaign, members),
        advised=panel.ADVISED,
        trimmed_from=panel.TRIMMED_FROM,
        waiting=_waiting(campaign),
        round=practised,
        scored={dossier.position for dossier in practised.dossiers if practised.scores[dossier.id]},
        values={**standing, **(typed or {})},
        places=practice.PLACES,
        seen=seen or edits.marks(standing),
        conflicts=conflicts,
        means=_means(campaign, practised) if practised.is_shown else [],
        sitting=sitting,
        practised=sum(practised.has_done(one.judge.number) for one in sitting),
        found=_found(campaign, members),
        faults=faults or {},
        fault_rows=[(f"f-{name}", _label(name), said) for name, said in (faults or {}).items()],
    )


def _found(campaign: Campaign, members: Sequence[panel.Member]) -> dict[str, Any] | None:
    """What the open sheets tell, as rows of tables; None before the panel is closed."""
    found = findings.findings(campaign.id)
    if found is None:
        return None
    names = {one.no: f"{one.no:02} {one.name}" for one in listing.candidates_of(campaign.id)}
    judges_named = {one.judge.number: one.identity.name for one in members}
    return {
        "spreads": [
            [
                names[one.no],
                one.sheets,
                words.tenth(one.lowest),
                words.tenth(one.highest),
                words.tenth(one.mean),
                words.tenth(one.deviation),
            ]
            for one in found.agreement.spreads
        ],
        "severities": [
            [f"{number} {judges_named[number]}", one.candidates, words.severity(one.points)]
            for number, one in found.severities
        ],
        "concordances": [
            (one.category, words.concordance(one)) for one in found.agreement.concordances
        ],
        "is_ranked": found.is_ranked,
        "shifts": [
            [
                names[one.no],
                one.rank,
                one.corrected,
                _change(one.is_honoured, one.would_be),
            ]
            for one in found.agreement.shifts
        ],
    }


def _change(is_honoured: bool, would_be: bool) -> str:
    """What correcting for severity would change about an honour."""
    if is_honoured == would_be:
        return _("入选不变")
    return _("会入选") if would_be else _("会落选")


def _label(name: str) -> str:
    """What a field of the model dossiers is called."""
    part, _dash, place = name.partition("-")
    what = _("标题") if part == "title" else _("材料")
    return f"{_('样本 %(n)s', n=place)} {what}"


def _waiting(campaign: Campaign) -> list[Staff]:
    """Accounts with the role of a judge here that nobody has appointed yet."""
    appointed = {judge.staff_id for judge in panel.judges_of(campaign.id)}
    return [people.by_id(one) for one in sorted(roles.holders(campaign.id, JUDGE) - appointed)]


def _means(
    campaign: Campaign, practised: practice.Round
) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The round's figures: for each dossier and criterion the mean, and the lowest to highest."""
    return [
        (
            dossier.title,
            [
                (
                    row["name"],
                    words.mean(practised.mean(dossier.id, row["key"])),
                    words.between(practised.bounds(dossier.id, row["key"])),
                )
                for row in criteria_of(campaign)
            ],
        )
        for dossier in practised.dossiers
    ]
