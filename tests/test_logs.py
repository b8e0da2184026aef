"""Logs: faults by type and place, in whatever logger, and no line that joins a person to a ballot."""

import io
import logging
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from tests.support.people import lively_campaign
from tests.support.servers import ROOT, serving
from tests.support.voters import get_json, post_ballot, voter_session
from votesite import logs
from votesite.extensions import db

SLUG = "xiangzhen-2026"
CANARY = "我是李敏，被领导逼着投票-7f3a"
FIELDS = {
    "name": CANARY,
    "category": "山区乡镇",
    "reason": CANARY,
    "evidence": f"https://example.gov.cn/{CANARY}",
    "contact": CANARY,
    "answers.say": CANARY,
    "candidate": "1",
    "consent": "1",
    "password": CANARY,
    "text": CANARY,
}
POSTS = (
    f"/c/{SLUG}/nominate",
    f"/c/{SLUG}/survey/open",
    f"/c/{SLUG}/survey/secret",
    f"/c/{SLUG}/ballot",
    f"/c/{SLUG}/receipts/{CANARY}/appeal",
    "/my/consent",
    "/my/delete",
    "/my/sign-out",
    "/admin/login",
)


def break_every_table():
    """From now on no table takes a row, as where a disk or a constraint is broken."""
    with db.engine.begin() as connection:
        for table in inspect(connection).get_table_names():
            for act in ("INSERT", "UPDATE", "DELETE"):
                refuse = "BEGIN SELECT RAISE(ABORT, 'broken on purpose'); END"
                connection.execute(
                    text(f"CREATE TRIGGER broken_{table}_{act} BEFORE {act} ON {table} {refuse}")
                )


def post_everything(app, who):
    """Post every form that holds words, as one voter; the statuses by address."""
    voter = voter_session(app, who)
    client = app.test_client(use_cookies=False)
    fields = {
        **FIELDS,
        "csrf_token": voter.csrf_token,
        "ballot_token": f"token-of-{who}-{'t' * 16}",
    }
    headers = {"Cookie": voter.cookie, "Origin": "http://localhost:8000"}
    return {path: client.post(path, data=fields, headers=headers).status_code for path in POSTS}


@pytest.mark.sqlite
def test_fault_of_the_database_tells_no_word_of_a_visitor(app, caplog):
    caplog.set_level(logging.DEBUG)
    lively_campaign()
    before = post_everything(app, "openid-of-one")  # which makes the keys
    break_every_table()

    after = post_everything(app, "openid-of-another")

    assert [before[path] for path in POSTS[:4]] == [303] * 4
    assert [after[path] for path in POSTS[:4]] == [500] * 4
    assert "fault in nominations.create" in caplog.text
    assert "IntegrityError (SQLITE_CONSTRAINT_TRIGGER)" in caplog.text
    assert "votesite/domain/nominations/nominating.py:" in caplog.text
    assert CANARY not in caplog.text
    assert CANARY.encode("unicode_escape").decode() not in caplog.text


def raised(make):
    """A fault that holds a visitor's words, as code raises it."""
    try:
        make()
    except Exception as fault:
        return fault
    raise AssertionError("nothing was raised")


def chained():
    try:
        raise ValueError(CANARY)
    except ValueError:
        raise KeyError(CANARY)  # noqa: B904 -- both are told


FAULTS = {
    "unicode": lambda: CANARY.encode("ascii"),
    "validation": lambda: uuid.UUID(CANARY),
    "chained": chained,
    "file": Path(f"/nowhere/{CANARY}").read_bytes,
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("name", ["votesite", "votesite.store.database", "gunicorn.error", "any"])
def test_fault_is_told_by_type_and_place_in_whatever_logger(app, fault, name):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger(name)
    logger.addHandler(handler)

    logger.error("a sentence of ours", exc_info=raised(fault))
    logger.removeHandler(handler)

    assert stream.getvalue().startswith("a sentence of ours\n")
    assert type(raised(fault)).__name__ in stream.getvalue()
    assert f"{__file__}:" in stream.getvalue()
    assert CANARY not in stream.getvalue()


@pytest.mark.parametrize(
    ("sentence", "arguments", "told"),
    [
        ("Error handling request %s %s", ("GET", f"/?q={CANARY}"), "Error handling request"),
        (f"Invalid request from ip=10.0.0.7: {CANARY}", (), "Invalid request"),
    ],
)
def test_server_names_no_request(app, sentence, arguments, told):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("gunicorn.error")
    logger.addHandler(handler)

    logger.warning(sentence, *arguments, exc_info=arguments and raised(chained))
    logger.removeHandler(handler)

    assert stream.getvalue().splitlines()[0] == told
    assert CANARY not in stream.getvalue()


def test_fault_that_nobody_catches_is_told_alike():
    """In a command for a timer, whose standard error is the journal, and in a thread."""
    code = (
        "import threading; from votesite import logs; logs.init()\n"
        f"def fail(): int({CANARY!r})\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join(); fail()"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert done.stderr.count("builtins.ValueError\n") == 2
    assert "a thread has ended" in done.stderr
    assert CANARY not in done.stderr


def test_code_of_a_fault_is_told_where_it_is_one_of_a_list(tmp_path):
    missing = raised((tmp_path / CANARY).read_bytes)

    assert "FileNotFoundError (No such file or directory)" in logs.told(missing)


@pytest.mark.services
def test_servers_access_log_has_no_line_of_a_ballot_or_a_staff_link(tmp_path, monkeypatch):
    log = tmp_path / "access.log"
    monkeypatch.setenv("GUNICORN_CMD_ARGS", f"--access-logfile {log}")
    with serving(tmp_path) as server, server.app.app_context():
        lively_campaign()
        voter = voter_session(server.app, "openid-of-one")
        status, answer = post_ballot(server.url, SLUG, voter, [1])
        get_json(server.url, f"/c/{SLUG}/receipts/{answer['receipt']}")
        get_json(server.url, f"/c/{SLUG}/results.json")
        get_json(server.url, f"/admin/join/{'A' * 22}")
        get_json(server.url, f"/d/{'A' * 22}")
        get_json(server.url, f"/c/{SLUG}/objections/{'0' * 16}")
    lines = log.read_text()

    assert status == 201
    assert f"/c/{SLUG}/results.json" in lines
    assert "receipts" not in lines
    assert "/ballot" not in lines
    assert "/join" not in lines
    assert "/d/" not in lines
    assert "objections" not in lines


def test_a_fault_that_cannot_even_be_looked_at_is_told_by_its_type():
    class Unspeakable(Exception):
        @property
        def orig(self):
            raise RuntimeError("a fault in the fault")

    assert "Unspeakable" in logs.told(Unspeakable())
