"""One's signing keys at the desk: the page, and what a browser or a program registers."""

import pytest

from tests.support.signing import BrowserKey
from tests.support.staffing import PASSWORD, browser_of, make_staff, post_form, token_of
from votesite.domain.staff import people, signing_keys
from votesite.extensions import db

PAGE = "/admin/me/key"
JSON = {"Accept": "application/json"}


@pytest.fixture
def zhou(app):
    make_staff("zhou", "editor")
    return browser_of(app, "zhou")


def fields(browser, **changes):
    own = people.by_name("zhou").id
    typed = {"name": "zhou", "password": PASSWORD, "code": "", "label": "办公室电脑"}
    return {"key": browser.public, "proof": browser.proof(own), **typed, **changes}


def keys():
    db.session.rollback()
    return [key.public for key in signing_keys.keys_of(people.by_name("zhou").id)]


def test_page_says_what_a_key_is_for_and_what_it_does_not_protect_from(zhou):
    page = zhou.get(PAGE).text

    assert "先登记电脑，再登记手机" in page
    assert "服务器若被换成别的页面，可以在您打开时冒用密钥" in page
    assert "没有运行本站的脚本" in page
    assert "<svg" not in page.split('id="browsers"')[1].split('id="this"')[0]  # a QR comes later


def test_key_is_registered_and_listed_with_the_way_to_the_phone(zhou):
    key = BrowserKey("computer")

    answer = post_form(zhou, PAGE, **fields(key))
    page = zhou.get(PAGE).text

    assert (answer.status_code, keys()) == (303, [key.public])
    assert "办公室电脑" in page
    assert f'data-public="{key.public}"' in page
    assert "用手机扫这个码" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"password": "wrong"}, "密码"),
        ({"name": "zheng"}, "请填您自己的账号。"),
        ({"proof": ""}, "浏览器没有证明它持有这把密钥。"),
        ({"key": "QUJD"}, "没有收到浏览器生成的密钥。"),
    ],
)
def test_refused_key_is_told_and_what_was_typed_stays(zhou, changes, said):
    answer = post_form(zhou, PAGE, **fields(BrowserKey("computer"), **changes))

    assert (answer.status_code, keys()) == (422, [])
    assert said in answer.text
    assert 'value="办公室电脑"' in answer.text
    assert PASSWORD not in answer.text


def test_program_registers_and_reads_keys(zhou):
    key = BrowserKey("computer")
    form = {"csrf_token": token_of(zhou, "/admin/me"), **fields(key)}
    del form["label"]

    made = zhou.post(PAGE, data=form, headers=JSON)
    again = zhou.post(PAGE, data=form, headers=JSON)
    listed = zhou.get(PAGE, headers=JSON).json

    assert (made.status_code, made.json["key"]) == (201, key.public)
    assert (again.status_code, again.json["type"]) == (422, "/problems/invalid-fields")
    assert listed["staff"] == people.by_name("zhou").id
    assert listed["host"] == "localhost:8000"
    assert [(one["key"], one["label"]) for one in listed["keys"]] == [(key.public, "浏览器")]


def test_key_is_put_out_of_use_by_its_owner_alone(app, zhou):
    post_form(zhou, PAGE, **fields(BrowserKey("computer")))
    db.session.rollback()
    (key,) = signing_keys.keys_of(people.by_name("zhou").id)
    make_staff("zheng", "owner")
    zheng = browser_of(app, "zheng")

    foreign = post_form(zheng, f"{PAGE}/{key.id}/remove")
    kept = keys()
    own = post_form(zhou, f"{PAGE}/{key.id}/remove")

    assert (foreign.status_code, kept) == (404, [key.public])
    assert (own.status_code, keys()) == (303, [])
