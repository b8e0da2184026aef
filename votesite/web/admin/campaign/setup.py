"""Setting a campaign up, a step a page: every setting is turned into what citizens will read."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import flash, g, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from votesite import clock
from votesite.domain.campaigns import freeze, presets, promises, publishing
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.hearing import announced
from votesite.domain.ledger.changes import Change
from votesite.domain.schemas import Tree
from votesite.domain.setup import steps, windows
from votesite.domain.voting import roster
from votesite.errors import BadPicture, Conflict, Fault, InvalidFields, NotFound
from votesite.models.campaigns import SCHEDULED, Campaign
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.staff import may, require_staff, staff_campaign, staff_required
from votesite.web.admin import acting
from votesite.web.admin.blueprint import bp
from votesite.web.admin.campaign import setup_forms, weighing
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import see_other
from votesite.web.templating import beijing
from votesite.web.wording import phases, refusals, settings
from votesite.web.wording.rules import sentences

ORDER = (
    "basics",
    "basis",
    "schedule",
    "rules",
    "oversight",
    "categories",
    "candidates",
    "weights",
    "look",
)
READERS = ("editor", "supervisor", "auditor")
WHOLLY_FROZEN = frozenset({"schedule", "rules", "oversight", "categories", "weights"})
RULE_KEYS = ("ballot", "results", "recount", "categories", "electorate")
PROMISE_KEYS = (*RULE_KEYS, "schedule", "audit", "weights")
BLANK_ROWS = 5


@bp.get("/c/<slug>/setup")
@staff_required()
def setup(slug: str) -> ResponseReturnValue:
    """On to the first step."""
    campaign = staff_campaign(slug, *READERS)
    return see_other(url_for(".setup_step", slug=campaign.slug, step="basics"))


@bp.get("/c/<slug>/setup/<step>")
@staff_required()
def setup_step(slug: str, step: str) -> ResponseReturnValue:
    """One step's form; `preset` fills the rules from a common practice without saving."""
    campaign = staff_campaign(slug, *READERS)
    _known(step)
    values = steps.as_toml(campaign)
    preset = request.args.get("preset", "")
    if step == "rules" and preset in presets.PRESETS:
        chosen = presets.PRESETS[preset]
        values |= {"results": chosen["results"], "ballot": {**values["ballot"], **chosen["ballot"]}}
    return _form(campaign, step, values, preset=preset)


@bp.post("/c/<slug>/setup/<step>")
@staff_required(files=True)
def save_setup(slug: str, step: str) -> ResponseReturnValue:
    """Save a step and go to the next, or show the rules' sentence without saving."""
    campaign = staff_campaign(slug, "editor")
    _known(step)
    require_clean_fields()
    changes = setup_forms.READERS[step](request.form, steps.as_toml(campaign))
    if request.form.get("act") == "propose" and step == "schedule":
        return _propose_windows(campaign, changes["schedule"])
    if request.form.get("act") in ("preview", "rows"):
        return _form(campaign, step, steps.as_toml(campaign) | changes, unsaved=True)
    try:
        cover = _cover() if step == "look" else None
        seen = request.form.get("seen", "")
        steps.save(campaign.id, changes, by=require_staff().id, seen=seen, cover=cover)
    except InvalidFields as refusal:
        return _form(campaign, step, steps.as_toml(campaign) | changes, 422, refusal)
    except Conflict as refusal:
        return _conflict(campaign, step, refusal)
    except BadPicture as refusal:
        g.refused = refusal.name
        faults = {"cover": refusals.bad_picture(refusal)}
        return _form(campaign, step, steps.as_toml(campaign) | changes, 422, faults=faults)
    flash(_("已保存。"), "ok")
    _warn_of(campaign, step)
    return see_other(after(campaign, step))


@bp.get("/c/<slug>/setup/publish")
@staff_required()
def setup_publish(slug: str) -> ResponseReturnValue:
    """What is still missing, the rules as citizens will read them, and the two last buttons."""
    campaign = staff_campaign(slug, *READERS)
    return _publish_page(campaign)


@bp.post("/c/<slug>/setup/publish")
@staff_required()
def propose_publish(slug: str) -> ResponseReturnValue:
    """Propose publication; another person confirms it."""
    campaign = staff_campaign(slug, "editor")
    why = request.form.get("why", "")
    if acting.is_unaware(publishing.publish_warnings(campaign, clock.now())):
        return _publish_page(campaign, 422, unaware=True)
    try:
        decision = proposals.propose(campaign.id, require_staff().id, Change("publish", ""), why)
    except InvalidFields as refusal:
        return _publish_page(campaign, 422, faults=faults_in_words(refusal))
    return see_other(url_for(".decision", slug=slug, decision_id=decision.id))


