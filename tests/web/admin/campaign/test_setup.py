"""Setting up at the desk: every step, the preview, publishing, the freeze."""

import io
import re

import pytest

from tests.support.answers import words_of
from tests.support.factories import make_campaign
from tests.support.staffing import browser_of, make_staff, png, post_form
from votesite.domain.campaigns import freeze
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate

OWN = "/admin/c/xiangzhen-2026"
RULES = {
    "scope": "day",
    "ballots": "2",
    "picks_min": "3",
    "picks_max": "3",
    "repeat": "never",
    "order": "random",
    "hours_from": "08:00",
    "hours_to": "22:00",
    "results": "daily",
    "results_at": "18:00",
    "publish_every": "30",
    "min_batch": "5",
    "eligibility": "anyone",
    "recount": "auditors",
}


def test_rules_are_saved_and_read_back_as_citizens_will(app, draft, editor):
    path = "/admin/c/draft-2026/setup/rules"

    answer = post_form(editor, path, **RULES)
    words = words_of(editor.get(path))

    assert (answer.status_code, draft.ballot["picks"], draft.results) == (
        303,
        [3, 3],
        "daily 18:00",
    )
    assert (
        "群众会读到： 每天可投 2 张选票，每张选 3 个。投出后不能更改；次日 0:00 可再投。"
        "每个候选只能选一次。每天 08:00 至 22:00 开放投票。" in words
    )


def test_preview_shows_the_sentence_and_saves_nothing(app, draft, editor):
    answer = post_form(
        editor, "/admin/c/draft-2026/setup/rules", **RULES | {"act": "preview", "ballots": "4"}
    )

    assert "每天可投 4 张选票" in answer.text
    db.session.refresh(draft)
    assert draft.ballot["ballots"] == 1


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("ballots", "x", "填 1 至 1000 的整数。"),
        ("picks_max", "2", "填两个整数"),
        ("hours_to", "07:00", "开始要早于结束"),
        ("results_at", "25:00", "每天公布的要写时刻"),
    ],
)
def test_faulty_rules_are_named_beside_the_field(app, draft, editor, field, value, said):
    answer = post_form(editor, "/admin/c/draft-2026/setup/rules", **RULES | {field: value})

    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{value}"' in answer.text


def test_preset_fills_the_form_without_saving(app, draft, editor):
    page = editor.get("/admin/c/draft-2026/setup/rules?preset=感动式")

    assert "还没有保存" in page.text
    assert "每天可投 1 张选票，每张选 10 个。" in page.text
    assert draft.ballot["picks"] == [1, 3]


def test_schedule_and_categories_are_saved_row_by_row(app, draft, editor):
    windows = {"voting_from": "2027-03-01T09:00", "voting_to": "2027-03-10T18:00"}
    rows = {
        "category_name": ["城郊乡镇", "山区乡镇", "坝区乡镇", ""],
        "category_seats": ["5", "3", "", ""],
        "category_min": ["", "1", "", ""],
        "category_max": ["", "2", "", ""],
        "criterion_key": ["service"],
        "criterion_name": ["服务质量"],
        "criterion_weight": ["100"],
        "rule_id": ["R1"],
        "rule_text": ["异常选票"],
    }

    saved = [
        post_form(editor, "/admin/c/draft-2026/setup/schedule", **windows).status_code,
        post_form(editor, "/admin/c/draft-2026/setup/categories", **rows).status_code,
    ]

    db.session.refresh(draft)
    assert saved == [303, 303]
    assert draft.schedule == {"voting": ["2027-03-01T09:00+08:00", "2027-03-10T18:00+08:00"]}
    assert draft.categories == [
        {"name": "城郊乡镇", "seats": 5, "picks": None},
        {"name": "山区乡镇", "seats": 3, "picks": [1, 2]},
        {"name": "坝区乡镇", "seats": 5, "picks": None},
    ]


def test_every_step_saves_what_it_shows(app, draft, editor):
    """A form sent back as it came changes nothing: no step loses or turns a value."""
    for step in ("basics", "basis", "schedule", "rules", "categories", "weights", "look"):
        path = f"/admin/c/draft-2026/setup/{step}"
        before = {column.key: getattr(draft, column.key) for column in Campaign.__table__.columns}
        answer = post_form(editor, path, **fields_of(editor.get(path).text))
        db.session.refresh(draft)
        after = {column.key: getattr(draft, column.key) for column in Campaign.__table__.columns}
        assert (step, answer.status_code, after) == (step, 303, before)


