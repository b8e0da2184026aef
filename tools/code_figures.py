"""How large the code is: files, functions, docstrings and tests, layer by layer.

`python tools/code_figures.py` prints one line for the whole of `votesite`, one for each layer and
one for the tests. A source line is neither blank nor a comment; a function runs from its first line
to its last.
"""

import ast
import io
import statistics
import sys
import tokenize
from pathlib import Path

ROOT = Path(__file__).parents[1]
LAYERS = ("", "domain", "web", "models", "wechat", "cli")
COLUMNS = (
    "files",
    "sloc",
    "median",
    "p95",
    "max",
    "functions",
    "f.median",
    "f.p95",
    "f.max",
    "docstrings %",
    "comments/100",
    "dict[str, Any]",
)


def source_lines(text: str) -> tuple[int, int]:
    """How many lines are neither blank nor a comment, and how many hold a comment."""
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    sloc = sum(1 for line in text.splitlines() if line.strip() and line.strip()[0] != "#")
    return sloc, len(comments)


def percentile(values: list[int], share: float) -> int:
    """The smallest value that `share` of the values do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0


def figures(paths: list[Path]) -> tuple[object, ...]:
    """One row of the table for these files."""
    texts = [path.read_text(encoding="utf-8") for path in paths]
    sizes, comments = zip(*(source_lines(text) for text in texts), strict=True)
    functions = [
        node
        for text in texts
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    lengths = [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    told = sum(ast.get_docstring(node) is not None for node in functions)
    return (
        len(paths),
        sum(sizes),
        round(statistics.median(sizes)),
        percentile(list(sizes), 0.95),
        max(sizes),
        len(functions),
        round(statistics.median(lengths)) if lengths else 0,
        percentile(lengths, 0.95),
        max(lengths, default=0),
        round(100 * told / max(len(functions), 1)),
        round(100 * sum(comments) / sum(sizes), 1),
        sum(text.count("dict[str, Any]") for text in texts),
    )


def main() -> None:
    """Print the table."""
    write = sys.stdout.write
    write(f"{'':12}" + "".join(f"{name:>15}" for name in COLUMNS) + "\n")
    rows = {layer or "votesite": (ROOT / "votesite" / layer) for layer in LAYERS}
    for name, folder in {**rows, "tests": ROOT / "tests"}.items():
        paths = sorted(folder.rglob("*.py"))
        paths = [path for path in paths if path.stat().st_size]
        write(f"{name:12}" + "".join(f"{value!s:>15}" for value in figures(paths)) + "\n")


if __name__ == "__main__":
    main()
