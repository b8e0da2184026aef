"""The module table of ARCHITECTURE.md, made of the docstrings. `make map` writes it anew."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "ARCHITECTURE.md"
BEGIN, END = "<!-- modules: make map -->", "<!-- /modules -->"


def modules():
    """Every module of the site, packages first in their folder."""
    found = (ROOT / "votesite").rglob("*.py")
    return sorted(
        found, key=lambda path: (path.parent.parts, path.name != "__init__.py", path.name)
    )


def first_line(path):
    """What a module says it is for, up to the first full stop at a line's or sentence's end."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return paragraph.split(". ")[0].rstrip(".")


def table():
    """The table as it stands in ARCHITECTURE.md."""
    rows = [
        f"| `{path.relative_to(ROOT)}` | {first_line(path).replace('|', chr(92) + '|')} |"
        for path in modules()
    ]
    return "\n".join(["| module | what it is for |", "|---|---|", *rows])


def page_with(new_table):
    """ARCHITECTURE.md with another table."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{new_table}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page_with(table()), encoding="utf-8")
