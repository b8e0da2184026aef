"""Keys that decide about figures, honours and oversight: their ranges, the way there and back."""

import tomllib
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.folders import MINIMAL, make_folder
from tests.support.verifier_keys import verifier_key
from votesite.domain.setup.folder.export import export_folder
from votesite.domain.setup.folder.faults import Faults
from votesite.domain.setup.folder.loading import load_folder
from votesite.domain.setup.folder.settings import read_settings
from votesite.domain.texts import composed, shows, stray
from votesite.extensions import db, writing

CRITERIA = [{"key": "service", "name": "服务质量", "weight": 100}]
TIES = ("public", "expert", "satisfaction", "objective")
MOST = 2_000_000_000
CHOICES = {
    "public_score": ("share", "rank", "cap"),
    "expert_score": ("points", "rank"),
    "missing": ("refuse", "zero", "drop"),
    "sheets": ("public", "auditors"),
    "panel": ("named", "numbered"),
}
# Where each number lies, with what must stand beside it so that nothing else is wrong.
RANGES = [
    (("ballot", "min_batch"), 1, 1000, {}),
    (("ballot", "quiet"), 0, 1440, {}),
    (("ballot", "publish_every"), 1, 86400, {}),
    (("weights", "cap"), 1, MOST, {"public_score": "cap"}),
    (("weights", "region_cap"), 0, 10_000, {}),
    (("weights", "min_answers"), 5, 1_000_000, {}),
    (("weights", "notice_days"), 5, 60, {}),
    (("electorate", "population"), 1, MOST, {"source": "统计公报"}),
    (("audit", "quorum"), 0, 2, {"auditors": [verifier_key("a"), verifier_key("b", kind=4)]}),
]

sources = (
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60)
    .map(composed)
    .map(str.strip)
    .filter(lambda text: shows(text) and not stray(text, lines=False))
)


def read(**tables):
    """The settings of the smallest folder with some tables besides, and the keys of its faults."""
    tree = tomllib.loads(MINIMAL)
    for name, values in tables.items():
        is_table = isinstance(values, dict) and name in tree
        tree[name] = tree[name] | values if is_table else values
    faults = Faults()
    found = read_settings(tree, "campaign.toml", faults)
    return found, [fault.key for fault in faults.found]


@st.composite
def weights(draw):
    """Weights of every kind that fit together."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    edges = [0, *cuts, 100]
    shares = [after - before for before, after in pairwise(edges)]
    found = dict(zip(TIES, shares, strict=True))
    found |= {key: draw(st.sampled_from(words)) for key, words in CHOICES.items()}
    found["cap"] = draw(st.integers(1, MOST)) if found["public_score"] == "cap" else 0
    found["ties"] = draw(st.lists(st.sampled_from(TIES), unique=True))
    found["ties"] += draw(st.sampled_from([[], ["lot"]]))
    numbers = {"region_cap": (0, 10_000), "min_answers": (5, 1_000_000), "notice_days": (5, 60)}
    found |= {key: draw(st.integers(*bounds)) for key, bounds in numbers.items()}
    return found | {"trim": draw(st.booleans()), "decimals": draw(st.sampled_from([2, 4]))}


@st.composite
def oversight(draw):
    """Electorates and auditors of every kind that fit together."""
    population = draw(st.integers(0, MOST))
    names = draw(st.lists(st.sampled_from("abcdefgh"), unique=True))
    keys = [verifier_key(name, draw(st.sampled_from([1, 4]))) for name in names]
    return {
        "electorate": {"population": population, "source": draw(sources) if population else ""},
        "audit": {"auditors": keys, "quorum": draw(st.integers(0, len(keys)))},
        "signed": draw(st.booleans()),
    }


@pytest.mark.parametrize(
    ("place", "low", "high", "beside"), RANGES, ids=[place[1] for place, *_rest in RANGES]
)
@given(data=st.data())
def test_number_is_taken_within_its_range_alone(place, low, high, beside, data):
    table, key = place
    edges = [low - 1, low, high, high + 1]
    value = data.draw(st.sampled_from(edges) | st.integers(low, high) | st.integers())

    found, faulty = read(**{table: {**beside, key: value}})

    if low <= value <= high:
        assert (faulty, getattr(found, table)[key]) == ([], value)
    else:
        assert faulty == [f"{table}.{key}"]


@given(shares=st.lists(st.integers(0, 100), min_size=4, max_size=4))
def test_shares_that_do_not_add_to_100_are_refused(shares):
    given_ = dict(zip(TIES, shares, strict=True))

    _found, faulty = read(weights=given_, criteria=CRITERIA)

    assert faulty == ([] if sum(shares) == 100 else ["weights"])


@given(found=weights(), more=oversight())
def test_settings_that_fit_together_are_kept_to_the_letter(found, more):
    kept, faulty = read(weights=found, criteria=CRITERIA, **more)

    assert faulty == []
    assert kept.weights == found
    assert {key: getattr(kept, key) for key in more} == more


@settings(
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(found=weights(), more=oversight())
def test_settings_survive_export_and_loading(app, tmp_path_factory, found, more):
    folder = tmp_path_factory.mktemp("settings")
    row = '[[criteria]]\nkey = "service"\nname = "服务质量"\nweight = 100\n'
    campaign = load_folder(make_folder(folder / "f", MINIMAL + row)).campaign
    with writing():
        campaign = db.session.merge(campaign)
        campaign.weights = found
        campaign.electorate, campaign.audit = more["electorate"], more["audit"]
        campaign.signed = more["signed"]

    export_folder(campaign, folder / "exported")
    again = load_folder(folder / "exported").campaign

    assert (again.weights, again.signed) == (found, more["signed"])
    assert (again.electorate, again.audit) == (more["electorate"], more["audit"])
