"""The desk's screens: what staff read and what their forms do."""

import csv
import io
import re
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook

from tests.support.answers import words_of
from tests.support.ballots import cast_now
from tests.support.factories import make_campaign, voter
from tests.support.staffing import PASSWORD, browser_of, make_staff, png, post_form
from tests.support.stored import tamper
from votesite import clock
from votesite.clock import minute
from votesite.domain import audit
from votesite.domain.campaigns import freeze
from votesite.domain.candidates import listing
from votesite.domain.decisions import proposals
from votesite.domain.ledger import entries
from votesite.domain.staff import people
from votesite.domain.voting import roster, voters
from votesite.extensions import db, site, writing
from votesite.models.campaigns import Campaign
from votesite.models.candidates import Candidate
from votesite.models.ledger import LogHead

OWN = "/admin/c/xiangzhen-2026"


# --- the list and the overview


def test_list_shows_own_campaigns_only(app, campaign, draft):
    make_staff("zhou", "reviewer", campaign=campaign)

    page = browser_of(app, "zhou").get("/admin/")

    assert "/admin/c/xiangzhen-2026/" in page.text
    assert "draft-2026" not in page.text
    assert "新建活动" not in page.text


def test_overview_shows_figures_and_no_choice(app, campaign, editor):
    for number in range(7):
        cast_now(campaign, number, 1)

    words = words_of(editor.get(f"{OWN}/"))

    assert "有效 7 今天 7 作废 0" in words
    assert "后台没有修改票数的入口" in words


def test_overview_asks_the_second_person_to_confirm(app, campaign, editor):
    zheng = people.by_name("zheng")
    proposals.propose(campaign.id, zheng.id, {"pause": ""}, "升级")

    words = words_of(editor.get(f"{OWN}/"))

    assert "1 项决定等您确认 Zheng提出：暂停投票。须由另一人确认。" in words


@pytest.mark.parametrize("path", ["/", "/setup/rules", "/setup/publish", "/candidates", "/results"])
def test_draft_without_schedule_opens_on_every_screen(app, owner, path):
    post_form(owner, "/admin/campaigns/new", slug="xin-2026", title="新活动", wording="推选")

    assert owner.get(f"/admin/c/xin-2026{path}").status_code == 200


# --- setting up


def test_new_draft_goes_on_with_its_settings(app, owner):
    answer = post_form(
        owner, "/admin/campaigns/new", slug="xin-2026", title="新活动", wording="推选"
    )

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/c/xin-2026/setup")
    assert owner.get("/c/xin-2026/").status_code == 404


def test_faulty_draft_shows_the_form_filled_again(app, owner):
    answer = post_form(owner, "/admin/campaigns/new", slug="X", title="新活动", wording="推选")

    assert answer.status_code == 422
    assert 'value="新活动"' in answer.text
    assert "用 3 至 60 个小写字母、数字或连字符。" in answer.text


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


# --- candidates


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


# --- decisions


def test_pause_takes_effect_on_the_same_screen_with_a_colleague(app, campaign, editor):
    answer = post_form(
        editor,
        f"{OWN}/decisions/new",
        kind="pause",
        why="系统升级",
        colleague="zheng",
        password=PASSWORD,
    )

    db.session.refresh(campaign)
    assert (answer.status_code, campaign.paused) == (303, "系统升级")
    (line, *_) = audit.entries([campaign.id])
    assert (line.action, line.staff_id) == ("confirm-pause", people.by_name("zheng").id)
    assert line.fields == f"state on-screen-of:{people.by_name('zhou').id}"


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [("zheng", "wrong", 422), ("nobody", "wrong", 422), ("zhou", PASSWORD, 422)],
)
def test_pause_stays_a_proposal_without_a_true_second_person(
    app, campaign, editor, name, password, status
):
    answer = post_form(
        editor,
        f"{OWN}/decisions/new",
        kind="pause",
        why="系统升级",
        colleague=name,
        password=password,
    )

    db.session.refresh(campaign)
    assert (answer.status_code, campaign.paused) == (status, "")
    assert len(proposals.waiting(campaign.id, now=clock.now())) == 1


def test_back_off_holds_on_the_shared_screen_too(app, campaign, editor, monkeypatch):
    now = clock.now().timestamp()
    monkeypatch.setattr(clock.time, "time", lambda: now)  # or a slow machine sits the wait out
    made = proposals.propose(campaign.id, people.by_name("zhou").id, {"pause": ""}, "升级")
    path = f"{OWN}/decisions/{made.id}/confirm-here"
    for _ in range(4):
        post_form(editor, path, colleague="zheng", password="wrong")

    answer = post_form(editor, path, colleague="zheng", password=PASSWORD)

    assert answer.status_code == 429
    assert proposals.find(made.id).state == "proposed"


