"""Shared pages: which variant an answer names, and how often a page is rendered."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from votesite.web.wsgi.page_cache import shared_page

PAGE = "/c/xiangzhen-2026/rules"


@pytest.mark.parametrize(
    ("cookie", "variant"),
    [
        ("", "zh-Hans standard"),
        ("lang=en", "en standard"),
        ("lang=zh-Hant; mode=care", "zh-Hant care"),
        ("lang=fr; mode=loud", "zh-Hans standard"),
        ("LANG=en; MODE=care", "zh-Hans standard"),
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_page_names_its_variant_rendered_and_kept(app, open_campaign, cookie, variant, times):
    client = app.test_client(use_cookies=False)

    for _ in range(times):
        answer = client.get(PAGE, headers={"Cookie": cookie})

    assert answer.headers["X-Variant"] == variant


@pytest.mark.parametrize(
    ("path", "environ"),
    [
        (f"{PAGE}?x=1", {}),
        (PAGE, {"HTTP_HOST": "LOCALHOST:8000"}),
        (PAGE, {"RAW_URI": PAGE.replace("rules", "rule%73")}),
    ],
)
def test_page_asked_for_in_an_odd_way_names_no_variant(client, open_campaign, path, environ):
    for _ in range(2):
        answer = client.get(path, environ_overrides=environ)

        assert answer.status_code == 200
        assert "X-Variant" not in answer.headers


def test_what_is_personal_names_no_variant(client, open_campaign):
    assert "X-Variant" not in client.get("/c/xiangzhen-2026/me").headers


class Changing:
    """A page that is slow to render and whose state changes."""

    def __init__(self, app):
        self.app, self.state, self.rendered = app, 0, 0

    def render(self):
        self.rendered += 1
        time.sleep(0.2)
        return str(self.state)

    def read(self, **options):
        with self.app.test_request_context("/a-page", base_url="http://localhost:8000"):
            return shared_page(lambda: self.state, self.render, **options).get_data()


def test_whoever_waited_for_a_page_does_not_render_it_again(app):
    page, barrier = Changing(app), Barrier(9)

    def read():
        barrier.wait()
        return page.read()

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(read) for _ in range(8)]
        barrier.wait()
        time.sleep(0.1)
        page.state = 1  # while one of them renders
    assert {job.result() for job in answers} == {b"1"}
    assert page.rendered == 2


def test_lasting_page_is_rendered_once_however_often_its_state_changes(app):
    page = Changing(app)

    for state in range(20):
        page.state = state
        assert page.read(lasting=60.0) == b"0"

    assert page.rendered == 1


def test_page_that_has_lasted_is_rendered_when_its_state_has_changed(app):
    page = Changing(app)
    page.read(lasting=0.01)
    time.sleep(0.02)
    page.state = 1

    assert page.read() == b"1"
