"""Presets: rules that the campaign folder accepts, and that no warning is about."""

from dataclasses import asdict

import pytest

from votesite.domain.campaigns import presets, promises
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import read_settings
from votesite.models.campaigns import Campaign

BATCH, QUIET = 20, 60


def settings_of(name):
    """The settings of a campaign that takes a preset, and what is wrong with them."""
    preset = presets.PRESETS[name]
    bounds = preset["category_picks"]
    category = {"name": "城郊乡镇"} | ({"picks": list(bounds)} if bounds else {})
    tree = {
        "slug": "abc",
        "title": "题目",
        "wording": "推选",
        "fee_free": True,
        "results": preset["results"],
        "approval": {"number": "1"},
        "organisers": {"host": ["单位"]},
        "schedule": {"voting": ["2026-11-12 09:00", "2026-12-12 18:00"]},
        "ballot": dict(preset["ballot"]),
        "categories": [category],
    }
    faults = Faults()
    return read_settings(tree, "campaign.toml", faults), faults.found


@pytest.mark.parametrize("name", presets.PRESETS)
def test_preset_gives_rules_that_the_folder_accepts(name):
    settings, found = settings_of(name)

    assert found == []
    assert settings.ballot["repeat"] == presets.PRESETS[name]["ballot"]["repeat"]


@pytest.mark.parametrize("name", presets.PRESETS)
def test_preset_is_within_what_the_form_offers(name):
    """Steps hold the ballots of that many voters, however many each may cast."""
    settings, _found = settings_of(name)
    campaign = Campaign(**asdict(settings))

    assert (settings.ballot["min_batch"], settings.ballot["quiet"]) == (BATCH, QUIET)
    assert promises.small_steps(campaign) == promises.missing_steps(campaign) == []


@pytest.mark.parametrize("name", presets.PRESETS)
def test_no_preset_shows_figures_while_people_watch_them_move(name):
    assert presets.PRESETS[name]["results"] == "hidden" or presets.PRESETS[name][
        "results"
    ].startswith("daily ")
