"""Staff whose session is over: what they have typed is kept, and nothing is done without them."""

import io
import re
from pathlib import Path

import pytest
from werkzeug.datastructures import MultiDict

import votesite
from tests.support.desk_forms import fields_of
from tests.support.factories import make_campaign
from tests.support.site import BASE_URL, make_app
from tests.support.staffing import PASSWORD, browser_of, make_staff, png, sign_in_as_staff, token_of
from tests.test_routes import STAFF, lines, path_of
from votesite.domain.candidates import listing
from votesite.extensions import db, writing
from votesite.models.staff import StaffSession
from votesite.web.access import kept

POSTS = [line for line in lines(STAFF) if line.startswith("POST")]
OWN = "/admin/c/xiangzhen-2026"
TYPED = {
    "name": "青禾镇",
    "why": '第一行\n  第二行 <b>"&amp;"',
    "next": "/admin/elsewhere",
    "category_name": ["城郊乡镇", "山区乡镇"],
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A site with a campaign; nothing here writes."""
    app = make_app(tmp_path_factory.mktemp("kept"))
    with app.app_context():
        make_campaign(eligibility="roster")
        make_staff("zhou", "owner")
        yield app


def end_sessions():
    """Everybody's session is over."""
    with writing():
        db.session.query(StaffSession).delete()


def as_browser(fields):
    """Fields as an HTML form sends them: ends of lines as CR LF, names as often as they come."""
    found = MultiDict()
    for name, values in MultiDict(fields).lists():
        for value in values:
            found.add(name, re.sub("\r?\n", "\r\n", value))
    return found


@pytest.mark.parametrize("address", POSTS)
def test_what_was_typed_survives_the_end_of_the_session(site, address):
    """Over every form of the desk: the sign-in page carries it along, passwords apart."""
    client, path = site.test_client(), path_of(address)
    form = as_browser({"csrf_token": token_of(client), **TYPED, "password": "geheim-9527"})

    asked = client.post(path, data=form)
    carried = fields_of(asked.text)

    assert (asked.status_code, carried["kept_address"]) == (200, [path])
    assert {name: carried[f"kept-{name}"] for name in TYPED} == {
        name: as_browser({name: value}).getlist(name) for name, value in TYPED.items()
    }
    assert "geheim-9527" not in asked.text


def test_what_was_typed_is_all_there_after_the_second_try(app, client):
    make_staff("zhou", "owner")
    path = f"{OWN}/decisions/new"
    form = as_browser({"csrf_token": token_of(client), **TYPED})

    asked = client.post(path, data=form)
    pages = [asked]
    for password in ("falsch-9527", PASSWORD):
        carried = fields_of(pages[-1].text)
        pages.append(
            client.post("/admin/login", data={**carried, "name": "zhou", "password": password})
        )
    shown = fields_of(pages[-1].text)

    assert [page.status_code for page in pages] == [200, 403, 200]
    assert f'action="{path}"' in pages[-1].text
    assert {name: shown[name] for name in TYPED} == {
        name: as_browser({name: value}).getlist(name) for name, value in TYPED.items()
    }


def test_nothing_is_done_until_somebody_presses_the_button(app, open_campaign, client):
    make_staff("zhou", "editor")
    make_staff("zheng", "editor")
    editor = browser_of(app, "zhou")
    form = fields_of(editor.get(f"{OWN}/candidates/1").text)
    end_sessions()
    picture = (io.BytesIO(png()), "a.png")

    asked = editor.post(
        f"{OWN}/candidates/1", data={**form, "summary": "写了一下午", "pictures": picture}
    )
    shown = editor.post(
        "/admin/login", data={**fields_of(asked.text), "name": "zheng", "password": PASSWORD}
    )
    before = listing.candidate_numbered(open_campaign.id, 1).summary
    saved = editor.post(f"{OWN}/candidates/1", data=fields_of(shown.text))

    db.session.rollback()
    assert "写了一下午</pre>" in shown.text
    assert "选好的图片和文件没有保留" in shown.text
    assert (before, saved.status_code) == ("", 303)
    assert listing.candidate_numbered(open_campaign.id, 1).summary == "写了一下午"


def test_long_texts_of_a_browser_that_had_signed_in_are_kept(app, open_campaign):
    make_staff("zhou", "editor")
    editor = browser_of(app, "zhou")
    form = fields_of(editor.get(f"{OWN}/candidates/1").text)
    end_sessions()
    parts = {"content_type": "multipart/form-data"}

    long = {**form, "summary": "政" * 20_000, "d-service": "府" * 20_000}
    asked = editor.post(f"{OWN}/candidates/1", data=long, **parts)
    shown = editor.post(
        "/admin/login",
        data={**fields_of(asked.text), "name": "zhou", "password": PASSWORD},
        **parts,
    )

    assert (asked.status_code, shown.status_code) == (200, 200)
    assert fields_of(shown.text)["d-service"] == ["府" * 20_000]


def test_stranger_sends_no_long_text(app, client):
    token = token_of(client)

    answer = client.post(
        f"{OWN}/candidates/1",
        data={"csrf_token": token, "summary": "政" * 30_000},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 413


def test_form_of_an_earlier_sign_in_is_kept_too(app, open_campaign):
    """Signed out and in again in another tab: this tab's token is of the session before."""
    make_staff("zhou", "editor")
    editor = browser_of(app, "zhou")
    form = {**fields_of(editor.get(f"{OWN}/candidates/1").text), "summary": "写了一下午"}
    end_sessions()
    sign_in_as_staff(editor, "zhou")
    own = {"Origin": BASE_URL}

    stale = editor.post(f"{OWN}/candidates/1", data=form, headers=own)
    forged = [
        editor.post(f"{OWN}/candidates/1", data=form).text,
        editor.post(f"{OWN}/candidates/1", data=form, headers={"Origin": "https://x.example"}).text,
        editor.post(f"{OWN}/candidates/1", data={**form, "csrf_token": ""}, headers=own).text,
    ]
    saved = editor.post(f"{OWN}/candidates/1", data=fields_of(stale.text), headers=own)

    assert stale.status_code == 400
    assert "写了一下午</pre>" in stale.text
    assert not any("写了一下午" in page for page in forged)
    assert saved.status_code == 303


def test_empty_form_of_a_stranger_is_told_that_nothing_was_done(app, client):
    answer = client.post("/admin/me/second-factor", data={"csrf_token": token_of(client)})

    assert answer.status_code == 303
    assert "刚才的操作没有执行" in client.get("/admin/login").text


def test_program_is_told_in_json(app, client):
    for answer in (
        client.get("/admin/me", headers={"Accept": "application/json"}),
        client.post(
            "/admin/campaigns/new",
            data={"csrf_token": token_of(client), "title": "新"},
            headers={"Accept": "application/json"},
        ),
    ):
        assert (answer.status_code, answer.json["type"]) == (401, "/problems/not-signed-in")


def test_sign_in_page_leads_nowhere_else(app):
    make_staff("zhou", "owner")

    for address in ("https://elsewhere.example/", "//elsewhere.example", "/c/x/ballot", ""):
        client = app.test_client()
        answer = sign_in_as_staff(client, "zhou", kept_address=address, **{"kept-why": "词"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/")


def test_no_field_for_a_password_is_ever_kept():
    """Whatever the templates ask for as a password, and who it belongs to."""
    folder = Path(votesite.__file__).parent / "templates/admin"
    source = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.html"))

    asked = set(re.findall(r'field\("(\w+)"(?:(?!\}\}).)*?type="password"', source, re.S))

    assert asked >= {"password", "old", "new"}
    assert asked | {"colleague", "code", "csrf_token"} <= kept.NEVER
