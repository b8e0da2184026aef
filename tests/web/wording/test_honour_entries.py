"""Every entry between the count and the list of honours, as a sentence."""

import pytest

from tests.support.ballots import entries_of
from tests.support.honours import COUNTED, FINAL
from tests.support.steps_to_honours import begun, bring_to
from votesite.web.wording import entries, honour_entries, ledger

NAMES = {3: "第3镇"}
BASE = {"n": 9, "t": "2026-12-12T18:00+08:00"}


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"k": "judge", "judge": 3, "categories": []}, "任命 3 号评委，评审全部候选。"),
        (
            {"k": "judge", "judge": 3, "categories": ["城郊乡镇", "山区乡镇"]},
            "任命 3 号评委，评审：城郊乡镇、山区乡镇。",
        ),
        ({"k": "dismiss", "judge": 3}, "3 号评委退出评审，交过的评分表不再算数。"),
        ({"k": "sheet", "judge": 3}, "3 号评委交了一份评分表。"),
        ({"k": "data", "key": "lot"}, "录入当众抽出的数，用它给仍然并列的候选排出先后。"),
        ({"k": "data", "key": "objective"}, "录入客观指标的数据。"),
        (
            {
                "k": "notice",
                "ranking": 1234,
                "from": "2026-12-14T09:00+08:00",
                "to": "2026-12-21T18:00+08:00",
                "days": ["2026-12-15"] * 5,
            },
            "公示第 1,234 号记录的综合结果，从 2026年12月14日 09:00 到 2026年12月21日 18:00，"
            "其间 5 个工作日。",
        ),
        (
            {"k": "answer", "of": [4, 7], "outcome": "upheld", "effect": "new_ranking"},
            "答复 2 份异议：异议成立，要重新得出综合结果并公示。",
        ),
        (
            {"k": "answer", "of": [4], "outcome": "dismissed", "effect": "none"},
            "答复 1 份异议：异议不成立。",
        ),
        ({"k": "final", "ranking": 40}, "名单确定：就是第 40 号记录的综合结果里入选的那些。"),
        ({"k": "revoke", "no": 3}, "撤销 3 号“第3镇”的荣誉，名额空缺。"),
    ],
)
def test_entry_in_a_sentence(entry, said):
    assert entries.sentence({**BASE, **entry}, NAMES) == said


def test_every_entry_of_a_finished_campaign_has_words_and_none_names_a_judge(app):
    made = bring_to(begun(sheets="public", panel="named"), "noticed")
    made.decide("dismiss", {"judge": 3}, why="与候选单位有利害关系", moment=COUNTED)
    made.decide("ranking", why="一名评委退出", moment=COUNTED)
    made.notice()
    made.decide("final", moment=FINAL)

    found = entries_of(made.campaign)
    told = {
        entry["k"]: [entries.sentence(entry, NAMES), *entries.more(entry), entries.reason(entry)]
        for entry in found
    }

    assert {"judge", "dismiss", "sheet", "panel", "data", "ranking", "notice", "final"} <= set(told)
    assert all(words[0] and ledger.kind(k, is_opened=False) != k for k, words in told.items())
    whole = "".join("".join(words) for words in told.values())
    assert "云岭市行政学院" not in whole
    assert not any(f"评委{number}" in whole for number in (1, 2, 3))
    assert honour_entries.data_name("satisfaction") == "群众满意度"
