"""A judge's small area: dossiers beside score fields, comparison, calibration, handing in."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from votesite.domain.award import award_of
from votesite.domain.candidates import listing
from votesite.domain.scoring import drafts, judges, practice, sheets
from votesite.domain.scoring.drafts import Draft, Post, fields_of
from votesite.domain.scoring.judges import Task
from votesite.domain.texts import typed_whole
from votesite.errors import Closed, Fault, InvalidSheet, MalformedRequest, NotFound
from votesite.extensions import db
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate, Medium
from votesite.web.access.forms import require_clean_fields
from votesite.web.access.numbers import candidate_number, whole_number
from votesite.web.access.staff import require_staff, staff_campaign, staff_required
from votesite.web.access.visitors import wants_json
from votesite.web.admin.blueprint import bp
from votesite.web.admin.frame import admin_page, faults_in_words
from votesite.web.responses import private_json, see_other
from votesite.web.wording import scores as words
from votesite.web.wording import settings

CREATED, INVALID = 201, 422
MOST_FIELDS = 600  # of one page: a form may have 1,000
MOST_ON_PAGE = 30
PAIR = 2

Faults = Mapping[str, str]


class Work(NamedTuple):
    """How far a judge has come with one category."""

    category: str
    scored: int
    of: int
    recused: bool

    @property
    def is_done(self) -> bool:
        """Whether every present candidate has its scores."""
        return self.scored == self.of


@bp.get("/c/<slug>/scores")
@staff_required()
def scores(slug: str) -> ResponseReturnValue:
    """Show what is to be done, or with `?category=` one category's dossiers and score fields."""
    campaign = staff_campaign(slug, "judge")
    judge = judges.find(campaign.id, require_staff().id)
    if judge is None or judge.dismissed_n is not None:
        return _not_in_office(campaign, is_dismissed=judge is not None)
    task = judges.task_of(campaign, require_staff().id)
    draft = drafts.draft_of(task.judge)
    if wants_json():
        return private_json(_told(task, draft))
    category = request.args.get("category", "")
    if not category:
        return _overview(task, draft)
    if category not in task.candidates:
        raise NotFound
    faults = sheets.read(task, draft).faults if "check" in request.args else {}
    return _category_page(task, draft, category, faults=_in_words(faults))


@bp.post("/c/<slug>/scores")
@staff_required()
def post_scores(slug: str) -> ResponseReturnValue:
    """Keep what was typed, or hand the sheet in: whatever is saved and posted makes it up."""
    campaign = staff_campaign(slug, "judge")
    require_clean_fields()
    act = request.form.get("act", "save")
    if act == "hand-in":
        return _hand_in(campaign)
    if act != "save":
        raise MalformedRequest
    try:
        draft = drafts.save(campaign.id, _post(), by=require_staff().id)
    except InvalidSheet as refusal:
        if wants_json():
            raise
        return _again(campaign, refusal)
    except Closed as refusal:
        raise _over() from refusal
    if wants_json():
        task = judges.task_of(campaign, require_staff().id)
        return private_json(_saved(task, draft))
    flash(_("已保存。"), "ok")
    return see_other(_back(slug))


@bp.get("/c/<slug>/scores/compare")
@staff_required()
def score_compare(slug: str) -> ResponseReturnValue:
    """Show two dossiers of one's own categories side by side, with their score fields."""
    task = _task(staff_campaign(slug, "judge"))
    numbers = [candidate_number(text) for text in request.args.getlist("no") if text][:PAIR]
    known = {one.no: one for one in task.everybody}
    if not set(numbers) <= set(known):
        raise NotFound
    chosen = [known[no] for no in dict.fromkeys(numbers)]
    draft = drafts.draft_of(task.judge)
    return _page(
        "admin/scoring/score_compare.html",
        task,
        draft=draft,
        chosen=chosen,
        groups=task.candidates,
        media=_media(chosen),
        faults=_in_words(sheets.faults_as_typed(task, draft)),
        seen=drafts.marks(draft, "", _names(task, chosen)),
    )


@bp.get("/c/<slug>/scores/practice")
@staff_required()
def score_practice(slug: str) -> ResponseReturnValue:
    """Show the model dossiers, with one's own scores beside the others' mean in its time."""
    return _practice_page(_task(staff_campaign(slug, "judge")))


