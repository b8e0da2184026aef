"""slowhttptest: 300 slow connections in three ways, through nginx as deploy/nginx.conf sets it up.

The control is gunicorn without nginx: it must go down, or the attack proves nothing.
"""

import re
import resource
from pathlib import Path
from urllib.parse import urlsplit

from bench.attack import programs
from bench.attack.target import Target
from bench.report import Report
from tests.support.live import free_port
from tests.support.nginx import nginx

CONNECTIONS = 300
WAYS = {
    "headers": ["-H", "-i", "5"],
    "body": ["-B", "-i", "5", "-s", "8192", "-t", "POST"],
    "reading": ["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"],
}
PATHS = {"headers": "/c/xiangzhen-2026/", "body": "/c/xiangzhen-2026/ballot"}
SHORT, LONG = 12, 120  # seconds


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """All three ways at the site behind nginx, slow headers at the control."""
    program, report = programs.debian("slowhttptest"), Report("slow")
    seconds = LONG if is_long else SHORT
    _allow_many_files()
    https = free_port()
    with nginx(folder, https, urlsplit(site.url).port):
        for way in WAYS:
            path = PATHS.get(way, "/c/xiangzhen-2026/")
            stood = _attack(program, f"https://localhost:{https}{path}", way, folder, seconds)
            report.figures[f"{CONNECTIONS} slow {way} through nginx"] = stood
            report.promise(stood == "YES", f"slow {way}: the site was not available")
    stood = _attack(program, control.url, "headers", folder, SHORT)
    report.figures[f"{CONNECTIONS} slow headers at naked gunicorn (control)"] = stood
    report.promise(stood == "NO", "the control stood: the attack is too weak to tell")
    return report


def _attack(program: str, url: str, way: str, folder: Path, seconds: int) -> str:
    """`YES` or `NO`: whether the service was available at the end, as the program says."""
    command = [program, "-c", str(CONNECTIONS), *WAYS[way], "-r", "100", "-p", "3"]
    said = programs.run([*command, "-l", str(seconds), "-u", url], folder, seconds + 30)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", said)
    found = re.findall(r"service available:\s+(YES|NO)", plain)
    return found[-1] if found else f"nothing understood: {plain[-200:]!r}"


def _allow_many_files() -> None:
    """Each connection is a file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
