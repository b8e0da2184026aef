"""Style sheets in bundles: a site without them says what to do."""

import pytest

from tests.conftest import make_app
from votesite.errors import Misconfigured
from votesite.web.wsgi import static_files


def test_site_does_not_start_before_its_style_sheets_are_joined(tmp_path, monkeypatch):
    monkeypatch.setattr(static_files, "BUNDLES", "css/not-joined-yet")

    with pytest.raises(Misconfigured) as refusal:
        make_app(tmp_path)

    assert "make install" in refusal.value.faults[0]


def test_page_names_its_bundles_and_no_single_sheet(client):
    page = client.get("/").get_data(as_text=True)

    sheets = [part.split('"')[0] for part in page.split('rel="stylesheet" href="')[1:]]

    assert [sheet.split("?")[0] for sheet in sheets] == [
        "/static/css/built/citizen.css",
        "/static/css/built/home.css",
    ]
    assert all("?v=" in sheet for sheet in sheets)
    assert [client.get(sheet).status_code for sheet in sheets] == [200, 200]
