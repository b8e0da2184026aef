"""The site's own pages: language and mode, problems, the domain's proof, the footer."""

import pytest

from tests.support.answers import line_of
from tests.support.site import make_app


def test_prefs_remembers_and_goes_back(client):
    answer = client.get("/prefs?mode=care&lang=zh-Hans&next=/accessibility")

    assert (answer.status_code, answer.headers["Location"]) == (303, "/accessibility")
    cookies = answer.headers.getlist("Set-Cookie")
    assert [cookie.split(";")[0] for cookie in cookies] == ["lang=zh-Hans", "mode=care"]


@pytest.mark.parametrize("next_path", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_prefs_goes_to_this_site_only(client, next_path):
    answer = client.get("/prefs", query_string={"mode": "care", "next": next_path})

    assert answer.headers["Location"] == "/"


def test_prefs_stores_no_unknown_value(client):
    assert client.get("/prefs?mode=loud&lang=xx").headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/accessibility", "无障碍"),
        ("/problems/closed", "closed"),
        ("/healthz", "ok"),
        ("/robots.txt", "User-agent: *"),
    ],
)
def test_house_pages_answer_without_any_campaign(client, path, said):
    answer = client.get(path)

    assert answer.status_code == 200
    assert said in answer.text


def test_unknown_problem_is_unknown(client):
    assert client.get("/problems/no-such-problem").status_code == 404


def test_domain_proof_answers_its_own_suffix_only(tmp_path):
    app = make_app(tmp_path, MP_VERIFY="Ab12, Cd34")
    client = app.test_client()

    assert client.get("/MP_verify_Cd34.txt").data == b"Cd34"
    assert client.get("/MP_verify_Ef56.txt").status_code == 404
    assert client.get("/MP_verify_.txt").status_code == 404


def test_footer_shows_the_numbers_that_are_set_and_no_others(tmp_path):
    with_numbers = make_app(tmp_path / "a", ICP="云ICP备00000000号", SITE_CODE="5300000000")
    without = make_app(tmp_path / "b")

    assert "云ICP备00000000号" in line_of(with_numbers.test_client().get("/"))
    assert "标识码" not in line_of(without.test_client().get("/"))
    assert "beian" not in line_of(without.test_client().get("/"))