@bp.post("/c/<slug>/setup/open-ledger")
@staff_required()
def open_ledger(slug: str) -> ResponseReturnValue:
    """Write entry 0 now: from here on rules and names are frozen."""
    campaign = staff_campaign(slug, "editor")
    try:
        proposals.open_ledger(campaign.id, require_staff().id)
    except InvalidFields as refusal:
        return _publish_page(campaign, 422, faults=faults_in_words(refusal))
    flash(_("账本已开启，规则、日程、编号和名称已冻结。"), "ok")
    return see_other(url_for(".setup_publish", slug=slug))


def _propose_windows(campaign: Campaign, given: Tree) -> ResponseReturnValue:
    """The form with windows around the vote, nothing saved, and which would have begun already."""
    values = steps.as_toml(campaign)
    key = "schedule.voting"
    if fault := steps.faults_of({"schedule": given}).get(key):
        refusal = InvalidFields({key: fault})
        return _form(campaign, "schedule", values | {"schedule": given}, 422, refusal)
    proposed = windows.proposed(given, clock.now())
    late = [phases.in_schedule(phase) for phase in SCHEDULED if phase not in proposed]
    return _form(campaign, "schedule", values | {"schedule": proposed}, unsaved=True, late=late)


def _warn_of(campaign: Campaign, step: str) -> None:
    """Say what may not be meant in the schedule or the rules that have just been saved."""
    if step == "schedule":
        _warn_of_past(campaign)
    warnings = publishing.schedule_warnings(campaign) if step == "schedule" else []
    for found in [*warnings, *_promised(campaign, step)]:
        flash(settings.warning(found), "warn")


def _warn_of_past(campaign: Campaign) -> None:
    now = clock.now()
    over = [phase for phase in SCHEDULED if (edges := campaign.window(phase)) and edges[1] <= now]
    if over:
        names = "、".join(phases.in_schedule(phase) for phase in over)
        flash(_("请核对日程：%(names)s的时间已经过去。", names=names), "warn")


def _known(step: str) -> None:
    if step not in setup_forms.READERS:
        raise NotFound


def _form(
    campaign: Campaign,
    step: str,
    values: Tree,
    status: int = 200,
    refusal: InvalidFields | None = None,
    **more: Any,
) -> ResponseReturnValue:
    now = clock.now()
    faults = more.pop("faults", {}) or (faults_in_words(refusal) if refusal else {})
    return admin_page(
        f"admin/campaign/setup_{step}.html",
        status,
        campaign=campaign,
        active="setup",
        step=step,
        steps=progress(campaign),
        columns=_columns(campaign, now),
        values=values,
        faults=faults,
        frozen=freeze.is_frozen(campaign, now),
        wholly_frozen=freeze.is_frozen(campaign, now) and step in WHOLLY_FROZEN,
        may_edit=may(campaign, "editor"),
        sentences=_sentences(campaign, values),
        saved_sentences=_sentences(campaign, steps.as_toml(campaign)),
        presets=presets.PRESETS,
        scheduled=SCHEDULED,
        blank_rows=BLANK_ROWS,
        overlaps=_overlaps(campaign),
        cautions=_cautions(campaign, step, values),
        shares=weighing.shares(campaign, values) if step == "weights" else [],
        **{
            "preset": "",
            "conflicts": [],
            "late": [],
            "unsaved": status != HTTPStatus.OK,
            **_seen(campaign, step),
            **more,
        },
    )


def _overlaps(campaign: Campaign) -> dict[str, str]:
    """What is to be said beside the phases of the saved schedule that run into others."""
    return {
        str(found.detail["phase"]): settings.warning(found)
        for found in publishing.schedule_warnings(campaign)
    }


def _cautions(campaign: Campaign, step: str, values: Tree) -> list[str]:
    """What the settings in a form will not hold, or nothing while one of them is not one yet."""
    chosen = {key: values[key] for key in PROMISE_KEYS}
    if set(steps.faults_of(chosen)) - {"categories", "schedule.voting"}:
        return []
    read = steps.settings_of(chosen)
    shown = Campaign(id=campaign.id, **{key: getattr(read, key) for key in PROMISE_KEYS})
    return [settings.warning(found) for found in _promised(shown, step)]


def _promised(campaign: Campaign, step: str) -> list[Fault]:
    """What the settings of a step will not hold."""
    if step == "rules":
        return [*promises.small_steps(campaign), *promises.missing_steps(campaign)]
    if step == "schedule" and campaign.schedule:
        return promises.missing_steps(campaign)
    if step == "weights":
        return [*promises.award_alarms(campaign), *announced.alarms(campaign)]
    return promises.audit_alarms(campaign) if step == "oversight" else []


def _seen(campaign: Campaign, step: str) -> Tree:
    """The marks of the form that is filled in; it keeps those it was first made with."""
    return {"seen": request.form.get("seen") or steps.marks(campaign, step)}


