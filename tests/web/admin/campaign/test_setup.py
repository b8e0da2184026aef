"""Setting up at the desk: every step, the preview, publishing, the freeze."""

import io
import re
from datetime import timedelta

import pytest

from tests.support.answers import words_of
from tests.support.desk import STEPS
from tests.support.desk_forms import fields_of
from tests.support.factories import make_campaign
from tests.support.staffing import browser_of, make_staff, png, post_form
from tests.support.verifier_keys import verifier_key
from votesite import clock
from votesite.clock import minute
from votesite.domain.campaigns import freeze
from votesite.extensions import db, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.web.limits import LIMITS

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
    "min_batch": "20",
    "quiet": "60",
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


@pytest.mark.parametrize("act", ["save", "preview"])
def test_refused_rules_stand_in_no_sentence(app, draft, editor, act):
    """Neither what citizens will read nor the phone, which shows what is saved, takes them."""
    path = "/admin/c/draft-2026/setup/rules"
    refused = RULES | {"picks_min": "9", "picks_max": "5", "act": act}

    words = words_of(post_form(editor, path, **refused))
    phone = words[words.index("手机预览：已保存的内容") :]

    assert "每张选 9 至 5 个" not in words
    assert "填好上面各项后，这里写出规则。" in words
    assert "每张选 1 至 3 个" in phone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"min_batch": "19"}, ["每合并 19 位投票人"]),
        ({"quiet": "59"}, ["只有 59 分钟不更新"]),
        (
            {"results": "live", "min_batch": "4", "publish_every": "1"},
            ["每合并 4 位投票人", "每 1 秒"],
        ),
        ({"results": "live"}, []),
        ({"results": "hidden", "min_batch": "1", "publish_every": "1"}, []),
    ],
)
def test_steps_that_show_single_ballots_are_told(app, draft, editor, changes, said):
    """After saving, and before publishing, where they take a tick."""
    check = "/admin/c/draft-2026/setup/publish"

    saved = post_form(editor, "/admin/c/draft-2026/setup/rules", **RULES | changes)
    flashed = words_of(editor.get(saved.headers["Location"]))
    before = words_of(editor.get(check))

    for words in (flashed, before):
        assert words.count("旁观者可能看出") == len(said)
        assert all(sentence in words for sentence in said)
    assert post_form(editor, check).status_code == (422 if said else 303)


@pytest.mark.parametrize(
    ("changes", "is_said"),
    [
        ({"results": "live", "quiet": "1440", "hours_from": "08:00", "hours_to": "22:00"}, False),
        ({"results": "live", "quiet": "1440", "hours_from": "22:00", "hours_to": "23:00"}, True),
        ({"results": "daily", "results_at": "12:00", "quiet": "60"}, False),
        ({"results": "daily", "results_at": "08:00", "quiet": "1440"}, True),
        ({"results": "hidden", "quiet": "1440", "hours_from": "22:00", "hours_to": "23:00"}, False),
    ],
)
def test_window_too_short_for_any_step_is_told(app, draft, editor, changes, is_said):
    """In the form, before anything is saved, after saving, and in red before publishing."""
    own, said = "/admin/c/draft-2026/setup", "投票期间一次票数也公布不了"
    with writing():
        opens = clock.at(clock.day(clock.now()) + timedelta(days=3), "00:30")
        campaign = db.session.merge(draft)
        campaign.schedule = {"voting": [minute(opens), minute(opens + timedelta(hours=33))]}

    preview = post_form(editor, f"{own}/rules", **RULES | changes | {"act": "preview"})
    saved = post_form(editor, f"{own}/rules", **RULES | changes)
    shown = [preview, editor.get(saved.headers["Location"]), editor.get(f"{own}/rules")]
    check = editor.get(f"{own}/publish")

    assert [said in page.text for page in [*shown, check]] == [is_said] * 4


def test_form_says_what_a_small_step_costs_and_what_no_step_prevents(app, draft, editor):
    words = words_of(editor.get("/admin/c/draft-2026/setup/rules"))

    assert "改成 5" in words
    assert "四个人凑在一起，就能从前后两次的差里看出第五个人投了谁" in words
    assert "数字再大，也防不住手里有这么多账号的人" in words


