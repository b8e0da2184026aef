"""schemathesis: requests made from the JSON addresses' description, answers held against it."""

import re
from pathlib import Path

from bench.attack import programs
from bench.attack.target import Target
from bench.report import Report

SHORT, LONG = 20, 400  # examples an operation
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
]


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """As a stranger and as a citizen; the control has a fault that must be found."""
    program, report = programs.python("schemathesis", "schemathesis"), Report("schemathesis")
    examples = LONG if is_long else SHORT
    for name in ("stranger", "citizen"):
        said = _attack(program, site, site.visitors[name].cookie, folder, examples, CHECKS)
        report.figures[f"{examples} examples an operation, as {name}"] = _summary(said)
        report.promise("Failures:" not in said and "passed" in said, said[-3000:])
    said = _attack(program, control, "", folder, SHORT, CHECKS[:1])
    report.figures["control"] = _summary(said)
    report.promise("Server error" in said, "the control's fault was not found: blind")
    return report


def _attack(
    program: str, target: Target, cookie: str, folder: Path, examples: int, checks: list[str]
) -> str:
    command = [program, "run", f"{target.url}/openapi.json", "--url", target.url]
    command += ["--max-examples", str(examples), "--checks", ",".join(checks), "--workers", "1"]
    command += ["--seed", "2026", "--no-color", "-H", "Accept: application/json"]
    command += ["-H", f"Cookie: {cookie}"] if cookie else []
    return programs.run(command, folder, 60 * examples)


def _summary(said: str) -> str:
    """The lines that count."""
    found = re.findall(r"^\s*(?:Test cases:|Generated|✅|❌|Tested:|\d+ ).*$", said, re.MULTILINE)
    return " · ".join(line.strip() for line in found) or said[-300:]