@bp.post("/c/<slug>/scores/practice")
@staff_required()
def practise(slug: str) -> ResponseReturnValue:
    """Keep what the judge gives the model dossiers."""
    campaign = staff_campaign(slug, "judge")
    require_clean_fields()
    texts = {name: text for name, text in request.form.items() if name.startswith("p-")}
    try:
        practice.practise(campaign.id, texts, by=require_staff().id)
    except InvalidSheet as refusal:
        if wants_json():
            raise
        faults = faults_in_words(refusal)
        return _practice_page(_task(campaign), refusal.status, faults=faults, typed=texts)
    except Closed as refusal:
        raise Closed(reason=_("试评已经结束，没有再记。正式打分不受影响。")) from refusal
    flash(_("试评已保存。它不计入成绩。"), "ok")
    return see_other(url_for(".score_practice", slug=slug))


@bp.get("/c/<slug>/scores/sheet")
@staff_required()
def own_sheet(slug: str) -> ResponseReturnValue:
    """Show one's own sheet as handed in last, with receipt and leaf hash, ready to be printed."""
    task = _task(staff_campaign(slug, "judge"))
    if task.sheet_n is None:
        raise NotFound
    sheet = sheets.handed_in(task.campaign.id, task.sheet_n)
    if wants_json():
        return private_json({"receipt": sheet.proof.as_json()})
    return _page(
        "admin/scoring/own_sheet.html",
        task,
        **printed(task.campaign, task.judge.number, sheet),
    )


def printed(campaign: Campaign, number: int, sheet: sheets.Sheet) -> dict[str, Any]:
    """What a printed sheet shows: a table for each category, totals, and its place in the log."""
    judge = next(one for one in judges.judges_of(campaign.id) if one.number == number)
    identity = judges.identity_of(judge)
    listed = listing.candidates_of(campaign.id)
    rows = {
        category: [
            (one, [sheets.points(score) for score in sheet.scores[one.no]], _total(campaign, given))
            for one in listed
            if one.category == category and (given := sheet.scores.get(one.no))
        ]
        for category in judges.categories_of(campaign, judge)
    }
    return {
        "judge": judge,
        "identity": identity,
        "sheet": sheet,
        "rows": rows,
        "criteria": criteria_of(campaign),
    }


def _hand_in(campaign: Campaign) -> ResponseReturnValue:
    """Hand the sheet in; the page with the receipt, or the form again."""
    try:
        done = sheets.hand_in(campaign.id, _post(), by=require_staff().id)
    except InvalidSheet as refusal:
        if wants_json():
            raise
        return _again(campaign, refusal)
    except Closed as refusal:
        raise _over() from refusal
    if wants_json():
        return private_json({"n": done.n, "receipt": done.code}, CREATED)
    flash(_("评分表已交，记入账本第 %(n)s 号。", n=done.n), "ok")
    if done.left_out:
        numbers = "、".join(map(str, done.left_out))
        flash(_("%(numbers)s 号已经退出，给它打的分没有算进去。", numbers=numbers), "warn")
    return see_other(url_for(".own_sheet", slug=campaign.slug))


def _over() -> Closed:
    return Closed(reason=_("评分已经结束，这次没有保存。已经交的评分表仍然算数。"))


def _task(campaign: Campaign) -> Task:
    return judges.task_of(campaign, require_staff().id)


def _post() -> Post:
    """What this form holds of a sheet."""
    form = request.form
    texts = {name: text for name, text in form.items() if name.startswith(("s-", "note-"))}
    return Post(
        texts,
        frozenset(form.getlist("recused")),
        form.get("reason"),
        form.get("category", ""),
        form.get("seen", ""),
    )


def _back(slug: str) -> str:
    """The page that this form stands on, or the one that its button leads to."""
    form = request.form
    go = form.get("go", "")
    if go == "hand-in":
        return url_for(".scores", slug=slug, _anchor="hand-in")
    if form.get("compared"):
        return url_for(".score_compare", slug=slug, no=form.getlist("compared"))
    page = go if typed_whole(go, 4) else form.get("page", "1")
    category = form.get("category") or None
    return url_for(".scores", slug=slug, category=category, page=page if page != "1" else None)


def _again(campaign: Campaign, refusal: InvalidSheet) -> ResponseReturnValue:
    """The form as it was filled in, with what keeps it from being stored or handed in."""
    task, post = _task(campaign), _post()
    draft = drafts.draft_of(task.judge)
    faults = faults_in_words(refusal)
    typed = Draft({**draft.texts, **post.texts}, _typed_recusals(draft, post))
    if post.category in task.candidates:
        return _category_page(task, typed, post.category, refusal.status, faults=faults)
    return _overview(task, typed, refusal.status, faults=faults)


