"""Candidates at the desk: added, described, pictured."""

import io
import re

import pytest

from tests.support.desk_forms import fields_of
from tests.support.staffing import browser_of, png, post_form, token_of
from votesite.domain.candidates import listing
from votesite.extensions import db

OWN = "/admin/c/xiangzhen-2026"


def test_candidate_is_added_before_the_freeze(app, draft, editor):
    answer = post_form(
        editor,
        "/admin/c/draft-2026/candidates/new",
        name="青禾镇",
        category="城郊乡镇",
        **{"d-service": "**12** 项一次办"},
    )

    assert answer.headers["Location"] == "/admin/c/draft-2026/candidates/7"
    assert listing.candidate_numbered(draft.id, 7).dossier == {"service": "**12** 项一次办"}


@pytest.mark.parametrize("path", ["", "/new", "/1"])
def test_candidates_are_a_step_of_the_set_up_until_it_is_over(app, draft, campaign, editor, path):
    marked = '<a href="/admin/c/draft-2026/candidates" aria-current="step"'

    shown = editor.get(f"/admin/c/draft-2026/candidates{path}").text
    again = post_form(editor, f"/admin/c/draft-2026/candidates{path or '/new'}", name="").text
    over = editor.get(f"{OWN}/candidates{path}").text

    assert [marked in re.sub(r"\s+", " ", page) for page in (shown, again)] == [True, True]
    assert "setup-steps" not in over


