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
        "confined",
        "demo_clock",
        "errors",
        "extensions",
        "files",
        "keys",
        "logs",
        "networks",
        "rate_limits",
        "secret_faults",
        "shared_notes",
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
TESTS = REPOSITORY / "tests"
# The table of addresses is a test's subject and others' measure.
ADDRESSES = {
    f"tests.test_routes.{name}"
    for name in ("EVERYONE", "IDENTIFIED", "LISTED", "MACHINES", "OWN", "STAFF", "lines", "path_of")
}
# Tests that are about a whole folder, or about one thing that several screens do.
ACROSS_MODULES = {
    "web/admin/test_role_matrix.py",  # every route of the desk, every role
    "web/admin/test_two_editors.py",  # every form of the desk that overwrites
    "web/test_templates.py",  # templates, style sheets, scripts
    "web/voting/test_checks.py",  # the check on the ballot's pages and in its answers
}
# Modules of `domain` that are tested where their work shows.
TESTED_IN = {
    "campaigns/freeze.py": "domain/decisions/test_proposals.py",
    "campaigns/listing.py": "domain/campaigns/test_publishing.py",
    "candidates/fields.py": "domain/setup/test_dossiers.py",
    "candidates/listing.py": "domain/setup/test_dossiers.py",
    "candidates/versions.py": "domain/setup/test_dossiers.py",
    "decisions/draft.py": "domain/decisions/test_honour_proposals.py",
    "decisions/honours.py": "domain/decisions/test_honour_proposals.py",
    "decisions/effects.py": "domain/decisions/test_proposals.py",
    "decisions/fixing.py": "domain/decisions/test_signatures.py",
    "decisions/possible.py": "domain/decisions/test_proposals.py",
    "hearing/margins.py": "web/public/test_notice.py",
    "hearing/pdf.py": "domain/hearing/test_evidence.py",
    "fonts.py": "web/public/test_posters.py",
    "hearing/typesetting.py": "domain/hearing/test_papers.py",
    "integrity/profiles.py": "domain/integrity/test_signals.py",
    "integrity/risks.py": "domain/voting/test_checks.py",
    "jobs/kinds.py": "domain/jobs/test_running.py",
    "jobs/starting.py": "services/test_jobs.py",
    "ledger/ballot_rules.py": "domain/voting/test_decide.py",
    "ledger/canonical.py": "test_verify.py",
    "ledger/changes.py": "domain/decisions/test_proposals.py",
    "ledger/comparison.py": "test_tamper.py",
    "ledger/counts.py": "domain/results/test_tallies.py",
    "ledger/entries.py": "domain/voting/test_casting.py",
    "ledger/head.py": "domain/voting/test_casting.py",
    "ledger/log.py": "domain/voting/test_casting.py",
    "ledger/proofs.py": "web/ledger/test_pages.py",
    "ledger/publication.py": "web/ledger/test_pages.py",
    "ledger/reading.py": "web/ledger/test_reading.py",
    "ledger/recount.py": "test_tamper.py",
    "ledger/terms.py": "domain/voting/test_decide.py",
    "media/decoding.py": "domain/media/test_encoding.py",
    "media/kinds.py": "domain/media/test_encoding.py",
    "media/upkeep.py": "test_backup.py",
    "operations/backups.py": "test_backup.py",
    "operations/readiness.py": "test_doctor.py",
    "operations/restoring.py": "test_backup.py",
    "operations/shapes.py": "test_backup.py",
    "operations/site.py": "test_start.py",
    "results/due.py": "domain/results/test_tallies.py",
    "scoring/announced.py": "web/public/test_award.py",
    "scoring/award_file.py": "web/admin/award/test_award.py",
    "scoring/standing.py": "web/admin/campaign/test_honour_forms.py",
    "staff/people.py": "domain/staff/test_accounts.py",
    "staff/roles.py": "web/admin/test_role_matrix.py",
    "staff/second_factors.py": "web/admin/site/test_me.py",
    "surveys/listing.py": "domain/surveys/test_answering.py",
    "voting/consents.py": "domain/privacy/test_own_data.py",
    "voting/recording.py": "domain/voting/test_casting.py",
    "voting/refusals.py": "domain/results/test_turnout.py",
    "voting/voters.py": "domain/voting/test_casting.py",
}


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


def files_of_tests(*folders):
    """The files of tests in some folders of `tests`, each with the module it is named after."""
    for folder in folders:
        for path in sorted((TESTS / folder).rglob("test_*.py")):
            name = path.relative_to(TESTS)
            yield name, ROOT / name.with_name(name.name.removeprefix("test_"))


def defined(path):
    """The functions and classes at a file's top level that are neither tests nor fixtures."""
    return [
        node.name
        for node in tree(path).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not node.name.startswith(("test_", "_"))
        and not any("fixture" in ast.unparse(each) for each in node.decorator_list)
    ]


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


def test_tests_are_named_after_what_they_test():
    lost = [
        str(name)
        for name, module in files_of_tests("domain", "web", "cli")
        if not module.exists() and not module.with_suffix("").is_dir()
    ]

    assert sorted(lost) == sorted(ACROSS_MODULES)


def test_every_module_of_domain_has_tests_of_its_name_or_a_place_that_shows_it():
    named = {module.with_suffix("") for _, module in files_of_tests("domain")}
    untested = [
        path.relative_to(ROOT / "domain").as_posix()
        for path in below("domain")
        if path.stem != "__init__" and not {path.with_suffix(""), *path.parents} & named
    ]

    assert sorted(untested) == sorted(TESTED_IN)
    assert [place for place in TESTED_IN.values() if not (TESTS / place).is_file()] == []


def test_a_helper_of_the_tests_has_one_meaning():
    """What `tests/support` defines has a name of its own, and no test takes from another."""
    support = sorted((TESTS / "support").glob("*.py"))
    others = [path for path in TESTS.rglob("*.py") if path not in support]
    shared = [name for path in support for name in defined(path)]
    again = {
        str(path.relative_to(TESTS)): sorted(names)
        for path in others
        if (names := {name for name in defined(path) if name in shared})
    }
    borrowed = {
        str(path.relative_to(TESTS)): sorted(names)
        for path in others
        if (names := {name for name in imports(path) if re.search(r"\.test_\w+\.|conftest", name)})
    }

    assert len(set(shared)) == len(shared)
    assert again == {}
    assert {name for names in borrowed.values() for name in names} <= ADDRESSES