def test_oversight_is_saved_and_read_back(app, draft, editor):
    path = "/admin/c/draft-2026/setup/oversight"
    keys = [verifier_key("审计局"), verifier_key("press.example", kind=4)]
    fields = {
        "signed": "1",
        "population": "４12000",
        "source": "2025年统计公报，常住人口",
        "auditors": f" {keys[0]} \r\n\r\n{keys[1]}",
        "quorum": "１",
    }

    answer = post_form(editor, path, **fields)
    page = editor.get(path).text

    db.session.refresh(draft)
    assert answer.status_code == 303
    assert draft.signed is True
    assert draft.electorate == {"population": 412000, "source": "2025年统计公报，常住人口"}
    assert draft.audit == {"auditors": keys, "quorum": 1}
    assert fields_of(page)["auditors"] == ["\n".join(keys)]
    assert fields_of(page)["signed"] == ["1"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"population": "x"}, "population", "填人数"),
        ({"population": "9"}, "source", "写明数字从哪里来"),
        ({"source": "统计公报"}, "population", "写了出处就要写人数"),
        ({"auditors": "abc"}, "auditors", "每行一把完整的公钥"),
        ({"auditors": f"{verifier_key('a')}\n{verifier_key('a', kind=4)}"}, "auditors", "不能重复"),
        ({"quorum": "1"}, "quorum", "不能多过写上的公钥"),
    ],
)
def test_faulty_oversight_is_named_beside_the_field_and_comes_back(
    app, draft, editor, changes, field, said
):
    fields = {"signed": "0", "population": "", "source": "", "auditors": "", "quorum": "0"}

    answer = post_form(editor, "/admin/c/draft-2026/setup/oversight", **fields | changes)
    marked = re.search(rf'id="f-{field}-error">.*?</p>', answer.text, re.S)

    assert answer.status_code == 422
    assert marked is not None
    assert said in marked[0]
    assert f'href="#f-{field}"' in answer.text
    assert all(fields_of(answer.text)[name] == [typed] for name, typed in changes.items())


def test_count_that_nobody_vouches_for_is_told_in_red(app, draft, editor):
    own, said = "/admin/c/draft-2026/setup", "外人永远得不出“核对无误”。请改为任何人都能重新计票"
    one, two = verifier_key("a"), verifier_key("b")
    seen = []
    for recount, auditors, quorum in (
        ("auditors", "", "0"),
        ("auditors", one, "1"),
        ("auditors", f"{one}\n{two}", "1"),
        ("public", "", "0"),
    ):
        post_form(editor, f"{own}/rules", **RULES | {"recount": recount})
        fields = {"signed": "0", "auditors": auditors, "quorum": quorum}
        post_form(editor, f"{own}/oversight", **fields)
        page = editor.get(f"{own}/publish")
        red = re.findall(r'class="check-bad">(.*?)</li>', page.text, re.S)
        seen.append((any(said in line for line in red), any("丢一把密钥" in line for line in red)))
        assert (editor.get(f"{own}/oversight").text.count("notice-bad") == 1) is any(seen[-1])

    assert seen == [(True, False), (False, True), (False, False), (False, False)]
    assert post_form(editor, f"{own}/publish").status_code == 303


