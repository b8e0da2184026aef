"""Static files: kept for a year, squeezed for who can read it."""

import gzip

from tests.support.site import BASE_URL


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
