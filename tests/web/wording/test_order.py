"""The order of knowledge as rows of a table, and late changes as sentences."""

import pytest

from votesite.domain.ledger.knowledge import Late, Placed
from votesite.web.wording import order
from votesite.web.wording.order import Stretch


@pytest.fixture(autouse=True)
def _request(app):
    with app.test_request_context():
        yield


def placed(n, k, after_figures, after_panel, **fields):
    return Placed({"n": n, "k": k, **fields}, k, after_figures, after_panel)


def test_run_of_the_same_is_one_row():
    found = order.stretches(
        [
            placed(1, "judge", False, False),
            placed(2, "judge", False, False),
            placed(5, "judge", True, False),
            placed(7, "panel", True, False),
            placed(9, "data", True, True, key="objective"),
        ]
    )

    assert found == [
        Stretch(1, 2, "任命评委，2 次", "以前", "以前"),
        Stretch(5, 5, "任命评委", "以后", "以前"),
        Stretch(7, 7, "评分结束", "以后", ""),
        Stretch(9, 9, "录入数据：客观指标", "以后", "以后"),
    ]


def test_entries_between_the_same_rankings_share_their_change():
    late = [
        Late({"n": 30}, "void", 20, 40, (3,), (5,)),
        Late({"n": 40}, "ranking", 20, 40, (3,), (5,)),
        Late({"n": 60}, "ranking", 40, 60, (), (3,)),
    ]

    first, second = order.changes(late, {3: "丙", 5: "戊"})

    assert (first.gained, first.lost) == ("3 号 丙", "5 号 戊")
    assert first.entries == [(30, "作废选票"), (40, "重新得出综合结果")]
    assert (second.before, second.after, second.gained, second.lost) == (40, 60, "", "3 号 丙")