def test_composite_is_saved_with_all_its_parts(app, draft, editor):
    path = "/admin/c/draft-2026/setup/weights"
    with writing():
        db.session.merge(draft).criteria = [{"key": "a", "name": "甲", "weight": 100}]
    fields = {
        "public": "30",
        "expert": "40",
        "satisfaction": "20",
        "objective": "10",
        "public_score": "cap",
        "cap": "５000",
        "expert_score": "points",
        "trim": "1",
        "decimals": "4",
        "ties": ["public", "expert", "lot", "", ""],
        "missing": "drop",
        "region_cap": "2",
        "sheets": "public",
        "panel": "named",
        "min_answers": "50",
        "notice_days": "7",
    }

    answer = post_form(editor, path, **fields)

    db.session.refresh(draft)
    assert answer.status_code == 303
    assert draft.weights == {
        "public": 30,
        "expert": 40,
        "satisfaction": 20,
        "objective": 10,
        "public_score": "cap",
        "cap": 5000,
        "expert_score": "points",
        "trim": True,
        "decimals": 4,
        "ties": ["public", "expert", "lot"],
        "missing": "drop",
        "region_cap": 2,
        "sheets": "public",
        "panel": "named",
        "min_answers": 50,
        "notice_days": 7,
    }
    assert fields_of(editor.get(path).text)["ties"] == ["public", "expert", "lot", "", ""]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"public": "90"}, "public"),
        ({"public_score": "cap", "cap": ""}, "cap"),
        ({"ties": ["lot", "public"]}, "ties"),
        ({"ties": ["public", "public"]}, "ties"),
        ({"notice_days": "4"}, "notice_days"),
        ({"min_answers": "４"}, "min_answers"),
    ],
)
def test_faulty_composite_is_named_and_nothing_is_stored(app, draft, editor, changes, field):
    path = "/admin/c/draft-2026/setup/weights"
    before = dict(draft.weights)
    fields = fields_of(editor.get(path).text)

    answer = post_form(editor, path, **{**fields, **changes})

    db.session.refresh(draft)
    assert (answer.status_code, draft.weights) == (422, before)
    assert f'href="#f-{field}"' in answer.text
    assert f'id="f-{field}"' in answer.text


def test_cap_is_dropped_with_the_score_that_it_belongs_to(app, draft, editor):
    path = "/admin/c/draft-2026/setup/weights"
    capped = {**fields_of(editor.get(path).text), "public_score": "cap", "cap": "300"}

    post_form(editor, path, **capped)
    shown = fields_of(editor.get(path).text)
    post_form(editor, path, **{**shown, "public_score": "rank"})

    db.session.refresh(draft)
    assert shown["cap"] == ["300"]
    assert (draft.weights["public_score"], draft.weights["cap"]) == ("rank", 0)


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
    for step in STEPS:
        path = f"/admin/c/draft-2026/setup/{step}"
        before = {column.key: getattr(draft, column.key) for column in Campaign.__table__.columns}
        answer = post_form(editor, path, **fields_of(editor.get(path).text))
        db.session.refresh(draft)
        after = {column.key: getattr(draft, column.key) for column in Campaign.__table__.columns}
        assert (step, answer.status_code, after) == (step, 303, before)


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


def test_checks_before_publishing_say_what_is_there(app, editor):
    """Candidates that nominations have still to bring are not ticked off, nor is a roster."""
    now = clock.now()
    taken = [minute(now + timedelta(days=1)), minute(now + timedelta(days=2))]
    ahead = {"opens": now + timedelta(days=3), "closes": now + timedelta(days=9)}
    for slug, candidates in (("few-2026", 0), ("all-2026", 6)):
        schedule = {"nomination": taken}
        make_campaign(slug=slug, candidates=candidates, published=False, schedule=schedule, **ahead)
    make_campaign(slug="codes-2026", published=False, eligibility="roster", **ahead)
    pages = {
        slug: words_of(editor.get(f"/admin/c/{slug}/setup/publish"))
        for slug in ("few-2026", "all-2026", "codes-2026")
    }
    unaware = post_form(editor, "/admin/c/codes-2026/setup/publish")
    post_form(editor, "/admin/c/codes-2026/roster", labels="张三")
    filled = words_of(editor.get("/admin/c/codes-2026/setup/publish"))

    assert ["候选够选票选" in words for words in pages.values()] == [False, True, False]
    assert "候选还不够选票选" in pages["few-2026"]
    assert "名单却还是空的" in pages["codes-2026"]
    assert unaware.status_code == 422
    assert "名单上有 1 人" in filled
    assert "名单却还是空的" not in filled


def test_unfit_draft_cannot_be_published(app, draft, editor):
    with writing():
        db.session.query(Candidate).filter_by(campaign_id=draft.id).delete()

    page = editor.get("/admin/c/draft-2026/setup/publish")
    forced = post_form(editor, "/admin/c/draft-2026/setup/publish")

    assert "还差 1 处。" in page.text
    assert "提出发布" not in page.text
    assert forced.status_code == 422


def test_publishing_waits_for_enough_people_and_for_their_keys(app, draft, editor):
    check = "/admin/c/draft-2026/setup/publish"
    with writing():
        db.session.merge(draft).signed = True

    page = words_of(editor.get(check))
    refused = post_form(editor, check)
    post_form(editor, "/admin/c/draft-2026/setup/oversight", signed="0")

    assert "登记了签字密钥的同事只有 0 位，至少要 3 位" in page
    assert refused.status_code == 422
    assert post_form(editor, check).status_code == 303


