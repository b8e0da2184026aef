"""What `apt-get`, `systemctl`, `certbot` and their like do on the fresh machine of a test.

Copied under each of their names. Every call is noted in the file that CALLS names. What the page
relies on is done: Debian starts nginx when it is installed; a unit's commands run in order, as its
user, in its folder; certbot's authority asks for the challenge over port 80.
"""

import itertools
import os
import pwd
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

UNITS = Path("/etc/systemd/system")
RUNNING = Path("/run/votesite-test.pid")
DEADLINE = 60


def act_as_the_program():
    """Note the call and do what this program would."""
    name, arguments = Path(sys.argv[0]).name, sys.argv[1:]
    with Path(os.environ["CALLS"]).open("a") as calls:
        calls.write(" ".join([name, *arguments]) + "\n")
    if name == "apt-get" and "install" in arguments and "nginx" in arguments:
        subprocess.run(["nginx"], check=True)
    if name == "certbot":
        certify(arguments)
    if name == "systemctl":
        verb, *units = [word for word in arguments if not word.startswith("--")] or ["status"]
        if verb == "reload" and units == ["nginx"]:
            reload_nginx()
        elif verb in ("start", "stop", "restart", "enable"):
            for unit in units:
                {"stop": stop_unit}.get(verb, start_unit)(
                    unit if "." in unit else f"{unit}.service"
                )


def reload_nginx():
    """Reload it, and wait for its new processes: nobody types the next command within the second."""
    before = nginx_processes()
    subprocess.run(["nginx", "-s", "reload"], check=True)
    deadline = time.monotonic() + DEADLINE
    while nginx_processes() <= before and time.monotonic() < deadline:
        time.sleep(0.1)


def nginx_processes():
    """The numbers of nginx's processes, old and new."""
    found = subprocess.run(["pgrep", "-x", "nginx"], stdout=subprocess.PIPE, text=True, check=False)
    return set(found.stdout.split())


def lines_of(unit, key):
    """The values of a key in a unit's file; the file must have been put in its place."""
    text = (UNITS / unit).read_text().splitlines()
    return [line.partition("=")[2] for line in text if line.startswith(f"{key}=")]


def start_unit(unit):
    """Run a unit's commands: those of a service that stays go on in the background."""
    if unit.endswith(".timer"):
        lines_of(unit.replace(".timer", ".service"), "ExecStart")
        lines_of(unit, "OnCalendar")
        return
    for command in lines_of(unit, "ExecStartPre"):
        begin(unit, command).wait()
    commands = lines_of(unit, "ExecStart")
    if lines_of(unit, "Type") == ["oneshot"]:
        for command in commands:
            code = begin(unit, command.removeprefix("-")).wait()
            if code and not command.startswith("-"):
                sys.exit(f"{unit}: {command} ended with {code}")
        return
    process = begin(unit, commands[0])
    RUNNING.write_text(str(process.pid))
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", 8000)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"{unit} did not start")


def begin(unit, command):
    """A command as the unit's user, in its folder, with its umask and systemd's environment."""
    [user], [folder] = lines_of(unit, "User"), lines_of(unit, "WorkingDirectory")
    [umask] = lines_of(unit, "UMask")
    home = pwd.getpwnam(user).pw_dir
    return subprocess.Popen(
        ["runuser", "-u", user, "--", "sh", "-c", f"umask {umask}; exec {command}"],
        cwd=folder,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": home},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def stop_unit(unit):
    """End the service that stays: as systemd does, when the last of its processes is gone."""
    if unit != "votesite.service":
        return
    group = int(RUNNING.read_text())
    os.killpg(group, signal.SIGTERM)
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    sys.exit(f"{unit} did not stop")


def certify(arguments):
    """Issue a certificate to whoever answers for the domain on port 80, then run the hook."""
    given = dict(itertools.pairwise(arguments))
    domain, webroot = given["-d"], Path(given["-w"])
    challenge = webroot / ".well-known/acme-challenge/token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("answer")
    asked = urllib.request.Request(
        "http://127.0.0.1/.well-known/acme-challenge/token", headers={"Host": domain}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        if answer.read() != b"answer":
            sys.exit("the challenge was not answered")
    live = Path("/etc/letsencrypt/live") / domain
    live.mkdir(parents=True, mode=0o700)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "90", "-subj", f"/CN={domain}"),
            *("-keyout", live / "privkey.pem", "-out", live / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    subprocess.run(given["--deploy-hook"], shell=True, check=True)


if __name__ == "__main__":
    act_as_the_program()
