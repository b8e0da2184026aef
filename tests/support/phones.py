"""A phone with WeChat in front of the site as it really runs."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.servers import serving
from votesite import clock

if TYPE_CHECKING:  # whoever runs no browser test need not have it
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = "/usr/bin/chromium"
WECHAT = (
    "Mozilla/5.0 (Linux; Android 10; V1990A Build/QP1A.190711.020; wv) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Version/4.0 Chrome/107.0.5304.141 Mobile Safari/537.36 XWEB/5127 "
    "MMWEBSDK/20230405 MicroMessenger/8.0.35.2360(0x2800235B) WeChat/arm64 Weixin NetType/WIFI "
    "Language/zh_CN ABI/arm64"
)
PHONE = {
    "user_agent": WECHAT,
    "viewport": {"width": 375, "height": 812},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
DESK = {
    "viewport": {"width": 1280, "height": 900},
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
}
# What Chromium writes to the console of its own accord for every answer of 400 and above.
STATUS_LINE = re.compile(r"Failed to load resource: the server responded with a status of [45]")


@pytest.fixture(scope="session")
def chromium():
    """One Chromium for all tests of a process; it speaks to loopback only."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- asked for by few tests

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path):
    """A site with two workers and an empty database, its app context pushed."""
    with serving(tmp_path) as server, server.app.app_context():
        yield server


@pytest.fixture
def now():
    """The moment the test begins: servers run on the real clock."""
    return clock.now()


@pytest.fixture
def voting_window(now):
    """A window that is open while the test runs."""
    return {"opens": now - timedelta(hours=1), "closes": now + timedelta(days=2)}


class Visitors:
    """Opens browsers for people, and remembers what went wrong in them."""

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser = browser
        self._url = url
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []

    def phone(self, **changes) -> Page:
        """A new WeChat on a phone, with no session."""
        return self._page(PHONE | changes)

    def desk(self, **changes) -> Page:
        """A new browser at a desk, with no session."""
        return self._page(DESK | changes)

    def close(self) -> None:
        """Close every browser that was opened."""
        for context in self._contexts:
            context.close()

    def _page(self, options: dict) -> Page:
        context = self._browser.new_context(base_url=self._url, **options)
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        page.on("console", self._heard)
        return page

    def _heard(self, message) -> None:
        if message.type == "error" and not STATUS_LINE.match(message.text):
            self.faults.append(f"console: {message.text}")


@pytest.fixture
def visitors(chromium, server):
    """People with browsers. A script's fault or a breach of the CSP fails the test."""
    visitors = Visitors(chromium, server.url)
    yield visitors
    visitors.close()
    assert visitors.faults == []
