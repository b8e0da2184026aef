"""`flask campaign`: what an operator types and reads."""

import stat

import pytest

from tests.support.folders import MINIMAL, make_folder, make_full_folder, toml_with
from votesite.clock import minute, now
from votesite.domain.campaigns import listing
from votesite.domain.candidates.listing import candidates_of
from votesite.extensions import db

FUTURE = MINIMAL.replace("2026-11-12", "2198-11-12").replace("2026-12-12", "2198-12-12")


@pytest.fixture
def run(app):
    def run(*arguments):
        result = app.test_cli_runner().invoke(args=["campaign", *map(str, arguments)])
        db.session.rollback()
        return result

    return run


def test_load_makes_a_draft_and_says_so(run, tmp_path):
    result = run("load", make_folder(tmp_path / "f", FUTURE))

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "xiangzhen-2026: loaded, 2 candidates, draft\n"
    assert listing.find("xiangzhen-2026").is_published is False


def test_load_with_publish_shows_it_to_the_public(run, tmp_path):
    folder = make_folder(tmp_path / "f", FUTURE)
    run("load", folder)

    result = run("load", folder, "--publish")

    assert result.stdout == "xiangzhen-2026: updated, 2 candidates, published\n"
    assert listing.find("xiangzhen-2026").published_at[:10] == minute(now())[:10]


@pytest.mark.parametrize("command", ["load", "check"])
def test_faults_are_lines_on_stderr_and_exit_1(run, tmp_path, command):
    toml = toml_with("ballots = 1", "ballots = 0", FUTURE)
    bodies = "name,category\n甲,乡振\n ,城郊乡镇\n"

    result = run(command, make_folder(tmp_path / "f", toml, bodies))

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines() == [
        "campaign.toml: ballot.ballots: must be from 1 to 1000",
        'candidates.csv:2: category "乡振" is not in campaign.toml',
        "candidates.csv:3: name is blank",
    ]
    assert listing.find("xiangzhen-2026") is None


def test_check_stores_nothing(run, tmp_path):
    folder = make_folder(tmp_path / "f", FUTURE)

    result = run("check", folder)

    assert (result.exit_code, result.stdout) == (0, f"{folder}: no faults, 2 candidates\n")
    assert listing.find("xiangzhen-2026") is None


def test_publishing_too_late_is_a_fault_of_load_and_check_alike(run, tmp_path):
    folder = make_folder(tmp_path / "f", FUTURE.replace("2198", "2020"))
    line = "campaign.toml: schedule.voting: is over, too late to publish\n"

    assert run("check", folder).stderr == line
    assert run("load", folder, "--publish").stderr == line
    assert run("load", folder).exit_code == 0


def test_folder_that_is_not_there_is_a_line_too(run, tmp_path):
    result = run("load", tmp_path / "none")

    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path / 'none'}: there is no such folder\n"


def test_roster_codes_are_handed_over_once_in_a_file_for_the_operator_alone(run, app, tmp_path):
    toml = toml_with("ballots = 1", 'ballots = 1\neligibility = "roster"', FUTURE)
    folder = make_folder(tmp_path / "f", toml)
    (folder / "roster.csv").write_text("label\n张三\n=李四\n", encoding="utf-8")

    first = run("load", folder).stdout.splitlines()
    second = run("load", folder).stdout.splitlines()

    path = tmp_path / "roster-codes-xiangzhen-2026.csv"
    rows = path.read_text("utf-8-sig").splitlines()
    assert first[1] == f"2 roster codes, shown nowhere else: {path}"
    assert len(second) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [row.split(",")[0] for row in rows] == ["label", "张三", "'=李四"]
    assert {len(row.split(",")[1]) for row in rows[1:]} == {14}


def test_export_writes_a_folder_that_loads(run, tmp_path):
    folder = make_full_folder(tmp_path / "f")
    run("load", folder)

    result = run("export", "xiangzhen-2026", tmp_path / "exported")

    assert result.stdout == f"xiangzhen-2026: written to {tmp_path / 'exported'}\n"
    assert run("load", tmp_path / "exported").exit_code == 0
    campaign = listing.find("xiangzhen-2026")
    assert [body.no for body in candidates_of(campaign.id)] == [1, 2, 7]


def test_export_without_a_folder_writes_one_named_by_the_slug(run, tmp_path, monkeypatch):
    run("load", make_folder(tmp_path / "f", FUTURE))
    monkeypatch.chdir(tmp_path)

    result = run("export", "xiangzhen-2026")

    assert result.stdout == "xiangzhen-2026: written to xiangzhen-2026\n"
    assert (tmp_path / "xiangzhen-2026" / "campaign.toml").is_file()


def test_export_of_an_unknown_campaign_is_refused(run, tmp_path):
    result = run("export", "nothing", tmp_path / "exported")

    assert result.exit_code == 1
    assert "there is no campaign nothing" in result.stderr
    assert not (tmp_path / "exported").exists()


def test_export_into_a_folder_with_files_is_refused(run, tmp_path):
    folder = make_folder(tmp_path / "f", FUTURE)
    run("load", folder)

    result = run("export", "xiangzhen-2026", folder)

    assert (result.exit_code, result.stderr) == (1, f"{folder}: is not empty\n")