def fields_of(page):
    """The fields a browser would send of the page's set-up form."""
    form = re.search(r'<form[^>]*action="[^"]*/setup/[^"]*".*?</form>', page, re.S)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        kind = attributes.get("type", "text")
        is_chosen = kind not in ("radio", "checkbox") or " checked" in tag
        if not is_chosen or kind == "file" or attributes["name"] == "csrf_token":
            continue
        found.setdefault(attributes["name"], []).append(attributes.get("value", ""))
    for name, options in re.findall(r'<select[^>]*name="(\w+)".*?>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', options)
        found[name] = [chosen[1]] if chosen else [""]
    for name, value in re.findall(
        r'<textarea[^>]*name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S
    ):
        found[name] = [value]
    return found


def test_frozen_step_is_shown_without_a_button_and_points_to_decisions(app, campaign, editor):
    page = editor.get(f"{OWN}/setup/rules")
    forced = post_form(editor, f"{OWN}/setup/rules", **RULES)

    assert "<fieldset disabled>" in page.text
    assert "已冻结" in page.text
    assert "保存，下一步" not in page.text
    assert forced.status_code == 409


def test_theme_stays_editable_beside_frozen_names(app, campaign, editor):
    saved = post_form(editor, f"{OWN}/setup/basics", theme="我心中的十佳乡镇", purpose="为民服务")
    forced = post_form(editor, f"{OWN}/setup/basics", title="别的名字", theme="x", purpose="")

    assert (saved.status_code, forced.status_code) == (303, 409)
    db.session.refresh(campaign)
    assert (campaign.theme, campaign.title[:3]) == ("我心中的十佳乡镇", "云岭市")


def test_cover_is_taken_as_picture_and_nothing_else(app, draft, editor):
    path = "/admin/c/draft-2026/setup/look"

    refused = post_form(editor, path, colour="blue", cover=(io.BytesIO(b"<svg/>"), "x.svg"))
    saved = post_form(editor, path, colour="blue", cover=(io.BytesIO(png()), "cover.png"))

    assert (refused.status_code, saved.status_code) == (422, 303)
    db.session.refresh(draft)
    assert (draft.colour, len(draft.cover)) == ("blue", 32)


def test_publishing_takes_two_people_and_lists_what_is_missing(app, draft, editor):
    path = "/admin/c/draft-2026/setup/publish"
    proposed = post_form(editor, path, why="材料已齐")
    colleague = browser_of(app, "zheng")
    confirmed = post_form(colleague, f"{proposed.headers['Location']}/confirm")

    assert (proposed.status_code, confirmed.status_code) == (303, 303)
    assert editor.get("/c/draft-2026/").status_code == 200


def test_unfit_draft_cannot_be_published(app, draft, editor):
    with writing():
        db.session.query(Candidate).filter_by(campaign_id=draft.id).delete()

    page = editor.get("/admin/c/draft-2026/setup/publish")
    forced = post_form(editor, "/admin/c/draft-2026/setup/publish")

    assert "还差 1 处。" in page.text
    assert "提出发布" not in page.text
    assert forced.status_code == 422


def test_ledger_is_opened_by_a_button(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/setup/open-ledger")

    assert answer.status_code == 303
    assert "账本已开启" in editor.get(f"{OWN}/setup/publish").text
    assert freeze.ledger_state(campaign).is_open


def test_draft_is_previewed_by_its_staff_alone(app, client, draft, editor):
    make_staff("stranger", "editor", campaign=make_campaign(slug="other"))
    stranger = browser_of(app, "stranger")

    page, refused = editor.get("/c/draft-2026/"), stranger.get("/c/draft-2026/")
    unknown = stranger.get("/c/nothing-2026/")

    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "第1镇" in page.text
    assert (refused.status_code, refused.text) == (404, unknown.text.replace("nothing", "draft"))
    assert dict(refused.headers) == dict(unknown.headers) | {
        "Content-Length": refused.headers["Content-Length"]
    }
    assert client.get("/c/draft-2026/").status_code == 404


def test_preview_asks_for_nothing_that_a_draft_has_not(app, draft, editor):
    for path in ("", "process", "results", "candidates/1"):
        page = editor.get(f"/c/draft-2026/{path}")

        assert page.status_code == 200, path
        assert "js/me." not in page.text
        assert "js/results." not in page.text
