"""Objecting over HTTP (contract.md sections 3 and 7)."""

import io
import re

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.support.answers import problem_of, words_of
from tests.support.factories import sign_in_as_voter
from tests.support.noticed import GOOD, noticed, object_to, pdf
from tests.support.stored import rows
from votesite.domain.hearing import evidence
from votesite.models.hearing import Objection, ObjectionFile

URL = "/c/gongshi-2026/objections/new"
JSON = {"Accept": "application/json"}
FILES = "multipart/form-data"
FORM_TOKEN = "f" * 20


@pytest.fixture
def campaign(app):
    return noticed().campaign


@pytest.fixture
def token(campaign, client):
    """The form token of a browser signed in as voter 11."""
    sign_in_as_voter(client, 11)
    return client.get("/c/gongshi-2026/me").json["csrf_token"]


def post(client, token, *, headers=JSON, consent="1", content_type=None, **fields):
    form = {**GOOD, "csrf_token": token, "consent": consent, **fields}
    return client.post(URL, data=form, headers=headers, content_type=content_type)


def test_objection_is_answered_with_number_and_code(client, token):
    answer = post(client, token)

    (row,) = rows(Objection)
    assert (answer.status_code, answer.content_type) == (201, "application/json")
    assert answer.json == {"n": row.n, "code": row.code}
    assert answer.headers["Cache-Control"] == "no-store"


def test_hint_has_no_number(client, token):
    answer = post(client, token, kind="hint", name="", contact="")

    assert (answer.status_code, answer.json["n"]) == (201, None)


def test_as_a_page_its_own_page_comes_next_and_names_the_code(client, token):
    answer = post(client, token, headers={})

    (row,) = rows(Objection)
    assert (answer.status_code, answer.location) == (
        303,
        f"/c/gongshi-2026/objections/{row.code}",
    )
    page = client.get(answer.location)
    assert "已收到" in words_of(page)
    assert 'data-draft-clear="objection-gongshi-2026"' in page.text
    assert GOOD["facts"].split("\n")[0] in words_of(page)


def test_second_tap_gets_the_same_answer(client, token):
    first = post(client, token, form_token=FORM_TOKEN)
    again = post(client, token, form_token=FORM_TOKEN)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == {**first.json, "repeated": True}
    assert len(rows(Objection)) == 1


def test_form_carries_a_token_of_its_own_and_keeps_it_when_refused(client, token):
    first = re.search(r'name="form_token" value="([^"]+)"', client.get(URL).text)[1]
    other = re.search(r'name="form_token" value="([^"]+)"', client.get(URL).text)[1]
    refused = post(client, token, headers={}, facts="", form_token=first)

    assert first != other
    assert f'name="form_token" value="{first}"' in refused.text


def test_evidence_comes_with_the_form_under_any_name(client, token):
    answer = post(client, token, content_type=FILES, file=(io.BytesIO(pdf()), "盖章材料.exe"))

    assert answer.status_code == 201
    assert rows(ObjectionFile)[0].media_type == "application/pdf"


def test_macro_file_called_pdf_is_refused_and_nothing_typed_is_lost(client, token):
    answer = post(
        client,
        token,
        headers={},
        content_type=FILES,
        file=(io.BytesIO(b"PK\x03\x04macro"), "report.pdf"),
    )

    assert answer.status_code == 422
    said = words_of(answer)
    assert "看的是内容，不是文件名" in said
    assert GOOD["name"] in answer.text
    assert GOOD["contact"] in answer.text
    assert "3号的数据算了两次。" in answer.text
    assert rows(Objection) == []


def test_file_over_ten_megabytes_is_refused_by_a_sentence_beside_it(client, token):
    data = b"%PDF-1.7\n" + bytes(evidence.MAX_BYTES)

    file = FileStorage(io.BytesIO(data), "a.pdf")
    form = {**GOOD, "csrf_token": token, "consent": "1", "file": file}
    boundary, body = encode_multipart(form)

    answer = client.post(URL, data=body, headers=JSON, content_type=f"{FILES}; boundary={boundary}")

    assert problem_of(answer) == (422, "invalid-objection")
    assert "10 MB" in answer.json["fields"]["file"]