def _typed_recusals(draft: Draft, post: Post) -> dict[str, str]:
    kept = {name: why for name, why in draft.recused.items() if name != post.category}
    return {**kept, **dict.fromkeys(post.recused, post.reason or "")}


def _not_in_office(campaign: Campaign, *, is_dismissed: bool) -> ResponseReturnValue:
    if wants_json():
        return private_json({"judge": None, "dismissed": is_dismissed})
    return admin_page(
        "admin/scoring/not_in_office.html",
        campaign=campaign,
        active="scores",
        is_dismissed=is_dismissed,
        has_experts=bool(award_of(campaign)["expert"]),
    )


def _page(template: str, task: Task, status: int = 200, **context: Any) -> ResponseReturnValue:
    return admin_page(
        template,
        status,
        campaign=task.campaign,
        active="scores",
        task=task,
        account=require_staff().id,
        **{"criteria": criteria_of(task.campaign), **context},
    )


def _overview(
    task: Task, draft: Draft, status: int = 200, *, faults: Faults | None = None
) -> ResponseReturnValue:
    reading = sheets.read(task, draft)
    is_newer = False
    if task.sheet_n is not None and not reading.faults:
        standing = sheets.handed_in(task.campaign.id, task.sheet_n).scores
        is_newer = reading.sheet != [[no, given] for no, given in sorted(standing.items())]
    return _page(
        "admin/scoring/scores.html",
        task,
        status,
        work=_work(task, draft),
        missing=_missing(task, reading.faults) if faults else [],
        left_out=reading.left_out,
        is_newer=is_newer or (task.sheet_n is not None and bool(reading.faults)),
        round=practice.round_of(task.campaign.id),
        draft=draft,
    )


