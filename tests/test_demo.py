"""The demo: complete folders, finished pictures, and a story that follows the rules of real use."""

import csv
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
from tests.support.stored import rows
from tests.support.voters import voter_session
from tools.demo_pictures.pictures import SIZE, named_pictures, paint
from votesite import clock
from votesite.cli.demo.crowd import Crowd, Taste
from votesite.cli.demo.folders import FINISHED, HOME, NOMINATING, SLUGS, VOTING, fill_in, lay_out
from votesite.cli.demo.timeline import StoryClock
from votesite.clock import CST
from votesite.domain.campaigns.listing import find
from votesite.domain.candidates import listing
from votesite.domain.integrity import appeals, cases
from votesite.domain.ledger import archive, cosignatures, publication, self_check
from votesite.domain.nominations import queries
from votesite.domain.operations import site
from votesite.domain.results import tallies
from votesite.domain.setup.folder.loading import check_folder
from votesite.domain.staff import people
from votesite.domain.surveys import answering
from votesite.domain.surveys.listing import how_many, surveys_of
from votesite.extensions import db
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
    assert {entry["k"] for entry in log_of(VOTING)} == {"open", "vote", "tally", "void"}


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
    assert (kinds[0], kinds.count("vote"), kinds[-1]) == ("open", 50, "close")
    assert set(kinds) == {"open", "vote", "signer", "close"}
    assert sum(row.votes for row in standing.rows) == 150


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

    assert how_many(survey.id) == 8
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
