"""What lies still and must stay so: cookies, logs, statements, times, packages, ways out."""

import ast
import logging
import os
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.attacks.catalogue import ROOT
from tests.support.factories import make_campaign, sign_in_as_voter
from tests.support.scripted_wechat import reply, scripted_wechat
from tests.support.voters import voter_session
from votesite import clock
from votesite.clock import CST, minute
from votesite.domain.operations.wechat_tokens import DatabaseTokens
from votesite.errors import WeChatUnavailable
from votesite.extensions import db, site
from votesite.web.access import identity
from votesite.wechat import WeChat

SLUG = "xiangzhen-2026"
CANARY = "canary-7f3a"


# Row 4: a cookie that is not ours to the bit is none


def test_cookie_with_any_bit_flipped_is_no_session(app):
    name, _, value = voter_session(app, "openid-of-one").cookie.partition("=")
    signer = app.session_interface.get_signing_serializer(app)
    dice = Random(4)
    opened = 0
    for _ in range(10_000):
        at = dice.randrange(len(value))
        flipped = chr(ord(value[at]) ^ (1 << dice.randrange(7)))
        forged = value[:at] + flipped + value[at + 1 :]
        is_sound, found = signer.loads_unsafe(forged)
        if is_sound and found != signer.loads(value):
            opened += 1

    assert name == "votesite"
    assert opened == 0


def test_session_planted_before_login_is_not_the_one_after(app, client):
    make_campaign()
    planted = client.get(f"/c/{SLUG}/me").json["csrf_token"]
    cookie = client.get_cookie("votesite").value
    with app.test_request_context(headers={"Cookie": f"votesite={cookie}"}):
        identity.remember("openid-of-one", identity.PendingLogin("key", "/", 0))

    attacker = app.test_client()
    attacker.set_cookie("votesite", cookie)

    assert attacker.get(f"/c/{SLUG}/me").json["identified"] is False
    assert planted


# Row 7: the machine's own time zone decides nothing


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"]
)
def test_day_is_beijings_wherever_the_machine_stands(zone):
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        now = clock.now()
        written = minute(now)
        latest = minute(datetime(2026, 3, 8, 15, 59, 59, 999_000, tzinfo=UTC))
    finally:
        os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
        time.tzset()

    assert now.utcoffset() == timedelta(hours=8)
    assert written == datetime.now(UTC).astimezone(CST).strftime("%Y-%m-%dT%H:%M+08:00")
    assert latest == "2026-03-08T23:59+08:00"


# Row 22: no statement is put together from what somebody sent


def python_files():
    return sorted((ROOT / "votesite").rglob("*.py"))


OWN_NAMES = {  # statements made of table and column names that stand in the same file
    "votesite/models/triggers.py",
    "votesite/domain/operations/rotation.py",
    "votesite/wechat/sandbox/state.py",
    "votesite/domain/operations/backups.py",
    "votesite/domain/ledger/log.py",
    "votesite/store/queries.py",
}


def is_fixed(node):
    """Whether a text is written out, or joined from such texts."""
    if isinstance(node, ast.Constant):
        return True
    return isinstance(node, ast.BinOp) and is_fixed(node.left) and is_fixed(node.right)


def statements():
    """(file, first argument) of every call that takes SQL."""
    for path in python_files():
        for call in ast.walk(ast.parse(path.read_text())):
            name = getattr(getattr(call, "func", None), "attr", None) or getattr(
                getattr(call, "func", None), "id", ""
            )
            if name in ("text", "Statement", "Query", "execute", "executescript") and call.args:
                # a query names its row's type first
                sql = call.args[-1] if name == "Query" else call.args[0]
                yield str(path.relative_to(ROOT)), sql


def test_statements_are_written_out():
    loose = [
        f"{place}:{statement.lineno}"
        for place, statement in statements()
        if place not in OWN_NAMES
        and isinstance(statement, ast.JoinedStr | ast.BinOp)
        and not is_fixed(statement)
    ]

    assert loose == []


# Row 26: WeChat cannot send the site elsewhere


def test_redirect_of_wechat_is_not_followed(app):
    with scripted_wechat(reply({"openid": "stolen"})) as elsewhere:
        answer = reply({}, 302, Location=f"{elsewhere.base}/sns/oauth2/access_token")
        with scripted_wechat(answer) as wechat:
            settings = replace(site().settings, wechat_api_base=wechat.base)
            with pytest.raises(WeChatUnavailable):
                WeChat(settings, DatabaseTokens()).exchange("code")

        assert elsewhere.requests == []


# Row 32: nothing of a person reaches a log


def test_no_word_of_a_person_reaches_a_log(app, client, caplog):
    caplog.set_level(logging.DEBUG)
    now = clock.now()
    window = [minute(now - timedelta(days=1)), minute(now + timedelta(days=1))]
    make_campaign(
        opens=now - timedelta(days=1),
        closes=now + timedelta(days=1),
        schedule={"nomination": window},
    )
    sign_in_as_voter(client, 1)
    token = client.get(f"/c/{SLUG}/me").json["csrf_token"]
    for contact in (CANARY, f"{CANARY}\r\n2026-01-01 root: forged line"):
        client.post(
            f"/c/{SLUG}/nominate",
            data={
                **dict.fromkeys(("name", "reason", "contact", "evidence"), contact),
                "category": "山区乡镇",
                "csrf_token": token,
                "consent": "1",
            },
        )
    client.get(f"/c/{SLUG}/", query_string={"q": CANARY})
    client.get(f"/{CANARY}%0d%0aforged", headers={"Referer": CANARY, "User-Agent": CANARY})
    client.get(f"/wechat/callback?code={CANARY}&state={CANARY}")
    client.post(f"/c/{SLUG}/ballot", data={"candidate": CANARY, "csrf_token": token})
    form = {"name": CANARY, "password": CANARY, "csrf_token": token}
    client.post("/admin/login", data=form)
    db.session.rollback()

    assert CANARY not in caplog.text
    assert "forged" not in caplog.text


# Row 33: what is installed is named to the byte, and pages ask nobody else


def test_every_package_is_pinned_by_its_hashes():
    listed = (ROOT / "requirements.lock").read_text()
    locked = dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+) \\$", listed))
    hashed = re.findall(r"(?m)^([a-z0-9-]+)==\S+ \\\n +--hash=sha256:[0-9a-f]{64}", listed)
    wanted = {
        re.sub(r"\[.*\]|_", lambda found: "-" if found[0] == "_" else "", name).lower(): version
        for name, version in re.findall(
            r"(?m)^([\w.\[\]-]+)==(\S+)$", (ROOT / "requirements.txt").read_text()
        )
    }

    assert len(locked) == len(hashed) > len(wanted) > 20
    assert {name: locked.get(name) for name in wanted} == wanted


def test_pages_and_styles_load_from_this_host_alone():
    loaded = re.compile(
        r"""(?:\bsrc|\bposter|\bdata|<link[^>]*\bhref)\s*=\s*["']?(?:https?:)?//"""
        r"""|url\(\s*["']?(?:https?:)?//|@import|\bimport\s*\(?["']https?:|fetch\(["']https?:""",
        re.IGNORECASE,
    )
    files = [
        path
        for folder, kinds in (("templates", ("html",)), ("static", ("css", "js", "svg")))
        for kind in kinds
        for path in (ROOT / "votesite" / folder).rglob(f"*.{kind}")
    ]
    strange = [str(path) for path in files if loaded.search(path.read_text())]

    assert len(files) > 50
    assert strange == []
