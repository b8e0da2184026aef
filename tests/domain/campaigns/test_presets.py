"""Presets: rules that the campaign folder accepts."""

import pytest

from votesite.domain.campaigns import presets
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.settings import read_settings


@pytest.mark.parametrize("name", presets.PRESETS)
def test_preset_gives_rules_that_the_folder_accepts(name):
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

    settings = read_settings(tree, "campaign.toml", faults)

    assert faults.found == []
    assert settings.ballot["repeat"] == preset["ballot"]["repeat"]
