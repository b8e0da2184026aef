"""The shape of the code, kept by a test instead of by memory: one test a rule, offenders named."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

from tests.support import module_map

REPOSITORY = Path(__file__).parents[1]
ROOT = REPOSITORY / "votesite"
LAYERS = [
    {
        "clock",
        "config",
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


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef)]


def parameters(function):
    """The parameters of a function by name, as the texts of their types."""
    spec = function.args
    arguments = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs]
    return {each.arg: ast.unparse(each.annotation) for each in arguments if each.annotation}


def places(found):
    """Offenders as `file:line`, from pairs of path and node."""
    return [f"{name_of(path)}:{node.lineno}" for path, node in found]


def test_clock_is_imported_under_its_own_names():
    renamed = [
        (path, node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ImportFrom)
        and (node.module == "votesite.clock" or node.module == "votesite")
        and any(name.asname for name in node.names)
    ]

    assert places(renamed) == []


def test_write_transaction_is_called_tx():
    other = [
        (path, item.context_expr)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.With)
        for item in node.items
        if ast.unparse(item.context_expr) == "writing()"
        and item.optional_vars is not None
        and ast.unparse(item.optional_vars) != "tx"
    ]

    assert places(other) == []


def test_present_moment_is_called_now():
    """Commands read their clock into `now`; questions take `now: datetime`."""
    other = [
        (path, node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        and ast.unparse(node.value) == "clock()"
        and ast.unparse(node.targets[0]) != "now"
    ]
    untyped = [
        (path, function)
        for path in below("domain")
        for function in functions(path)
        if parameters(function).get("now", "datetime") != "datetime"
        or parameters(function).get("clock", "Clock") != "Clock"
    ]

    assert places(other) == []
    assert places(untyped) == []


def test_acting_person_is_called_by():
    """A command takes the person who acts as `by`; `staff_id` is somebody it acts upon.

    In `staff` a command may be about the very person who acts: their password, their code.
    """
    other = [
        (path, function)
        for path in below("domain")
        for function in functions(path)
        if "actor_id" in parameters(function)
        or (
            {"staff_id", "clock"} <= set(parameters(function))
            and "by" not in parameters(function)
            and path.parent.name != "staff"
        )
    ]

    assert places(other) == []


def test_one_row_or_a_refusal_is_loaded_by_one_function():
    """`extensions.load` stands in place of `session.get` followed by `raise NotFound`."""
    copies = [
        (path, function)
        for path in below("domain")
        for function in functions(path)
        for first, second in pairwise(function.body)
        if isinstance(first, ast.Assign)
        and ast.unparse(first.value).startswith("db.session.get(")
        and isinstance(second, ast.If)
        and ast.unparse(second.test) == f"{ast.unparse(first.targets[0])} is None"
        and ast.unparse(second.body[0]) == "raise NotFound"
    ]

    assert places(copies) == []


def test_head_of_a_log_is_locked_by_open_log_alone():
    locking = [path for path in MODULES if "votesite.domain.ledger.head.lock_head" in imports(path)]
    making = [
        (path, node)
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Log", "log.Log")
    ]

    assert [name_of(path) for path in locking] == ["domain/ledger/log.py"]
    assert [name_of(path) for path, _ in making] == ["domain/ledger/log.py"]


def test_leaves_name_no_module_above_them():
    """Comments too: a leaf that speaks of the domain has a part of it."""
    leaves = {name for name in LAYERS[0] if name != "wechat"}
    speaking = [
        f"{name_of(path)}:{number}"
        for path in below(*leaves)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(r"(domain|web|models|cli)/\w+|votesite\.(domain|web|cli)\b", line)
    ]

    assert speaking == []


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