def _category_page(
    task: Task,
    draft: Draft,
    category: str,
    status: int = 200,
    *,
    faults: Faults | None = None,
) -> ResponseReturnValue:
    """One category's dossiers beside their score fields; `faults` add to those of what is typed."""
    listed = task.candidates[category]
    size = _on_page(task)
    pages = max(-(-len(listed) // size), 1)
    page = min(max(_asked_page(), 1), pages)
    shown = listed[(page - 1) * size : page * size]
    found = {**_in_words(sheets.faults_as_typed(task, draft)), **(faults or {})}
    names = _names(task, shown)
    return _page(
        "admin/scoring/score_sheet.html",
        task,
        status,
        draft=draft,
        category=category,
        shown=shown,
        page=page,
        pages=pages,
        media=_media(shown),
        work=_work(task, draft),
        faults=found,
        fault_rows=_fault_rows(task, shown, found) if status == INVALID else [],
        elsewhere=[row for row in _elsewhere(task, found, names) if status == INVALID],
        totals={one.no: _typed_total(task, draft, one) for one in shown},
        seen=request.form.get("seen", "")
        if status == INVALID
        else drafts.marks(draft, category, names),
    )


def _asked_page() -> int:
    if request.method == "POST":
        text = request.form.get("page", "1")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    return whole_number("page", 1)


def _on_page(task: Task) -> int:
    """How many candidates one page shows, so that its form is not too large."""
    return max(min(MOST_ON_PAGE, MOST_FIELDS // (len(task.keys) + 1)), 1)


def _names(task: Task, shown: Sequence[Candidate]) -> list[str]:
    return [name for one in shown for name in fields_of(one, task.keys)]


def _fault_rows(
    task: Task, shown: Sequence[Candidate], faults: Faults
) -> list[tuple[str, str, str]]:
    """Faults of this page for its summary: the field's id, whose it is, the sentence."""
    labels = _labels(task, shown)
    return [
        (f"f-{name}", labels.get(name, _("回避")), said)
        for name, said in faults.items()
        if name in labels or name in ("reason", "recused")
    ]


def _labels(task: Task, shown: Sequence[Candidate]) -> dict[str, str]:
    """What each field is called in a summary of faults."""
    criteria = {row["key"]: row["name"] for row in criteria_of(task.campaign)}
    found = {}
    for one in shown:
        for key in task.keys:
            found[drafts.score_field(one.no, key)] = f"{one.no:02} {one.name} {criteria[key]}"
        found[drafts.note_field(one.no)] = f"{one.no:02} {one.name} {_('笔记')}"
    return found


def _elsewhere(task: Task, faults: Faults, here: Sequence[str]) -> list[tuple[str, int]]:
    """In which categories other pages have faults, and how many."""
    rows = []
    for category, listed in task.candidates.items():
        names = set(_names(task, listed)) - set(here)
        count = sum(name in names for name in faults)
        if count:
            rows.append((category, count))
    return rows


def _missing(task: Task, faults: Mapping[str, Fault]) -> list[tuple[str, str]]:
    """What keeps the sheet from being handed in, a line a category."""
    rows = [
        (category, _("还有 %(n)s 处没有打分或者要改", n=count))
        for category, count in _elsewhere(task, dict.fromkeys(faults, ""), ())
    ]
    if "reason" in faults:
        rows.append((str(faults["reason"].detail["name"]), settings.fault(faults["reason"])))
    return rows


def _work(task: Task, draft: Draft) -> list[Work]:
    return [
        Work(
            category,
            sheets.scored(task, draft, category),
            len(task.present(category)),
            category in draft.recused,
        )
        for category in task.candidates
    ]


def criteria_of(campaign: Campaign) -> list[dict[str, Any]]:
    """What a sheet asks, in its order: key, name, weight."""
    names = {criterion["key"]: criterion["name"] for criterion in campaign.criteria}
    return [
        {**row, "name": names.get(row["key"], row["key"])} for row in award_of(campaign)["criteria"]
    ]


def _total(campaign: Campaign, given: Sequence[int]) -> str:
    """A candidate's weighted score, as one sheet has it, with two decimals, half up."""
    weights = [row["weight"] for row in award_of(campaign)["criteria"]]
    tenths = sum(weight * score for weight, score in zip(weights, given, strict=True))
    hundredths = (tenths + 5) // 10
    return f"{hundredths // 100}.{hundredths % 100:02}"


def _typed_total(task: Task, draft: Draft, candidate: Candidate) -> str:
    read_ones = [sheets.typed_score(draft.score(candidate.no, key)) for key in task.keys]
    given = [score for score in read_ones if isinstance(score, int)]
    return _total(task.campaign, given) if len(given) == len(read_ones) else ""


def _media(shown: Sequence[Candidate]) -> dict[int, list[tuple[str, str]]]:
    """Tokens and alternative texts of the pictures of each candidate."""
    found = {one.no: [db.session.get(Medium, token) for token in one.images] for one in shown}
    return {no: [(row.token, row.alt) for row in rows if row] for no, rows in found.items()}


def _in_words(faults: Mapping[str, Fault]) -> dict[str, str]:
    return {name: settings.fault(fault) for name, fault in faults.items()}


def _saved(task: Task, draft: Draft) -> dict[str, Any]:
    """What a program learns of a save: version, faults of what is typed, progress."""
    return {
        "version": draft.version,
        "saved_at": draft.saved_at,
        "fields": _in_words(sheets.faults_as_typed(task, draft)),
        "progress": [row._asdict() for row in _work(task, draft)],
    }


def _told(task: Task, draft: Draft) -> dict[str, Any]:
    """The sheet as a program reads it; its own, and nobody else's."""
    return {
        "judge": task.judge.number,
        "open": task.is_open,
        "n": task.sheet_n,
        "csrf_token": generate_csrf(),
        "criteria": criteria_of(task.campaign),
        "categories": [
            {
                "name": category,
                "recused": category in draft.recused,
                "reason": draft.recused.get(category, ""),
                "candidates": [_candidate_told(task, draft, one) for one in listed],
            }
            for category, listed in task.candidates.items()
        ],
        "progress": [row._asdict() for row in _work(task, draft)],
    }


def _candidate_told(task: Task, draft: Draft, one: Candidate) -> dict[str, Any]:
    return {
        "no": one.no,
        "name": one.name,
        "withdrawn": one.is_withdrawn,
        "scores": {key: draft.score(one.no, key) for key in task.keys},
        "note": draft.note(one.no),
    }


def _practice_page(
    task: Task,
    status: int = 200,
    *,
    faults: Faults | None = None,
    typed: Mapping[str, str] | None = None,
) -> ResponseReturnValue:
    practised = practice.round_of(task.campaign.id)
    number, rows = task.judge.number, criteria_of(task.campaign)
    values = {
        practice.field(dossier, key): sheets.points(score)
        for dossier in practised.dossiers
        for key, score in practised.own(dossier.id, number).items()
    }
    means = {
        practice.field(dossier, key): words.mean(practised.mean(dossier.id, key, without=number))
        for dossier in practised.dossiers
        for key in task.keys
    }
    return _page(
        "admin/scoring/score_practice.html",
        task,
        status,
        round=practised,
        values={**values, **(typed or {})},
        means=means if practised.is_shown else {},
        sheets=[
            (dossier, [(practice.field(dossier, row["key"]), row) for row in rows])
            for dossier in practised.dossiers
        ],
        faults=faults or {},
    )