def test_reason_is_asked_for_with_the_form_filled_again(app, campaign, editor):
    later = minute(clock.now() + timedelta(days=12))[:16]

    answer = post_form(editor, f"{OWN}/decisions/new", kind="to", to=later, why=" ")

    assert answer.status_code == 422
    assert f'value="{later}"' in answer.text
    assert "所有人永远看得到" in answer.text


def test_later_end_is_proposed_in_local_time(app, campaign, editor):
    later = clock.now() + timedelta(days=12)

    answer = post_form(editor, f"{OWN}/decisions/new", kind="to", to=minute(later)[:16], why="延期")

    (made,) = proposals.waiting(campaign.id, now=clock.now())
    assert answer.status_code == 303
    assert made.payload == {"to": minute(later)}


def test_decision_of_another_campaign_does_not_exist_here(app, campaign, draft, editor):
    made = proposals.propose(campaign.id, people.by_name("zhou").id, {"pause": ""}, "升级")

    assert editor.get(f"/admin/c/draft-2026/decisions/{made.id}").status_code == 404


def test_withdrawal_that_empties_the_ballot_is_warned_of(app, editor):
    now = clock.now()
    make_campaign(
        slug="small",
        candidates=3,
        picks=[3, 3],
        opens=now - timedelta(1),
        closes=now + timedelta(1),
    )

    page = editor.get("/admin/c/small/decisions/new?kind=withdraw")

    assert "选票将无法投出" in page.text


def test_incident_is_written_into_the_ledger_by_one_person(app, campaign, editor):
    before = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")
    proposals.open_ledger(campaign.id, people.by_name("zhou").id)
    empty = post_form(editor, f"{OWN}/incident", what=" ")
    done = post_form(editor, f"{OWN}/incident", what="中断 10 分钟")

    assert [answer.status_code for answer in (before, empty, done)] == [409, 422, 303]
    with site().store.snapshot() as tx:
        entry = entries.read_entry(tx, campaign.id, 1)
    assert (entry["k"], entry["what"]) == ("incident", "中断 10 分钟")


def test_overview_says_when_the_clock_is_behind(app, campaign, editor):
    proposals.open_ledger(campaign.id, people.by_name("zhou").id)
    with writing():
        ahead = minute(clock.now() + timedelta(minutes=10))
        db.session.query(LogHead).filter_by(campaign_id=campaign.id).update({"t": ahead})

    assert "服务器时钟慢了" in editor.get(f"{OWN}/").text


# --- results


def test_staff_read_the_published_figures_and_no_others(app, campaign, editor):
    for number in range(7):
        cast_now(campaign, number, 1)

    words = words_of(editor.get(f"{OWN}/results"))

    assert "1 01 第1镇 5" in words  # the tally after five; two more ballots wait for the next


def test_hidden_figures_are_hidden_from_staff_and_exports(app, editor):
    now = clock.now()
    campaign = make_campaign(
        slug="hidden", results="hidden", opens=now - timedelta(1), closes=now + timedelta(1)
    )
    for number in range(7):
        cast_now(campaign, number, 1)

    page = editor.get("/admin/c/hidden/results")
    table = list(csv.reader(io.StringIO(editor.get("/admin/c/hidden/results.csv").text[1:])))

    assert "工作人员也看不到" in page.text
    assert {(row[3], row[4]) for row in table[1:7]} == {("", "")}


def test_exports_hold_no_formula(app, campaign, editor):
    with writing():
        listing.candidate_numbered(campaign.id, 1).name = "=1+1"

    table = list(csv.reader(io.StringIO(editor.get(f"{OWN}/results.csv").text[1:])))
    terms = CalamineWorkbook.from_filelike(io.BytesIO(editor.get(f"{OWN}/results.xlsx").data))

    assert table[1][1] == "'=1+1"
    assert terms.get_sheet_by_index(0).to_python()[1][1] == "=1+1"
    assert [line.action for line in audit.entries([campaign.id])] == ["export", "export"]


# --- the roster


