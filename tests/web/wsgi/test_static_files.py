"""Static files: joined into bundles, kept for a year, compressed for browsers that can read it."""

import gzip

import pytest

from tests.support.site import BASE_URL, make_app
from votesite.errors import Misconfigured
from votesite.web.wsgi import static_files


def test_static_files_carry_their_hash_and_may_be_kept_for_a_year(client):
    page = client.get("/accessibility").get_data(as_text=True)
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]

    answer = client.get(address, base_url=BASE_URL)

    assert "?v=" in address
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_style_sheets_are_squeezed_for_browsers_that_can_read_it(client):
    page = client.get("/accessibility").get_data(as_text=True)
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]

    plain = client.get(address)
    squeezed = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(squeezed.data) == plain.data
    etag = squeezed.headers["ETag"]
    again = client.get(address, headers={"Accept-Encoding": "gzip", "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get("/static/css/../../config.py").status_code == 404


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
