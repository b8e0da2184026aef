"""Auditors: the archive with its openings, their keys, their lines under checkpoints."""

import io
import json
import re
import subprocess
import sys
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.support.answers import words_of
from tests.support.ballots import cast_ballot, cast_now
from tests.support.cosigners import text_of
from tests.support.factories import make_campaign
from tests.support.staffing import browser_of, make_staff, post_form
from tests.support.stored import rows
from tools import verify
from votesite import clock
from votesite.domain.ledger import archive, publication, self_check, signed_notes
from votesite.domain.ledger.signed_notes import Signer
from votesite.domain.results import tallies
from votesite.extensions import db, writing
from votesite.models.audit import AuditEntry
from votesite.models.ledger import AuditorKey
from votesite.models.staff import ROLES, Grant, Staff

HOUR = timedelta(hours=1)
BASE = "/admin/c/xiangzhen-2026/cosigning"
SIGNER = Signer("审计局-1", b"a" * 32)


def closed_campaign(**changes):
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=3), closes=now - HOUR, min_batch=1, publish_every=1, **changes
    )
    for who in range(1, 5):
        cast_ballot(made, who, who, who + 1, when=now - HOUR * (9 - who))
    tallies.close(made.id)
    return SimpleNamespace(id=made.id, slug=made.slug)


@pytest.fixture
def campaign(app):
    return closed_campaign()


@pytest.fixture
def auditor(app, campaign):
    make_staff("auditor", "auditor")
    return browser_of(app, "auditor")


def cosigned(campaign, signer=SIGNER):
    return cosigned_text(publication.latest_checkpoint(campaign.id), signer)


def cosigned_text(note, signer=SIGNER):
    return note + signer.sign(text_of(note))


@pytest.mark.parametrize("recount", ["auditors", "public"])
def test_auditors_archive_has_key_and_openings_in_both_modes(app, recount):
    closed_campaign(recount=recount)
    make_staff("auditor", "auditor")

    answer = browser_of(app, "auditor").get(f"{BASE}/archive.zip")

    assert answer.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        opened = [json.loads(line) for line in packed.read("openings.jsonl").splitlines()]
        assert len(bytes.fromhex(packed.read("open.key").decode().strip())) == 32
        assert ("ballots.jsonl" in packed.namelist()) is (recount == "auditors")
    assert [found["choices"] for found in opened] == [[1, 2], [2, 3], [3, 4], [4, 5]]


PLACES = [(role, place) for role in ROLES if role != "auditor" for place in ("own", None)]


@pytest.mark.parametrize(
    ("other", "place"), [each for each in PLACES if each != ("accounts", "own")]
)
def test_openings_are_for_who_is_an_auditor_and_nothing_else(app, campaign, other, place):
    zhou = make_staff("zhou", other, campaign=campaign if place else None)
    with writing():  # as it was granted before roles excluded each other
        db.session.add(Grant(staff_id=zhou.id, campaign_id=None, role="auditor"))
    browser = browser_of(app, "zhou")

    answers = [browser.get(path).status_code for path in (BASE, f"{BASE}/archive.zip")]

    assert answers == [403, 403]


def test_each_download_is_a_line_of_the_audit_log(auditor):
    auditor.get(f"{BASE}/archive.zip")

    assert [line.action for line in rows(AuditEntry)][-1] == "openings"


def test_archive_with_openings_exists_after_the_count_only(app):
    now = clock.now()
    campaign = make_campaign(opens=now - HOUR, closes=now + HOUR)
    cast_now(campaign, 1, 1)
    make_staff("auditor", "auditor")
    browser = browser_of(app, "auditor")

    assert browser.get(f"{BASE}/archive.zip").status_code == 409
    assert "现在可以核对公开账本" in browser.get(BASE).text


def test_page_before_the_ledger_says_what_comes(app):
    now = clock.now()
    make_campaign(opens=now + HOUR, closes=now + 2 * HOUR)
    make_staff("auditor", "auditor")

    assert "账本还没有开启" in browser_of(app, "auditor").get(BASE).text


def test_owner_sees_no_openings(app, campaign):
    make_staff("owner", "owner")
    browser = browser_of(app, "owner")

    assert browser.get(BASE).status_code == 403
    assert browser.get(f"{BASE}/archive.zip").status_code == 403
    assert "cosigning" not in browser.get("/admin/c/xiangzhen-2026/").text


