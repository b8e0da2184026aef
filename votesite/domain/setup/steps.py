"""Setting a campaign up in the admin area: the sections of the campaign folder, one at a time.

What a value must be is said once, in `folder/settings.py`; here it is only asked.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, edits, keys
from votesite.domain.campaigns import freeze, presets, publishing
from votesite.domain.candidates import listing
from votesite.domain.media import pictures
from votesite.domain.media.encoding import encode
from votesite.domain.schemas import Problem, Tree, top_of
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import CampaignSettings, read_settings
from votesite.domain.texts import BadText, clean
from votesite.domain.voting import roster
from votesite.errors import Fault, Frozen, InvalidFields, NotFound
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign, votes_alone
from votesite.models.ledger import LogHead

STEPS: Mapping[str, tuple[str, ...]] = {
    "basics": ("title", "theme", "wording", "purpose", "fee_free"),
    "basis": ("approval", "organisers"),
    "schedule": ("schedule",),
    "rules": ("ballot", "results", "recount"),
    "oversight": ("signed", "electorate", "audit"),
    "categories": ("categories", "criteria", "void_rules"),
    "weights": ("weights",),
    "look": ("colour", "cover"),
}
STAY_EDITABLE = frozenset({"theme", "purpose", "colour", "cover"})
RELATED = (
    "title",
    "wording",
    "fee_free",
    "approval",
    "ballot",
    "categories",
    "criteria",
    "weights",
    "audit",
    "void_rules",
)
ALSO_OF = {  # faults of another key
    "ballot.picks": "categories",
    "weights.expert": "criteria",
    "void_rules": "categories",
}


def create(slug: str, title: str, wording: str, *, by: int, clock: Clock = now) -> Campaign:
    """Begin a draft, with signed decisions and daily figures proposed. Raises InvalidFields."""
    given = {"slug": slug.strip(), "title": title, "wording": wording}
    settings, faults = _read(given)
    found = {key: fault for key, fault in faults.items() if key in ("slug", "title")}
    if wording not in presets.WORDINGS:
        found["wording"] = Fault("unknown-choice")
    if found:
        raise InvalidFields(found)
    with writing() as tx:
        now = clock()
        if db.session.scalar(select(Campaign.id).where(Campaign.slug == settings.slug)):
            raise InvalidFields({"slug": Fault("taken")})
        campaign = Campaign(
            slug=settings.slug,
            title=settings.title,
            wording=wording,
            fee_free=False,
            signed=True,
            results="daily 18:00",
            created_at=minute(now),
            ballot={**presets.BALLOT_DEFAULTS, "scope": "day", "ballots": 1, "picks": [1, 5]},
            weights=votes_alone(),
            void_rules=[dict(rule) for rule in presets.VOID_RULE_DEFAULTS],
        )
        db.session.add(campaign)
        db.session.flush()
        db.session.add(LogHead(campaign_id=campaign.id))
        db.session.flush()
        keys.new_campaign_keys(tx, campaign.id, clock=lambda: now)
        audit.note(by, "create", "campaigns", campaign.id, ["slug", "title"], campaign.id, now=now)
    return campaign


def save(
    campaign_id: int,
    changes: Mapping[str, Any],
    *,
    by: int,
    seen: str = "",
    cover: tuple[bytes, str] | None = None,
    clock: Clock = now,
) -> Campaign:
    """Change settings given as `campaign.toml` has them; only what differs is looked at.

    `seen` are the marks of the form that was filled in. `cover` is an uploaded picture, its content
    and its name, and takes the place of the cover in `changes`.

    Raises Conflict where somebody else has changed the same since; BadPicture for a cover that
    cannot be used; InvalidFields, by key; Frozen for what only a decision changes; PublishFaults
    where a published campaign would become unfit for it.
    """
    encoded = encode(cover[0]) if cover else None
    with writing() as tx:
        now = clock()
        campaign = db.session.get(Campaign, campaign_id)
        if campaign is None:
            raise NotFound
        had = as_toml(campaign)
        given = edits.merged({**changes, "cover": cover[1]} if cover else changes, had, seen)
        changed = {key: value for key, value in given.items() if value != had.get(key)}
        if encoded:
            changed.pop("cover", None)
        if not changed and not encoded:
            if not campaign.is_published and not saved_keys(campaign) & set(changes):
                _note(campaign, sorted(changes), by, now)  # looked at, and left as it is
            return campaign
        frozen = freeze.is_frozen(campaign, now)
        if frozen:
            _refuse_frozen(changed, had)
        with publishing.staying_fit(campaign, now):
            _apply(campaign, changed, had)
        if campaign.is_published and not frozen:
            publishing.make_public(campaign, now)  # its notice follows while it still may
        if encoded and cover:
            changed["cover"] = campaign.cover = pictures.store_picture(
                campaign_id, encoded, source_name=cover[1]
            )
        publishing.touch(tx, campaign_id, rules=True)
        _note(campaign, sorted(changed), by, now)
    return campaign


def set_roster(
    campaign_id: int,
    labels: Sequence[str],
    *,
    by: int,
    seen: str = "",
    voiding: int = 0,
    clock: Clock = now,
) -> list[tuple[str, str]]:
    """Bring the roster to these labels; gives (label, code) of new ones, readable only now.

    Raises InvalidFields for a label that cannot be kept or is there twice, and where more unused
    codes than the `voiding` agreed to would be deleted; NotFound where there is no roster; Frozen
    once voting has begun or the ledger is open; Conflict where somebody else has changed it since
    the form with the marks `seen` was made.
    """
    try:
        cleaned = [clean(label, limit=roster.MAX_LABEL) for label in labels]
    except BadText as bad:
        raise InvalidFields({"labels": Fault("invalid")}) from bad
    wanted = [label for label in cleaned if label]
    if (place := roster.twin(wanted)) is not None:
        raise InvalidFields({"labels": roster.fault("twice", row=place + 1)})
    with writing() as tx:
        now = clock()
        campaign = db.session.get(Campaign, campaign_id)
        if campaign is None or campaign.ballot["eligibility"] != "roster":
            raise NotFound
        if freeze.is_frozen(campaign, now):
            raise Frozen
        if campaign.is_published and not wanted:
            raise InvalidFields({"labels": Fault("missing")})
        standing = roster.labels_of(campaign_id)
        if Counter(wanted) != Counter(standing):  # the same again is no conflict, in any order
            wanted = edits.merged({"labels": wanted}, {"labels": standing}, seen)["labels"]
        gone = roster.voided_by(campaign_id, wanted)
        if gone > voiding:
            raise InvalidFields({"voiding": Fault("voids-codes", n=gone)})
        made = roster.store(campaign_id, wanted)
        publishing.touch(tx, campaign_id)
        fields = [f"new:{len(made)}", f"void:{gone}"]
        audit.note(by, "set-roster", "roster_codes", campaign_id, fields, campaign_id, now=now)
    return made


def as_toml(campaign: Campaign) -> Tree:
    """The settings in the shape of `campaign.toml`."""
    return {
        **{key: getattr(campaign, key) for keys_ in STEPS.values() for key in keys_},
        "schedule": {
            phase: [_plain_minute(edge) for edge in window]
            for phase, window in campaign.schedule.items()
        },
        "categories": [
            {key: value for key, value in category.items() if value is not None}
            for category in campaign.categories
        ],
    }


def marks(campaign: Campaign, step: str) -> str:
    """The marks that a step's form carries."""
    values = as_toml(campaign)
    return edits.marks({key: values[key] for key in STEPS[step]})