def test_ledger_is_opened_by_a_button(app, campaign, editor):
    answer = post_form(editor, f"{OWN}/setup/open-ledger")

    assert answer.status_code == 303
    assert "账本已开启" in editor.get(f"{OWN}/setup/publish").text
    assert freeze.ledger_state(campaign).is_open


def test_ledger_that_too_few_could_sign_is_not_opened_and_says_why(app, campaign, editor):
    with writing():
        db.session.merge(campaign).signed = True

    answer = post_form(editor, f"{OWN}/setup/open-ledger")

    assert answer.status_code == 422
    assert "登记了签字密钥的同事只有 0 位，至少要 3 位" in words_of(answer)
    assert not freeze.ledger_state(campaign).is_open


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


def test_two_editors_of_a_step_lose_nothing(app, draft, editor):
    """Different fields are merged, rows too; the same field comes back with both texts."""
    path = "/admin/c/draft-2026/setup/basics"
    other = browser_of(app, "zheng")
    mine, theirs = fields_of(editor.get(path).text), fields_of(other.get(path).text)

    answers = [
        other.post(path, data={**theirs, "purpose": "同事写的"}),
        editor.post(path, data={**mine, "theme": "我的主题"}),
        editor.post(path, data={**mine, "purpose": "我写的"}),
    ]
    asked = answers[-1].text
    again = editor.post(path, data={**fields_of(asked), "purpose": "合并的"})

    db.session.rollback()
    assert [answer.status_code for answer in answers] == [303, 303, 409]
    assert ">同事写的</pre>" in asked
    assert "我写的</textarea>" in asked
    assert 'value="我的主题"' in asked
    assert again.status_code == 303
    assert (draft.purpose, draft.theme) == ("合并的", "我的主题")


def test_preview_keeps_the_marks_of_the_form_it_came_from(app, draft, editor):
    """Looking at the sentence is no way around a colleague's change."""
    path = "/admin/c/draft-2026/setup/rules"
    mine = fields_of(editor.get(path).text)
    post_form(browser_of(app, "zheng"), path, **RULES | {"ballots": "7"})

    preview = editor.post(path, data={**mine, "ballots": "4", "act": "preview"})
    answer = editor.post(path, data={**fields_of(preview.text), "ballots": "4"})

    assert (preview.status_code, answer.status_code) == (200, 409)
    assert "可投几张" in answer.text


def test_numbers_and_times_are_read_as_people_type_them(app, draft, editor):
    """Full width in every form of the set-up, and times with 点 or without a leading zero."""
    typed = {
        "ballots": "２",
        "picks_min": "３ ",
        "picks_max": "３",
        "hours_from": "８：００",
        "hours_to": "22点半",
        "results_at": "9:05",
        "publish_every": "６０",
        "min_batch": "１０",
    }
    rows = {
        "category_name": ["城郊乡镇", "山区乡镇"],
        "category_seats": ["５", "３"],
        "category_min": ["０", ""],
        "category_max": ["２", ""],
        "criterion_name": ["服务质量"],
        "criterion_key": ["service"],
        "criterion_weight": ["１００"],
        "rule_id": ["R1"],
        "rule_text": ["同一来源\n集中产生"],
    }
    shares = {"public": "６０", "expert": "４０", "satisfaction": "０", "public_score": "share"}
    window = {"voting_from": "2027/3/1 ９：００", "voting_to": "2027年3月10日 18:00"}

    saved = [
        post_form(editor, f"/admin/c/draft-2026/setup/{step}", **fields).status_code
        for step, fields in (
            ("rules", RULES | typed),
            ("categories", rows),
            ("weights", shares | {"ties": "public"}),
            ("schedule", window),
        )
    ]

    db.session.refresh(draft)
    assert saved == [303] * 4
    ballot = draft.ballot
    assert [ballot[key] for key in ("ballots", "picks", "hours", "publish_every", "min_batch")] == [
        2,
        [3, 3],
        ["08:00", "22:30"],
        60,
        10,
    ]
    assert (draft.results, draft.weights["public"]) == ("daily 09:05", 60)
    assert [row["seats"] for row in draft.categories] == [5, 3]
    assert (draft.criteria[0]["weight"], draft.void_rules[0]["text"]) == (100, "同一来源 集中产生")
    assert draft.schedule["voting"] == ["2027-03-01T09:00+08:00", "2027-03-10T18:00+08:00"]


