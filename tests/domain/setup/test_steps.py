"""Setting up: the same checks as the campaign folder's, section by section, until the freeze."""

from datetime import timedelta

import pytest

from tests.support.factories import CLOSES, NOON, OPENS, at, make_campaign
from tests.support.staffing import make_staff
from votesite.domain import audit, keys
from votesite.domain.campaigns import presets, publishing
from votesite.domain.decisions import proposals
from votesite.domain.setup import steps
from votesite.errors import Frozen, InvalidFields

BEFORE = OPENS - timedelta(days=2)


@pytest.fixture
def editor(app):
    return make_staff("zhou", "editor").id


def save(campaign, editor, moment=BEFORE, **changes):
    return steps.save(campaign.id, changes, by=editor, clock=at(moment))


def test_new_draft_has_keys_and_the_defaults_of_the_folder(app, editor):
    made = steps.create("xin-2026", "新活动", "推选", by=editor, clock=at(BEFORE))

    assert not made.is_published
    assert made.weights == dict(presets.WEIGHT_DEFAULTS)
    assert len(keys.campaign_key(made.id, "opening")) == 32


@pytest.mark.parametrize(
    ("slug", "title", "wording", "field"),
    [
        ("Xin", "新活动", "推选", "slug"),
        ("xi", "新活动", "推选", "slug"),
        ("", "新活动", "推选", "slug"),
        ("xin-2026", " ", "推选", "title"),
        ("xin-2026", "新活动", "选美", "wording"),
    ],
)
def test_draft_with_a_fault_is_not_begun(app, editor, slug, title, wording, field):
    with pytest.raises(InvalidFields) as refusal:
        steps.create(slug, title, wording, by=editor)

    assert list(refusal.value.fields) == [field]


def test_address_is_taken_once(app, editor):
    make_campaign(slug="xin-2026")

    with pytest.raises(InvalidFields) as refusal:
        steps.create("xin-2026", "新活动", "推选", by=editor)

    assert refusal.value.fields["slug"].code == "taken"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"title": " "}, "title"),
        ({"schedule": {"voting": ["2026-11-12 09:00", "2026-11-12 09:00"]}}, "schedule.voting"),
        ({"schedule": {"voting": ["2026-11-12 09:00", ""]}}, "schedule.voting"),
        ({"schedule": {}}, "schedule.voting"),
        ({"results": "daily 25:00"}, "results"),
        ({"categories": []}, "categories"),
        ({"categories": [{"name": "城郊乡镇", "seats": "x"}]}, "categories[1].seats"),
        ({"criteria": [{"key": "a", "name": "甲", "weight": 90}]}, "criteria"),
        ({"void_rules": [{"id": "R1", "text": ""}]}, "void_rules[1].text"),
        ({"approval": {}}, "approval"),
        ({"organisers": {"host": []}}, "organisers.host"),
    ],
)
def test_fault_of_a_section_is_named_by_its_key_and_nothing_is_stored(app, editor, changes, key):
    campaign = make_campaign(published=False)
    before = steps.as_toml(campaign)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, **changes)

    assert key in refusal.value.fields
    assert steps.as_toml(campaign) == before


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"picks": [3, 1]}, "ballot.picks"),
        ({"picks": ["", ""]}, "ballot.picks"),
        ({"ballots": 0}, "ballot.ballots"),
        ({"hours": ["22:00", "08:00"]}, "ballot.hours"),
        ({"min_batch": 0}, "ballot.min_batch"),
    ],
)
def test_fault_of_the_ballot_rules_is_named(app, editor, changes, key):
    campaign = make_campaign(published=False)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, ballot={**campaign.ballot, **changes})

    assert list(refusal.value.fields) == [key]


def test_category_with_candidates_cannot_go(app, editor):
    campaign = make_campaign(published=False)

    with pytest.raises(InvalidFields) as refusal:
        save(campaign, editor, categories=[{"name": "城郊乡镇", "seats": 5}])

    assert refusal.value.fields["categories"].detail == {"name": "山区乡镇", "n": 3}


def test_draft_takes_every_section(app, editor):
    campaign = make_campaign(published=False)

    save(
        campaign,
        editor,
        theme="我心中的十佳乡镇",
        schedule={"voting": ["2026-11-13 09:00", "2026-12-01 18:00"]},
        results="hidden",
        weights={**presets.WEIGHT_DEFAULTS, "public": 40, "expert": 40},
    )

    assert campaign.theme == "我心中的十佳乡镇"
    assert campaign.schedule == {"voting": ["2026-11-13T09:00+08:00", "2026-12-01T18:00+08:00"]}
    assert (campaign.results, campaign.weights["expert"]) == ("hidden", 40)
    (line, *_) = audit.entries([campaign.id])
    assert (line.action, line.fields) == ("edit", "results schedule theme weights")


def test_same_values_change_nothing(app, editor):
    campaign = make_campaign()

    save(campaign, editor, **steps.as_toml(campaign))

    assert audit.entries([campaign.id]) == []


FROZEN = [
    {"title": "另一个名字"},
    {"schedule": {"voting": ["2026-11-12 09:00", "2026-12-31 18:00"]}},
    {"results": "hidden"},
    {"void_rules": [{"id": "R2", "text": "新规则"}]},
    {"categories": [{"name": "城郊乡镇"}, {"name": "山区乡镇"}, {"name": "新"}]},
]


@pytest.mark.parametrize("changes", FROZEN)
def test_frozen_settings_change_by_decision_only_once_voting_begins(app, editor, changes):
    with pytest.raises(Frozen):
        save(make_campaign(), editor, NOON, **changes)


@pytest.mark.parametrize("changes", FROZEN)
def test_frozen_settings_change_by_decision_only_once_the_ledger_is_open(app, editor, changes):
    campaign = make_campaign()
    proposals.open_ledger(campaign.id, editor, clock=at(BEFORE))

    with pytest.raises(Frozen):
        save(campaign, editor, BEFORE, **changes)


def test_texts_colour_and_telephones_stay_editable(app, editor):
    campaign = make_campaign()
    organisers = {**campaign.organisers, "phone": "0800-7777777"}

    save(campaign, editor, NOON, theme="新主题", colour="blue", organisers=organisers)

    assert (campaign.theme, campaign.colour) == ("新主题", "blue")
    assert campaign.organisers["phone"] == "0800-7777777"
    with pytest.raises(Frozen):
        save(campaign, editor, NOON, organisers={**organisers, "host": ["别的单位"]})


def test_published_campaign_stays_fit_for_it(app, editor):
    campaign = make_campaign()

    with pytest.raises(publishing.PublishFaults):
        save(campaign, editor, ballot={**campaign.ballot, "picks": [1, 20]})


def test_later_end_before_the_freeze_needs_no_decision(app, editor):
    campaign = make_campaign()

    save(campaign, editor, schedule={"voting": ["2026-11-12 09:00", "2026-12-20 18:00"]})

    assert campaign.closes_at > CLOSES
