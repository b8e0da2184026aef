"""The page of long work in a browser: it counts up by itself and then offers the file."""

import pytest
from playwright.sync_api import expect

from tests.support import long_work
from tests.support.factories import make_campaign
from tests.support.servers import serving
from tests.support.staffing import make_staff, staff_session
from votesite.domain.jobs import asking

pytestmark = pytest.mark.browser
PATIENCE = 60_000  # milliseconds that a busy machine may take to start a process


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A served site that knows the tests' kinds, as do the commands it starts."""
    monkeypatch.setenv("FLASK_APP", long_work.ENTRY)
    with serving(tmp_path, long_work.ENTRY) as server, server.app.app_context():
        yield server


@pytest.fixture
def page(server, visitors):
    """The page of work that takes some seconds, at its editor's desk."""
    campaign, by = make_campaign(slug="own"), make_staff("editor", "editor").id
    question = {"seconds": 5, "traces": server.settings["INSTANCE"]}
    job = asking.ask(campaign.id, by, "test-file", question)
    name, _, value = staff_session(server.app, by).cookie.partition("=")
    page = visitors.desk()
    page.context.add_cookies([{"name": name, "value": value, "url": server.url}])
    page.goto(f"/admin/c/own/jobs/{job.id}")
    return page


def test_page_counts_up_and_then_offers_the_file(page):
    bar = page.locator("progress")
    expect(bar).to_have_attribute("max", "100", timeout=PATIENCE)
    first = float(bar.get_attribute("value"))
    expect(bar).not_to_have_attribute("value", str(int(first)))

    expect(page.get_by_text("下载")).to_be_visible(timeout=PATIENCE)
    with page.expect_download() as saved:
        page.get_by_text("下载").click()

    assert saved.value.suggested_filename == "done.csv"
