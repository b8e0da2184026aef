"""No sentence on a page escapes gettext, and no translation breaks what it says."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

SITE = Path(__file__).parent.parent / "votesite"
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
CHINESE = re.compile(r"[\u3000-\u9fff\uff01-\uff5e]")  # with its punctuation
PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|%%")
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "lazy_gettext", "lazy_ngettext"}
EXEMPT = {"sandbox"}  # the simulator shows WeChat's own pages
# Patterns of dates, numerals, characters a cover is drawn from, and languages in their own words.
NO_SENTENCE = re.compile(
    r"[yMdHmE年月日 :-]+|[零一二三四五六七八九十]+|[山岭峰坝原田川城镇街窗厅社]+|简体中文|繁體中文"
)

TEMPLATES = [
    path
    for path in sorted((SITE / "templates").rglob("*.html"))
    if path.relative_to(SITE / "templates").parts[0] not in EXEMPT
]
VIEWS = sorted((SITE / "web").rglob("*.py"))
CATALOGUES = sorted((SITE / "translations").glob("*/LC_MESSAGES/messages.po"))


def every(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(SITE)))


def is_sentence(text):
    return bool(IDEOGRAPH.search(text)) and not NO_SENTENCE.fullmatch(text)


def bare_template_texts(node, inside=False):
    """Chinese texts of a template that no gettext call encloses, with their lines."""
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        inside = inside or node.node.name in GETTEXT
    if not inside and isinstance(node, (nodes.TemplateData, nodes.Const)):
        text = node.data if isinstance(node, nodes.TemplateData) else node.value
        if isinstance(text, str) and is_sentence(text):
            yield node.lineno, text.strip()
    for child in node.iter_child_nodes():
        yield from bare_template_texts(child, inside)


def bare_python_texts(node, inside=False):
    """Chinese texts of a module that no gettext call encloses; docstrings apart."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        inside = inside or node.func.id in GETTEXT
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    if is_text and not inside and is_sentence(node.value):
        yield node.lineno, node.value
    for child in ast.iter_child_nodes(node):
        is_docstring = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if not is_docstring:
            yield from bare_python_texts(child, inside)


def msgids():
    """Every sentence that `make translations` would gather."""
    found = set()
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    keywords = dict.fromkeys(("_", "gettext", "lazy_gettext")) | {
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
    }
    for _, _, message, _, _ in extract_from_dir(
        SITE, methods, options, keywords=keywords, strip_comment_tags=True
    ):
        found |= {message} if isinstance(message, str) else {message[0]}
    return found - {""}


def catalogue(path):
    return read_po(io.BytesIO(path.read_bytes()))


def translated(path):
    """The msgids that a catalogue translates for certain."""
    return {
        message.id if isinstance(message.id, str) else message.id[0]
        for message in catalogue(path)
        if message.id and not message.fuzzy and message.string and any(message.string)
    }


@every(TEMPLATES)
def test_template_says_nothing_outside_gettext(path):
    environment = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"])

    found = list(bare_template_texts(environment.parse(path.read_text(encoding="utf-8"))))

    assert found == []


@every(VIEWS)
def test_view_says_nothing_outside_gettext(path):
    found = list(bare_python_texts(ast.parse(path.read_text(encoding="utf-8"))))

    assert found == []


def test_msgids_are_chinese():
    assert {text for text in msgids() if not CHINESE.search(text)} == set()


def test_translations_keep_their_placeholders():
    broken = [
        (path.parts[-3], message.id)
        for path in CATALOGUES
        for message in catalogue(path)
        if message.id and message.string and isinstance(message.string, str)
        if set(PLACEHOLDER.findall(message.id)) != set(PLACEHOLDER.findall(message.string))
    ]

    assert broken == []


def test_catalogues_are_complete_and_certain():
    missing = [
        (path.parts[-3], text) for path in CATALOGUES for text in msgids() - translated(path)
    ]

    assert sorted(missing) == []
