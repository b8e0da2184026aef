"""The site's own address: slashes and the scheme of a redirection."""

import pytest

from tests.support.site import make_app


@pytest.mark.parametrize(
    "path",
    [
        "/c%2Fxiangzhen-2026/",
        "/c/xiangzhen-2026%2f",
        "/c/xiangzhen-2026%2Fcandidates%2f1",
        "/%2fc/xiangzhen-2026/",
    ],
)
def test_address_with_a_written_slash_is_unknown(client, open_campaign, path):
    client.get("/c/xiangzhen-2026/")

    assert client.get(path).status_code == 404


def test_way_to_the_closing_slash_keeps_the_base_urls_scheme(tmp_path):
    app = make_app(tmp_path, PUBLIC_BASE_URL="https://vote.example.gov.cn")

    environ = {"wsgi.url_scheme": "http"}
    answer = app.test_client().get("/c/xiangzhen-2026", environ_overrides=environ)

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://vote.example.gov.cn/c/xiangzhen-2026/"