def test_criteria_without_a_key_get_one_and_rows_are_added(app, draft, editor):
    path = "/admin/c/draft-2026/setup/categories"
    rows = {
        "category_name": ["城郊乡镇", "山区乡镇"],
        "category_seats": ["", ""],
        "category_min": ["", ""],
        "category_max": ["", ""],
        "criterion_key": ["service", "", ""],
        "criterion_name": ["服务质量", "公开", "创新"],
        "criterion_weight": ["50", "30", "20"],
        "rule_id": ["R1"],
        "rule_text": ["异常选票"],
    }

    more = post_form(editor, path, **rows, act="rows")
    saved = post_form(editor, path, **rows)

    db.session.refresh(draft)
    assert (more.status_code, saved.status_code) == (200, 303)
    assert more.text.count('name="criterion_name"') == 3 + 5
    assert "data-unsaved" in more.text
    assert [row["key"] for row in draft.criteria] == ["service", "c1", "c2"]


def test_schedule_is_proposed_without_saving_and_past_phases_are_told(app, draft, editor):
    path = "/admin/c/draft-2026/setup/schedule"
    before = dict(draft.schedule)
    voting = {"voting_from": "2027-03-01T09:00", "voting_to": "2027-03-10T18:00"}

    proposed = post_form(editor, path, **voting, act="propose")
    db.session.refresh(draft)
    kept = dict(draft.schedule)
    past = {"nomination_from": "2020-03-02T09:00", "nomination_to": "2020-03-03T09:00"}
    saved = post_form(editor, path, **voting, **past)
    told = editor.get(saved.headers["Location"])

    assert 'value="2027-03-11T09:00"' in proposed.text
    assert kept == before
    assert "请核对日程：提名的时间已经过去。" in told.text


def test_phases_that_run_into_others_are_told(app, draft, editor):
    """After saving, beside the field, and before publishing, where it takes a tick."""
    path = "/admin/c/draft-2026/setup/schedule"
    edges = {"voting": ("2026-12-20", "2027-01-03"), "review": ("2026-12-30", "2027-01-10")}
    fields = {
        f"{phase}_{edge}": f"{day}T09:00"
        for phase, days in edges.items()
        for edge, day in zip(("from", "to"), days, strict=True)
    }

    saved = post_form(editor, path, **fields)
    flashed = editor.get(saved.headers["Location"])
    check = "/admin/c/draft-2026/setup/publish"
    shown = [flashed, editor.get(path), editor.get(check)]

    assert saved.status_code == 303
    assert all("“审核”还没有结束，“投票”在" in page.text for page in shown)
    assert post_form(editor, check).status_code == 422


def test_windows_are_proposed_around_a_vote_that_is_one(app, draft, editor):
    path = "/admin/c/draft-2026/setup/schedule"
    soon = clock.now().astimezone(clock.CST) + timedelta(hours=1)
    backwards = {"voting_from": "2027-03-10T09:00", "voting_to": "2027-03-01T18:00"}
    hurried = {"voting_from": f"{soon:%Y-%m-%dT%H:%M}", "voting_to": "2027-03-10T18:00"}

    refused = post_form(editor, path, **backwards, act="propose")
    proposed = post_form(editor, path, **hurried, act="propose")

    assert (refused.status_code, proposed.status_code) == (422, 200)
    assert "结束要晚于开始。" in refused.text
    assert "启动预告、提名、审核照此推算已经开始，来不及排。" in proposed.text
    assert fields_of(proposed.text)["review_from"] == [""]


