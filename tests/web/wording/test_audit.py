"""Every act that the code notes in the audit log has words, and so has every thing it is about."""

import ast
import re
from pathlib import Path

import pytest

import votesite
from votesite.models.audit import AuditEntry
from votesite.models.decisions import KINDS
from votesite.web.wording import audit
from votesite.web.wording.audit import Known

DOMAIN = Path(votesite.__file__).parent / "domain"
SAYS_IT_ALREADY = {  # acts that need no object: what they are about is in their own words
    *("sign-in", "sign-out", "open-ledger", "incident", "set-roster", "restore-backup"),
    *("auditor-key", "openings"),
}


def texts_in(node):
    """The texts that an expression may be, as far as it is written out."""
    return {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def noted():
    """(action, table) of every line that the domain may write; a table None where it varies."""
    found = set()
    for path in DOMAIN.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
            assigned = {
                ast.unparse(node.targets[0]): texts_in(node.value)
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
            }
            for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
                if ast.unparse(call.func) == "audit.note":
                    action, table = call.args[1], call.args[2]
                    table_name = table.value if isinstance(table, ast.Constant) else None
                    names = texts_in(action) or assigned.get(ast.unparse(action), set())
                    found |= {(name, table_name) for name in names}
                    if not names:
                        found |= wrapped(tree, function.name, table_name)
    return found


def wrapped(tree, name, table):
    """The actions with which a module calls its own function that writes the line."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]
    return {
        (text, table)
        for call in calls
        for part in call.args[1:2]
        if not isinstance(part, ast.JoinedStr)
        for text in texts_in(part)
    }


def counted():
    """Tables of whose rows a line says only how many went."""
    found = set()
    for name in ("purging", "own_data"):
        text = (DOMAIN / "privacy" / f"{name}.py").read_text(encoding="utf-8")
        for inside in re.findall(r"Counter\((.*?)\n        \)", text, re.S):
            found |= set(re.findall(r"^ +(\w+)=", inside, re.M))
        found |= set(re.findall(r'removed\["(\w+)"\]', text))
    return found


def line(action, table, row_id="3", fields=""):
    return AuditEntry(action=action, table=table, row_id=row_id, fields=fields)


NOBODY = Known({}, {}, {})


@pytest.fixture
def in_words(app):
    """Sentences for lines about things that are gone."""
    with app.test_request_context():
        yield lambda *about, **more: audit.sentence(line(*about, **more), NOBODY)


def test_acts_are_found_in_the_code():
    actions = {action for action, _ in noted()}

    assert {"edit", "disable", "accept", "hold", "rotate-keys", "load", "delete-own"} <= actions


def test_every_act_has_words_and_so_has_what_it_is_about(in_words):
    silent = []
    for action, table in sorted(noted(), key=str):
        said = in_words(action, table or "consents", "3" if table else "3 rows")
        if re.search(r"[a-z_-]{4,}", said) or ("：" not in said and action not in SAYS_IT_ALREADY):
            silent.append((action, table, said))

    assert silent == []


def test_every_table_of_which_rows_go_has_words(in_words):
    tables = counted()

    assert {"consents", "nominations", "survey_answers", "receipts"} <= tables
    assert [name for name in tables if not in_words("purge", name, "3 rows").endswith("3 条")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_decision_has_words_even_when_it_is_gone(in_words, kind):
    for verb in ("propose", "confirm"):
        assert re.fullmatch(r"(提议|确认)：[^a-z]+", in_words(f"{verb}-{kind}", "decisions"))


def test_changed_fields_have_words(in_words):
    fields = "name category region level slogan summary dossier images ballot schedule title"

    assert not re.search(r"[a-z]", in_words("edit", "candidates", fields=fields))
