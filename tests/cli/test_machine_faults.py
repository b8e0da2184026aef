"""What the machine refuses is told in one sentence, by every command and at the start."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from tests.support.rights import obey_rights
from tests.support.site import settings_for
from votesite.cli import machine_faults
from votesite.errors import Busy

ROOT = Path(__file__).parent.parent.parent
NOBODY = 65534
COMMANDS = [
    ["doctor"],
    ["db", "upgrade"],
    ["staff", "create", "wangfang", "--role", "owner"],
    ["staff", "security-log"],
    ["campaign", "export", "xiangzhen-2026"],
    ["ledger", "check"],
    ["integrity", "scan"],
    ["purge"],
    ["rotate-keys"],
    ["media-work"],
]


def flask(instance, *arguments, preexec=obey_rights, **changes):
    """Run a command in a process of its own, with only these settings."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("VOTESITE_")}
    values = settings_for(instance, **changes)
    return subprocess.run(
        [Path(sys.executable).parent / "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**own, "FLASK_SKIP_DOTENV": "1", **{f"VOTESITE_{k}": v for k, v in values.items()}},
        preexec_fn=preexec,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def the_fault(done):
    """The one sentence that a command failed with."""
    assert done.returncode in (1, 3), done.stderr
    told = [line for line in done.stdout.splitlines() if line.startswith("FAULT")]
    errors = [line for line in done.stderr.splitlines() if line.strip()]
    assert "Traceback" not in done.stdout + done.stderr
    if told:
        return "\n".join(told)
    if errors[0] == "The site cannot start:":
        errors = errors[1:]
    assert len(errors) == 1, done.stderr
    return errors[0]


@pytest.mark.sqlite
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_that_the_database_has_no_tables(tmp_path, command):
    if command == ["db", "upgrade"]:
        (tmp_path / "votesite.db").mkdir()
        assert "The database in" in the_fault(flask(tmp_path, *command))
        return
    expected = "run `flask --app wsgi db upgrade`"

    assert expected in the_fault(flask(tmp_path, *command))


@pytest.mark.sqlite
@pytest.mark.parametrize("command", COMMANDS[:3], ids=" ".join)
def test_file_that_is_no_database_is_named(tmp_path, command):
    (tmp_path / "votesite.db").write_bytes(b"torn by a power cut" * 400)

    assert "database" in the_fault(flask(tmp_path, *command)).lower()


def test_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()

    fault = the_fault(flask(tmp_path / "file" / "instance", "doctor"))

    assert f"{tmp_path / 'file' / 'instance'} cannot be used by the user" in fault
    assert "not a directory" in fault


def test_server_halts_with_the_sentence_too(tmp_path):
    (tmp_path / "file").touch()
    values = settings_for(tmp_path / "file" / "instance")
    own = {key: value for key, value in os.environ.items() if not key.startswith("VOTESITE_")}

    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=ROOT,
        env={**own, **{f"VOTESITE_{k}": v for k, v in values.items()}},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 3
    assert "cannot be used by the user" in the_fault(done)


@pytest.mark.sqlite
@pytest.mark.parametrize("command", [*COMMANDS[:3], ["backup"]], ids=" ".join)
def test_database_that_this_user_may_not_use_is_named(tmp_path, command):
    assert flask(tmp_path, "db", "upgrade").returncode == 0
    belongs_to_another(tmp_path / "votesite.db")

    assert "user" in the_fault(flask(tmp_path, *command))


@pytest.mark.parametrize("command", [["doctor"], ["ledger", "check"]], ids=" ".join)
def test_folder_that_this_user_may_not_use_is_named(tmp_path, command):
    instance = tmp_path / "instance"
    instance.mkdir(0)

    fault = the_fault(flask(instance, *command))

    assert str(instance) in fault
    instance.chmod(0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize("command", [["doctor"], ["db", "upgrade"]], ids=" ".join)
def test_root_leaves_nothing_that_the_site_could_not_use(tmp_path, command):
    instance = tmp_path / "instance"
    instance.mkdir()
    os.chown(instance, NOBODY, NOBODY)

    fault = the_fault(flask(instance, *command, preexec=None))
    listed = flask(instance, "--help", preexec=None)

    assert "belongs to the user nobody: put `runuser -u nobody --` before the command" in fault
    assert (listed.returncode, "doctor" in listed.stdout) == (0, True)
    assert list(instance.iterdir()) == []


def belongs_to_another(path):
    """Take a file or folder from this test's user."""
    path.chmod(0)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/etc/shadow-"), "/etc/shadow-"),
        (
            FileNotFoundError(errno.ENOENT, "No such file", "/nowhere/a"),
            "/nowhere/a cannot be used",
        ),
        (FileNotFoundError(errno.ENOENT, "No such file", "pg_dump"), "pg_dump cannot be used"),
        (OSError(errno.ENOSPC, "No space left on device"), "No space is left"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "readonly database"),
        (
            OperationalError("SELECT", {}, sqlite3.OperationalError("no such table: staff")),
            "db upgrade",
        ),
        (Busy(is_stuck=True), "takes no writes"),
    ],
)
def test_fault_of_the_machine_has_a_sentence(fault, said):
    assert said in machine_faults.sentence(fault)


@pytest.mark.parametrize(
    "fault",
    [
        ValueError("a mistake of ours"),
        IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE constraint failed")),
        sqlite3.ProgrammingError("wrong number of bindings"),
        BrokenPipeError(errno.EPIPE, "Broken pipe"),
    ],
)
def test_mistake_of_ours_keeps_its_traceback(fault):
    assert machine_faults.sentence(fault) == ""


@pytest.mark.parametrize("arguments", [["--help"], ["staff", "--help"], ["doctor", "--help"]])
def test_help_needs_no_settings(tmp_path, arguments):
    done = flask(tmp_path, *arguments, SECRET_KEY="", MASTER_KEY="")

    assert done.returncode == 0
    assert "Usage: flask" in done.stdout
    assert done.stderr == ""


def test_help_lists_the_sites_commands_and_version_needs_nothing(tmp_path):
    listed = flask(tmp_path, "--help", SECRET_KEY="").stdout

    assert {"doctor", "staff", "campaign", "ledger", "backup"} <= set(listed.split())
    assert flask(tmp_path, "--version", SECRET_KEY="").returncode == 0


def test_help_reads_the_settings_beside_the_program(tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    for name in ("votesite", "migrations"):
        (site / name).symlink_to(ROOT / name)
    for name in ("wsgi.py", "settings_file.py"):
        shutil.copy(ROOT / name, site)
    values = settings_for(tmp_path / "instance")
    (site / ".env").write_text("".join(f"VOTESITE_{k}={v}\n" for k, v in values.items()))
    own = {key: value for key, value in os.environ.items() if not key.startswith("VOTESITE_")}

    done = subprocess.run(
        [Path(sys.executable).parent / "flask", "--app", "wsgi", "--help"],
        cwd=site,
        env=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "instance").is_dir()
