"""The calibration round: judges score up to three model dossiers, and then compare. Never counts.

A judge sees the others' mean only once all have done it, or staff have closed the round.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, edits
from votesite.domain.award import award_of
from votesite.domain.scoring import judges
from votesite.domain.scoring.judges import open_task
from votesite.domain.scoring.sheets import typed_score
from votesite.domain.texts import length_fault, tidy
from votesite.errors import Closed, Fault, InvalidFields, InvalidSheet
from votesite.extensions import db, load, writing
from votesite.models.campaigns import Campaign
from votesite.models.scoring import ModelDossier, PracticeScore

MOST = 3
PLACES = range(1, MOST + 1)
MAX_TITLE = 60
MAX_TEXT = 5000


class Round(NamedTuple):
    """The model dossiers of a campaign, and the scores of each by judge, by criterion.

    `is_shown`: all judges have scored all, or staff have closed it.
    """

    dossiers: list[ModelDossier]
    scores: Mapping[int, Mapping[int, dict[str, int]]]
    is_closed: bool
    is_shown: bool

    def own(self, dossier_id: int, judge: int) -> dict[str, int]:
        """What a judge gave a dossier, in tenths of a point; {} before."""
        return self.scores[dossier_id].get(judge, {})

    def mean(self, dossier_id: int, key: str, *, without: int = 0) -> Fraction | None:
        """The mean of a criterion over all judges, or over all but one; None without any."""
        given = [each[key] for judge, each in self.scores[dossier_id].items() if judge != without]
        return Fraction(sum(given), len(given)) if given else None

    def bounds(self, dossier_id: int, key: str) -> tuple[int, int] | None:
        """The lowest and the highest score of a criterion; None without any."""
        given = [each[key] for each in self.scores[dossier_id].values()]
        return (min(given), max(given)) if given else None

    def has_done(self, judge: int) -> bool:
        """Whether a judge has scored every dossier."""
        return all(judge in given for given in self.scores.values())


def round_of(campaign_id: int) -> Round:
    """The calibration round as it stands."""
    query = select(ModelDossier).filter_by(campaign_id=campaign_id)
    dossiers = list(db.session.scalars(query.order_by(ModelDossier.position)))
    scores: dict[int, dict[int, dict[str, int]]] = {dossier.id: {} for dossier in dossiers}
    given = select(PracticeScore).where(PracticeScore.dossier_id.in_(scores))
    for row in db.session.scalars(given):
        scores[row.dossier_id][row.judge] = dict(row.scores)
    is_closed = bool(dossiers) and all(dossier.closed_at for dossier in dossiers)
    sitting = [judge.number for judge in judges.sitting(campaign_id)]
    is_done = bool(sitting) and all(
        number in given for number in sitting for given in scores.values()
    )
    return Round(dossiers, scores, is_closed, bool(dossiers) and (is_closed or is_done))


def values_of(practised: Round) -> dict[str, str]:
    """What the form of the model dossiers is made of: `title-<place>` and `text-<place>`."""
    values = {f"{part}-{place}": "" for place in PLACES for part in ("title", "text")}
    for dossier in practised.dossiers:
        values[f"title-{dossier.position}"] = dossier.title
        values[f"text-{dossier.position}"] = dossier.text
    return values


def write_dossiers(
    campaign_id: int,
    given: Mapping[str, str],
    *,
    by: int,
    seen: str = "",
    clock: Clock = now,
) -> None:
    """Set the model dossiers, fields as in `values_of`; one without title and text is taken away.

    `seen` are the marks of the form that was filled in. Raises Closed once the round or the panel
    is closed, InvalidFields, Conflict; one that somebody has scored can no longer be changed.
    """
    with writing():
        now = clock()
        practised = round_of(campaign_id)
        if practised.is_closed or judges.state_of(campaign_id).panel is not None:
            raise Closed
        standing = {dossier.position: dossier for dossier in practised.dossiers}
        had = values_of(practised)
        typed = {name: tidy(given.get(name, had[name])) for name in had}
        values = edits.merged(typed, had, seen)
        wanted = {place: (values[f"title-{place}"], values[f"text-{place}"]) for place in PLACES}
        _refuse_faults(wanted, standing, practised)
        for place, (title, text) in wanted.items():
            _write(campaign_id, place, title, text, standing.get(place))
        audit.note(by, "edit", "model_dossiers", campaign_id, campaign_id=campaign_id, now=now)


def close(campaign_id: int, *, by: int, clock: Clock = now) -> None:
    """End the round, so that judges see their scores beside the others' mean."""
    with writing():
        now = clock()
        for dossier in round_of(campaign_id).dossiers:
            dossier.closed_at = dossier.closed_at or minute(now)
        audit.note(by, "close", "model_dossiers", campaign_id, campaign_id=campaign_id, now=now)


def practise(campaign_id: int, texts: Mapping[str, str], *, by: int) -> None:
    """Keep what a judge gives the model dossiers: `p-<place>-<criterion>`; one left empty waits.

    Raises Closed once the scores are shown or the panel is closed, Forbidden, InvalidSheet.
    """
    with writing() as tx:
        task = open_task(tx, load(Campaign, campaign_id), by)
        practised = round_of(campaign_id)
        if practised.is_shown:
            raise Closed
        faults: dict[str, Fault] = {}
        scores: dict[int, dict[str, int | Fault]] = {}
        for dossier in practised.dossiers:
            typed = {key: texts.get(field(dossier, key), "") for key in task.keys}
            if any(text.strip() for text in typed.values()):
                scores[dossier.id] = {key: typed_score(text) for key, text in typed.items()}
                faults |= {
                    field(dossier, key): found
                    for key, found in scores[dossier.id].items()
                    if isinstance(found, Fault)
                }
        if faults:
            raise InvalidSheet(faults)
        for dossier_id, given in scores.items():
            row = PracticeScore(dossier_id=dossier_id, judge=task.judge.number, scores=given)
            db.session.merge(row)


def field(dossier: ModelDossier, key: str) -> str:
    """The form's field for a score of a model dossier."""
    return f"p-{dossier.position}-{key}"


def criteria_of(campaign: Campaign) -> list[str]:
    """The keys of what experts judge by."""
    return [criterion["key"] for criterion in award_of(campaign)["criteria"]]


def _refuse_faults(
    wanted: Mapping[int, tuple[str, str]], standing: Mapping[int, ModelDossier], practised: Round
) -> None:
    faults: dict[str, Fault | None] = {}
    for place, (title, text) in wanted.items():
        had = standing.get(place)
        if had and practised.scores[had.id] and (title, text) != (had.title, had.text):
            faults[f"title-{place}"] = Fault("practised")
        elif title or text:
            faults[f"title-{place}"] = length_fault(title, MAX_TITLE, least=1)
            faults[f"text-{place}"] = length_fault(text, MAX_TEXT, least=1)
    found = {name: fault for name, fault in faults.items() if fault}
    if found:
        raise InvalidFields(found)


def _write(campaign_id: int, place: int, title: str, text: str, had: ModelDossier | None) -> None:
    if not title and not text:
        if had:
            db.session.delete(had)
        return
    if had is None:
        had = ModelDossier(campaign_id=campaign_id, position=place)
        db.session.add(had)
    had.title, had.text = title, text
