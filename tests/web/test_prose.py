"""Public text is shown as it was written: every line, every number, every emphasis."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from votesite.domain.campaigns.publishing import touch
from votesite.domain.candidates.listing import candidate_numbered
from votesite.extensions import writing
from votesite.web.prose import markdown

BEGINNINGS = (
    *("", " ", "    ", "\t", "　　", "一、", "（一）", "1. ", "3. ", "03. ", "12) ", "- ", "> "),
    *("# ", "[注]: ", "[1]: ", "```", "~~~ ", "    - ", "**要点：**", "`"),
)
ENDINGS = ("", "  ", "\\", "。", "`", "**", "_", "：")
LINES = st.lists(
    st.tuples(st.sampled_from(BEGINNINGS), st.sampled_from(ENDINGS), st.booleans()),
    min_size=1,
    max_size=12,
)
SEPARATE = re.compile(r"<br>|</?(?:p|li|ol|ul|h[1-6]|blockquote|div)\b[^>]*>")


def lines_shown(rendered):
    """The lines that a reader sees, with the number of each item of a list."""
    numbered = re.sub(r'<li value="0*(\d+)">', r"\n\1. ", rendered)
    text = re.sub(r"<[^>]*>", "", SEPARATE.sub("\n", numbered.replace("\n", "")))
    return [html.unescape(line).strip() for line in text.split("\n") if line.strip()]


@pytest.fixture(autouse=True)
def _page(app):
    with app.test_request_context("/"):
        yield


@given(LINES)
def test_every_line_that_was_typed_is_a_line_of_the_page(lines):
    source = "\n".join(
        f"{beginning}第{at}行{ending}" + "\n" * blank
        for at, (beginning, ending, blank) in enumerate(lines)
    )

    shown = lines_shown(markdown(source))

    found = [re.findall(r"第\d+行", line) for line in shown]
    assert [words for words in found if words] == [[f"第{at}行"] for at in range(len(lines))]


@given(st.lists(st.integers(0, 9999), min_size=1, max_size=8), st.sampled_from(".)"))
def test_numbers_stay_as_they_were_typed(numbers, sign):
    source = "\n".join(f"{number}{sign} 事项" for number in numbers)

    shown = [re.match(r"\d+", line)[0] for line in lines_shown(markdown(source))]

    assert [int(number) for number in shown] == numbers


@pytest.mark.parametrize(
    ("source", "strong"),
    [
        ("**“一窗受理”**走在前列，**办结率：**98%。", ["“一窗受理”", "办结率："]),
        ("他说**（一）**好", ["（一）"]),
        ("办结**98%**以上", ["98%"]),
        ("**《规定》**第**3**条", ["《规定》", "3"]),
        ("その**「窓口」**です、매우**“중요”**", ["「窓口」", "“중요”"]),
        ("2 * 3 * 4", []),
    ],
)
def test_emphasis_needs_no_blanks_between_chinese_words(source, strong):
    rendered = markdown(source)

    assert re.findall("<strong>(.*?)</strong>", rendered) == strong
    assert "**" not in rendered


def test_blanks_before_a_paragraph_make_no_code_of_it():
    assert markdown("    开头空四格的一段话") == "<p>开头空四格的一段话</p>\n"


def test_wide_table_scrolls_in_a_box_of_its_own():
    rendered = markdown("| 甲 | 乙 |\n|---|---|\n| <table> | 2 |")

    assert rendered.count('<div class="scroll-x"') == rendered.count("</table></div>") == 1
    assert "&lt;table&gt;" in rendered


def test_words_of_a_picture_stand_where_it_stood():
    assert markdown("![服务大厅](https://e.example/i.png)") == "<p>服务大厅</p>\n"


def test_public_page_shows_the_lines_of_a_cell(client, open_campaign):
    text = "    开头空四格\n\n**“一窗受理”**走在前列\n一、窗口不打烊\n二、当天办结\n\n1. 甲\n3. 丙"
    with writing() as tx:
        candidate_numbered(open_campaign.id, 1).summary = text
        touch(tx, open_campaign.id)

    page = client.get("/c/xiangzhen-2026/candidates/1").get_data(as_text=True)

    assert markdown(text) in page
    assert lines_shown(markdown(text)) == [
        "开头空四格",
        "“一窗受理”走在前列",
        "一、窗口不打烊",
        "二、当天办结",
        "1. 甲",
        "3. 丙",
    ]
