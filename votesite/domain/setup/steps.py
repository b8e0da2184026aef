"""Setting a campaign up in the admin area: the sections of the campaign folder, one at a time.

What a value must be is said once, in `folder/settings.py`; here it is only asked.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from votesite.clock import Clock, minute, now
from votesite.domain import audit, keys
from votesite.domain.campaigns import freeze, presets, publishing
from votesite.domain.candidates import listing
from votesite.domain.media import pictures
from votesite.domain.media.encoding import encode
from votesite.domain.schemas import Tree, top_of
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.rosters import MAX_LABEL
from votesite.domain.setup.folder.settings import CampaignSettings, read_settings
from votesite.domain.texts import BadText, clean
from votesite.domain.voting import roster
from votesite.errors import Fault, Frozen, InvalidFields, NotFound
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.ledger import LogHead

STEPS: Mapping[str, tuple[str, ...]] = {
    "basics": ("title", "theme", "wording", "purpose", "fee_free"),
    "basis": ("approval", "organisers"),
    "schedule": ("schedule",),
    "rules": ("ballot", "results", "recount"),
    "categories": ("categories", "criteria", "void_rules"),
    "weights": ("weights",),
    "look": ("colour", "cover"),
}
STAY_EDITABLE = frozenset({"theme", "purpose", "colour", "cover"})
FROZEN_WITH_RULES = ("wording", "approval", "ballot", "categories", "fee_free")


def create(slug: str, title: str, wording: str, *, by: int, clock: Clock = now) -> Campaign:
    """Begin a draft. Raises InvalidFields."""
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
            fee_free=True,
            created_at=minute(now),
            ballot={**presets.BALLOT_DEFAULTS, "scope": "day", "ballots": 1, "picks": [1, 5]},
            weights=dict(presets.WEIGHT_DEFAULTS),
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
    cover: tuple[bytes, str] | None = None,
    clock: Clock = now,
) -> Campaign:
    """Change settings given as `campaign.toml` has them; only what differs is looked at.

    `cover` is an uploaded picture, its content and its name, and takes the place of the cover in
    `changes`.

    Raises BadPicture for a cover that cannot be used; InvalidFields, by key; Frozen for what only a
    decision changes; PublishFaults where a published campaign could no longer be published.
    """
    encoded = encode(cover[0]) if cover else None
    with writing() as tx:
        now = clock()
        campaign = db.session.get(Campaign, campaign_id)
        if campaign is None:
            raise NotFound
        had = as_toml(campaign)
        changed = {key: value for key, value in changes.items() if value != had.get(key)}
        if encoded:
            changed.pop("cover", None)
        if not changed and not encoded:
            return campaign
        if freeze.is_frozen(campaign, now):
            _refuse_frozen(changed, had)
        _apply(campaign, changed, had)
        if campaign.is_published:
            _stay_published(campaign, now)
        if encoded and cover:
            changed["cover"] = campaign.cover = pictures.store_picture(
                campaign_id, encoded, source_name=cover[1]
            )
        publishing.touch(tx, campaign_id, rules=True)
        audit.note(by, "edit", "campaigns", campaign_id, sorted(changed), campaign_id, now=now)
    return campaign


def set_roster(
    campaign_id: int, labels: Sequence[str], *, by: int, clock: Clock = now
) -> list[tuple[str, str]]:
    """Bring the roster to these labels; gives (label, code) of new ones, readable only now.

    Raises InvalidFields for a label that cannot be kept, NotFound where there is no roster.
    """
    try:
        wanted = [clean(label, limit=MAX_LABEL) for label in labels]
    except BadText as bad:
        raise InvalidFields({"labels": Fault("invalid")}) from bad
    with writing():
        campaign = db.session.get(Campaign, campaign_id)
        if campaign is None or campaign.ballot["eligibility"] != "roster":
            raise NotFound
        made = roster.store(campaign_id, [label for label in wanted if label])
        fields = [f"new:{len(made)}"]
        audit.note(by, "set-roster", "roster_codes", campaign_id, fields, campaign_id, now=clock())
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


def missing(campaign: Campaign, now: datetime) -> dict[str, Fault]:
    """What publishing would break, by key."""
    return publishing.publish_faults(campaign, listing.candidates_of(campaign.id), now)


def step_of(key: str) -> str:
    """The step of the form that a key of `campaign.toml` belongs to."""
    return next((step for step, known in STEPS.items() if top_of(key) in known), "candidates")


def _apply(campaign: Campaign, changed: Mapping[str, Any], had: Mapping[str, Any]) -> None:
    beside = {key: had[key] for key in FROZEN_WITH_RULES}
    settings, faults = _read({**beside, **changed})
    found = {key: fault for key, fault in faults.items() if _is_of(key, changed)}
    if "categories" in changed:
        found |= _orphans(campaign, settings)
    if found:
        raise InvalidFields(found)
    for key in changed:
        setattr(campaign, key, getattr(settings, key))


def _read(tree: Mapping[str, Any]) -> tuple[CampaignSettings, dict[str, Fault]]:
    """What a tree says, and its faults by key."""
    noted = Faults()
    settings = read_settings(tree, "form", noted)
    return settings, {fault.key: Fault("setting", key=fault.key) for fault in noted.found}


def _is_of(key: str, changed: Mapping[str, Any]) -> bool:
    return top_of(key) in changed or (key == "ballot.picks" and "categories" in changed)


def _orphans(campaign: Campaign, settings: CampaignSettings) -> dict[str, Fault]:
    """A category that candidates still stand under cannot go."""
    names = {category["name"] for category in settings.categories}
    used = Counter(found.category for found in listing.candidates_of(campaign.id))
    lost = [name for name in used if name not in names]
    return {"categories": Fault("in-use", name=lost[0], n=used[lost[0]])} if lost else {}


def _refuse_frozen(changed: Mapping[str, Any], had: Mapping[str, Any]) -> None:
    for key, value in changed.items():
        if key in STAY_EDITABLE or (key == "organisers" and _same_but_contacts(value, had[key])):
            continue
        raise Frozen


def _same_but_contacts(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    bodies = ("host", "undertaker", "supervisor")
    return all(one.get(key, []) == other.get(key, []) for key in bodies)


def _stay_published(campaign: Campaign, now: datetime) -> None:
    """A published campaign stays fit for it; its privacy notice follows while it still may."""
    if freeze.is_frozen(campaign, now):
        return
    faults = missing(campaign, now)
    if faults:
        raise publishing.PublishFaults(faults)
    publishing.make_public(campaign, now)


def _plain_minute(edge: str) -> str:
    return edge[:16].replace("T", " ")
