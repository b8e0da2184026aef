"""The archive as a file that many ask for at once: whole, of one state, and what it says it is."""

import io
import re
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from types import SimpleNamespace

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import at, by_two, make_campaign
from tests.support.staffing import make_staff
from tools import verify
from votesite import clock
from votesite.domain.ledger import archive, cosignatures, sanctions
from votesite.domain.ledger.signed_notes import Signer
from votesite.domain.results import tallies
from votesite.extensions import site

HOUR = timedelta(hours=1)
ADDRESS = "/c/xiangzhen-2026/ledger/archive.zip"


def closed_campaign(recount="auditors"):
    now = clock.now()
    made = make_campaign(opens=now - timedelta(days=3), closes=now - HOUR, recount=recount)
    for who in range(12):
        cast_ballot(made, who, 1 + who % 6, when=now - HOUR * (20 - who))
    tallies.close(made.id)
    return SimpleNamespace(id=made.id, slug=made.slug)


@pytest.fixture
def campaign(app):
    return closed_campaign()


def void_one(campaign, n):
    """Two people void a ballot: an entry, a recount and a checkpoint."""

    def work(tx):
        now = clock.now()
        sanctions.append_void(
            tx, campaign.id, [n], rule="R1", why="集中", decided=by_two(), now=now
        )
        sanctions.append_recount(tx, campaign.id, now)

    site().store.write(work)


def is_verified(capsys, path):
    code = verify.main([str(path)])
    capsys.readouterr()
    return code == 0


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
    file = Interrupted(lambda: void_one(campaign, 3))

    archive.write_archive(campaign.id, file, openings=openings)

    assert file.act is None
    path = tmp_path / "archive.zip"
    path.write_bytes(file.getvalue())
    assert is_verified(capsys, path)


def test_each_state_of_the_ledger_has_an_archive_of_its_own(campaign, capsys):
    make_staff("auditor", "auditor")
    key = Signer("审计局-1", b"a" * 32).verifier_key()
    before = archive.path_of(campaign.id, campaign.slug)

    cosignatures.register_key(campaign.id, 1, key)
    with_key = archive.path_of(campaign.id, campaign.slug)
    void_one(campaign, 3)
    voided = archive.path_of(campaign.id, campaign.slug)

    assert len({before, with_key, voided}) == 3
    assert archive.path_of(campaign.id, campaign.slug) == voided
    assert zipfile.ZipFile(with_key).read("auditors").decode() == f"{key}\n"
    assert all(is_verified(capsys, path) for path in (before, with_key, voided))


def test_superseded_archives_are_deleted_a_day_later(campaign):
    before = archive.path_of(campaign.id, campaign.slug)
    void_one(campaign, 3)
    soon = archive.path_of(campaign.id, campaign.slug)
    void_one(campaign, 4)
    late = clock.now() + timedelta(days=2)
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
