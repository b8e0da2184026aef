"""A view asks, and runs at most one command: what belongs together is written in one transaction."""

import ast
from functools import cache

from tests.support import module_map

ROOT = module_map.PAGE.parent / "votesite"
WEB = [path for path in module_map.modules() if path.is_relative_to(ROOT / "web")]
DOMAIN = [path for path in module_map.modules() if path.is_relative_to(ROOT / "domain")]
VERBS = {"get", "post", "route"}
WRITES = {"add", "add_all", "commit", "delete", "execute", "flush", "merge"}
# What time has made due: every reader may write it, and it never belongs to a form.
UPKEEP = {"prove", "scan_if_due", "settle_if_due", "signed_in", "stay"}
# Counting wrong passwords and refusals is no part of what the form asks for.
CHECKS = {"check_password", "require_own_password", "count_refusal"}


@cache
def tree(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(module):
    return {node.name: node for node in module.body if isinstance(node, ast.FunctionDef)}


def called(node):
    """The last name of what a call calls."""
    return getattr(node.func, "attr", None) or getattr(node.func, "id", "")


def opens_transaction(function):
    return any(
        isinstance(node, ast.Call) and called(node) in ("writing", "write")
        for node in ast.walk(function)
    )


@cache
def commands():
    """(module, function) of every public function of the domain that opens a write transaction."""
    return {
        (path.stem, name)
        for path in DOMAIN
        for name, function in functions(tree(path)).items()
        if opens_transaction(function) and not name.startswith("_")
    } - {(path.stem, name) for path in DOMAIN for name in UPKEEP | CHECKS}


class Module:
    """Counts the commands that functions of one module run, on the way that runs most of them."""

    def __init__(self, module):
        self.functions = functions(module)
        self.imported = {
            alias.asname or alias.name: (node.module.rpartition(".")[2], alias.name)
            for node in ast.walk(module)
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
        }

    def views(self):
        return {
            name: self.in_block(function.body, frozenset({name}))
            for name, function in self.functions.items()
            if any(called(by) in VERBS for by in function.decorator_list if hasattr(by, "func"))
        }

    def in_block(self, body, seen):
        for place, statement in enumerate(body):
            if isinstance(statement, ast.If | ast.Try):
                before = sum(self.count(done, seen) for done in body[:place])
                ways = self.ways(statement, body[place + 1 :])
                return before + max(self.in_block(way, seen) for way in ways)
        return sum(self.count(statement, seen) for statement in body)

    @staticmethod
    def ways(statement, rest):
        """What may run from an `if` or `try` on; `rest` follows it."""
        if isinstance(statement, ast.Try):
            went = statement.body + statement.orelse + rest
            return [went, *(handler.body for handler in statement.handlers)]
        test = [ast.Expr(statement.test)]
        ends = isinstance(statement.body[-1], ast.Return | ast.Raise)
        chosen = statement.body if ends else statement.body + rest
        return [test + chosen, test + statement.orelse + rest]

    def count(self, node, seen):
        if isinstance(node, ast.FunctionDef):
            return self.in_block(node.body, seen)
        if isinstance(node, ast.IfExp):
            ways = (self.count(node.body, seen), self.count(node.orelse, seen))
            return self.count(node.test, seen) + max(ways)
        inside = sum(self.count(part, seen) for part in ast.iter_child_nodes(node))
        return inside + (self.of_call(node, seen) if isinstance(node, ast.Call) else 0)

    def of_call(self, node, seen):
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            home = self.imported.get(node.func.value.id, ("", node.func.value.id))[1]
            return int((home, node.func.attr) in commands())
        name = called(node)
        if name in self.functions and name not in seen:
            return self.in_block(self.functions[name].body, seen | {name})
        return int(self.imported.get(name) in commands())


def test_pages_open_no_transaction_of_their_own():
    offenders = [
        str(path.relative_to(ROOT))
        for path in WEB
        if any(
            isinstance(node, ast.Name | ast.alias)
            and (getattr(node, "id", "") or getattr(node, "name", "")) == "writing"
            for node in ast.walk(tree(path))
        )
    ]

    assert offenders == []


def test_pages_change_nothing_through_the_session():
    offenders = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in WEB
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and called(node) in WRITES
        and ast.unparse(node.func).startswith("db.session.")
    ]

    assert offenders == []


def test_a_view_runs_at_most_one_command():
    most = {
        f"{path.relative_to(ROOT)}: {view}": count
        for path in WEB
        for view, count in Module(tree(path)).views().items()
    }

    assert {view: count for view, count in most.items() if count > 1} == {}
    assert sum(most.values()) > 30


def test_two_commands_would_be_found():
    module = ast.parse(
        "from votesite.domain.staff import accounts, grants\n"
        "@bp.post('/one')\n"
        "def one():\n"
        "    if late:\n"
        "        return accounts.create()\n"
        "    return grants.grant()\n"
        "@bp.post('/two')\n"
        "def two():\n"
        "    try:\n"
        "        made = accounts.create()\n"
        "    except InvalidFields:\n"
        "        return again()\n"
        "    return _done(made)\n"
        "def _done(made):\n"
        "    grants.grant(made)\n"
    )

    assert Module(module).views() == {"one": 1, "two": 2}