def test_dossier_is_edited_while_voting_and_keeps_frozen_fields(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/candidates/1", summary="一件事一次办", slogan="办事快")

    found = listing.candidate_numbered(campaign.id, 1)
    assert answer.status_code == 303
    assert (found.name, found.summary, found.slogan) == ("第1镇", "一件事一次办", "办事快")
    assert found.updated_at is not None


def test_form_says_beforehand_that_each_change_will_be_public(app, draft, campaign, editor):
    said = ("每次改动都会公开", "保存后，这次改动会公开。")

    running = editor.get(f"{OWN}/candidates/1").text
    before = editor.get("/admin/c/draft-2026/candidates/1").text

    assert [words in running for words in said] == [True, True]
    assert [words in before for words in said] == [False, False]


def test_forced_change_of_a_frozen_name_is_refused(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/candidates/1", name="别的名字")

    assert answer.status_code == 409
    assert listing.candidate_numbered(campaign.id, 1).name == "第1镇"


def test_pictures_are_put_up_together_with_what_was_typed(app, campaign, editor):
    """One form a page: no button leaves half of what is in it behind."""
    path = f"{OWN}/candidates/1"
    files = [(io.BytesIO(png()), "a.png"), (io.BytesIO(png((300, 300))), "b.png")]

    added = post_form(editor, path, summary="一件事一次办", pictures=files)
    first, second = listing.candidate_numbered(campaign.id, 1).images
    moved = post_form(editor, path, slogan="办事快", earlier=second, **{f"alt-{first}": "办事大厅"})
    page = editor.get(path).text
    removed = post_form(editor, path, summary="两件事一次办", take_down=first)

    db.session.rollback()
    found = listing.candidate_numbered(campaign.id, 1)
    assert [answer.status_code for answer in (added, moved, removed)] == [303] * 3
    assert page.index(f"/media/{second}-480") < page.index(f"/media/{first}-480")
    assert 'value="办事大厅"' in page
    assert (found.images, found.slogan, found.summary) == ([second], "办事快", "两件事一次办")
    assert page.count('enctype="multipart/form-data"') == 1


def test_file_that_cannot_be_used_brings_back_what_was_typed(app, campaign, editor):
    small = (io.BytesIO(png((60, 60))), "small.png")

    answer = post_form(editor, f"{OWN}/candidates/1", summary="一件事一次办", pictures=small)

    assert answer.status_code == 422
    assert "每边至少 200 像素" in answer.text
    assert "一件事一次办</textarea>" in answer.text
    assert 'href="#f-pictures"' in answer.text


def test_new_candidate_comes_with_pictures_and_the_next_is_a_click_away(app, draft, editor):
    answer = post_form(
        editor,
        "/admin/c/draft-2026/candidates/new",
        name="青禾镇",
        category="城郊乡镇",
        act="again",
        pictures=(io.BytesIO(png()), "a.png"),
    )

    assert answer.headers["Location"] == "/admin/c/draft-2026/candidates/new"
    assert len(listing.candidate_numbered(draft.id, 7).images) == 1


def test_longest_allowed_dossier_is_saved_and_a_longer_one_comes_back(app, campaign, editor):
    """Every text at its limit, in Chinese, as a browser sends it; then one a character longer."""
    path, longest = f"{OWN}/candidates/1", "政" * 20_000
    texts = {"summary": longest, "d-service": longest, "slogan": "政" * 200}
    parts = {"content_type": "multipart/form-data"}
    token = {"csrf_token": token_of(editor, "/admin/me")}

    saved = editor.post(path, data=token | texts, **parts)
    refused = editor.post(path, data=token | texts | {"summary": longest + "府"}, **parts)

    assert (saved.status_code, refused.status_code) == (303, 422)
    assert listing.candidate_numbered(campaign.id, 1).dossier == {"service": longest}
    assert "最多 20000 字，现在多了 1 字。" in refused.text
    assert longest + "府</textarea>" in refused.text


def test_two_editors_of_a_dossier_lose_nothing(app, campaign, editor):
    """Different fields are merged; the same one comes back with both texts, then counts."""
    path = f"{OWN}/candidates/1"
    other = browser_of(app, "zheng")
    mine, theirs = fields_of(editor.get(path).text), fields_of(other.get(path).text)
    same = {**mine, "summary": "我的简介"}

    answers = [
        other.post(path, data={**theirs, "summary": "同事的简介"}),
        editor.post(path, data={**mine, "slogan": "办事快"}),
        editor.post(path, data=same),
    ]
    asked = answers[-1].text
    found = listing.candidate_numbered(campaign.id, 1)
    kept = (found.summary, found.slogan)
    again = editor.post(path, data={**fields_of(asked), "summary": "合并的简介"})

    db.session.rollback()
    assert [answer.status_code for answer in answers] == [303, 303, 409]
    assert kept == ("同事的简介", "办事快")
    assert ">同事的简介</pre>" in asked
    assert ">我的简介</pre>" in asked
    assert "我的简介</textarea>" in asked
    assert again.status_code == 303
    assert listing.candidate_numbered(campaign.id, 1).summary == "合并的简介"
    assert listing.candidate_numbered(campaign.id, 1).slogan == "办事快"


def test_form_stays_with_its_candidate_when_numbers_change(app, draft, editor):
    """Numbers 1 and 2 are swapped while somebody writes about number 1."""
    path = "/admin/c/draft-2026/candidates/"
    mine = fields_of(editor.get(f"{path}1").text)
    for no, to in (("1", "9"), ("2", "1"), ("9", "2")):
        post_form(editor, path + no, no=to)

    editor.post(f"{path}1", data={**mine, "summary": "第一镇的简介"})

    found = {one.name: one.summary for one in listing.candidates_of(draft.id)}
    assert (found["第1镇"], found["第2镇"]) == ("第一镇的简介", "")


def test_numbers_are_read_as_people_type_them(app, draft, editor):
    post_form(editor, "/admin/c/draft-2026/candidates/1", no="１２ ")

    assert listing.candidate_numbered(draft.id, 12).name == "第1镇"


def test_draft_shows_its_candidates_within_the_steps(app, draft, campaign, editor):
    page = editor.get("/admin/c/draft-2026/candidates").text

    assert 'class="setup-steps"' in page
    assert 'href="/admin/c/draft-2026/setup/weights">下一步' in page
    assert 'class="setup-steps"' not in editor.get(f"{OWN}/candidates").text


@pytest.mark.parametrize("no", ["0", "01", "7", "1e1", "一"])
def test_candidate_that_does_not_exist_is_404(app, campaign, editor, no):
    assert editor.get(f"{OWN}/candidates/{no}").status_code == 404


def test_words_of_a_dossier_are_never_markup(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary='"><script>alert(1)</script>')

    assert "<script>alert" not in editor.get(f"{OWN}/candidates/1").text


def test_the_one_of_several_pictures_that_will_not_do_is_named(app, campaign, editor):
    for bad in (b"no picture", png((100, 100))):
        files = [(io.BytesIO(png()), "大门.png"), (io.BytesIO(bad), "窗口.png")]

        answer = post_form(editor, f"{OWN}/candidates/1", pictures=files)

        assert answer.status_code == 422
        assert "“窗口.png”：这" in answer.text


def test_a_bad_picture_does_not_hide_what_else_is_wrong(app, draft, editor):
    for path in ("/admin/c/draft-2026/candidates/1", "/admin/c/draft-2026/candidates/new"):
        files = [(io.BytesIO(b"no picture"), "窗口.png")]
        form = {"name": "青禾镇", "category": "城郊乡镇", "no": "abc"}

        answer = post_form(editor, path, pictures=files, **form)

        assert answer.status_code == 422
        assert "“窗口.png”：这不是 JPG、PNG 或 WebP 图片。" in answer.text
        assert 'href="#f-no"' in answer.text
        assert 'href="#f-pictures"' in answer.text
