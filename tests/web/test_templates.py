"""The look, kept by tests: no inline code, no unused macro or sheet, colours that can be read."""

import hashlib
import re
import tomllib
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from tools import join_css

ROOT = Path(__file__).parents[2] / "votesite"
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
CSS = ROOT / "static" / "css"
SHEETS = sorted(path for path in CSS.rglob("*.css") if path.parent.name != "built")
BUNDLES = tomllib.loads((CSS / "bundles.toml").read_text())
LAYOUTS = [f"layouts/{path.name}" for path in (ROOT / "templates" / "layouts").glob("*.html")]
LONGEST_LINE = 120
NAMED_OTHERWISE = {"hero": "campaign_hero"}
THEMES = ("red", "blue", "green")
TEXT_PAIRS = [
    *(("ink", ground) for ground in ("ground", "surface", "sunk")),
    *(("ink-2", ground) for ground in ("ground", "surface", "sunk")),
    *(("ink-3", ground) for ground in ("ground", "surface")),
    *(("brand-ink", ground) for ground in ("ground", "surface", "brand-tint")),
    ("on-brand", "brand"),
    ("on-brand", "hero"),
    ("on-brand", "brand-deep"),
    ("on-brand-gold", "hero"),
    *((f"{name}", f"{name}-tint") for name in ("ok", "warn", "bad", "info")),
    ("gold-ink", "gold-tint"),
    ("gold-ink", "surface"),
    ("bad", "ground"),
    ("clay-ink", "clay"),
    ("straw-ink", "straw"),
    ("jade-ink", "jade"),
]
SHAPE_PAIRS = [
    ("line-2", "surface"),
    ("brand", "surface"),
    ("bar", "surface"),
    ("bar-2", "surface"),
]


VENDOR = sorted((ROOT / "static" / "vendor").glob("*"))


@pytest.mark.parametrize("folder", VENDOR, ids=lambda folder: folder.name)
def test_what_others_have_written_comes_with_its_licence_and_unchanged(folder):
    told = dict(reversed(line.split()) for line in (folder / "SHA256SUMS").read_text().splitlines())

    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
        if path.name not in ("SHA256SUMS", "README.md")
    }

    assert found == told
    assert "LICENSE.txt" in found


def offenders(paths, faults):
    """What `faults` finds in each file, for those in which it finds something."""
    return {str(path).removeprefix(f"{ROOT}/"): found for path in paths if (found := faults(path))}


@cache
def parts_of(template):
    """The names of a template and of all that it extends, imports and includes."""
    text = (ROOT / "templates" / template).read_text()
    named = re.findall(r"{%-? (?:from|extends|include) \"([^\"]+)\"", text)
    return {template}.union(*(parts_of(name) for name in named))


def bundles_of(template):
    """The bundles that a page loads."""
    texts = [(ROOT / "templates" / part).read_text() for part in parts_of(template)]
    return set(re.findall(r"css/built/(\w+)\.css", "".join(texts)))


def sheets_of(template):
    """The style sheets that a page loads in its bundles."""
    return {sheet for bundle in bundles_of(template) for sheet in BUNDLES[bundle]}


@cache
def classes_styled_by(sheet):
    text = re.sub(r"/\*.*?\*/|{[^{}]*}", "", (CSS / f"{sheet}.css").read_text(), flags=re.S)
    return set(re.findall(r"\.([a-z][a-z0-9-]*)", text))


def classes_set_by(template):
    """The classes that a template may set: conditions and keys of a choice are not among them."""
    text = re.sub(r"{#.*?#}", "", (ROOT / "templates" / template).read_text(), flags=re.S)
    written = r"\bclass=\"((?:[^\"{]|{{.*?}}|{%.*?%})*)\""
    found = set()
    for words in re.findall(written, text, flags=re.S):
        chosen = re.sub(r"{%.*?%}|\bif .*?(?= else|}})", " ", words, flags=re.S)
        expressions = "".join(re.findall(r"{{.*?}}", chosen, flags=re.S))
        plain = re.sub(r"{{.*?}}", "", chosen, flags=re.S)
        for text_in in (plain, *re.findall(r"\"([\w -]+)\"(?!:)", expressions)):
            found.update(text_in.split())
    return found


PAGES = [
    template
    for template in (str(path.relative_to(ROOT / "templates")) for path in TEMPLATES)
    if template not in LAYOUTS and parts_of(template).intersection(LAYOUTS)
]


def long_lines(path):
    lines = path.read_text().splitlines()
    return [number for number, line in enumerate(lines, 1) if len(line) > LONGEST_LINE]


def test_templates_have_no_line_that_is_too_long():
    assert offenders(TEMPLATES, long_lines) == {}


def test_every_component_has_a_style_sheet_of_its_name_and_no_sheet_is_left_over():
    sheets = {path.stem for path in SHEETS if path.parent.name == "components"}

    assert sheets == {path.stem for path in COMPONENTS}