def test_registered_key_and_cosignature_become_public(auditor, campaign, client):
    key = SIGNER.verifier_key()

    registered = post_form(auditor, f"{BASE}/key", verifier_key=f" {key} ")
    signed = post_form(auditor, f"{BASE}/note", note=cosigned(campaign).replace("\n", "\r\n"))

    assert (registered.status_code, signed.status_code) == (303, 303)
    ledger = "/c/xiangzhen-2026/ledger"
    assert client.get(f"{ledger}/auditors").text == f"{key}\n"
    note = client.get(f"{ledger}/checkpoint").text
    assert signed_notes.is_signed_by(note, key)
    assert "最新状态已联署" in auditor.get(BASE).text
    assert [line.action for line in rows(AuditEntry)][-2:] == ["auditor-key", "cosign"]


def test_cosignature_may_come_as_a_file_and_twice(auditor, campaign):
    post_form(auditor, f"{BASE}/key", verifier_key=SIGNER.verifier_key())
    note = cosigned(campaign)
    for _ in range(2):
        file = (io.BytesIO(note.encode()), "checkpoint")
        assert post_form(auditor, f"{BASE}/note", file=file).status_code == 303

    assert publication.latest_checkpoint(campaign.id) == note


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (lambda note: note, "里面没有用公布的审计公钥签的行"),
        (lambda note: note + SIGNER.sign("other text\n"), "里面没有用公布的审计公钥签的行"),
        (lambda note: note + "— 审计局-1 !!\n— x\n\x7f", "无法识别"),
        (lambda note: note + "— 审计局-1 !!\n— x\n—\n", "这不是账本的状态"),
        (lambda note: note.replace("\n", "\nx", 1), "这不是账本的状态"),
        (lambda note: re.sub(r"\n(\d+)\n", r"\n9\1\n", note, count=1), "账本没有签过这样的状态"),
        (lambda note: "", "这不是账本的状态"),
        (lambda note: cosigned_text(note)[:-1] + "====\n", "这不是账本的状态"),
        (lambda note: note + "— X AAAA\u2028" + SIGNER.sign(text_of(note)), "这不是账本的状态"),
    ],
)
def test_note_that_is_not_signed_by_the_auditor_is_refused(auditor, campaign, note, words):
    post_form(auditor, f"{BASE}/key", verifier_key=SIGNER.verifier_key())
    before = publication.latest_checkpoint(campaign.id)

    answer = post_form(auditor, f"{BASE}/note", note=note(before))

    assert (answer.status_code, words in answer.text) == (422, True)
    assert publication.latest_checkpoint(campaign.id) == before


@pytest.mark.parametrize(
    "key", ["", "hello", "a b+00000000+AAAA", SIGNER.verifier_key()[:-3] + "AA=", "x" * 300]
)
def test_what_is_no_key_is_refused(auditor, key):
    assert post_form(auditor, f"{BASE}/key", verifier_key=key).status_code == 422


def test_line_of_another_auditors_key_may_be_brought_but_no_key_registered_twice(
    app, auditor, campaign
):
    make_staff("second", "auditor")
    post_form(browser_of(app, "second"), f"{BASE}/key", verifier_key=SIGNER.verifier_key())

    assert post_form(auditor, f"{BASE}/note", note=cosigned(campaign)).status_code == 303
    assert post_form(auditor, f"{BASE}/key", verifier_key=SIGNER.verifier_key()).status_code == 422
    assert "最新状态已联署" not in auditor.get(BASE).text


HOSTILE = {
    "padding": lambda line: line.replace("\n", "====\n"),
    "a line end that is none": lambda line: f"— X AAAA\u2028{line}",
    "no base64": lambda line: line[:-2] + "!\n",
    "no dash": lambda line: line.replace("—", "-"),
    "a blank": lambda line: line.replace("\n", " \n"),
}


def test_one_auditor_fails_neither_verifier_nor_figures_nor_close(app, tmp_path):
    now = clock.now()
    made = make_campaign(opens=now - HOUR, closes=now + HOUR, min_batch=1, publish_every=1)
    cast_now(made, 1, 1)
    make_staff("auditor", "auditor")
    browser = browser_of(app, "auditor")
    for end in ("=", "==", "\u2028"):
        post_form(browser, f"{BASE}/key", verifier_key=SIGNER.verifier_key() + end)
    post_form(browser, f"{BASE}/key", verifier_key=SIGNER.verifier_key())
    note = publication.latest_checkpoint(made.id)
    line = SIGNER.sign(text_of(note))
    for bad in HOSTILE.values():
        assert post_form(browser, f"{BASE}/note", note=note + bad(line)).status_code == 422

    found = self_check.check(made.id)
    cast_now(made, 2, 1)
    tallies.close(made.id, clock=lambda: now + 2 * HOUR)
    outcome = verify.main([str(archive.path_of(made.id, made.slug))])

    assert found is None
    assert publication.final_result(made.id)["votes"][0] == [1, 2, 2]
    assert outcome == 2  # no auditor is named here: nothing fails