def saved_keys(campaign: Campaign) -> frozenset[str]:
    """The keys that somebody has saved once; a folder, like a publication, brings all of them."""
    lines = audit.about(campaign.id, "campaigns")
    if campaign.is_published or any(line.action == "load" for line in lines):
        return frozenset(key for keys_ in STEPS.values() for key in keys_)
    return frozenset(key for line in lines if line.action == "edit" for key in line.fields.split())


def unsaved_steps(campaign: Campaign) -> frozenset[str]:
    """The steps that nobody has saved yet, whatever their defaults are."""
    saved = saved_keys(campaign)
    return frozenset(step for step, keys_ in STEPS.items() if not saved & set(keys_))


def missing(campaign: Campaign, now: datetime) -> dict[str, Fault]:
    """What publishing would break, by key; of a published campaign, what it has come to lack."""
    asked = publishing.publish_faults if campaign.is_published else publishing.publish_blockers
    return asked(campaign, listing.candidates_of(campaign.id), now)


def faults_of(tree: Mapping[str, Any]) -> dict[str, Fault]:
    """What is wrong with some settings in the shape of `campaign.toml`, by key."""
    _settings, faults = _read(tree)
    return {key: fault for key, fault in faults.items() if top_of(key) in tree}


def settings_of(tree: Mapping[str, Any]) -> CampaignSettings:
    """Settings in the shape of `campaign.toml`, read as the folder reads them."""
    settings, _faults = _read(tree)
    return settings


