"""tools/verify.py against addresses: the real site, and one that lies in a single answer."""

import json
from datetime import timedelta
from urllib.parse import parse_qs
from urllib.request import Request, urlopen

import pytest

from tests.support.ballots import cast_ballot
from tests.support.factories import make_campaign, voter
from tests.support.ledger_cases import ORIGIN, finished, subtrees
from tests.support.live import free_port, live_server, running_site
from tools import verify
from votesite import clock
from votesite.domain.ledger import merkle, self_check, signed_notes
from votesite.domain.ledger.receipts import prove
from votesite.domain.results import tallies
from votesite.domain.voting import own, voters
from votesite.extensions import site


def said(capsys, *arguments):
    """The failing check, or None."""
    code = verify.main([str(each) for each in arguments])
    out, err = capsys.readouterr()
    assert err == ""
    return None if code == 0 else int(out.split()[0])


# --- the real site ------------------------------------------------------------------------------


@pytest.fixture
def app(tmp_path):
    with running_site(tmp_path / "instance") as running, running.app_context():
        yield running


def voted(campaign, count, begin):
    for number in range(count):
        cast_ballot(campaign, number, 1 + number % 6, when=begin + timedelta(minutes=number))


def test_running_campaign_agrees_with_its_receipts_and_its_monitor(app, capsys, tmp_path):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=2), closes=now + timedelta(days=2), min_batch=2, publish_every=1
    )
    voted(campaign, 40, now - timedelta(hours=20))
    base = site().settings.base_url
    url = f"{base}/c/{campaign.slug}/ledger"
    receipts = own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(39)))
    wanted = Request(
        f"{base}/c/{campaign.slug}/receipts/{receipts[0][0]}",
        headers={"Accept": "application/json"},
    )
    with urlopen(wanted, timeout=30) as answer:
        (tmp_path / "receipt.json").write_bytes(answer.read())

    first = said(capsys, "--monitor", tmp_path / "state", url)
    found = said(capsys, url, tmp_path / "receipt.json")
    cast_ballot(campaign, 100, 1, when=now)
    prove(
        campaign.id,
        own.receipts_of(campaign.id, voters.voter_key(campaign.id, voter(100)))[0][0],
    )
    later = said(capsys, "--monitor", tmp_path / "state", url)

    assert (first, found, later, self_check.verify(campaign.id)) == (None, None, None, None)
    assert (tmp_path / "state").read_text().split("\n")[1] == str(tallies.head(campaign.slug).size)


def test_closed_campaign_agrees_at_its_address_and_without_entry_0_it_is_missing(app, capsys):
    now = clock.now()
    campaign = make_campaign(
        opens=now - timedelta(days=3), closes=now - timedelta(days=1), recount="public", min_batch=2
    )
    voted(campaign, 20, now - timedelta(days=2))
    url = f"{site().settings.base_url}/c/{campaign.slug}/ledger"
    tallies.close(campaign.id)

    assert said(capsys, url) is None
    assert said(capsys, url + "/") is None
    assert said(capsys, url.replace(campaign.slug, "nowhere")) == 0


# --- a site that lies ------------------------------------------------------------------------------


class Liar:
    """Answers the addresses of section 4 from a case, except what it was told to answer else."""

    def __init__(self, case):
        self.case = case
        self.lies = {}

    def __call__(self, environ, start):
        name = environ["PATH_INFO"].rsplit("/", 1)[1]
        query = {key: int(value[0]) for key, value in parse_qs(environ["QUERY_STRING"]).items()}
        answer = self.lies.get(name, lambda **query: getattr(self, name.partition(".")[0])(**query))
        content = answer(
            **{"begin" if key == "from" else key: value for key, value in query.items()}
        )
        if content is None:
            start("404 Not Found", [])
            return [b""]
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(content)))])
        return [content]

    def leaves(self):
        return [merkle.leaf_hash(body) for body in self.case.bodies()]

    def file(self, name):
        return self.case.files()[name]

    def vkey(self):
        return self.file("vkey")

    def auditors(self):
        return self.file("auditors")

    def checkpoint(self):
        return self.case.note(self.case.signed_sizes[-1]).encode()

    def checkpoints(self):
        items = [{"size": size, "note": self.case.note(size)} for size in self.case.signed_sizes]
        return b"".join(json.dumps(item).encode() + b"\n" for item in items)

    def log(self):
        return self.file("log.jsonl")

    def result(self):
        return self.file("result.json") if self.case.entries[-1]["k"] == "close" else None

    def entries(self, begin, to):
        return b"".join(body + b"\n" for body in self.case.bodies()[begin:to])

    def proof(self, n, size):
        path = [each.hex() for each in merkle.inclusion(subtrees(self.leaves()), n, size)]
        return json.dumps(
            {"n": n, "size": size, "leaf": self.leaves()[n].hex(), "path": path}
        ).encode()

    def consistency(self, begin, to):
        path = merkle.consistency(subtrees(self.leaves()), begin, to)
        return json.dumps({"from": begin, "to": to, "path": [each.hex() for each in path]}).encode()