def test_every_style_sheet_is_part_of_a_bundle_and_none_is_missing():
    listed = {sheet for sheets in BUNDLES.values() for sheet in sheets}

    assert listed == {str(path.relative_to(CSS).with_suffix("")) for path in SHEETS}


def test_no_page_bundle_repeats_what_every_page_loads():
    repeated = {
        name: set(sheets).intersection(BUNDLES["citizen"])
        for name, sheets in BUNDLES.items()
        if name != "citizen" and set(sheets).intersection(BUNDLES["citizen"])
    }

    assert repeated == {}


def test_built_bundles_are_those_that_the_style_sheets_give():
    built = {path.stem: path.read_text() for path in (CSS / "built").glob("*.css")}

    assert built == join_css.joined(), "`make install` joins them anew"


def test_squeezing_leaves_the_rules():
    text = "/* One\n   two */\n.a {\n  color: red;\n\n  /* why */\n}\n"

    assert join_css.squeezed(text) == ".a {\ncolor: red;\n}\n"


def test_pages_are_found():
    assert len(PAGES) > 60


def test_pages_load_the_bundle_of_every_page_and_at_most_one_more():
    loaded = {page: bundles_of(page) - {"demo"} for page in PAGES}  # of the bar

    assert [page for page, names in loaded.items() if "citizen" not in names] == []
    assert [page for page, names in loaded.items() if len(names) > 2] == []
    assert set().union(*loaded.values()) <= BUNDLES.keys()


def components_without_sheet(page):
    needed = {
        part.removesuffix(".html") for part in parts_of(page) if part.startswith("components/")
    }
    return needed - sheets_of(page)


def test_pages_load_the_style_sheets_of_their_components():
    assert offenders(PAGES, components_without_sheet) == {}


def test_pages_load_what_styles_their_classes():
    styled = set().union(*(classes_styled_by(s) for each in BUNDLES.values() for s in each))

    def unstyled(page):
        loaded = set().union(*(classes_styled_by(sheet) for sheet in sheets_of(page)))
        used = set().union(*(classes_set_by(part) for part in parts_of(page)))
        return used.intersection(styled) - loaded

    assert offenders(PAGES, unstyled) == {}


def inline_code(path):
    pattern = r"<style|\sstyle=|<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+=\""
    return re.findall(pattern, path.read_text())


def test_templates_have_no_inline_style_or_script():
    assert offenders(TEMPLATES, inline_code) == {}


def long_forms_not_in_parts(path):
    """Forms with a box of text that a browser would send percent-encoded, three times as long."""
    forms = re.findall(r'<form method="post".*?</form>', path.read_text(), re.S)
    return [
        form[:80]
        for form in forms
        if re.search(r"rows=|<textarea", form) and "multipart/form-data" not in form
    ]


def test_long_texts_of_the_desk_are_sent_in_parts():
    desk = [path for path in TEMPLATES if "admin" in path.relative_to(ROOT / "templates").parts]

    assert offenders(desk, long_forms_not_in_parts) == {}


def unused_macros(path):
    text = path.read_text()
    imported = [
        name.split(" as ")[-1].strip()
        for line in re.findall(r"{%-? from \"[^\"]+\" import (.+?)(?: with context)? -?%}", text)
        for name in line.split(",")
    ]

    heirs = "".join(
        other.read_text()
        for other in TEMPLATES
        if f'extends "{path.relative_to(ROOT / "templates")}"' in other.read_text()
    )
    return [name for name in imported if not re.search(rf"\b{name}\(", text + heirs)]


def test_templates_use_every_macro_they_import():
    assert offenders(TEMPLATES, unused_macros) == {}


def missing_templates(path):
    targets = re.findall(r"{%-? (?:from|extends|include) \"([^\"]+)\"", path.read_text())
    return [target for target in targets if not (ROOT / "templates" / target).exists()]


def test_templates_import_only_what_exists():
    assert offenders(TEMPLATES, missing_templates) == {}


def test_component_files_hold_the_macro_of_their_name():
    without = [
        path.name
        for path in COMPONENTS
        if not re.search(
            rf"{{%-? macro {NAMED_OTHERWISE.get(path.stem, path.stem)}\(", path.read_text()
        )
    ]

    assert without == []


def fields_known():
    """What the field's macro reads, by name or from `kwargs`."""
    macro = (ROOT / "templates/components/field.html").read_text()
    known = set(re.findall(r"(\w+)=", re.search(r"macro field\((.*?)\)", macro)[1])) | {"type"}
    for names in re.findall(r"_attributes\(kwargs, \[(.*?)\]", macro):
        known.update(re.findall(r"\w+", names))
    return known


def test_templates_give_a_field_only_what_it_knows():
    """A macro that reads `kwargs` takes any name in silence."""
    known = fields_known()

    assert offenders(TEMPLATES, lambda path: given_to_fields(path) - known) == {}


def given_to_fields(path):
    calls = Environment().parse(path.read_text()).find_all(nodes.Call)
    fields = [
        call for call in calls if isinstance(call.node, nodes.Name) and call.node.name == "field"
    ]

    return {each.key for call in fields for each in call.kwargs}


