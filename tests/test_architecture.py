"""The shape of the code, kept by a test instead of by memory: one test a rule, offenders named."""

import ast
import re
from functools import cache
from pathlib import Path

from tests.support import module_map

REPOSITORY = Path(__file__).parents[1]
ROOT = REPOSITORY / "votesite"
LAYERS = [
    {
        "clock",
        "config",
        "confined",
        "errors",
        "extensions",
        "keys",
        "networks",
        "rate_limits",
        "store",
        "wechat",
    },
    {"models"},
    {"domain"},
    {"web", "cli"},
    {"votesite"},
]
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
AREAS = {path.parent.name for path in (ROOT / "web").glob("*/blueprint.py")}
HTTP = {"flask", "flask_babel", "flask_login", "flask_wtf", "werkzeug", "wtforms"}
OUTSIDE = {"requests", "wechatpy", "httpx", "aiohttp"}
DRAWERS = {"utils", "helpers", "common", "base", "misc", "manager", "service"}
MODULES = module_map.modules()


def name_of(path):
    return str(path.relative_to(ROOT))


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
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def tops(path):
    """The first parts of what a module imports."""
    return {name.split(".")[0] for name in imports(path)}


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


def domain_rooms():
    """For each package or file of `domain` the others that it imports."""
    rooms = {}
    for path in below("domain"):
        parts = path.relative_to(ROOT / "domain").with_suffix("").parts
        named = {
            name.split(".")[2] for name in imports(path) if name.startswith("votesite.domain.")
        }
        rooms.setdefault(parts[0], set()).update(named - {parts[0]})
    return rooms


def circles(rooms):
    """Rooms that can be reached from themselves."""

    def reached(room, seen):
        for other in rooms.get(room, set()) - seen:
            seen.add(other)
            reached(other, seen)
        return seen

    return sorted(room for room in rooms if room in reached(room, set()))


def test_imports_point_down():
    offenders = {
        name_of(path): above
        for path in MODULES
        if (above := {name for name in own_layers(path) if LEVEL.get(name, 9) > LEVEL[home(path)]})
    }

    assert offenders == {}


def test_domain_packages_form_no_circle():
    assert circles(domain_rooms()) == []


def test_a_circle_would_be_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == ["a", "b", "c"]


def test_models_and_domain_know_nothing_of_http():
    assert [name_of(path) for path in below("models", "domain") if tops(path) & HTTP] == []


def test_commands_do_not_use_pages():
    assert [name_of(path) for path in below("cli") if "web" in own_layers(path)] == []


def test_web_areas_do_not_import_each_other():
    offenders = {}
    for path in below("web"):
        named = {name.split(".")[2] for name in imports(path) if name.startswith("votesite.web.")}
        if foreign := (named & AREAS) - {area(path)}:
            offenders[name_of(path)] = foreign

    assert offenders == {}


def test_only_the_wechat_door_leads_outside():
    offenders = [path for path in MODULES if home(path) != "wechat" and tops(path) & OUTSIDE]

    assert [name_of(path) for path in offenders] == []


def test_environment_is_read_in_config_alone():
    read = {"os.environ", "os.getenv"}

    assert [name_of(path) for path in MODULES if calls(path) & read] in ([], ["config.py"])


def test_business_time_comes_from_the_clock_alone():
    read = {"datetime.now", "datetime.utcnow", "date.today", "time.time"}

    assert [name_of(path) for path in MODULES if calls(path) & read] == ["clock.py"]


def test_nothing_imports_the_joined_site():
    assert [name_of(path) for path in MODULES if "votesite.create_app" in imports(path)] == []


def test_no_module_is_a_drawer():
    assert [name_of(path) for path in MODULES if path.stem in DRAWERS] == []


def test_architecture_page_names_every_module():
    page = module_map.PAGE.read_text(encoding="utf-8")

    assert page == module_map.page_with(module_map.table()), "run `make map`"


def test_readme_table_names_what_exists():
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z_]+/[\w./]*|[a-z_]+\.py)`", readme.partition("| I want to")[2])

    missing = [
        name for name in named if not (ROOT / name).exists() and not (REPOSITORY / name).exists()
    ]

    assert named
    assert missing == []
