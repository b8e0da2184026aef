"""`.env`: read by both ways of start, and what is wrong with it is a sentence, never a traceback."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.rights import obey_rights
from tests.support.site import settings_for
from tools import flask_command

ROOT = Path(__file__).parent.parent
WAYS = ("command", "server")
GOOD = "VOTESITE_MODE=test\n"
SPOILT = {
    "utf-16": (f"{GOOD}A=b\n".encode("utf-16"), "Line 1 of", "is not UTF-8"),
    "gbk": (f"{GOOD}# 云岭市\n".encode("gbk"), "Line 2 of", "is not UTF-8"),
    "nul": (f"{GOOD}\nA=b\0c\n".encode(), "Line 3 of", "holds a NUL"),
    "utf-16 without its mark": (GOOD.encode("utf-16-le"), "Line 1 of", "holds a NUL"),
    "half a quotation": (f'{GOOD}A="b\n'.encode(), "Line 2 of", "is no setting"),
}


@pytest.fixture
def folder(tmp_path):
    """A site's folder without settings, and with the command that `make install` writes."""
    place = tmp_path / "site"
    place.mkdir()
    for name in ("votesite", "migrations"):
        (place / name).symlink_to(ROOT / name)
    for name in ("wsgi.py", "gunicorn.conf.py", "settings_file.py"):
        shutil.copy(ROOT / name, place)
    flask_command.write(place / "flask")
    return place


def started(folder, way, *words, **environment):
    """Start the site in its folder, in a process that has no more rights than its user."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("VOTESITE_")}
    server = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    ways = {"command": ["./flask", "--app", "wsgi", *(words or ("doctor",))], "server": server}
    return subprocess.run(
        ways[way],
        cwd=folder,
        env={**own, **environment},
        preexec_fn=obey_rights,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("spoilt", SPOILT)
def test_spoilt_settings_are_told_by_line(folder, way, spoilt):
    content, *said = SPOILT[spoilt]
    (folder / ".env").write_bytes(content)

    done = started(folder, way)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert [words in done.stderr for words in (*said, str(folder / ".env"))] == [True] * 3


@pytest.mark.parametrize("way", WAYS)
def test_settings_of_another_user_are_told(folder, way):
    env = folder / ".env"
    env.write_text(GOOD)
    env.chmod(0)

    done = started(folder, way)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {env} cannot be read by the user ")
    assert "mode 640 (docs/deploy.md, section 2)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_settings_are_read_and_the_environment_goes_first(folder, tmp_path):
    values = settings_for(tmp_path / "instance")
    lines = [f"VOTESITE_{key}={value}\n" for key, value in values.items()]
    (folder / ".env").write_text("\ufeff# 云岭市\n" + "".join(lines), encoding="utf-8")

    upgraded = started(folder, "command", "db", "upgrade")
    refused = started(folder, "command", VOTESITE_MODE="nonsense")

    assert upgraded.returncode == 0, upgraded.stderr
    assert (tmp_path / "instance" / "votesite.db").is_file()
    assert "VOTESITE_MODE" in refused.stderr


def test_demo_reads_no_settings_of_a_site_beside_it(folder, tmp_path):
    (folder / ".env").write_bytes(b"\xff\xfe")

    done = started(folder, "command", "--help", VOTESITE_MODE="demo")

    assert (done.returncode, done.stderr) == (0, "")
