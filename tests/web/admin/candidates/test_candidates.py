"""Candidates at the desk: added, described, pictured."""

import io

import pytest

from tests.support.staffing import png, post_form
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


def test_dossier_is_edited_while_voting_and_keeps_frozen_fields(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/candidates/1", summary="一件事一次办", slogan="办事快")

    found = listing.candidate_numbered(campaign.id, 1)
    assert answer.status_code == 303
    assert (found.name, found.summary, found.slogan) == ("第1镇", "一件事一次办", "办事快")
    assert found.updated_at is not None


def test_forced_change_of_a_frozen_name_is_refused(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/candidates/1", name="别的名字")

    assert answer.status_code == 409
    assert listing.candidate_numbered(campaign.id, 1).name == "第1镇"


def test_picture_is_put_up_and_taken_down(app, campaign, editor):
    added = post_form(editor, f"{OWN}/candidates/1/pictures", picture=(io.BytesIO(png()), "a.png"))
    (token,) = listing.candidate_numbered(campaign.id, 1).images
    shown = editor.get(f"{OWN}/candidates/1")
    removed = post_form(editor, f"{OWN}/candidates/1/pictures/{token}/remove")

    assert (added.status_code, removed.status_code) == (303, 303)
    assert f"/media/{token}-480.jpg" in shown.text
    db.session.rollback()
    assert listing.candidate_numbered(campaign.id, 1).images == []


@pytest.mark.parametrize("no", ["0", "01", "7", "1e1", "一"])
def test_candidate_that_does_not_exist_is_404(app, campaign, editor, no):
    assert editor.get(f"{OWN}/candidates/{no}").status_code == 404


def test_words_of_a_dossier_are_never_markup(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary='"><script>alert(1)</script>')

    assert "<script>alert" not in editor.get(f"{OWN}/candidates/1").text
