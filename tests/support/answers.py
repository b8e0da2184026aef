"""What an answer of the site says: its words, its problem document."""

import re


def words_of(answer):
    """The words of a page in one line, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def problem_of(answer):
    """(status, name) of a refusal to a program."""
    assert answer.content_type == "application/problem+json"
    body = answer.json
    assert body["status"] == answer.status_code
    assert body["title"]
    assert body["detail"]
    return answer.status_code, body["type"].removeprefix("/problems/")


def line_of(answer):
    """A page's source in one line."""
    return " ".join(answer.text.split())