def test_publishing_late_takes_a_tick_of_both(app, editor):
    """The vote has begun: proposer and confirmer say that they know what follows."""
    now = clock.now()
    make_campaign(
        slug="late-2026",
        published=False,
        opens=now - timedelta(hours=12),
        closes=now + timedelta(days=9),
    )
    path = "/admin/c/late-2026/setup/publish"
    colleague = browser_of(app, "zheng")

    page = editor.get(path)
    unaware = post_form(editor, path)
    proposed = post_form(editor, path, aware="1")
    there = proposed.headers["Location"]
    shown = colleague.get(there)
    refused = [
        post_form(colleague, f"{there}/confirm"),
        post_form(editor, f"{there}/confirm-here", colleague="zheng", password="x"),
    ]
    confirmed = post_form(colleague, f"{there}/confirm", aware="1")

    assert "一发布就冻结" in page.text
    assert "一发布就冻结" in shown.text
    assert (unaware.status_code, proposed.status_code) == (422, 303)
    assert [answer.status_code for answer in refused] == [422, 422]
    assert all("请先勾选" in answer.text for answer in (unaware, *refused))
    assert confirmed.status_code == 303
    assert editor.get("/c/late-2026/").status_code == 200


def test_notice_can_be_read_before_publishing(app, draft, editor):
    with writing():
        db.session.merge(draft).notice_text = ""

    page = editor.get("/c/draft-2026/privacy").text

    assert "预览" in page
    assert "云岭市人民政府办公室" in page.partition(' prose">')[2].partition("</main>")[0]
    assert 'href="/c/draft-2026/privacy"' in editor.get("/admin/c/draft-2026/setup/publish").text


def test_choices_of_two_editors_stand_in_words(app, draft, editor):
    path = "/admin/c/draft-2026/setup/rules"
    mine = fields_of(editor.get(path).text)
    other = browser_of(app, "zheng")
    other.post(path, data={**fields_of(other.get(path).text), "order": "stroke"})

    asked = editor.post(path, data={**mine, "order": "random"})

    assert asked.status_code == 409
    assert ">按笔画</pre>" in asked.text
    assert ">随机</pre>" in asked.text


@pytest.mark.parametrize(
    ("path", "field", "limit"),
    [
        ("setup/basics", "title", LIMITS["campaign"]["title"]),
        ("setup/basics", "theme", LIMITS["campaign"]["theme"]),
        ("setup/basics", "purpose", LIMITS["campaign"]["purpose"]),
        ("setup/basis", "number", LIMITS["approval"]["number"]),
        ("setup/basis", "host", 120),
        ("setup/categories", "rule_text", 500),
        ("setup/publish", "why", LIMITS["why"]),
    ],
)
def test_one_too_long_text_comes_back_typed(app, draft, editor, path, field, limit):
    """Beside its field, with everything else that was typed; never as a page that says too large."""
    where = f"/admin/c/draft-2026/{path}"
    typed = "政" * (limit + 1)

    answer = editor.post(
        where,
        data={**fields_of(editor.get(where).text), field: typed},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 422
    assert typed in answer.text
    assert "现在多了 1 字" in answer.text


@pytest.mark.parametrize(
    ("field", "value"),
    [("phone", "没有电话"), ("supervision_phone", "x"), ("email", "not-an-email")],
)
def test_contact_that_reaches_nobody_is_named_beside_its_field(app, draft, editor, field, value):
    path = "/admin/c/draft-2026/setup/basis"

    answer = editor.post(path, data={**fields_of(editor.get(path).text), field: value})

    assert answer.status_code == 422
    assert f'id="f-{field}-error"' in answer.text


def test_contact_in_full_width_is_kept_as_it_is_dialled(app, draft, editor):
    path = "/admin/c/draft-2026/setup/basis"
    typed = {"phone": "０７９７－８１２３４５６", "email": "ｗjw＠example.gov.cn"}

    answer = editor.post(path, data={**fields_of(editor.get(path).text), **typed})

    db.session.refresh(draft)
    assert answer.status_code == 303
    assert draft.organisers["phone"] == "0797-8123456"
    assert draft.organisers["email"] == "wjw@example.gov.cn"


def test_of_number_and_reason_neither_is_called_optional(app, draft, editor):
    page = editor.get("/admin/c/draft-2026/setup/basis").text
    labels = dict(re.findall(r'<label for="f-(\w+)">(.*?)</label>', page, re.S))

    optional = {name for name, label in labels.items() if "选填" in label}
    assert {"number", "exempt", "reason"} <= set(labels) - optional
    assert "phone" in optional
    assert "必须填一种，也只填一种" in page
