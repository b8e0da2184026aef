"""Rules of six real campaigns, from a campaign's folder to its final list.

The folder is loaded and published, invented citizens vote by the rule of the original, judges hand
sheets in, two people decide what two people must; then the list that the site publishes is held
against what `tests/support/composite_by_hand.py` makes of the test's own counts and scores.
Where the original's announcement gives no figure, ours stands with a remark.
"""

import json
import random
from collections import Counter
from datetime import timedelta

import pytest

from tests.support.composite_by_hand import ranked_by_hand
from tests.support.factories import CLOSES, NOON, at
from tests.support.folders import make_folder
from tests.support.honours import COUNTED, FINAL, Honours
from votesite.domain.campaigns import listing
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.scoring import inputs
from votesite.domain.scoring.composite import Candidate, Inputs
from votesite.domain.setup.folder.loading import load_folder
from votesite.errors import InvalidBallot, LimitReached
from votesite.extensions import site

VOTERS = 12
JUDGES = 5
DAY = timedelta(days=1)
LAST_NOON = CLOSES - timedelta(hours=6)
SHARES = ("public", "expert", "satisfaction", "objective")

CAMPAIGNS = {
    # Once per campaign, up to 10 of 41, at least one in each of two groups; vote and review count
    # together. The split, the groups' sizes and the seats are ours.
    "hubei-xinfang": {
        "voting": ["2026-12-09 18:00", "2026-12-12 18:00"],
        "ballot": {"scope": "campaign", "ballots": 1, "picks": [2, 10], "repeat": "never"},
        "groups": {"信访干部": (21, 5, [1, 9]), "基层信访干部": (20, 5, [1, 9])},
        "weights": {"public": 50, "expert": 50},
    },
    # One ballot a day of exactly 10, 70 votes and 30 jury, figures daily at 18:00. The number of
    # candidates is ours; ten are honoured.
    "gandong-chongqing": {
        "voting": ["2026-12-08 09:00", "2026-12-12 18:00"],
        "ballot": {"scope": "day", "ballots": 1, "picks": [10, 10], "repeat": "daily"},
        "results": "daily 18:00",
        "groups": {"人物": (20, 10, None)},
        "weights": {"public": 70, "expert": 30, "public_score": "share", "expert_score": "points"},
    },
    # Five votes a day among 112, one to five of them on a ballot; 15 votes and 85 experts. The
    # seats are ours.
    "luzhou-zhengnengliang": {
        "voting": ["2026-12-08 18:00", "2026-12-12 18:00"],
        "ballot": {"scope": "day", "ballots": 1, "picks": [1, 5], "repeat": "daily"},
        "groups": {"网络正能量账号": (112, 20, None)},
        "weights": {
            "public": 15, "expert": 85, "public_score": "share", "expert_score": "points",
            "decimals": 4, "trim": True, "ties": ["expert", "public"],
        },
    },
    # One ballot a day of exactly ten, in order of strokes; votes alone. Thirty candidates are ours.
    "wuxi-jingcha": {
        "voting": ["2026-12-05 18:00", "2026-12-12 18:00"],
        "ballot": {
            "scope": "day", "ballots": 1, "picks": [10, 10], "repeat": "daily", "order": "stroke",
        },
        "groups": {"民警": (30, 10, None)},
        "weights": {"public": 100, "public_score": "share", "ties": []},
    },
    # 20 to 100 of 200 a day, vote and experts; a hundred are honoured. The split is ours.
    "baijia-xingjing": {
        "voting": ["2026-12-05 18:00", "2026-12-12 18:00"],
        "ballot": {"scope": "day", "ballots": 1, "picks": [20, 100], "repeat": "daily"},
        "groups": {"刑警": (200, 100, None)},
        "weights": {"public": 40, "expert": 60, "trim": True, "ties": ["expert", "public"]},
    },
    # Once, at least one from each of two groups; votes alone. Sizes and seats are ours. Who may
    # vote is left open here: followers are asked for by WeChat, not by the count.
    "zhaoqing-haoren": {
        "voting": ["2026-12-09 18:00", "2026-12-12 18:00"],
        "ballot": {"scope": "campaign", "ballots": 1, "picks": [2, 6], "repeat": "never"},
        "groups": {"助人为乐": (8, 3, [1, 3]), "敬业奉献": (7, 3, [1, 3])},
        "weights": {"public": 100, "public_score": "rank", "ties": ["public"]},
    },
}  # fmt: skip
DEFAULTS = {
    "public": 0, "expert": 0, "satisfaction": 0, "objective": 0, "public_score": "rank", "cap": 0,
    "expert_score": "rank", "trim": False, "decimals": 2, "ties": ["public"], "missing": "refuse",
    "region_cap": 0,
}  # fmt: skip
CRITERIA = (("service", 60), ("innovation", 40))


