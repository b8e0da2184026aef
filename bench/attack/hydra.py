"""hydra: a list of passwords at the desk's door, the right one among them, late.

The door slows down after each wrong one, so that nobody gets there; the control lets him try.
"""

from pathlib import Path
from urllib.parse import urlsplit

from bench.attack import programs
from bench.attack.control import PASSWORD as WEAK
from bench.attack.target import Target
from bench.report import Report
from tests.support.staffing import PASSWORD, staff_session

SHORT, LONG = 100, 1000
FOUND, NOTHING = "1 valid password found", "0 valid password found"


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """So many wrong passwords, the right one behind the first fifty."""
    program, report = programs.debian("hydra"), Report("hydra")
    tries = LONG if is_long else SHORT
    wrong = [f"wrong-password-{number}" for number in range(tries)]
    stranger = staff_session(site.app, None)
    form = (
        f"/admin/login:name=^USER^&password=^PASS^&csrf_token={stranger.csrf_token}"
        f":H=Cookie\\: {stranger.cookie}:S=Location\\: /admin/"
    )
    found = _attack(program, site.url, form, [PASSWORD], folder)
    report.figures["the right password alone, at the site"] = found
    report.promise(found == FOUND, f"the form is not understood: {found}")
    found = _attack(program, site.url, form, [*wrong[:50], PASSWORD, *wrong[50:]], folder)
    report.figures[f"{tries + 1} passwords at the site, the right one at place 51"] = found
    report.promise(found == NOTHING, f"at the site: {found}")
    form = "/admin/login:name=^USER^&password=^PASS^:S=Location\\: /admin/"
    found = _attack(program, control.url, form, [*wrong[:50], WEAK], folder)
    report.figures["control, the right one at place 51"] = found
    report.promise(found == FOUND, "the control's was not found: blind")
    return report


def _attack(program: str, url: str, form: str, passwords: list[str], folder: Path) -> str:
    """What hydra counts at its end."""
    words = folder / "passwords.txt"
    words.write_text("\n".join(passwords) + "\n")
    port = str(urlsplit(url).port)
    command = [program, "-l", "owner", "-P", str(words), "-t", "2", "-I", "-s", port]
    said = programs.run([*command, "localhost", "http-post-form", form], folder, 600)
    for count in (FOUND, NOTHING):
        if count in said:
            return count
    return said[-300:]