def step_of(key: str) -> str:
    """The step of the form that a key of `campaign.toml` belongs to."""
    return next((step for step, known in STEPS.items() if top_of(key) in known), "candidates")


def _note(campaign: Campaign, keys_: Sequence[str], by: int, now: datetime) -> None:
    audit.note(by, "edit", "campaigns", campaign.id, keys_, campaign.id, now=now)


def _apply(campaign: Campaign, changed: Mapping[str, Any], had: Mapping[str, Any]) -> None:
    beside = {"slug": campaign.slug} | {key: had[key] for key in RELATED}
    settings, faults = _read({**beside, **changed})
    found = {key: fault for key, fault in faults.items() if _is_of(key, changed)}
    if "categories" in changed:
        found |= _orphans(campaign, settings)
    if "criteria" in changed:
        found |= _orphaned_texts(campaign, settings)
    if found:
        raise InvalidFields(found)
    for key in changed:
        setattr(campaign, key, getattr(settings, key))


def _read(tree: Mapping[str, Any]) -> tuple[CampaignSettings, dict[str, Fault]]:
    """What a tree says, and its faults by key."""
    noted = _FormFaults()
    settings = read_settings(tree, "form", noted)
    halves = {
        key: Fault("setting", key=key, problem=code) for key, code in _half_windows(tree).items()
    }
    return settings, noted.by_key | halves


class _FormFaults(Faults):
    """The faults of a form: the first one of each key, with its code and the figures it names."""

    def __init__(self) -> None:
        super().__init__()
        self.by_key: dict[str, Fault] = {}

    def note(self, file: str, problems: Iterable[Problem], *, row: int = 0) -> None:
        """Note the problems of a schema."""
        found = list(problems)
        super().note(file, found, row=row)
        for problem in found:
            code = problem.code.removesuffix("[]")
            fault = Fault("setting", key=problem.key, problem=code, **problem.fault.detail)
            self.by_key.setdefault(problem.key, fault)


def _half_windows(tree: Mapping[str, Any]) -> dict[str, str]:
    """Windows of which one edge was left out, by key."""
    codes = {(True, False): "no-beginning", (False, True): "no-end"}
    found = {
        f"schedule.{phase}": codes.get((not window[0], not window[1]))
        for phase, window in tree.get("schedule", {}).items()
        if len(window) == 2
    }
    return {key: code for key, code in found.items() if code}


def _is_of(key: str, changed: Mapping[str, Any]) -> bool:
    return top_of(key) in changed or ALSO_OF.get(key) in changed


def _orphans(campaign: Campaign, settings: CampaignSettings) -> dict[str, Fault]:
    """A category that candidates still stand under cannot go."""
    names = {category["name"] for category in settings.categories}
    used = Counter(found.category for found in listing.candidates_of(campaign.id))
    lost = [name for name in used if name not in names]
    return {"categories": Fault("in-use", name=lost[0], n=used[lost[0]])} if lost else {}


def _orphaned_texts(campaign: Campaign, settings: CampaignSettings) -> dict[str, Fault]:
    """A criterion that candidates have texts under cannot go: no page would show them."""
    names = {criterion["key"]: criterion["name"] for criterion in campaign.criteria}
    kept = {criterion["key"] for criterion in settings.criteria}
    used = Counter(key for found in listing.candidates_of(campaign.id) for key in found.dossier)
    lost = [key for key in names if key not in kept and used[key]]
    if not lost:
        return {}
    return {"criteria": Fault("texts-in-use", name=names[lost[0]], n=used[lost[0]])}


def _refuse_frozen(changed: Mapping[str, Any], had: Mapping[str, Any]) -> None:
    for key, value in changed.items():
        if key in STAY_EDITABLE or (key == "organisers" and _same_but_contacts(value, had[key])):
            continue
        raise Frozen


def _same_but_contacts(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    bodies = ("host", "undertaker", "supervisor")
    return all(one.get(key, []) == other.get(key, []) for key in bodies)


def _plain_minute(edge: str) -> str:
    return edge[:16].replace("T", " ")