def bare_words(path):
    text = re.sub(r"{#.*?#}", "", path.read_text(), flags=re.S)
    text = re.sub(r"{% trans.*?endtrans %}", "", text, flags=re.S)
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.S)
    return re.findall(r"[\u4e00-\u9fff]+", text)


def test_templates_say_nothing_outside_gettext():
    assert offenders(TEMPLATES, bare_words) == {}


def words_and_html(path):
    text = re.sub(r"//.*|/\*.*?\*/", "", path.read_text())
    return re.findall(r"[\u4e00-\u9fff]+|insertAdjacentHTML|document\.write|eval\(", text)


def test_scripts_hold_no_words_and_no_html():
    assert SCRIPTS
    assert offenders(SCRIPTS, words_and_html) == {}


def colours(path):
    text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
    return re.findall(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl)a?\(", text)


def test_colours_come_from_the_tokens():
    assert list(offenders(SHEETS, colours)) == ["static/css/tokens.css"]


def test_every_token_that_is_used_is_defined():
    defined = set(re.findall(r"(--[a-z0-9-]+):", (ROOT / "static/css/tokens.css").read_text()))

    used = offenders(SHEETS, lambda path: set(re.findall(r"var\((--[a-z0-9-]+)", path.read_text())))

    assert used
    assert {name: lost for name, tokens in used.items() if (lost := tokens - defined)} == {}


@pytest.mark.parametrize(
    ("theme", "is_dark", "is_care"), list(product(THEMES, (False, True), (False, True)))
)
def test_text_can_be_read_and_shapes_seen(theme, is_dark, is_care):
    found = tokens(theme, is_dark=is_dark, is_care=is_care)

    faint = {
        pair: round(contrast(found[pair[0]], found[pair[1]]), 2)
        for pairs, least in ((TEXT_PAIRS, 4.5), (SHAPE_PAIRS, 3.0))
        for pair in pairs
        if contrast(found[pair[0]], found[pair[1]]) < least
    }

    assert faint == {}


def tokens(theme, *, is_dark, is_care):
    """The colours in force for one theme, system setting and mode."""
    text = (ROOT / "static/css/tokens.css").read_text()
    found = {}
    for is_for_dark, selector, body in rules(text):
        fits = selector in (":root", f'[data-theme="{theme}"]') or (
            is_care and selector == '[data-mode="care"]'
        )
        if fits and (is_dark or not is_for_dark):
            found |= dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", body))
    return found


def rules(text):
    """(is in the dark block, selector, declarations) in order."""
    for part in re.split(r"(?=@media)|(?<=\n})", text):
        is_dark = part.lstrip().startswith("@media")
        inner = part.split("{", 1)[1] if is_dark and "{" in part else part
        for selectors, body in re.findall(r"([^{}]+){([^{}]+)}", inner):
            for selector in re.sub(r"/\*.*?\*/", "", selectors, flags=re.S).split(","):
                yield is_dark, selector.strip(), body


def contrast(one, other):
    """WCAG's ratio of two colours."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


FROM_VIEWS = {"may", "refusal_words"}  # functions that views hand to their templates


def names_of(template, env):
    """What a template and those it extends declare: macros, imports, what is set or looped over."""
    tree = env.parse((ROOT / "templates" / template).read_text())
    names = {node.name for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    names |= {macro.name for macro in tree.find_all(nodes.Macro)}
    for each in tree.find_all(nodes.FromImport):
        names |= {name if isinstance(name, str) else name[1] for name in each.names}
    for each in tree.find_all(nodes.Extends):
        names |= names_of(each.template.value, env)
    return names


def test_templates_call_and_filter_by_names_that_exist(app):
    """A name that only a rare branch calls would fail when that branch is met first."""
    env = app.jinja_env

    def unknown(path):
        tree = env.parse(path.read_text())
        template = str(path.relative_to(ROOT / "templates"))
        known = (
            names_of(template, env) | set(env.globals) | FROM_VIEWS | {"caller", "self", "super"}
        )
        functions = {call.node for call in tree.find_all(nodes.Call)}
        called = {node.name for node in functions if isinstance(node, nodes.Name)}
        filters = {each.name for each in tree.find_all(nodes.Filter)}
        return sorted(called - known) + sorted(filters - set(env.filters))

    assert offenders(TEMPLATES, unknown) == {}


def test_every_file_field_is_checked_before_it_is_sent():
    """The component gives each its limit, and the script's check goes by that."""
    by_hand = [path.name for path in TEMPLATES if re.search('type="file"', path.read_text())]
    component = (ROOT / "templates/components/field.html").read_text()
    (field,) = re.findall(r'<input[^>]*type="file".*?\n</div>', component, re.S)

    assert by_hand == ["field.html"]
    assert re.search(r'\n\s+data-most="{{ most }}"\n\s+data-too-much="{{ too_much or ', field)