class Selection:
    """One of the campaigns, with the test's own account of ballots and scores."""

    def __init__(self, slug):
        self.slug, self.rules = slug, CAMPAIGNS[slug]
        self.weights = DEFAULTS | self.rules["weights"]
        self.pick = random.Random(slug)
        self.category = {}
        for name, (size, _, _) in self.rules["groups"].items():
            first = len(self.category) + 1
            self.category.update(dict.fromkeys(range(first, first + size), name))
        self.votes = Counter()
        self.sheets = []

    @property
    def has_experts(self):
        return self.weights["expert"] > 0

    def folder(self, path):
        """The campaign's folder, with the rules as settings."""
        ballot = self.rules["ballot"]
        lines = [
            f'slug = "{self.slug}"', 'title = "推选活动"', 'wording = "推选"', "fee_free = true",
            f'results = "{self.rules.get("results", "hidden")}"',
            "[approval]", 'number = "云表彰组〔2026〕3号"',
            "[organisers]", 'host = ["云岭市人民政府办公室"]', 'supervision_phone = "0800-0000001"',
            "[schedule]", f"voting = {json.dumps(self.rules['voting'])}",
            "[ballot]", *(f"{key} = {json.dumps(value)}" for key, value in ballot.items()),
        ]  # fmt: skip
        for name, (_, seats, picks) in self.rules["groups"].items():
            lines += ["[[categories]]", f'name = "{name}"', f"seats = {seats}"]
            lines += [f"picks = {picks}"] if picks else []
        for key, weight in CRITERIA if self.has_experts else ():
            lines += ["[[criteria]]", f'key = "{key}"', f'name = "{key}"', f"weight = {weight}"]
        lines += ["[weights]", *(f"{key} = {json.dumps(of)}" for key, of in self.weights.items())]
        rows = [f"{no},第{no}号,{name}" for no, name in self.category.items()]
        return make_folder(path, "\n".join(lines) + "\n", "\n".join(["no,name,category", *rows]))

    def ballot(self):
        """Numbers that somebody may pick: some of each group that asks for it, then any."""
        least, most = self.rules["ballot"]["picks"]
        chosen = []
        for name, (_, _, picks) in self.rules["groups"].items():
            own = [no for no, of in self.category.items() if of == name]
            # The first are the favourites, so that places are not all shared.
            chosen += self.pick.sample(own[: len(own) * 2 // 3], picks[0] if picks else 0)
        wanted = self.pick.randint(least, min(most, least + 5))
        numbers = [no for no in self.category if no not in chosen]
        numbers.sort(key=lambda no: self.pick.random() * no)
        limits = {name: bounds for name, (_, _, bounds) in self.rules["groups"].items() if bounds}
        for no in numbers:
            name = self.category[no]
            taken = sum(self.category[each] == name for each in chosen)
            if len(chosen) < wanted and taken < limits.get(name, [0, most])[1]:
                chosen.append(no)
        return sorted(chosen)

    def vote(self, honours):
        """Every citizen votes on each of the last two days, or once."""
        days = (1, 0) if self.rules["ballot"]["scope"] == "day" else (0,)
        for day in days:
            for voter in range(VOTERS):
                picks = self.ballot()
                honours.vote({voter: picks}, moment=LAST_NOON - day * DAY)
                self.votes.update(picks)

    def score(self, honours):
        """Five judges score everybody; the panel is closed."""
        for judge in range(1, JUDGES + 1):
            sheet = {no: [self.pick.randint(700, 1000) for _ in CRITERIA] for no in self.category}
            honours.appoint(judge)
            honours.sheet(judge, sheet)
            self.sheets.append([[no, scores] for no, scores in sheet.items()])
        honours.decide("panel")

    def expected(self):
        """The table by the second calculation, of what the test itself counted."""
        award = {
            **self.weights,
            "trim": int(self.weights["trim"]),
            "criteria": [{"weight": weight} for _, weight in CRITERIA if self.has_experts],
            "seats": [[name, seats] for name, (_, seats, _) in self.rules["groups"].items()],
        }
        candidates = [Candidate(no, name, "") for no, name in self.category.items()]
        return ranked_by_hand(Inputs(award, candidates, self.votes, self.sheets))


@pytest.fixture(params=CAMPAIGNS)
def selection(request):
    return Selection(request.param)


def loaded(selection, tmp_path):
    load_folder(selection.folder(tmp_path / "folder"), publish=True, clock=at(NOON - 3 * DAY))
    return Honours(listing.find(selection.slug))


def test_campaign_comes_from_its_folder_to_its_final_list(app, client, selection, tmp_path):
    honours = loaded(selection, tmp_path)
    if selection.has_experts:
        selection.score(honours)
    selection.vote(honours)
    honours.close()
    honours.decide("ranking", moment=COUNTED)
    honours.notice()
    published = client.get(f"/c/{selection.slug}/ledger/ranking.json").get_json()

    expected = selection.expected()
    assert published["rows"] == expected
    honoured = [row[0] for row in expected if row[2]]
    assert len(honoured) >= sum(seats for _, seats, _ in selection.rules["groups"].values())
    assert len(honoured) < len(expected)

    honours.decide("final", moment=FINAL)
    with site().store.snapshot() as tx:
        state = proceedings(tx, honours.campaign.id)
        assert inputs.honoured(tx, honours.campaign.id, state) == honoured
    assert honours.row.phase_at(FINAL) == "final"


def test_ballots_against_the_rule_are_refused(app, selection, tmp_path):
    honours = loaded(selection, tmp_path)
    least, most = selection.rules["ballot"]["picks"]
    honours.vote({1: selection.ballot()}, moment=LAST_NOON)

    with pytest.raises(LimitReached):
        honours.vote({1: selection.ballot()}, moment=LAST_NOON)
    for picks in (range(1, least), range(1, most + 2)):
        with pytest.raises(InvalidBallot):
            honours.vote({2: picks}, moment=LAST_NOON)


def test_each_group_needs_a_pick_where_the_rule_says_so(app, tmp_path):
    for slug in ("hubei-xinfang", "zhaoqing-haoren"):
        selection = Selection(slug)
        honours = loaded(selection, tmp_path / slug)
        with pytest.raises(InvalidBallot):
            honours.vote({1: [1, 2]}, moment=LAST_NOON)
        honours.vote({1: [1, max(selection.category)]}, moment=LAST_NOON)