def test_new_codes_come_once_and_the_list_shows_used_or_not(app, editor):
    now = clock.now()
    campaign = make_campaign(
        slug="invited", eligibility="roster", opens=now - timedelta(1), closes=now + timedelta(1)
    )
    path = "/admin/c/invited/roster"

    answer = post_form(editor, path, labels="甲\n乙\n")
    table = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    again = post_form(editor, path, labels="甲\n乙\n")
    roster.redeem(campaign.id, voters.voter_key(campaign.id, voter(1)), table[1][1])

    assert [row[0] for row in table] == ["label", "甲", "乙"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="invited-codes.csv"'
    assert again.status_code == 303
    words = words_of(editor.get(path))
    assert "甲 已用 乙 没有用" in words
    assert table[2][1] not in words


def test_roster_comes_from_a_file_and_faults_keep_it_as_it_was(app, editor):
    now = clock.now()
    make_campaign(slug="invited", eligibility="roster", opens=now, closes=now + timedelta(1))
    path = "/admin/c/invited/roster"

    made = post_form(editor, path, file=(io.BytesIO("label\n甲\n=乙\n".encode()), "roster.csv"))
    faulty = post_form(editor, path, file=(io.BytesIO(b"\xff\xfe\x00"), "roster.csv"))

    assert [row.split(",")[0] for row in made.data.decode("utf-8-sig").splitlines()] == [
        "label",
        "甲",
        "'=乙",
    ]
    assert faulty.status_code == 422
    assert "甲 没有用" in words_of(editor.get(path))


def test_campaign_for_anyone_has_no_roster(app, campaign, editor):
    assert editor.get(f"{OWN}/roster").status_code == 404


# --- accounts


def test_new_account_shows_its_password_once(app, owner, campaign):
    answer = post_form(
        owner,
        "/admin/accounts",
        name="wang",
        display_name="王敏",
        role="reviewer",
        campaign="xiangzhen-2026",
    )
    password = re.search(r'class="code num">([^<]+)<', answer.text)[1]

    made = people.by_name("wang")
    assert made.roles_in(campaign.id) == {"reviewer"}
    assert password not in owner.get(f"/admin/accounts/{made.id}").text
    assert browser_of(app, "wang", password).get(f"{OWN}/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"name": "x"}, {"role": "king"}, {"campaign": "unknown"}, {"display_name": "长" * 41}],
)
def test_faulty_account_is_not_made(app, owner, changes):
    form = {"name": "wang", "display_name": "王敏", "role": "editor", "campaign": ""} | changes

    answer = post_form(owner, "/admin/accounts", **form)

    assert answer.status_code == 422
    assert len(people.everybody()) == 1


def test_last_owner_cannot_lock_everybody_out(app, owner):
    root = people.by_name("root")

    closed = post_form(owner, f"/admin/accounts/{root.id}/state", disabled="1")
    revoked = post_form(owner, f"/admin/accounts/{root.id}/grants/{root.grants[0].id}/revoke")

    assert (closed.status_code, revoked.status_code) == (409, 409)
    assert owner.get("/admin/accounts").status_code == 200


def test_revoked_role_is_gone_at_once(app, owner, campaign):
    zhou = make_staff("zhou", "editor", campaign=campaign)
    client = browser_of(app, "zhou")
    assert client.get(f"{OWN}/").status_code == 200

    post_form(owner, f"/admin/accounts/{zhou.id}/grants/{zhou.grants[0].id}/revoke")

    assert client.get(f"{OWN}/").status_code == 404


def test_grant_of_another_account_is_not_revoked_by_its_number(app, owner):
    zhou, zheng = make_staff("zhou", "editor"), make_staff("zheng", "editor")

    answer = post_form(owner, f"/admin/accounts/{zhou.id}/grants/{zheng.grants[0].id}/revoke")

    assert answer.status_code == 404
    assert len(zheng.grants) == 1


# --- audit


def test_auditor_of_one_campaign_reads_its_lines_only(app, campaign, draft, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="甲")
    post_form(editor, "/admin/c/draft-2026/candidates/1", summary="乙")
    make_staff("shen", "auditor", campaign=campaign)

    words = words_of(browser_of(app, "shen").get("/admin/audit"))

    assert words.count("修改") == 1
    assert "登录" not in words.partition("字段")[2]


def test_audit_log_says_when_its_chain_is_broken(app, owner):
    tamper("UPDATE audit_entries SET action = 'other' WHERE n = 1")

    assert "第 1 条对不上。" in owner.get("/admin/audit").text


def test_audit_log_holds_no_words(app, campaign, editor):
    post_form(editor, f"{OWN}/candidates/1", summary="内部材料甲乙丙")

    lines = audit.entries(None)

    assert not any("甲乙丙" in f"{line.fields}{line.row_id}{line.action}" for line in lines)
