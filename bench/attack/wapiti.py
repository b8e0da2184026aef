"""wapiti: crawls the site as a stranger, as a citizen and as the owner, and tries its modules."""

import json
from pathlib import Path

from bench.attack import programs
from bench.attack.target import NOT_PRESSED, Target
from bench.report import Report

MODULES = "xss,permanentxss,sql,redirect,crlf,file,exec,csp,http_headers,cookieflags,csrf,ssrf,xxe"
SHORT, LONG = (30, 6), (600, 60)  # seconds: for crawling, for a module
HOLES = ("SQL Injection", "Reflected Cross Site Scripting", "Open Redirect")
SIMULATOR = "/sandbox/"  # WeChat in demo and test: no part of production, nothing to find there
# A module whose word is not about a hole here, and why.
NO_HOLES = {
    "Secure Flag cookie": "attacked on plain http; tests/services/test_nginx.py has TLS",
    "HTTP Strict Transport Security (HSTS)": "the same",
}


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """Everything that it finds on the site, by everybody; the holes it must find on the control."""
    program, report = programs.python("wapiti3", "wapiti"), Report("wapiti")
    limits = LONG if is_long else SHORT
    for name, visitor in site.visitors.items():
        found = _scan(program, site, visitor.cookie, folder, limits)
        report.figures[f"site, as {name}"] = {kind: len(each) for kind, each in found.items()} or 0
        for kind, places in found.items():
            report.promise(kind in NO_HOLES, f"as {name}: {kind} at {places[:3]}")
    found = _scan(program, control, "", folder, SHORT)
    report.figures["control"] = {kind: len(places) for kind, places in found.items()}
    for hole in HOLES:
        report.promise(hole in found, f"the control's {hole} was not found: the scanner is blind")
    return report


def _scan(
    program: str, target: Target, cookie: str, folder: Path, limits: tuple[int, int]
) -> dict[str, list[str]]:
    """What was found, by kind: the places."""
    crawl, attack = limits
    output = folder / "wapiti.json"
    command = [program, "-u", f"{target.url}/", "--scope", "folder", "-m", MODULES]
    command += ["--max-scan-time", str(crawl), "--max-attack-time", str(attack), "--no-bugreport"]
    command += ["-f", "json", "-o", str(output), "--flush-session", "--tasks", "4"]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    for part in (*NOT_PRESSED, SIMULATOR):
        command += ["-x", f"{target.url}/*{part}*"]
    for address in target.addresses:
        if address.startswith("GET "):
            command += ["-s", target.url + address[4:]]
    said = programs.run(command, folder, crawl + 20 * attack + 120)
    if not output.exists():
        return {"no report": [said[-2000:]]}
    told = json.loads(output.read_text())
    output.unlink()
    found: dict[str, list[str]] = {}
    for kind, places in {**told["vulnerabilities"], **told["anomalies"]}.items():
        for one in places:
            if not one["path"].startswith(SIMULATOR):
                where = f"{one['method']} {one['path']} {one['parameter']}: {one['info']}"
                found.setdefault(kind, []).append(where)
    return found
