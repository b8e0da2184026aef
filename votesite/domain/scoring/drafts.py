"""Drafts: what a judge has filled in so far, as typed, sealed and kept until the panel closes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from votesite.clock import Clock, minute, now
from votesite.domain import edits, keys
from votesite.domain.scoring.judges import Task, open_task
from votesite.domain.texts import length_fault, tidy
from votesite.errors import Conflict, Fault, InvalidSheet
from votesite.extensions import db, load, writing
from votesite.keys import Sealer
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.scoring import Judge, SheetDraft

MAX_SCORE = 40  # characters: more is no number that anybody meant
MAX_NOTE = 1000
MAX_REASON = 500


@dataclass(frozen=True)
class Draft:
    """What is kept: texts by field of the form, and the reason for each recusal by category."""

    texts: Mapping[str, str] = field(default_factory=dict)
    recused: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    saved_at: str = ""

    def score(self, no: int, key: str) -> str:
        """A score as typed."""
        return self.texts.get(score_field(no, key), "")

    def note(self, no: int) -> str:
        """The note about a candidate."""
        return self.texts.get(note_field(no), "")


class Post(NamedTuple):
    """What one form holds: any part of a sheet.

    `texts` are scores and notes by field. `recused` are categories. Where `category` is given, the
    form is that category's page and says in whole whether it is recused; `reason` is about it, else
    about all of `recused`. `seen` are the marks of what the form was made of.
    """

    texts: Mapping[str, str]
    recused: frozenset[str] = frozenset()
    reason: str | None = None
    category: str = ""
    seen: str = ""


def score_field(no: int, key: str) -> str:
    """The form's field for a score."""
    return f"s-{no}-{key}"


def note_field(no: int) -> str:
    """The form's field for a note."""
    return f"note-{no}"


def fields_of(candidate: Candidate, criteria: Iterable[str]) -> list[str]:
    """Every field of the form that is about a candidate."""
    return [*(score_field(candidate.no, key) for key in criteria), note_field(candidate.no)]


def draft_of(judge: Judge) -> Draft:
    """What a judge has filled in; an empty draft before the first save."""
    row = db.session.get(SheetDraft, (judge.campaign_id, judge.number))
    if row is None:
        return Draft()
    kept = json.loads(_sealer(judge).open(row.sealed, _bound_to(judge)))
    return Draft(kept["texts"], kept["recused"], row.version, row.saved_at)


def save(campaign_id: int, post: Post, *, by: int, clock: Clock = now) -> Draft:
    """Keep what a judge has typed, unfinished or not; returns the draft.

    A field that the judge left alone keeps what stands now, whichever browser it came from. Raises
    Forbidden for who is no judge, Closed once the panel is closed, InvalidSheet for fields that the
    sheet does not have or that are too long.
    """
    with writing() as tx:
        now = clock()
        task = open_task(tx, load(Campaign, campaign_id), by)
        draft = merged(task, draft_of(task.judge), post)
        return keep(task.judge, draft, now)


def keep(judge: Judge, draft: Draft, now: datetime) -> Draft:
    """Store a draft, inside the caller's `writing()`."""
    row = db.session.get(SheetDraft, (judge.campaign_id, judge.number))
    if row is None:
        row = SheetDraft(campaign_id=judge.campaign_id, judge=judge.number, version=0)
        db.session.add(row)
    kept = {"texts": dict(draft.texts), "recused": dict(draft.recused)}
    body = json.dumps(kept, ensure_ascii=False).encode()
    row.sealed = _sealer(judge).seal(body, _bound_to(judge))
    row.version += 1
    row.saved_at = minute(now)
    db.session.flush()
    return Draft(draft.texts, draft.recused, row.version, row.saved_at)


def marks(draft: Draft, category: str, names: Iterable[str]) -> str:
    """The fingerprints of what a category's page shows, for its hidden field `seen`."""
    return edits.marks(_shown(draft, category, names))


def merged(task: Task, draft: Draft, post: Post) -> Draft:
    """The draft with what was posted. Raises InvalidSheet."""
    _refuse_faults(task, post)
    given = {name: tidy(text) for name, text in post.texts.items()}
    if post.category:
        is_recused = post.category in post.recused
        given["recused"] = "1" if is_recused else ""
        given["reason"] = tidy(post.reason or "") if is_recused else ""
    standing = _shown(draft, post.category, given)
    try:
        values = edits.merged(given, standing, post.seen)
    except Conflict as conflict:  # with another browser of the same judge: the last word counts
        values = conflict.values
    recused = _recusals(task, draft, post, values)
    values = {name: values[name] for name in post.texts}
    texts = {name: text for name, text in {**draft.texts, **values}.items() if text}
    return Draft(texts, recused, draft.version, draft.saved_at)


def _recusals(task: Task, draft: Draft, post: Post, values: Mapping[str, str]) -> dict[str, str]:
    """The reasons by category; where no page says so in whole, a score takes a recusal back."""
    recused = dict(draft.recused)
    if post.category:
        recused.pop(post.category, None)
        if values["recused"]:
            recused[post.category] = values["reason"]
    else:
        scored = {
            candidate.category
            for candidate in task.everybody
            for key in task.keys
            if post.texts.get(score_field(candidate.no, key))
        }
        recused = {name: why for name, why in recused.items() if name not in scored}
    for name in post.recused - {post.category}:
        reason = draft.recused.get(name, "") if post.reason is None else post.reason
        recused[name] = tidy(reason)
    return recused


def _shown(draft: Draft, category: str, names: Iterable[str]) -> dict[str, str]:
    """What stands in some fields of a category's page."""
    shown = {name: draft.texts.get(name, "") for name in names}
    if category:
        shown["recused"] = "1" if category in draft.recused else ""
        shown["reason"] = draft.recused.get(category, "")
    return shown


def _refuse_faults(task: Task, post: Post) -> None:
    known = {name for one in task.everybody for name in fields_of(one, task.keys)}
    faults = {name: Fault("not-on-sheet") for name in post.texts if name not in known}
    for name, text in post.texts.items():
        limit = MAX_NOTE if name.startswith("note-") else MAX_SCORE
        fault = length_fault(tidy(text), limit)
        if fault and name not in faults:
            faults[name] = fault
    fault = length_fault(tidy(post.reason or ""), MAX_REASON)
    if fault:
        faults["reason"] = fault
    named = {*post.recused, *([post.category] if post.category else [])}
    if not named <= set(task.candidates):
        faults["recused"] = Fault("unknown-choice")
    if faults:
        raise InvalidSheet(faults)


def _sealer(judge: Judge) -> Sealer:
    return Sealer(keys.campaign_key(judge.campaign_id, "choices"))


def _bound_to(judge: Judge) -> bytes:
    return f"{judge.campaign_id}|draft|{judge.number}".encode()
