"""The demo: complete folders, finished pictures, and a story that follows the rules of real use."""

import csv
import hashlib
import io
import json
import re
import socket
import stat
import subprocess
import sys
from datetime import date, datetime, timedelta

import pytest
from PIL import Image, ImageChops, ImageStat
from sqlalchemy import text

from tests.support.factories import make_campaign
from tests.support.site import make_app
from tests.support.staffing import sign_in_as_staff
from tests.support.stored import rows
from tests.support.voters import voter_session
from tools.demo_pictures.pictures import SIZE, named_pictures, paint
from votesite import clock, extensions
from votesite.cli.demo.crowd import Crowd, Taste
from votesite.cli.demo.folders import FINISHED, HOME, NOMINATING, SLUGS, VOTING, fill_in, lay_out
from votesite.cli.demo.honours import course_from
from votesite.cli.demo.timeline import StoryClock
from votesite.clock import CST
from votesite.domain.campaigns.listing import find
from votesite.domain.candidates import listing
from votesite.domain.hearing import hearings, papers
from votesite.domain.integrity import appeals, cases
from votesite.domain.ledger import archive, cosignatures, honours, publication, self_check
from votesite.domain.ledger.proceedings import proceedings
from votesite.domain.nominations import queries
from votesite.domain.operations import site
from votesite.domain.results import tallies
from votesite.domain.scoring import drafts, judges, practice
from votesite.domain.setup.folder.loading import check_folder
from votesite.domain.staff import people
from votesite.domain.surveys import answering
from votesite.domain.surveys.listing import how_many, surveys_of
from votesite.extensions import db
from votesite.models.hearing import Objection
from votesite.models.scoring import SealedSheet
from votesite.models.staff import SigningKey
from votesite.wechat.sandbox.identifiers import Identifiers
from votesite.wechat.sandbox.personas import VOIDED

