"""The archive as a file that many ask for at once: whole, of one state, and what it says it is."""

import hashlib
import io
import json
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest

from tests.support.ballots import cast_ballot, entries_of
from tests.support.cosigners import Witness, text_of
from tests.support.factories import at, make_campaign
from tests.support.staffing import make_staff
from tests.support.voided import void_and_recount
from tools import verify
from votesite import clock
from votesite.domain.ledger import archive, cosignatures, publication
from votesite.domain.ledger.signed_notes import Signer
from votesite.domain.results import tallies
from votesite.extensions import site

HOUR = timedelta(hours=1)
ADDRESS = "/c/xiangzhen-2026/ledger/archive.zip"


def closed_campaign(recount="auditors", **changes):
    now = clock.now()
    made = make_campaign(
        opens=now - timedelta(days=3), closes=now - HOUR, recount=recount, **changes
    )
    for who in range(12):
        cast_ballot(made, who, 1 + who % 6, when=now - HOUR * (20 - who))
    tallies.close(made.id)
    return SimpleNamespace(id=made.id, slug=made.slug)


@pytest.fixture
def campaign(app):
    return closed_campaign()


def is_verified(capsys, path):
    """Whether no check fails; without a quorum of auditors not all of them can be made."""
    code = verify.main([str(path)])
    capsys.readouterr()
    return code in (0, 2)


def test_many_readers_at_once_all_get_a_whole_archive(app, campaign):
    barrier = Barrier(8)

    def read():
        barrier.wait()
        answer = app.test_client().get(ADDRESS)
        return answer.status_code, zipfile.ZipFile(io.BytesIO(answer.data)).testzip()

    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(read) for _ in range(8)]

    assert [job.result() for job in answers] == [(200, None)] * 8


class Interrupted(io.BytesIO):
    """A file during whose writing a ballot is voided."""

    def __init__(self, act):
        super().__init__()
        self.act = act

    def write(self, content):
        act, self.act = self.act, None
        if act:
            act()
        return super().write(content)


@pytest.mark.parametrize("openings", [False, True])
def test_archive_is_of_one_state_whatever_is_written_meanwhile(
    campaign, capsys, tmp_path, openings
):
    file = Interrupted(lambda: void_and_recount(campaign, [3]))

    archive.write_archive(campaign.id, file, openings=openings)

    assert file.act is None
    path = tmp_path / "archive.zip"
    path.write_bytes(file.getvalue())
    assert is_verified(capsys, path)


def test_each_state_of_the_ledger_has_an_archive_of_its_own(campaign, capsys):
    auditor = make_staff("auditor", "auditor").id
    office = Signer("审计局-1", b"a" * 32)
    before = archive.path_of(campaign.id, campaign.slug)

    cosignatures.register_key(campaign.id, auditor, office.verifier_key())
    with_key = archive.path_of(campaign.id, campaign.slug)
    note = publication.latest_checkpoint(campaign.id)
    cosigned = note + office.sign(text_of(note))
    cosignatures.cosign(campaign.id, auditor, cosigned)
    with_line = archive.path_of(campaign.id, campaign.slug)
    void_and_recount(campaign, [3])
    voided = archive.path_of(campaign.id, campaign.slug)

    made = (before, with_key, with_line, voided)
    assert len(set(made)) == 4
    assert archive.path_of(campaign.id, campaign.slug) == voided
    assert zipfile.ZipFile(with_key).read("auditors").decode() == f"{office.verifier_key()}\n"
    size = note.split("\n")[1]
    assert zipfile.ZipFile(with_line).read(f"checkpoints/{size}.note").decode() == cosigned
    assert all(is_verified(capsys, path) for path in made)


def test_superseded_archives_are_deleted_a_day_later(campaign):
    before = archive.path_of(campaign.id, campaign.slug)
    void_and_recount(campaign, [3])
    soon = archive.path_of(campaign.id, campaign.slug)
    late = clock.now() + timedelta(days=7)
    void_and_recount(campaign, [4], moment=late)
    after = archive.path_of(campaign.id, campaign.slug, clock=at(late))

    assert soon != before
    assert list(after.parent.glob("*.zip")) == [after]


def test_archive_is_ready_after_the_hourly_check(app, campaign):
    done = app.test_cli_runner().invoke(args=["ledger", "check"])

    assert done.exit_code == 0
    made = list((site().settings.instance / "archives" / campaign.slug).glob("*.zip"))
    assert made == [archive.path_of(campaign.id, campaign.slug)]


@pytest.mark.parametrize("recount", ["auditors", "public"])
@pytest.mark.parametrize("openings", [False, True])
def test_readme_names_exactly_the_members(app, recount, openings):
    content = io.BytesIO()
    archive.write_archive(closed_campaign(recount).id, content, openings=openings)

    with zipfile.ZipFile(content) as packed:
        members = {re.sub(r"/.*", "/", name) for name in packed.namelist()}
        words = packed.read("README.txt").decode()
    listed = set(re.findall(r"(?m)^([a-zA-Z.]+/?) {2,}\S", words))

    assert listed == members


@pytest.mark.parametrize("recount", ["auditors", "public"])
def test_archive_has_the_files_of_its_mode_and_every_count(app, recount):
    campaign = closed_campaign(recount)
    void_and_recount(campaign, [3, 4])
    counts = [entry["n"] for entry in entries_of(campaign, "close", "recount")]
    own = {"public": {"open.key", "openings.jsonl"}, "auditors": {"ballots.jsonl"}}

    with zipfile.ZipFile(archive.path_of(campaign.id, campaign.slug)) as packed:
        names = {name for name in packed.namelist() if not name.startswith("checkpoints/")}
        last = packed.read(f"results/{counts[-1]}.json")
        result, candidates = packed.read("result.json"), packed.read("candidates.json")
        words = packed.read("README.txt").decode()

    always = {"README.txt", "verify.py", "vkey", "auditors", "candidates.json", "result.json"}
    assert names == always | {"log.jsonl"} | own[recount] | {f"results/{n}.json" for n in counts}
    assert result == last
    assert len(json.loads(candidates)) == 6
    assert hashlib.sha256(archive.VERIFIER.read_bytes()).hexdigest() in words


def test_outcome_follows_from_who_has_cosigned(app, capsys):
    office = Signer("某市审计局", b"a" * 32)
    witness = Witness("witness.example.cn/w1", b"w" * 32)
    keys = [office.verifier_key(), witness.verifier_key()]
    campaign = closed_campaign(audit={"auditors": keys, "quorum": 2})
    auditor = make_staff("auditor", "auditor").id
    note = publication.latest_checkpoint(campaign.id)
    text, outcomes = text_of(note), []

    for line in ("", office.sign(text), witness.sign(text, clock.now())):
        if line:
            cosignatures.cosign(campaign.id, auditor, note + line)
        outcomes.append(verify.main([str(archive.path_of(campaign.id, campaign.slug))]))
    said = capsys.readouterr().out

    assert outcomes == [2, 2, 0]
    assert "某市审计局" in said
    assert "witness.example.cn/w1" in said


def test_public_archive_is_verified_by_itself(app, capsys):
    campaign = closed_campaign("public")

    assert verify.main([str(archive.path_of(campaign.id, campaign.slug))]) == 0
    assert "核对无误" in capsys.readouterr().out
