"""Finding candidates by a number, a part of the name, the sounds of its characters."""

from types import SimpleNamespace

import pytest

from votesite.domain.candidates.searching import forms_in, found_by, keys_of, matches

FOUND = [
    ("８", 8, "青石镇"),
    ("008", 8, "青石镇"),
    ("Ａ座", 1, "A座便民中心"),
    ("a 座", 1, "Ａ座便民中心"),
    ("东风·解放乡（试点）", 1, "东风解放乡 (试点)"),
    ("白 水", 1, "白水乡"),
    ("霧山", 1, "雾山镇"),
    ("雾山", 1, "霧山鎮"),
    *(("颱風檯裡", 1, "台风台里"), ("臺裡", 1, "东台里村"), ("綜合", 1, "综合窗口")),
    ("qingshi", 1, "青石镇"),
    ("Qing Shi", 1, "青石镇"),
    ("qsz", 1, "青石镇"),
    ("lvliang", 1, "吕梁乡"),
    ("lü liang", 1, "吕梁乡"),
    ("", 1, "青石镇"),
    ("？", 1, "青石镇"),
]
NOT_FOUND = [
    ("9", 8, "青石镇"),
    ("白山", 1, "白水乡"),
    ("shiqing", 1, "青石镇"),
    ("zsq", 1, "青石镇"),
]


@pytest.mark.parametrize(("typed", "no", "name"), FOUND)
def test_search_by_number_part_pinyin_initials_and_traditional(typed, no, name):
    assert matches(SimpleNamespace(no=no, name=name), typed)


@pytest.mark.parametrize(("typed", "no", "name"), NOT_FOUND)
def test_what_is_meant_otherwise_is_not_found(typed, no, name):
    assert not matches(SimpleNamespace(no=no, name=name), typed)


def test_keys_are_those_that_a_page_searches_by_itself():
    assert keys_of("雾山 镇（A）") == ("雾山镇a", "wushanzhena", "wsza")
    assert found_by(SimpleNamespace(no=3, name="乙")) == "3 乙 yi y"


def test_page_is_given_every_form_of_the_characters_in_its_names():
    names = ["雾台", "综台"]

    assert forms_in(SimpleNamespace(name=name) for name in names) == "檯台臺台颱台綜综霧雾"
