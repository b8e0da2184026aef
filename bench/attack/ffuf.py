"""ffuf: names that people forget on servers. What answers must be an address of the url map."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from werkzeug.exceptions import HTTPException

from bench.attack import programs
from bench.attack.target import Target
from bench.report import Report

OURS = Path(__file__).with_name("words.txt")  # names of files that this site has
LISTS = Path("/usr/share/dirb/wordlists")
WHERE = ("", "static/", "media/", "c/", "c/xiangzhen-2026/", "c/xiangzhen-2026/ledger/", "admin/")
ENDINGS = ("", ".bak", ".sql", ".zip", ".db", "~")


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """Every word below every folder; with `is_long` more words, with the endings of copies too."""
    program, report = programs.debian("ffuf"), Report("ffuf")
    endings = ENDINGS if is_long else ENDINGS[:1]
    words = folder / "words.txt"
    names = [*OURS.read_text().split(), *_list("common" if is_long else "small")]
    words.write_text("".join(f"{name}{ending}\n" for name in names for ending in endings))
    answered: dict[str, int] = {}
    for where in WHERE:
        answered |= _answers(program, f"{site.url}/{where}", words, folder)
    unknown = sorted(path for path, status in answered.items() if not _is_known(site, path))
    faults = sorted(path for path, status in answered.items() if status >= 500)
    tried = len(words.read_text().split()) * len(WHERE)
    report.figures |= {"addresses tried": tried, "answered other than 404": len(answered)}
    report.promise(not unknown, f"answers what no route is for: {unknown[:5]}")
    report.promise(not faults, f"5xx at {faults[:5]}")
    found = _answers(program, f"{control.url}/", words, folder)
    report.figures["control"] = sorted(found)
    report.promise("/backup" in found, "the control's backup was not found: the scanner is blind")
    return report


def _list(name: str) -> list[str]:
    file = LISTS / f"{name}.txt"
    if not file.exists():
        raise programs.Missing(f"{file} is missing: .ci/packages attack")
    return file.read_text(encoding="latin-1").split()


def _answers(program: str, base: str, words: Path, folder: Path) -> dict[str, int]:
    """The paths that did not answer 404, and what they answered."""
    output = folder / "ffuf.json"
    command = [program, "-u", f"{base}FUZZ", "-w", str(words), "-mc", "all", "-fc", "404"]
    programs.run([*command, "-s", "-t", "4", "-of", "json", "-o", str(output)], folder, 600)
    results = json.loads(output.read_text())["results"]
    return {urlsplit(one["url"]).path: one["status"] for one in results}


def _is_known(site: Target, path: str) -> bool:
    """Whether the url map has the path, itself or with a slash more."""
    adapter = site.app.url_map.bind("localhost")
    try:
        adapter.match(path)
    except HTTPException as answer:
        return answer.code in (301, 302, 307, 308, 405)
    return True
