"""The data of Chinese characters, and the script that makes it."""

import bz2

from tools import han as maker
from votesite.domain.candidates import han

SOURCES = """# a comment
U+4E00\tkTotalStrokes\t1
U+4E8C\tkTotalStrokes\t2
U+4E09\tkTotalStrokes\t3
U+3404\tkTotalStrokes\t2 3
U+3404\tkRSUnicode\t4.1
U+3401\tkTotalStrokes\t2
U+3401\tkRSUnicode\t1.1
"""
VARIANTS = "U+9727\tkSimplifiedVariant\tU+96FE\nU+4E7E\tkSimplifiedVariant\tU+4E7E U+5E72\n"
READINGS = "U+96FE\tkMandarin\twù\nU+5415\tkMandarin\tlǚ\nU+957F\tkMandarin\tzhǎng cháng\n"


def unihan(folder):
    for file, text in zip(maker.FILES, (SOURCES, VARIANTS, READINGS), strict=True):
        (folder / file).write_bytes(bz2.compress(text.encode()))
    return maker.read(folder)


def test_characters_stand_behind_the_known_ones_of_their_count_by_radical(tmp_path):
    data = unihan(tmp_path)
    strokes = {char: int(text.split()[0]) for char, text in data["kTotalStrokes"].items()}

    assert maker.ordered("一二三", strokes, data["kRSUnicode"]) == "一二㐁㐄三"


def test_count_that_the_known_order_contradicts_ends_where_most_of_it_does():
    assert maker.end_of(2, [1, 2, 3, 2, 2, 3, 3, 2, 3]) == 5
    assert maker.end_of(9, [1, 2]) == 2
    assert maker.end_of(0, [1, 2]) == 0


def test_forms_and_sounds_are_taken_in_their_first_reading(tmp_path):
    data = unihan(tmp_path)

    assert list(maker.forms(data["kSimplifiedVariant"])) == ["乾干", "霧雾"]
    assert list(maker.sounds(data["kMandarin"])) == ["lv 吕", "wu 雾", "zhang 长"]


def test_data_says_what_it_was_made_of():
    assert (han.simplified("霧山鎮A"), han.forms_of("雾山A")) == ("雾山镇A", "霧雾")
    assert [han.sound(char) for char in "雾吕A"] == ["wu", "lv", "A"]
    assert han.stroke_rank("一") == 1
    assert han.stroke_rank("A") < han.stroke_rank("B")
