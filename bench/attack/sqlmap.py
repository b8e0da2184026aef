"""sqlmap: every parameter of the public addresses and forms, with a session where one is needed."""

from pathlib import Path
from urllib.parse import urlencode, urlsplit

from bench.attack import programs
from bench.attack.mutated import FIELDS
from bench.attack.target import Target, Visitor
from bench.report import Report

SHORT = (
    "GET /c/xiangzhen-2026/?",
    "GET /c/xiangzhen-2026/receipts/?",
    "POST /c/xiangzhen-2026/ballot",
    "POST /admin/login",
)
CLEAN = "all tested parameters do not appear to be injectable"
HOLE = "is vulnerable"


def run(site: Target, control: Target, folder: Path, *, is_long: bool) -> Report:
    """Addresses with a query, forms, and the blanks of paths; some of them in the short setting."""
    program, report = programs.python("sqlmap", "sqlmap"), Report("sqlmap")
    wanted = [
        address
        for address in site.addresses
        if (is_long and ("?" in address or address.startswith("POST /c/") or "<" in address))
        or address.startswith(SHORT)
    ]
    clean = 0
    for address in wanted:
        said = _attack(program, site, address, _visitor(site, address), folder, is_long=is_long)
        clean += CLEAN in said
        report.promise(HOLE not in said and CLEAN in said, f"{address}: {said[-600:]}")
    report.figures["addresses whose parameters are all clean"] = f"{clean} of {len(wanted)}"
    nobody = control.visitors["stranger"]
    said = _attack(program, control, "GET /candidate?id=1", nobody, folder, is_long=False)
    report.figures["control"] = "injectable" if HOLE in said else "nothing found"
    report.promise(HOLE in said, "the control's injection was not found: the scanner is blind")
    return report


def _visitor(site: Target, address: str) -> Visitor:
    is_desk = "/admin/" in address and "login" not in address
    return site.visitors["owner" if is_desk else "citizen"]


def _attack(
    program: str, target: Target, address: str, visitor: Visitor, folder: Path, *, is_long: bool
) -> str:
    """A request as a file; its parameters are tried one by one."""
    method, path = address.split(" ", 1)
    host = urlsplit(target.url).netloc
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n"
    head += f"Cookie: {visitor.cookie}\r\n" if visitor.cookie else ""
    body = ""
    if method == "POST":
        body = urlencode([*FIELDS, ("csrf_token", visitor.csrf_token)])
        head += "Content-Type: application/x-www-form-urlencoded\r\n"
    file = folder / "request.txt"
    file.write_text(f"{head}\r\n{body}")
    command = [program, "-r", str(file), "--batch", "--flush-session", "--risk=1", "--threads=1"]
    command += ["--skip=csrf_token,Cookie", "--ignore-code=*", f"--level={2 if is_long else 1}"]
    command += ["--technique=BEUS", f"--output-dir={folder / 'sqlmap'}", "--disable-coloring"]
    return programs.run(command, folder, 900 if is_long else 180)
