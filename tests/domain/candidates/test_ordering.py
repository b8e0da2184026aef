"""The order on the ballot: by number, by strokes, shuffled."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from votesite.domain.candidates.ordering import ordered, stroke_key

NAMES = ["鹤庆镇", "乙镇", "丁镇", "Alpha", "一镇", "十镇"]


def on_ballot(order, seed="", names=NAMES):
    candidates = [SimpleNamespace(no=no, name=name) for no, name in enumerate(names, start=1)]
    return [found.no for found in ordered(reversed(candidates), order, seed)]


def test_numbers_ascend_whatever_order_they_come_in():
    assert on_ballot("number") == [1, 2, 3, 4, 5, 6]


def test_strokes_ascend_and_other_scripts_come_last():
    assert on_ballot("stroke") == [5, 2, 3, 6, 1, 4]


@pytest.mark.parametrize(
    ("fewer", "more"), [("一", "丁"), ("丁", "三"), ("三", "王"), ("王", "鹤")]
)
def test_a_character_of_fewer_strokes_comes_first(fewer, more):
    assert stroke_key(fewer) < stroke_key(more)


def test_names_that_begin_alike_are_told_apart_by_what_follows():
    assert stroke_key("王一") < stroke_key("王丁") < stroke_key("王鹤")
    assert stroke_key("王") < stroke_key("王一")


def test_names_of_the_same_place_keep_the_order_of_their_numbers():
    assert on_ballot("stroke", names=["一镇", "一镇", "一镇"]) == [1, 2, 3]


def test_a_shuffle_is_its_seeds_own_and_complete():
    first, again, other = (on_ballot("random", seed) for seed in ("a", "a", "b"))

    assert first == again
    assert first != other
    assert sorted(first) == sorted(other) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("fewer", "rare", "more"),
    [
        ("三", "𠔀", "王"),
        ("帅", "㛃", "班"),
        ("南", "䶮", "党"),
        ("羊", "𠮷", "两"),
        ("龘", "𪚥", "A"),
    ],
)
def test_rare_characters_stand_among_their_strokes(fewer, rare, more):
    assert stroke_key(fewer) < stroke_key(rare) < stroke_key(more)


def test_every_ideograph_that_is_assigned_has_its_place():
    blocks = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B739)]
    lost = [
        hex(point)
        for first, last in blocks
        for point in range(first, last + 1)
        if stroke_key(chr(point)) > stroke_key("A")
    ]

    assert lost == []


def test_known_order_is_that_of_the_collation():
    known = (Path(__file__).parents[3] / "tools" / "stroke_order.txt").read_text("utf-8").strip()
    ranks = [stroke_key(char) for char in known]

    assert ranks == sorted(ranks)
    assert len(known) == 20_993
