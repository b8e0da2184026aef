"""The shape of the code, kept by a test instead of by memory."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests import module_map

ROOT = Path(__file__).parent.parent / "votesite"
LAYERS = [
    {"brakes", "clock", "config", "errors", "extensions", "keys", "store", "wechat"},
    {"models"},
    {"domain"},
    {"web", "cli"},
    {"votesite"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
AREAS = {path.name for path in (ROOT / "web").iterdir() if (path / "__init__.py").exists()}
HTTP = {"flask", "flask_babel", "flask_login", "flask_wtf", "werkzeug", "wtforms"}
OUTSIDE = {"requests", "wechatpy", "httpx", "aiohttp"}
MODULES = module_map.modules()


def every(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def below(*layers):
    return [path for path in MODULES if home(path) in layers]


def home(path):
    """The layer a file belongs to; the package itself is `votesite`."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "votesite" if parts == ("__init__",) else parts[0]


def area(path):
    """The web area a file belongs to, or None for what all areas share."""
    parts = path.relative_to(ROOT).parts
    return parts[1] if parts[0] == "web" and parts[1] in AREAS else None


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


def own_layers(path):
    names = [name.split(".") for name in imports(path)]
    return {name[1] for name in names if name[0] == "votesite" and len(name) > 1}


@cache
def calls(path):
    """Dotted names that a module reads, like `os.environ` and `datetime.now`."""
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


@every(MODULES)
def test_imports_point_down(path):
    mine = LEVEL[home(path)]

    above = {layer for layer in own_layers(path) if LEVEL.get(layer, 9) > mine}

    assert above == set()


@every(below("models", "domain"))
def test_models_and_domain_know_nothing_of_http(path):
    assert {name.split(".")[0] for name in imports(path)} & HTTP == set()


@every(below("cli"))
def test_commands_do_not_use_pages(path):
    assert "web" not in own_layers(path)


@every(below("web"))
def test_web_areas_do_not_import_each_other(path):
    named = {name.split(".")[2] for name in imports(path) if name.startswith("votesite.web.")}

    foreign = (named & AREAS) - {area(path)}

    assert foreign == set()


@every([path for path in MODULES if home(path) != "wechat"])
def test_only_the_wechat_door_leads_outside(path):
    assert {name.split(".")[0] for name in imports(path)} & OUTSIDE == set()


@every([path for path in MODULES if path.name != "config.py"])
def test_environment_is_read_in_config_alone(path):
    assert calls(path) & {"os.environ", "os.getenv"} == set()


@every([path for path in MODULES if path.name != "clock.py"])
def test_business_time_comes_from_the_clock_alone(path):
    assert calls(path) & {"datetime.now", "datetime.utcnow", "date.today", "time.time"} == set()


@every(MODULES)
def test_nothing_imports_the_joined_site(path):
    assert "votesite.create_app" not in imports(path)


@every(MODULES)
def test_no_module_is_a_drawer(path):
    assert path.stem not in {"utils", "helpers", "common", "base", "misc", "manager", "service"}


def test_architecture_page_names_every_module():
    page = module_map.PAGE.read_text(encoding="utf-8")

    assert page == module_map.page_with(module_map.table()), "run `make map`"


def test_readme_table_names_what_exists():
    readme = (ROOT.parent / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+/[\w./]*|[a-z_]+\.py)`", readme.partition("| I want to")[2])

    missing = [
        name for name in named if not (ROOT / name).exists() and not (ROOT.parent / name).exists()
    ]

    assert missing == []