def _conflict(campaign: Campaign, step: str, refusal: Conflict) -> ResponseReturnValue:
    """The form as it was filled in, with what stands now; sent again, it is what counts."""
    values = steps.as_toml(campaign) | refusal.values
    rows = [
        (settings.key_label(key), settings.as_text(now, key), settings.as_text(given, key))
        for key, (now, given) in refusal.fields.items()
    ]
    seen = steps.marks(campaign, step)
    return _form(campaign, step, values, refusal.status, conflicts=rows, seen=seen)


def _publish_page(
    campaign: Campaign,
    status: int = 200,
    *,
    unaware: bool = False,
    faults: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    now = clock.now()
    missing = [
        (key, settings.fault(fault), _step_href(campaign, steps.step_of(key)))
        for key, fault in steps.missing(campaign, now).items()
    ]
    return admin_page(
        "admin/campaign/setup_publish.html",
        status,
        campaign=campaign,
        active="setup",
        step="publish",
        steps=progress(campaign),
        columns=_columns(campaign, now),
        missing=missing,
        checks=_checks(campaign),
        warnings=publishing.publish_warnings(campaign, now),
        alarms=_alarms(campaign),
        unaware=unaware,
        faults=faults or {},
        state=freeze.ledger_state(campaign),
        frozen=freeze.is_frozen(campaign, now),
        may_edit=may(campaign, "editor"),
        sentences=_sentences(campaign, steps.as_toml(campaign)),
        saved_sentences=_sentences(campaign, steps.as_toml(campaign)),
        waiting=[
            found for found in proposals.waiting(campaign.id, now=now) if found.kind == "publish"
        ],
    )


def _alarms(campaign: Campaign) -> list[tuple[str, str, str]]:
    """What publishing does not refuse and nobody should find out later, as `missing` has it."""
    found = [("results", fault) for fault in promises.missing_steps(campaign)]
    found += [("audit", fault) for fault in promises.audit_alarms(campaign)]
    found += [("weights", fault) for fault in _promised(campaign, "weights")]
    return [
        (key, settings.warning(fault), _step_href(campaign, steps.step_of(key)))
        for key, fault in found
    ]


def _checks(campaign: Campaign) -> list[tuple[bool, str]]:
    """What a campaign without faults has; without a tick, what nominations have yet to bring."""
    checks = [(True, _("名称、依据和主办单位齐全")), (True, _("投票还没有截止"))]
    if publishing.has_enough_candidates(campaign, listing.candidates_of(campaign.id)):
        checks.append((True, _("候选够选票选")))
    elif taken := campaign.window("nomination"):
        at = beijing(taken[1], "long")
        checks.append((False, _("候选还不够选票选：提名 %(at)s 结束，到时再补齐。", at=at)))
    if people := len(roster.labels_of(campaign.id)):
        checks.append((True, _("名单上有 %(n)s 人", n=f"{people:,}")))
    return [*checks, (True, _("承诺不收取任何费用"))]


def progress(campaign: Campaign) -> list[tuple[str, str, bool]]:
    """Each step with its address and whether it is done: saved once, and nothing missing in it."""
    open_steps = {steps.step_of(key) for key in steps.missing(campaign, clock.now())}
    open_steps |= steps.unsaved_steps(campaign)
    if not listing.how_many(campaign.id):
        open_steps.add("candidates")
    done = [(step, _step_href(campaign, step), step not in open_steps) for step in ORDER]
    return [*done, ("publish", _step_href(campaign, "publish"), campaign.is_published)]


def _step_href(campaign: Campaign, step: str) -> str:
    if step == "candidates":
        return url_for(".candidates_list", slug=campaign.slug)
    if step == "publish":
        return url_for(".setup_publish", slug=campaign.slug)
    return url_for(".setup_step", slug=campaign.slug, step=step)


def after(campaign: Campaign, step: str) -> str:
    """The address of the step that follows."""
    return _step_href(campaign, (*ORDER, "publish")[ORDER.index(step) + 1])


def _columns(campaign: Campaign, now: datetime) -> list[phases.Column]:
    """The steps of the phone's preview, once there is a schedule."""
    return phases.columns(campaign, now) if campaign.schedule.get("voting") else []


def _sentences(campaign: Campaign, values: Tree) -> list[str]:
    """The rules in sentences, or nothing while a value is not one yet."""
    chosen = {key: values[key] for key in RULE_KEYS if key in values}
    if set(steps.faults_of(chosen)) - {"categories"}:  # a draft may have none yet
        return []
    try:
        return sentences(Campaign(id=campaign.id, **chosen))
    except (KeyError, TypeError, ValueError):
        return []


def _cover() -> tuple[bytes, str] | None:
    """Content and name of an uploaded cover, or None if none came."""
    upload = request.files.get("cover")
    if upload is None or not upload.filename:
        return None
    return upload.read(), upload.filename
