"""No sentence on a page escapes gettext, and no translation breaks what it says."""

import ast
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from tests.support.factories import make_campaign
from tests.support.traced import cast_from
from tests.support.voided import void_by_two
from votesite import clock
from votesite.web.templating import LANGUAGES

SITE = Path(__file__).parent.parent / "votesite"
IDEOGRAPH = re.compile(r"[\u3400-\u9fff]")
CHINESE = re.compile(r"[\u3000-\u9fff\uff01-\uff5e]")  # with its punctuation
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+\}")  # {n} is filled in by a script
GETTEXT = {"_", "gettext", "ngettext", "pgettext", "lazy_gettext", "lazy_ngettext"}
EXEMPT = {"sandbox"}  # the simulator shows WeChat's own pages
# Patterns of dates, numerals, characters a cover is drawn from, and languages in their own words.
NO_SENTENCE = re.compile(
    r"[yMdHmE年月日 :-]+|[零一二三四五六七八九十]+|[山岭峰坝原田川城镇街窗厅社]+|(?:简体|繁體)(?:中文)?"
)

TEMPLATES = [
    path
    for path in sorted((SITE / "templates").rglob("*.html"))
    if path.relative_to(SITE / "templates").parts[0] not in EXEMPT
]
VIEWS = sorted((SITE / "web").rglob("*.py"))
CATALOGUES = [
    SITE / "translations" / locale / "LC_MESSAGES" / "messages.po"
    for locale in LANGUAGES.values()
    if locale != "zh_Hans_CN"  # the msgids themselves
]
ENGLISH, TRADITIONAL = (
    next(path for path in CATALOGUES if path.parts[-3] == locale) for locale in ("en", "zh_Hant_TW")
)
# What English quotes: a button of WeChat's, examples of what a form takes.
QUOTED = re.compile(r"使用完整服务|云表彰组〔2026〕3号|内部展示|江西省\|赣州市")

# A sentence and, with nothing but the tags of a line between them, the next one.
VALUES = re.compile(r'value="[^"]*"')  # tokens are random letters with dots
GLUED = re.compile(r"[a-z)][.?!](?:</?(?:a|b|code|small|span)\b[^>]*>)*[A-Z][a-z]+")


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


def sentences():
    """Every sentence that `make translations` would gather, with its context."""
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}}
    keywords = dict.fromkeys(("_", "gettext", "lazy_gettext")) | {
        "ngettext": (1, 2),
        "pgettext": ((1, "c"), 2),
    }
    return {
        (context, message if isinstance(message, str) else message[0])
        for _, _, message, _, context in extract_from_dir(
            SITE, methods, options, keywords=keywords, strip_comment_tags=True
        )
        if message
    }


def catalogue(path):
    return read_po(io.BytesIO(path.read_bytes()))


def translations(path):
    """The sentences that a catalogue translates for certain, with the words it gives them."""
    return {
        (message.context, message.id): message.string
        for message in catalogue(path)
        if message.id and message.string and not message.fuzzy
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
    assert {text for _, text in sentences() if not CHINESE.search(text)} == set()


@every(CATALOGUES)
def test_catalogue_translates_every_sentence_for_certain(path):
    assert sorted(text for _, text in sentences() - translations(path).keys()) == []


@every(CATALOGUES)
def test_catalogue_holds_nothing_that_no_page_says(path):
    assert sorted(text for _, text in translations(path).keys() - sentences()) == []


@every(CATALOGUES)
def test_translations_keep_their_placeholders(path):
    broken = [
        text
        for (_, text), words in translations(path).items()
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(words))
    ]

    assert broken == []


def test_english_is_english():
    left = [
        words
        for words in translations(ENGLISH).values()
        if CHINESE.search(QUOTED.sub("", words)) or "!" in words
    ]

    assert left == []


def test_traditional_chinese_is_traditional():
    left = []
    for words in translations(TRADITIONAL).values():
        try:
            words.encode("big5hkscs")  # knows no simplified character
        except UnicodeEncodeError:
            left.append(words)

    assert left == []


def test_footer_offers_every_language_in_its_own_words(client):
    page = client.get("/").text

    offered = re.findall(r'href="/prefs\?lang=(\S+?)&amp;next=/" lang="(\S+?)"[^>]*>(.+?)<', page)

    assert offered == [
        ("zh-Hans", "zh-Hans", "简体"),
        ("zh-Hant", "zh-Hant", "繁體"),
        ("en", "en", "English"),
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-Hans", "群众评，当众算"), ("zh-Hant", "民眾評，當眾算"), ("en", "Judged by the people")],
)
def test_page_speaks_the_language_that_was_chosen(client, language, words):
    chosen = client.get(f"/prefs?lang={language}&next=/")

    page = client.get(chosen.location).text

    assert (f'<html lang="{language}"' in page, words in page) == (True, True)


def test_english_sentences_of_a_page_stand_apart(app, client):
    now = clock.now()
    campaign = make_campaign(opens=now - timedelta(days=2), closes=now + timedelta(days=9))
    void_by_two(campaign, [cast_from(campaign, at, [2], when=now).n for at in range(6)])
    client.set_cookie("lang", "en")
    pages = (
        "",
        "ballot",
        "clean-up",
        "compare",
        "ledger/",
        "ledger/log",
        "process",
        "results",
        "rules",
    )

    texts = {path: client.get(f"/c/{campaign.slug}/{path}").text for path in pages}
    glued = {path: GLUED.findall(VALUES.sub("", text)) for path, text in texts.items()}

    assert {path: found for path, found in glued.items() if found} == {}
