"""A fresh Debian to type a page's commands on: own mounts over this machine's folders, own network.

What the commands write into /etc, /opt, /var and /run is gone afterwards, and no command reaches
the network. Everything is real but what would govern the machine itself or ask others: `apt-get`,
`systemctl`, `journalctl`, `timedatectl`, `ufw` and `certbot`, and PyPI, for which the packages of
this environment stand in.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.servers import ROOT

PACKAGES = Path(sys.prefix).resolve()
REPOSITORY = "https://git.example.gov.cn/votesite.git"
STAND_INS = Path(__file__).with_name("stand_ins.py")
NAMES = ("apt-get", "systemctl", "journalctl", "timedatectl", "ufw", "certbot")
MACHINE = """
set -e
mount -t tmpfs none {work}
overlay() {{
    mkdir -p {work}/$1/up {work}/$1/work
    mount -t overlay overlay -o lowerdir="$2",upperdir={work}/$1/up,workdir={work}/$1/work "$3"
}}
for folder in {folders}; do overlay $folder /$folder /$folder; done
chmod o+x {way_to_python}
mount -t tmpfs none /run
rm -rf /var/lib/nginx/* /var/log/nginx/* /var/cache/nginx # what other runs have left
ip link set lo up
packages_of_pypi() {{ # make install finds them in place
    mkdir /opt/votesite/.venv
    overlay packages {packages} /opt/votesite/.venv
    for program in flask gunicorn pybabel; do
        sed -i '1s|^#!.*|#!/opt/votesite/.venv/bin/python|' /opt/votesite/.venv/bin/$program
    done
    touch /opt/votesite/.venv/.runtime
}}
cd /
"""


@dataclass(frozen=True)
class Typed:
    """What came of it: the exit code, everything printed, and the calls of stand-ins in order."""

    code: int
    said: str
    calls: tuple[str, ...]

    def shown(self, name):
        """What the script showed under a name with `show NAME COMMAND …`."""
        return re.search(rf"(?ms)^<<{re.escape(name)}\n(.*?)^>>$", self.said)[1].strip()


def repository(folder):
    """A repository with this checkout's files as they are now, and a newer version to pull."""
    place = folder / "repository"
    git = ["git", "--git-dir", place, "--work-tree", ROOT]
    who = ["-c", "user.name=a", "-c", "user.email=a@example.cn"]
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "--all", "--", "."],
        [*who, "commit", "--quiet", "--message", "The version that is installed"],
    ):
        subprocess.run([*git, *command], check=True, cwd=ROOT, env=_environment(folder))
    return place


def type_commands(folder, script):
    """Run a script of bash as root of a fresh machine; `show` prints what a test asks for."""
    bin_folder, work = folder / "bin", folder / "machine"
    bin_folder.mkdir()
    work.mkdir()
    for name in NAMES:
        program = bin_folder / name
        program.write_text(f"#!{sys.executable} -I\n{STAND_INS.read_text()}")
        program.chmod(0o755)
    show = 'show() { echo "<<$1"; shift; "$@"; echo ">>"; }\n'
    python = Path(sys.base_prefix).resolve()  # may lie in a home that is closed to the site's user
    machine = MACHINE.format(
        work=shlex.quote(str(work)),
        packages=shlex.quote(str(PACKAGES)),
        folders=" ".join(sorted({"etc", "opt", "var", python.parts[1]})),
        way_to_python=shlex.join(map(str, [python, *python.parents][:-1])),
    )
    own = [] if os.geteuid() == 0 else ["--user", "--map-root-user", "--map-auto"]
    done = subprocess.run(
        ["unshare", *own, "--mount", "--net", "--pid", "--fork", "--kill-child", "bash"],
        input=machine + show + script,
        env=_environment(folder) | {"PATH": f"{bin_folder}:/usr/sbin:/usr/bin:/sbin:/bin"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=400,
    )
    calls = folder / "calls"
    made = calls.read_text().splitlines() if calls.exists() else []
    return Typed(done.returncode, done.stdout, tuple(made))


def _environment(folder):
    """An administrator who has just signed in: no settings of git, none of the site's."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "LANG": "C.UTF-8",
        "CALLS": str(folder / "calls"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{folder / 'repository'}.insteadOf",
        "GIT_CONFIG_VALUE_0": REPOSITORY,
    }
