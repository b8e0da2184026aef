"""Drafts: whatever was typed is kept, whichever browser or page it came from."""

import pytest

from tests.support.panels import (
    CITY,
    HILLS,
    appoint_account,
    close_panel,
    hand_in_all,
    judged_campaign,
)
from votesite.domain.scoring import drafts, judges
from votesite.domain.scoring.drafts import Post
from votesite.errors import Closed, InvalidSheet
from votesite.extensions import db
from votesite.models.scoring import SheetDraft


@pytest.fixture
def campaign(app):
    return judged_campaign()


@pytest.fixture
def judge(campaign):
    return appoint_account(campaign, "qin", 1)


def kept(campaign, judge):
    db.session.expire_all()
    return drafts.draft_of(judges.find(campaign.id, judge))


def test_unfinished_sheet_is_kept_as_it_was_typed(campaign, judge):
    drafts.save(campaign.id, Post({"s-1-service": "九十", "note-1": "看过现场"}), by=judge)
    drafts.save(campaign.id, Post({"s-2-service": " ９５．５ "}), by=judge)

    draft = kept(campaign, judge)

    assert (draft.score(1, "service"), draft.score(2, "service")) == ("九十", "９５．５")
    assert (draft.note(1), draft.version) == ("看过现场", 2)


def test_draft_lies_sealed(campaign, judge):
    drafts.save(campaign.id, Post({"note-1": "明显造假"}), by=judge)

    row = db.session.get(SheetDraft, (campaign.id, 1))

    assert "明显造假".encode() not in row.sealed
    assert b"note-1" not in row.sealed


def test_page_made_before_another_browser_saved_overwrites_only_what_was_changed_on_it(
    campaign, judge
):
    names = ["s-1-service", "s-1-reform"]
    seen = drafts.marks(kept(campaign, judge), HILLS, names)
    drafts.save(campaign.id, Post({"s-1-service": "90"}), by=judge)

    post = Post({"s-1-service": "", "s-1-reform": "70"}, category=HILLS, seen=seen)
    drafts.save(campaign.id, post, by=judge)

    draft = kept(campaign, judge)
    assert (draft.score(1, "service"), draft.score(1, "reform")) == ("90", "70")


def test_last_word_counts_where_two_browsers_of_a_judge_differ(campaign, judge):
    seen = drafts.marks(kept(campaign, judge), HILLS, ["s-1-service"])
    drafts.save(campaign.id, Post({"s-1-service": "90"}), by=judge)

    drafts.save(campaign.id, Post({"s-1-service": "60"}, category=HILLS, seen=seen), by=judge)

    assert kept(campaign, judge).score(1, "service") == "60"


def test_recusal_is_said_by_its_page_and_taken_back_by_it(campaign, judge):
    away = Post({}, frozenset({HILLS}), "曾在该镇任职", category=HILLS)
    drafts.save(campaign.id, away, by=judge)
    recused = dict(kept(campaign, judge).recused)

    drafts.save(campaign.id, Post({"s-2-service": "90"}, category=CITY), by=judge)
    untouched = dict(kept(campaign, judge).recused)
    drafts.save(campaign.id, Post({}, category=HILLS), by=judge)

    assert recused == untouched == {HILLS: "曾在该镇任职"}
    assert kept(campaign, judge).recused == {}


def test_program_takes_a_recusal_back_by_scoring(campaign, judge):
    drafts.save(campaign.id, Post({}, frozenset({CITY, HILLS}), "同一单位"), by=judge)
    drafts.save(campaign.id, Post({"s-2-service": "80"}), by=judge)

    assert kept(campaign, judge).recused == {HILLS: "同一单位"}


@pytest.mark.parametrize(
    ("post", "field", "code"),
    [
        (Post({"s-99-service": "90"}), "s-99-service", "not-on-sheet"),
        (Post({"s-1-beauty": "90"}), "s-1-beauty", "not-on-sheet"),
        (Post({"s-1-service": "9" * 41}), "s-1-service", "too-long"),
        (Post({"note-1": "长" * 1001}), "note-1", "too-long"),
        (Post({}, frozenset({HILLS}), "长" * 501), "reason", "too-long"),
        (Post({}, frozenset({"没有的类别"})), "recused", "unknown-choice"),
    ],
)
def test_what_the_sheet_does_not_have_is_refused_and_nothing_kept(
    campaign, judge, post, field, code
):
    with pytest.raises(InvalidSheet) as refused:
        drafts.save(campaign.id, post, by=judge)

    assert {name: fault.code for name, fault in refused.value.fields.items()} == {field: code}
    assert kept(campaign, judge).version == 0


def test_candidate_of_a_category_of_others_is_not_on_the_sheet(campaign):
    judge = appoint_account(campaign, "bai", 2, HILLS)

    with pytest.raises(InvalidSheet):
        drafts.save(campaign.id, Post({"s-2-service": "90"}), by=judge)


def test_nothing_is_saved_once_the_panel_is_closed(campaign, judge):
    hand_in_all(campaign, judge)
    close_panel(campaign)

    with pytest.raises(Closed):
        drafts.save(campaign.id, Post({"s-1-service": "90"}), by=judge)