NOW = datetime(2026, 11, 24, 15, 20, tzinfo=CST)
TEXTS = re.compile(r"[^。；\n]{10,}")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A site seeded with a crowd of a fiftieth, and what the command said; only to be read."""
    app = make_app(tmp_path_factory.mktemp("city"))
    outcome = app.test_cli_runner().invoke(args=["demo", "seed", "--scale", "0.02"])
    assert outcome.exit_code == 0, outcome.output
    return app, outcome.output


@pytest.fixture
def seeded(city):
    """The seeded site, its context pushed."""
    app, _ = city
    with app.app_context():
        yield app
        db.session.remove()
    with app.app_context():
        db.engine.dispose()


def log_of(slug):
    rows = db.session.execute(
        text(
            "SELECT body FROM log_entries JOIN campaigns ON campaigns.id = campaign_id"
            " WHERE slug = :slug ORDER BY n"
        ),
        {"slug": slug},
    )
    return [json.loads(row[0]) for row in rows]


def seeded_store():
    return extensions.site().store


def open_sheet_of(tx, campaign_id, n):
    row = rows_by_n(SealedSheet)[campaign_id, n]
    return honours.open_sheet(campaign_id, n, row.sealed)


def rows_by_n(table):
    return {(row.campaign_id, row.n): row for row in rows(table)}


def folder_offset(phase, edge):
    """How many days after the seeding a phase of the finished campaign begins or ends."""
    written = (HOME / FINISHED / "campaign.toml").read_text(encoding="utf-8")
    line = re.search(rf"^{phase} = (.*)$", written, re.M)[1]
    return int(re.findall(r"\{\{([+-]\d+) ", line)[edge])


def rows_of(slug):
    with (HOME / slug / "candidates.csv").open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("on", [date(2026, 11, 24), date(2028, 2, 29), date(2027, 1, 1)])
def test_folder_is_without_faults_on_any_day(app, tmp_path, slug, on):
    folder = lay_out(slug, tmp_path / "folders", on)
    before_publication = folder.window("publicity")[0]

    content = check_folder(folder.path, clock=lambda: before_publication)

    assert content.settings.slug == slug
    assert len(content.surveys) == (0 if slug == NOMINATING else 1)


@pytest.mark.parametrize(
    ("slug", "count", "categories"), [(VOTING, 30, 3), (NOMINATING, 6, 3), (FINISHED, 16, 2)]
)
def test_every_candidate_has_every_text(slug, count, categories):
    rows = rows_of(slug)

    assert len(rows) == count
    assert len({row["category"] for row in rows}) == categories
    assert [
        (row["name"], key)
        for row in rows
        for key, cell in row.items()
        if not cell.strip() and key not in ("image", "video")
    ] == []
    assert 0 < sum(not row["image"] for row in rows) <= count / 5


def test_no_sentence_stands_twice():
    cells = [
        cell
        for slug in SLUGS
        for row in rows_of(slug)
        for key, cell in row.items()
        if key not in ("category", "image", "region")
    ]
    sentences = [found for cell in cells for found in TEXTS.findall(cell)]

    assert len(sentences) > 400
    assert sorted(sentences) == sorted(set(sentences))


def test_dates_are_offsets_from_the_day_of_seeding():
    filled = fill_in('["{{-11 09:00}}", "{{+20 18:00}}"] 〔{{-41 year}}〕', date(2027, 1, 5))

    assert filled == '["2026-12-25 09:00", "2027-01-25 18:00"] 〔2026〕'


def test_every_named_picture_lies_beside_its_folder_and_no_other():
    named = named_pictures()

    assert len(named) == 70
    assert sorted(HOME.rglob("*.webp")) == sorted(named)


def test_pictures_are_as_large_as_the_site_keeps_them_and_together_below_two_megabytes():
    shapes = set()
    for path in named_pictures():
        with Image.open(path) as picture:
            shapes.add((picture.format, picture.size))

    assert shapes == {("WEBP", SIZE)}
    assert sum(path.stat().st_size for path in named_pictures()) < 2_000_000


@pytest.mark.parametrize("name", ["11-village-summer", "08-columns-dusk", "27-forest-snow"])
def test_painters_still_paint_the_picture_that_lies_there(name):
    (path,) = (path for path in named_pictures() if path.stem == name)
    with Image.open(path) as lying, Image.open(io.BytesIO(paint(name))) as painted:
        difference = ImageChops.difference(lying.convert("RGB"), painted.convert("RGB"))

    assert max(ImageStat.Stat(difference).mean) < 1


def test_story_clock_never_goes_back_nor_beyond_its_end():
    story = StoryClock(NOW)

    story.go_to(NOW - timedelta(hours=2), NOW - timedelta(hours=3), NOW + timedelta(hours=1))

    assert [story(), story(), story(), story()] == [
        NOW - timedelta(hours=2),
        NOW - timedelta(hours=2),
        NOW,
        NOW,
    ]


def test_story_clock_does_not_lag_behind_an_act_that_never_looked_at_it():
    story = StoryClock(NOW)
    story.go_to(NOW - timedelta(days=2))

    story.go_to(NOW - timedelta(days=1))

    assert story() == NOW - timedelta(days=1)


def test_story_clock_says_when_it_is_read_too_early():
    with pytest.raises(RuntimeError):
        StoryClock(NOW)()


def test_daily_crowd_keeps_to_the_window_sleeps_at_night_and_returns():
    begin = clock.at(clock.day(NOW) - timedelta(days=11), "09:00")

    coming = Crowd().daily(begin, NOW, 1.0)

    moments = [one.at for one in coming]
    assert moments == sorted(moments)
    assert begin <= moments[0]
    assert moments[-1] < NOW
    assert len({(one.voter, clock.day(one.at)) for one in coming}) == len(coming) > 3000
    assert len({one.voter for one in coming}) < len(coming) * 0.8
    night = sum(1 <= moment.hour < 5 for moment in moments)
    evening = sum(19 <= moment.hour < 22 for moment in moments)
    assert night * 10 < evening


def test_taste_fills_the_ballot_that_the_rules_ask_for():
    crowd = Crowd()
    bodies = [(no, "惠企" if no < 9 else "惠民") for no in range(1, 17)]
    taste = Taste("zhengce", bodies, (3, 3), spread=True)

    ballots = [taste.picks(crowd.rng) for _ in range(200)]

    assert {len(set(picks)) for picks in ballots} == {3}
    assert all(min(picks) < 9 <= max(picks) for picks in ballots)


def test_seeding_leaves_three_campaigns_in_their_phases(seeded):
    now = clock.now()
    phases = {slug: find(slug).phase_at(now) for slug in SLUGS}

    assert phases == {VOTING: "voting", NOMINATING: "nomination", FINISHED: "final"}


def test_seeded_log_runs_from_the_opening_to_before_now(seeded):
    times = [entry["t"] for entry in log_of(VOTING)]

    assert times == sorted(times)
    assert times[0][:10] == (clock.day(clock.now()) - timedelta(days=11)).isoformat()
    assert times[-1] < clock.minute(clock.now())
    assert {entry["k"] for entry in log_of(VOTING)} == {
        *("open", "vote", "tally", "void", "judge", "sheet"),
    }


def test_seeded_campaign_shows_a_void_a_hold_an_open_case_and_an_appeal(seeded):
    campaign = find(VOTING)
    (void,) = [entry for entry in log_of(VOTING) if entry["k"] == "void"]

    assert [(case.state, case.ballots) for case in cases.cases_of(campaign.id)] == [
        ("open", 36),
        ("held", 40),
        ("voided", 48),
    ]
    assert (len(void["of"]), len(set(void["by"]))) == (48, 2)
    (appeal,) = appeals.appeals_of(campaign.id)
    assert appeal.n in void["of"]


def test_a_persona_finds_a_voided_ballot_and_the_way_to_appeal(seeded):
    browser = seeded.test_client()
    openid = Identifiers(seeded.extensions["votesite"].settings).openid(VOIDED)
    voter = voter_session(seeded, openid)
    name, _, value = voter.cookie.partition("=")
    browser.set_cookie(name, value)

    own = browser.get("/my/").text
    receipt = re.search(rf'href="(/c/{VOTING}/receipts/[^"]+)"', own)[1]

    assert "已作废" in own
    assert f'href="{receipt}/appeal"' in browser.get(receipt).text


def test_seeded_final_campaign_is_closed_and_its_figures_are_public(seeded):
    log = log_of(FINISHED)
    standing = tallies.published_figures(find(FINISHED).id)

    kinds = [entry["k"] for entry in log]
    assert (kinds[0], kinds.count("vote"), kinds.count("close")) == ("open", 50, 1)
    assert sum(row.votes for row in standing.rows) == 150


def acts_of(slug):
    """What people did in a log, in order: kinds without votes and tallies."""
    return [entry for entry in log_of(slug) if entry["k"] not in ("vote", "tally")]


def test_finished_campaign_went_from_votes_to_honours(seeded):
    kinds = [entry["k"] for entry in acts_of(FINISHED)]

    assert kinds == [
        "open",
        *(["judge"] * 7),
        "signer",
        *(["sheet"] * 7),
        *("data", "panel", "close", "data", "ranking", "notice"),
        *("objection", "objection", "answer", "answer"),
        *("data", "ranking", "notice", "final"),
    ]


def test_one_judge_recused_and_the_others_differ_in_severity(seeded):
    campaign = find(FINISHED)
    with seeded_store().snapshot() as tx:
        state = proceedings(tx, campaign.id)
        sheets = {
            judge: open_sheet_of(tx, campaign.id, entry["n"])
            for judge, entry in state.sheets.items()
        }
    means = {
        judge: sum(sum(scores) for _, scores in sheet) / len(sheet)
        for judge, sheet in sheets.items()
    }

    assert {judge: len(sheet) for judge, sheet in sheets.items()} == {
        **dict.fromkeys(range(1, 7), 16),
        7: 8,
    }
    assert max(means, key=means.get) == 6
    assert min(means, key=means.get) == 3


def test_upheld_objection_led_to_a_second_ranking_and_notice(seeded):
    (upheld, dismissed) = [entry for entry in acts_of(FINISHED) if entry["k"] == "answer"]
    first, second = [entry for entry in acts_of(FINISHED) if entry["k"] == "ranking"]
    with seeded_store().snapshot() as tx:
        campaign_id = find(FINISHED).id
        tables = [
            {row[0]: row for row in json.loads(publication.table(tx, campaign_id, n, "ranking"))}
            for n in (first["n"], second["n"])
        ]

    assert (upheld["outcome"], upheld["effect"]) == ("upheld", "new_ranking")
    assert (dismissed["outcome"], dismissed["effect"]) == ("dismissed", "none")
    assert (first["why"], bool(second["why"])) == ("", True)
    assert [no for no in tables[0] if tables[0][no] != tables[1][no]].count(14) == 1
    assert [table[14][-1] for table in tables] == [934, 9340]


@pytest.mark.skipif(not papers.has_font(), reason="no Chinese font on this machine")
def test_both_notices_have_their_paper(seeded):
    campaign_id = find(FINISHED).id
    notices = [entry["n"] for entry in acts_of(FINISHED) if entry["k"] == "notice"]

    printed = [papers.paper_of(campaign_id, n) for n in notices]

    assert [paper.pdf[:5] for paper in printed] == [b"%PDF-"] * 2
    assert [hashlib.sha256(paper.pdf).hexdigest() for paper in printed] == [
        paper.sha256 for paper in printed
    ]


def test_body_concerned_was_heard_before_the_objection_was_answered(seeded):
    (heard,) = hearings.of_candidate(find(FINISHED).id, 16)
    (_, dismissed) = [entry for entry in acts_of(FINISHED) if entry["k"] == "answer"]

    assert heard.row.replied_at < dismissed["t"]
    assert "23 处公园" in heard.reply


def test_pages_of_the_way_to_the_honours_tell_of_it(seeded):
    client, base = seeded.test_client(), f"/c/{FINISHED}"
    told = {
        path: client.get(f"{base}/{path}", headers={"Accept": "application/json"}).get_json()
        for path in ("award", "notice", "ledger/ranking.json", "ledger/panel.json")
    }
    upheld, dismissed = (
        client.get(f"{base}/objections/{one.code}", headers={"Accept": "application/json"})
        for one in rows(Objection)
    )
    (final,) = [entry for entry in acts_of(FINISHED) if entry["k"] == "final"]

    assert (told["award"]["stage"], told["award"]["n"]) == ("final", final["ranking"])
    assert told["award"]["rows"] == told["ledger/ranking.json"]["rows"]
    assert (told["notice"]["open_objections"], told["notice"]["answered_objections"]) == (0, 2)
    assert told["notice"]["working_days"] == 5
    assert [judge["name"] for judge in told["ledger/panel.json"]][:2] == ["顾明远", "田雨"]
    assert [one.get_json()["status"] for one in (upheld, dismissed)] == ["upheld", "dismissed"]
    assert "小数点错位" in upheld.get_json()["reply"]
    assert "名单已经确定" in client.get(f"{base}/notice").text
    assert "评分" in client.get(f"{base}/ledger/").text


@pytest.mark.parametrize("year", range(2027, 2040))
def test_two_notices_fit_before_any_day_of_seeding(app, year):
    """Days by the calendar: near festivals of a year not yet announced they take longest."""
    end = folder_offset("counting", 1)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(0, 365, 3)]

    late = [
        today
        for today in days
        if course_from(clock.at(today + timedelta(days=end), "09:00"), 5).final
        > clock.at(today, "00:00") - timedelta(hours=3)
    ]

    assert late == []


def test_running_campaign_has_a_panel_at_work(seeded):
    campaign = find(VOTING)
    with seeded_store().snapshot() as tx:
        state = proceedings(tx, campaign.id)
    practised = practice.round_of(campaign.id)

    assert (len(state.judges), sorted(state.sheets), state.panel) == (7, [1, 2, 3], None)
    assert [practised.has_done(judge) for judge in range(1, 8)] == [
        *(True, True, True, False, True, False, False)
    ]
    assert not practised.is_shown


def test_printed_judge_signs_in_and_finds_half_a_sheet(city, seeded):
    name, password = re.search(r"/admin/\s+(\w+)\s+(\S+)\s+judge 评委", city[1]).groups()
    client = seeded.test_client()
    assert sign_in_as_staff(client, name, password).status_code == 303

    page = client.get(f"/admin/c/{VOTING}/scores")
    other = client.get(f"/admin/c/{VOTING}/results")
    task = judges.task_of(find(VOTING), people.by_name(name).id)
    draft = drafts.draft_of(task.judge)

    filled = [no for no in range(1, 31) if draft.score(no, "service")]
    assert (page.status_code, other.status_code) == (200, 403)
    assert filled == list(range(1, 16))


def test_seeded_nominations_are_decided_and_waiting(seeded):
    campaign = find(NOMINATING)

    assert queries.by_status(campaign.id) == {
        "pending": 10,
        "accepted": 7,
        "merged": 1,
        "rejected": 2,
    }
    assert [one.name for one in listing.candidates_of(campaign.id)][6:] == [
        "青禾镇",
        "白鹭乡",
        "松岭乡",
        "莲湖镇",
        "百花岭乡",
    ]


def test_seeded_questionnaire_has_answers_to_every_question(seeded):
    (survey,) = surveys_of(find(FINISHED).id)

    assert how_many(survey.id) == 32
    assert answering.is_open(survey, find(FINISHED), clock.now())


def test_seeding_twice_continues_and_prints_the_same_logins(city, seeded):
    before = len(log_of(VOTING))

    again = seeded.test_cli_runner().invoke(args=["demo", "seed"])

    assert again.exit_code == 0
    assert "Continuing with the demo's data" in again.output
    logins = [line for line in city[1].splitlines() if "/admin/" in line]
    assert len(logins) == 8
    assert [line for line in again.output.splitlines() if "/admin/" in line] == logins
    assert len(log_of(VOTING)) == before


def test_logins_are_kept_for_this_user_alone(seeded):
    path = seeded.extensions["votesite"].settings.instance / "demo-logins.txt"

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_seeded_database_is_marked(seeded):
    assert site.is_demo()


def test_interrupted_seeding_is_not_continued(app):
    site.mark_demo("seeding")

    outcome = app.test_cli_runner().invoke(args=["demo", "seed"])

    assert outcome.exit_code == 1
    assert "demo-fresh" in outcome.output


def test_seeding_keeps_off_a_database_with_other_campaigns(app):
    make_campaign(slug="echt-2026")

    outcome = app.test_cli_runner().invoke(args=["demo", "seed"])

    assert outcome.exit_code == 1
    assert not site.is_demo()


def test_example_folder_loads(app, tmp_path):
    target = tmp_path / "example"
    runner = app.test_cli_runner()

    written = runner.invoke(args=["demo", "folder", str(target)])
    checked = runner.invoke(args=["campaign", "check", str(target)])
    again = runner.invoke(args=["demo", "folder", str(target)])

    assert (written.exit_code, checked.exit_code, again.exit_code) == (0, 0, 1)
    assert "{{" not in (target / "campaign.toml").read_text(encoding="utf-8")
    assert list((target / "media").iterdir())


def test_seeding_tells_how_far_it_is_and_says_the_roles_in_chinese(city):
    _, said = city

    assert [line.strip() for line in said.splitlines() if line.endswith(" %")] == [
        f"{tenth}0 %" for tenth in range(1, 11)
    ]
    assert "owner 管理员" in said


def test_port_in_use_is_said_before_anything_is_seeded(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        site = make_app(tmp_path, MODE="demo", PUBLIC_BASE_URL=f"http://127.0.0.1:{port}")
        outcome = site.test_cli_runner().invoke(args=["demo", "seed"])
    clock.follow(None)

    assert outcome.exit_code == 1
    assert f"make demo PORT={port + 1}" in outcome.output


def test_finished_campaign_is_signed_and_anybody_can_check_it_wholly(seeded):
    campaign = find(FINISHED)
    (signer,) = [entry for entry in log_of(FINISHED) if entry["k"] == "signer"]

    path = archive.path_of(campaign.id, campaign.slug)
    done = subprocess.run(
        [sys.executable, archive.VERIFIER, path], capture_output=True, text=True, check=False
    )

    assert (log_of(FINISHED)[0]["signed"], all(signer["sigs"])) == (1, True)
    assert (done.returncode, "核对无误" in done.stdout, "云岭市审计局" in done.stdout) == (
        0,
        True,
        True,
    ), done.stdout
    assert all(key.removed_at for key in rows(SigningKey))


def test_running_campaign_is_right_as_far_as_can_be_checked_now(seeded):
    campaign = find(VOTING)

    assert [self_check.verify(find(slug).id) for slug in (FINISHED, NOMINATING)] == [None, None]
    assert log_of(VOTING)[0]["signed"] == 0
    assert self_check.verify(campaign.id) is None
    assert find(NOMINATING).signed


def test_auditors_key_lies_ready_for_the_cosigning_program(seeded, tmp_path):
    folder = seeded.extensions["votesite"].settings.instance / "demo-auditor"
    note = tmp_path / "checkpoint"
    note.write_text(publication.latest_checkpoint(find(VOTING).id), encoding="utf-8")

    signed = subprocess.run(
        [sys.executable, archive.COSIGNER, "sign", note],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )

    by = people.by_name("baiyu").id
    taken = cosignatures.cosign(find(VOTING).id, by, signed.stdout)
    assert taken.names == ("云岭市审计局",)
    assert stat.S_IMODE((folder / "cosign.pem").stat().st_mode) == 0o600