def test_page_lists_the_keys_of_entry_0_and_what_each_has_signed(app):
    made = closed_campaign(audit={"auditors": [SIGNER.verifier_key()], "quorum": 1})
    make_staff("auditor", "auditor")
    browser = browser_of(app, "auditor")
    before = words_of(browser.get(BASE))

    post_form(browser, f"{BASE}/note", note=cosigned(made))

    assert "审计局-1 开账时指定 还没有签" in before
    assert "审计局-1 开账时指定 签到前" in words_of(browser.get(BASE))


def test_answer_says_which_lines_were_taken_and_how_many_were_not(auditor, campaign):
    stranger = Signer("someone.else", b"z" * 32)
    post_form(auditor, f"{BASE}/key", verifier_key=SIGNER.verifier_key())
    posted = cosigned_text(cosigned(campaign, stranger))

    post_form(auditor, f"{BASE}/note", note=posted)
    page = auditor.get(BASE).text

    assert "联署已公布，署名：审计局-1。另有 1 行没有收" in page
    assert "someone.else" not in publication.latest_checkpoint(campaign.id)


@pytest.mark.parametrize("begun", [False, True])
def test_no_auditor_signs_in_the_logs_name(app, begun):
    now = clock.now()
    campaign = make_campaign(opens=now - HOUR, closes=now + HOUR)
    if begun:
        cast_now(campaign, 1, 1)
    make_staff("auditor", "auditor")
    signer = Signer(f"localhost:8000/c/{campaign.slug}", b"a" * 32)

    answer = post_form(
        browser_of(app, "auditor"), f"{BASE}/key", verifier_key=signer.verifier_key()
    )

    assert answer.status_code == (422 if begun else 409)
    assert rows(AuditorKey) == []


def test_line_in_the_logs_name_is_no_cosignature_whenever_its_key_came(app, auditor, campaign):
    origin = publication.latest_checkpoint(campaign.id).split("\n")[0]
    signer = Signer(origin, b"a" * 32)
    with writing():
        stored = AuditorKey(
            campaign_id=campaign.id,
            staff_id=rows(Staff)[0].id,
            verifier_key=signer.verifier_key(),
            added_at=clock.minute(clock.now()),
        )
        db.session.add(stored)

    answer = post_form(auditor, f"{BASE}/note", note=cosigned(campaign, signer))

    assert answer.status_code == 422
    assert "里面没有用公布的审计公钥签的行" in answer.text


@pytest.mark.parametrize("words", [[], ["--timed"]], ids=["plain", "timed"])
def test_program_for_auditors_makes_keys_and_lines_that_the_site_takes(
    auditor, campaign, client, tmp_path, words
):
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "cosign.py").write_bytes(client.get("/cosign.py").data)

    def run(*words):
        words = [sys.executable, "-I", "cosign.py", *words]
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    code, key = run("key", "某市审计局", *words)
    post_form(auditor, f"{BASE}/key", verifier_key=key)
    (folder / "checkpoint").write_bytes(client.get("/c/xiangzhen-2026/ledger/checkpoint").data)
    _, note = run("sign", "checkpoint")

    assert code == 0
    assert post_form(auditor, f"{BASE}/note", note=note).status_code == 303
    assert signed_notes.is_signed_by(publication.latest_checkpoint(campaign.id), key.strip())
    assert publication.latest_checkpoint(campaign.id) == note
    assert run("key", "某市审计局")[0] == 1
    assert (folder / "cosign.pem").stat().st_mode & 0o777 == 0o600
    for text in ("hello\n", note.replace("\n\n", "\nx\n\n"), note[:-1] + "====\n", "\u2028" + note):
        (folder / "none").write_text(text)
        assert run("sign", "none")[0] == 1
    assert client.get("/cosign.py").data == archive.COSIGNER.read_bytes()


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u3000b", "a\u2028b", "e\u0301", "x" * 101])
def test_program_for_auditors_makes_no_key_of_a_name_that_nobody_reads(tmp_path, name):
    words = [sys.executable, "-I", str(archive.COSIGNER), "key", name]

    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert not (tmp_path / "cosign.pem").exists()
