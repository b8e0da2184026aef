"""Bodies of every shape, size and kind at every address: bounded memory, bounded time, in order."""

import io
import json
import subprocess
import sys
from datetime import timedelta

import pytest
from werkzeug.test import encode_multipart

from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.hostile_bodies import SHAPES
from tests.support.site import make_app
from tests.support.staffing import browser_of, make_staff, token_of
from votesite import clock
from votesite.clock import minute
from votesite.extensions import db, writing
from votesite.models.candidates import Candidate

URL = "/c/xiangzhen-2026/nominate"
FORM = {"name": "清水镇", "category": "山区乡镇", "reason": "办事不跑第二趟。", "consent": "1"}
SMALL = 64 * 1024


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """What tests.support.hostile_bodies tells of a site that was posted everything."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.support.hostile_bodies", tmp_path_factory.mktemp("site")],
        capture_output=True,
        check=True,
    )
    return json.loads(told.stdout)


def test_no_body_takes_much_memory_or_time(measured, tmp_path):
    posted = measured["posts"]
    rules = make_app(tmp_path).url_map.iter_rules()

    assert {post["rule"] for post in posted} == {
        rule.rule for rule in rules if "POST" in rule.methods
    }
    assert {post["shape"] for post in posted} == set(SHAPES)
    assert measured["peak"] < 250  # megabytes, of which some 140 are the site and its tests
    assert [post for post in posted if post["seconds"] >= 2] == []
    assert [post for post in posted if post["status"] >= 500] == []


def test_large_body_is_read_for_those_alone_who_may_send_it(measured):
    large = [post for post in measured["posts"] if post["length"] > SMALL]
    told = [post for post in large if not post["is_chunked"]]
    read = [post for post in told if post["taken"]]

    assert {post["who"] for post in read} == {"citizen", "staff"}
    assert {post["rule"] for post in read if post["who"] == "citizen"} == {"/c/<slug>/nominate"}
    assert [post for post in large if post["is_chunked"] and post["taken"] > 2 * SMALL] == []
    assert any(post["length"] > 1_900_000 and post["status"] == 303 for post in read)


def make(**changes):
    """A campaign that takes nominations now."""
    now, day = clock.now(), timedelta(days=1)
    window = [minute(now - day), minute(now + day)]
    return make_campaign(
        opens=now + 5 * day, closes=now + 9 * day, schedule={"nomination": window}, **changes
    )


class Unread(io.BytesIO):
    """A body that tells whether it was read."""

    was_read = False

    def read(self, *size):
        self.was_read = True
        return super().read(*size)

    def readinto(self, target):
        self.was_read = True
        return super().readinto(target)


def announce(client, length, *, path=URL, kind="multipart/form-data; boundary=b", **headers):
    """Status and name of the refusal of a body that is said to have this length, unread."""
    body = Unread(b"--b\r\n")
    answer = client.post(
        path,
        headers={"Accept": "application/json", **headers},
        environ_overrides={
            "wsgi.input": body,
            "CONTENT_LENGTH": str(length),
            "CONTENT_TYPE": kind,
        },
    )
    assert not body.was_read
    return answer.status_code, answer.json["type"].removeprefix("/problems/")


def test_what_forbids_a_large_body_is_told_in_order_and_unread(app, client):
    make()
    make(slug="over-2026", paused="系统检修")
    foreign, urlencoded = (
        {"Origin": "https://elsewhere.example"},
        "application/x-www-form-urlencoded",
    )

    assert announce(client, 10**6, path="/c/none-2026/nominate") == (404, "not-found")
    assert announce(client, 21 * 2**20, path="/c/over-2026/nominate") == (413, "too-large")
    assert announce(client, SMALL + 1, kind=urlencoded) == (413, "too-large")
    assert announce(client, SMALL + 1, kind="application/json") == (413, "too-large")
    assert announce(client, 10**6, path="/c/over-2026/nominate", **foreign) == (
        403,
        "foreign-origin",
    )
    assert announce(client, 10**6, path="/c/over-2026/nominate") == (409, "closed")
    assert announce(client, 10**6) == (401, "not-identified")


def test_large_bodies_are_braked_unread(app, client):
    make()
    sign_in_as_voter(client, 1)
    answers = [announce_or_read(client) for _ in range(31)]

    assert answers[:30] == [400] * 30
    assert answers[30] == 429


def announce_or_read(client):
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"a" * SMALL + b"\r\n--b--"
    kind = "multipart/form-data; boundary=b"
    headers = {"Accept": "application/json"}
    return client.post(URL, data=part, content_type=kind, headers=headers).status_code


def nominated_with(client, extra):
    token = client.get("/c/xiangzhen-2026/me").json["csrf_token"]
    form = {**FORM, "csrf_token": token, **extra}
    return client.post(
        URL, data=form, content_type="multipart/form-data", headers={"Accept": "application/json"}
    )


def test_texts_of_a_nomination_have_a_bound_of_their_own(app, client):
    make()
    sign_in_as_voter(client, 1)
    files = [(io.BytesIO(b"a"), f"{number}.png") for number in range(33)]

    assert nominated_with(client, {"other": "a" * 200_000}).status_code == 201
    assert nominated_with(client, {"one": "a" * 150_000, "two": "a" * 150_000}).status_code == 413
    assert nominated_with(client, {"others": files}).status_code == 413
    assert (
        nominated_with(client, {"other": "a" * 10, "reason": "a\u0301\u0316" * 40}).status_code
        == 201
    )
    assert nominated_with(client, {"other": "a" + "\u0301\u0316" * 40}).status_code == 422


@pytest.fixture
def editor(app):
    campaign = make()
    with writing():
        campaign.criteria = [{"key": f"k{n}", "name": f"维度{n}", "weight": 10} for n in range(10)]
    make_staff("zhou", "editor")
    return browser_of(app, "zhou")


def test_the_longest_allowed_dossier_is_saved(app, editor):
    longest = "字" * 20_000
    texts = {"summary": longest, **{f"d-k{n}": longest for n in range(10)}}
    path = "/admin/c/xiangzhen-2026/candidates/1"
    page = editor.get(path).get_data(as_text=True)
    form = {"csrf_token": token_of(editor, path), "name": "第1镇", "category": "城郊乡镇", **texts}

    boundary, body = encode_multipart(form)
    saved = editor.post(path, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    assert saved.status_code == 303
    assert 'enctype="multipart/form-data"' in page.partition('name="summary"')[0]
    assert page.count("/ 20000") == 11
    kept = db.session.query(Candidate).filter_by(no=1).one()
    assert (kept.summary, sorted(kept.dossier.values())) == (longest, [longest] * 10)


def test_one_too_long_text_comes_back_typed(app, editor):
    path = "/admin/c/xiangzhen-2026/candidates/1"
    too_long = "字" * 20_001
    form = {"csrf_token": token_of(editor, path), "summary": too_long, "slogan": "办事快"}

    answer = editor.post(path, data={**form}, content_type="multipart/form-data")

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert too_long in page
    assert 'value="办事快"' in page
    assert "最多 20000 字，现在多了 1 字。" in page


def test_long_forms_are_for_those_who_are_signed_in(app, client, editor):
    path = "/admin/c/xiangzhen-2026/incident"

    assert announce(client, 10**6, path=path) == (413, "too-large")
    assert announce(editor, 3 * 2**20, path=path) == (413, "too-large")
    make_staff("wu", "reviewer")
    reviewer = browser_of(app, "wu")
    assert announce(reviewer, 10**6, path="/admin/campaigns/new") == (403, "forbidden")