def test_thirty_megabytes_are_not_read(client, campaign):
    body = bytes(30 * 1024 * 1024)

    answer = client.post(URL, data=body, headers=JSON, content_type=f"{FILES}; boundary=b")

    assert problem_of(answer) == (413, "too-large")


def test_large_body_is_not_read_of_a_stranger(client, campaign):
    data = io.BytesIO(bytes(200 * 1024))

    answer = post(client, "x", content_type=FILES, file=(data, "a.pdf"))

    assert problem_of(answer) == (401, "not-identified")


def test_faults_are_named_by_field(client, token):
    answer = post(client, token, kind="people", name="", contact="", facts="")

    assert problem_of(answer) == (422, "invalid-objection")
    assert sorted(answer.json["fields"]) == ["contact", "facts", "kind", "name"]


@pytest.mark.parametrize(
    ("body", "field"),
    [(b"facts=%ff%fe", "facts"), (b"facts=a%00b", "facts"), (b"facts=%ed%a0%80", "facts")],
)
def test_odd_encodings_are_a_fault_of_their_field(client, token, body, field):
    form = f"csrf_token={token}&consent=1&kind=person&name=a&contact=b&".encode() + body

    answer = client.post(
        URL, data=form, headers=JSON, content_type="application/x-www-form-urlencoded"
    )

    assert problem_of(answer) == (422, "invalid-objection")
    assert field in answer.json["fields"]
    assert rows(Objection) == []


def test_consent_is_asked_for_and_what_was_typed_comes_back(client, token):
    answer = post(client, token, headers={}, consent="0")

    assert answer.status_code == 403
    assert GOOD["name"] in answer.text
    assert problem_of(post(client, token, consent="")) == (403, "consent-required")


def test_forged_foreign_and_stateless_posts_are_refused(client, token):
    assert problem_of(post(client, "wrong")) == (400, "csrf")
    foreign = {**JSON, "Origin": "https://evil.example"}
    assert problem_of(post(client, token, headers=foreign)) == (403, "foreign-origin")
    answer = client.post(URL, json=GOOD, headers=JSON)
    assert problem_of(answer) == (415, "unsupported-form")
    assert rows(Objection) == []


def test_stranger_is_told_what_it_asks_and_cannot_post(client, campaign):
    page = client.get(URL)
    token = client.get("/c/gongshi-2026/me").json["csrf_token"]

    assert "凭查询码看办理情况" in words_of(page)
    assert problem_of(post(client, token)) == (401, "not-identified")


def test_fourth_one_is_refused(client, token):
    for _ in range(3):
        assert post(client, token).status_code == 201

    assert problem_of(post(client, token)) == (409, "limit-reached")
    page = post(client, token, headers={})
    assert page.status_code == 409
    assert "3号的数据算了两次。" in page.text
    assert "您已提出 3 件" in words_of(client.get(URL))


@pytest.mark.parametrize(
    ("begins", "ends", "said"), [(2, 14, "还没有开始"), (-13, -1, "不在公示期内")]
)
def test_outside_the_notice_it_is_closed_and_words_are_kept(app, client, begins, ends, said):
    noticed(begins=begins, ends=ends)
    sign_in_as_voter(client, 11)
    token = client.get("/c/gongshi-2026/me").json["csrf_token"]

    answer = post(client, token)

    assert problem_of(answer) == (409, "closed")
    assert (answer.json["next_at"] is not None) == (begins > 0)
    page = post(client, token, headers={})
    assert (page.status_code, said in words_of(page)) == (409, True)
    assert GOOD["name"] in page.text
    assert said in words_of(client.get(URL))


def test_draft_and_unknown_campaign_are_not_found(app, client):
    assert client.get("/c/nichts/objections/new").status_code == 404


def test_answer_of_another_voter_is_not_given_for_their_token(campaign, client, token):
    object_to(campaign, 12, token=FORM_TOKEN)

    assert post(client, token, form_token=FORM_TOKEN).status_code == 201
