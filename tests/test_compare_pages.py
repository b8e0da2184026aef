"""`tools.compare_pages`: what counts as a difference between two answers, and what does not."""

import io
import zipfile

from PIL import Image

from tools.compare_pages.normal import Names, Normal, digest
from tools.compare_pages.report import compare
from tools.compare_pages.visitor import Answer, Site
from tools.compare_pages.walk import Walk

PAGE = """<!doctype html><html><head><link rel="stylesheet" href="/static/css/a.css?v=1">
<script src="/static/js/a.js?v=1"></script><title>公评</title></head>
<body><p class="a  b"><b>某</b> <i>镇</i></p><input name="csrf_token" value="one"></body></html>"""
KEY = "stranger GET /"


def page_answer(text, kind="text/html; charset=utf-8", status=200, **headers):
    body = text if isinstance(text, bytes) else text.encode()
    return Answer(status, [("Content-Type", kind), *headers.items()], body)


def compared(was, now, key=KEY):
    walks = [Walk(Site(8765, 0.0), [], answers={key: one}) for one in (was, now)]
    return compare(walks[0], walks[1], None, [])


def test_names_and_number_of_assets_and_tokens_are_no_difference():
    other = PAGE.replace("a.css?v=1", "b.css?v=2").replace('value="one"', 'value="two"')
    other = other.replace("<script", '<link rel="preload" href="/static/c.css"><script', 1)

    assert compared(page_answer(PAGE), page_answer(other)).count == 0


def test_wrapping_of_the_source_is_no_difference():
    wrapped = PAGE.replace('class="a  b"', 'class="a\n b"').replace("<p", "\n\n  <p")

    report = compared(page_answer(PAGE), page_answer(wrapped))

    assert (report.count, report.gaps) == (0, [])


def test_blank_between_inline_tags_is_listed_alone():
    report = compared(page_answer(PAGE), page_answer(PAGE.replace("</b> <i>", "</b><i>")))

    assert (report.count, report.gaps) == (0, [KEY])


def test_word_attribute_status_header_and_cookie_are_differences():
    changed = [
        page_answer(PAGE.replace("镇", "乡")),
        page_answer(PAGE.replace('class="a  b"', 'class="a"')),
        page_answer(PAGE, status=404),
        page_answer(PAGE, **{"Cache-Control": "no-store"}),
        page_answer(PAGE, **{"Set-Cookie": "votesite=x; Path=/"}),
    ]

    assert [compared(page_answer(PAGE), other).count for other in changed] == [1] * len(changed)


def test_json_is_compared_by_its_bytes_but_for_tokens():
    def value(text):
        return page_answer(text, "application/json")

    assert compared(value('{"a":1}'), value('{"a": 1}')).count == 1
    assert compared(value('{"csrf_token":"a"}'), value('{"csrf_token":"b"}')).count == 0


def test_hashes_count_until_something_is_posted():
    was, now = (page_answer(letter * 64, "text/plain") for letter in "ab")

    assert compared(was, now).count == 1
    assert compared(was, now, "after stranger GET /").count == 0


def test_answer_of_one_side_alone_is_a_difference():
    walks = [Walk(Site(8765, 0.0), [], answers={KEY: page_answer(PAGE)}), Walk(Site(8765, 0.0), [])]

    assert compare(walks[0], walks[1], None, []).count == 1


def test_pictures_are_compared_by_their_pixels_wherever_they_are_named():
    files = []
    for level, colour in ((1, "red"), (9, "red"), (9, "blue")):
        target = io.BytesIO()
        Image.new("RGB", (40, 30), colour).save(target, "PNG", compress_level=level)
        files.append(target.getvalue())
    page = page_answer('<img src="/media/one.png">')
    lines = [
        Normal(page, Names({"one.png": digest(content)})).lines(keep_gaps=True) for content in files
    ]

    assert files[0] != files[1]
    assert lines[0] == lines[1] != lines[2]


def test_archives_are_compared_by_their_members():
    def archive(text, year):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w") as written:
            written.writestr(zipfile.ZipInfo("a.txt", (year, 1, 1, 0, 0, 0)), text)
        return page_answer(target.getvalue(), "application/zip")

    assert compared(archive("a", 2025), archive("a", 2026)).count == 0
    assert compared(archive("a", 2026), archive("b", 2026)).count == 1