@pytest.fixture
def liar():
    """A site of a finished case; `liar.url` is its ledger."""
    found = Liar(finished())
    with live_server(found, free_port()) as base:
        found.url = f"{base}/c/xiangzhen-2026/ledger"
        yield found


def test_honest_answers_agree(liar, capsys):
    assert said(capsys, liar.url) is None


@pytest.mark.parametrize(
    ("number", "name", "answer"),
    [
        (6, "entries", lambda **_: b"{}\n"),
        (6, "proof", lambda **_: b"[]"),
        (
            6,
            "proof",
            lambda n, size: json.dumps(
                {"n": n, "size": size, "leaf": "0" * 64, "path": []}
            ).encode(),
        ),
        (6, "consistency", lambda **_: b'{"path":["00"]}'),
        (6, "consistency", lambda **_: b"\xff"),
        (0, "proof", lambda **_: None),
        (0, "vkey", lambda **_: None),
        (0, "auditors", lambda **_: None),
        (0, "result.json", lambda **_: None),
        (1, "checkpoint", lambda **_: b"x"),
        (1, "checkpoints", lambda **_: b""),
        (1, "checkpoints", lambda **_: b"[]\n"),
        (1, "checkpoints", lambda **_: b'{"size":true,"note":"x"}\n'),
        (1, "checkpoints", lambda **_: b'{"size":1,"note":"\\ud800"}\n'),
        (16, "result.json", lambda **_: b'{"ballots":6.0,"voided":1,"votes":[]}'),
        (3, "log.jsonl", lambda **_: b"\n"),
    ],
)
def test_one_false_answer_is_found(liar, capsys, number, name, answer):
    liar.lies[name] = answer

    assert said(capsys, liar.url) == number


def test_size_published_twice_is_a_fault_of_its_own(liar, capsys):
    twice = liar.checkpoints() + liar.checkpoints().splitlines(keepends=True)[0]
    liar.lies["checkpoints"] = lambda: twice

    assert said(capsys, liar.url) == 2


def test_latest_checkpoint_of_another_tree_is_found(liar, capsys):
    other = finished()
    other.entries[5]["v"] = "0" * 32
    liar.lies["checkpoint"] = lambda: other.note(other.signed_sizes[-1]).encode()

    assert said(capsys, liar.url) == 6


def test_monitor_keeps_silent_while_the_log_grows_and_cries_when_it_forks(liar, capsys, tmp_path):
    state = tmp_path / "state"
    whole, liar.case.signed_sizes = liar.case.signed_sizes, [1, 4, 10]
    begun = [said(capsys, "--monitor", state, liar.url) for _ in range(2)]
    liar.case.signed_sizes = whole
    grown = said(capsys, "--monitor", state, liar.url)
    kept = state.read_text()
    liar.case.signed_sizes = [1, 4]
    shrunk = said(capsys, "--monitor", state, liar.url)
    liar.case.signed_sizes = whole
    liar.case.entries[2]["v"] = "0" * 32
    forked = said(capsys, "--monitor", state, liar.url)

    assert (begun, grown, shrunk, forked) == ([None, None], None, 11, 11)
    assert state.read_text() == kept


def test_monitor_needs_the_keys_of_the_kept_checkpoint_to_be_listed_still(liar, capsys, tmp_path):
    state = tmp_path / "state"
    old, new = liar.case.signers[0], signed_notes.Signer(ORIGIN, b"n" * 32)
    said(capsys, "--monitor", state, liar.url)
    liar.case.signers = [new]
    replaced = said(capsys, "--monitor", state, liar.url)
    liar.case.signers = [old, new]
    overlapping = said(capsys, "--monitor", state, liar.url)
    liar.case.signers = [new]
    rotated = said(capsys, "--monitor", state, liar.url)

    assert (replaced, overlapping, rotated) == (1, None, None)


def test_monitor_of_nothing_and_with_a_spoilt_state(liar, capsys, tmp_path):
    state = tmp_path / "state"
    state.write_text("rubbish")

    assert said(capsys, "--monitor", state, liar.url) == 1
    assert said(capsys, "--monitor", tmp_path / "new", liar.url.replace("http:", "https:")) == 0
