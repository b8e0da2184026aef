"""The Markdown pages: wrapped like the code, linked, indexed; the changelog and forges in form."""

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MARKDOWN = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "tests/**/*.md", ".gitee/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)
DOCS = sorted((ROOT / "docs").rglob("*.md"))
COLUMNS = 100
# Words of another century, and people who are all men; generated tables carry the code's own words.
STALE = re.compile(
    r"\b(?:whence|thence|anew|for ever|he|his|him|himself|so many|is none|are none)\b",
    re.IGNORECASE,
)
GENERATED = re.compile(
    r"<!-- (?:modules|tamper matrix): .*?<!-- (?:/modules|end of matrix) -->", re.S
)
PAGES_OF_PLACES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + DOCS
MADE_LATER = {"htmlcov/index.html", "bench/faults/NAME.py"}  # by a command, or by the reader
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Upgrade"}

every_page = pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))


def columns(line):
    """How wide a line is on a screen: a Chinese character takes two columns."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in line)


def is_breakable(line):
    """Whether a line could have been wrapped: tables, and single long words, could not."""
    return not line.startswith("|") and " " in re.sub(r"^\s*(?:[-*]|\d+\.)?\s*", "", line)


def test_pages_are_found():
    names = {str(page.relative_to(ROOT)) for page in MARKDOWN}

    assert {"README.md", "docs/ledger.md", "docs/decisions/0001-layers-and-stems.md"} <= names


@every_page
def test_lines_are_wrapped_at_100_columns(page):
    long = [
        f"{number}: {line[:60]}"
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1)
        if columns(line) > COLUMNS and is_breakable(line)
    ]

    assert long == []


@every_page
def test_links_lead_to_files_that_exist(page):
    targets = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    own = [target for target in targets if not target.startswith(("http:", "https:"))]

    assert [target for target in own if not (page.parent / target).exists()] == []


def test_places_in_the_code_exist():
    """What a page names as `folder/file.ext` or `file.py::name` is there, from one of the roots."""
    lost = {
        f"{page.name}: {place}"
        for page in PAGES_OF_PLACES
        for place in re.findall(
            r"`((?:bench|deploy|docs|tests|tools|votesite|domain|web|models|wechat|cli)/[\w./-]+)",
            page.read_text(encoding="utf-8"),
        )
        if place not in MADE_LATER
        and not any((ROOT / base / place).exists() for base in ("", "votesite", "docs"))
    }

    assert lost == set()


@every_page
def test_english_is_of_today(page):
    text = GENERATED.sub("", page.read_text(encoding="utf-8"))

    assert STALE.findall(re.sub(r"`[^`\n]*`", "", text)) == []


def test_index_lists_every_document():
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = set(re.findall(r"\]\(([^)]+)\)", index))
    documents = {str(page.relative_to(ROOT / "docs")) for page in DOCS} - {"README.md"}

    assert documents - linked == set()


def test_changelog_is_by_version_and_kind():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    versions = re.findall(r"(?m)^## (.+)$", text)
    kinds = re.findall(r"(?m)^### (.+)$", text)

    assert [
        each
        for each in versions
        if not re.fullmatch(r"\d+\.\d+\.\d+, (?:unreleased|\d{4}-\d\d-\d\d)", each)
    ] == []
    assert versions[0].startswith(f"{version}, ")
    assert set(kinds) <= KINDS
    assert "Added" in kinds


@pytest.mark.parametrize("file", [".github/workflows/gate.yml", ".workflow/gate.yml"])
def test_forges_run_the_gate_and_nothing_else_of_ours(file):
    text = (ROOT / file).read_text(encoding="utf-8")

    assert text.count("bash .ci/run") == 1
    assert re.findall(r"make (?:test|check)|pytest|ruff|mypy", text) == []


def test_hooks_call_the_tools_of_the_environment():
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^ +entry: (\S+)", text)

    assert entries == [".venv/bin/ruff", ".venv/bin/ruff", ".venv/bin/mypy"]
    assert re.findall(r"(?m)^ +(?:- )?repo: (.+)", text) == ["local"]
    assert text.count("language: system") == len(entries)
